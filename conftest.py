"""Read before any test loads torch. Where several files run at a time, threads of each would wait for the others'."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
