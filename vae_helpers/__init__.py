"""Reference implementation and helpers of a hands-on course on variational autoencoders.

Randomness enters by one rule. A step of a larger computation takes `generator: torch.Generator | None`, so that steps
can share one; None is torch's own. Such are the terms of the formula in `objective` and `likelihood`, `measure.terms`
and `data.draw_pixels`. What is whole in itself takes `seed: int`, gives the same each time, and leaves torch's own
generator alone: a data set, a model's first weights, a training run, a measurement, a figure.
"""

import os

# Threads that wait for the next product spin, and two notebooks on two cores then spin in each other's way. A thousand
# turns are enough for one notebook's own threads. Read once, when torch is loaded; what the user has set stays.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
