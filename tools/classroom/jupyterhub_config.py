"""A class on one machine, `jupyterhub -f tools/classroom/jupyterhub_config.py`, started as root; see docs/classroom.md.

Each learner is a user of the system, in the group `learners`, and signs in with a password. Their server runs as this user:
what keeps one from another's files is the system, by home folders that only their owner reads. The course, its environment
and its data belong to root, and learners can read them and no more.
"""

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
STATE = Path(os.environ.get("VAE_CLASSROOM_STATE", "/var/lib/vae-classroom"))  # the hub's database, secrets and log
STATE.mkdir(mode=0o700, parents=True, exist_ok=True)

c = get_config()  # noqa: F821  JupyterHub's

# On loopback only, the hub and its proxy included: what faces the network, with TLS, stands in front of it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.db_url = f"sqlite:///{STATE / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
places = os.pathsep.join([str(COURSE / "node_modules" / ".bin"), os.environ.get("PATH", "")])
c.ConfigurableHTTPProxy.command = [shutil.which("configurable-http-proxy", path=places) or "configurable-http-proxy"]

# Passwords are the system's. Nobody is an administrator of the hub: the teacher is root on the machine already.
c.JupyterHub.authenticator_class = "pam"
c.LocalAuthenticator.allowed_groups = {"learners"}

# Where a whole class signs in at once, nobody is turned away, and a server may take its time to start.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # seconds
c.Spawner.cmd = [sys.executable, str(HERE / "start.py")]
# Kernels talk through files in the learner's home: a port of theirs would publish outputs to every user of the machine.
c.Spawner.args = ["--KernelManager.transport=ipc"]
c.Spawner.default_url = "/lab/tree/vae-course/notebooks/00_start_here.ipynb"
# With more kernels than cores, one thread each; threads that wait must sleep.
c.Spawner.environment = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
if "VAE_COURSE_DATA" in os.environ:
    c.Spawner.environment["VAE_COURSE_DATA"] = os.environ["VAE_COURSE_DATA"]
# This spawner holds nobody to a limit of memory or of cores; docs/classroom.md says what a class needs, and what does.

# A server that nobody has used for two hours ends, and gives its memory back. Files stay.
c.JupyterHub.services = [
    {"name": "idle", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200", "--cull-every=300"]}
]
c.JupyterHub.load_roles = [
    {
        "name": "idle",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle"],
    }
]
