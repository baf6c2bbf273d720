"""A class for a test or a benchmark: users of the system, made and deleted here, and a hub of their own on free ports."""

import grp
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import requests

from tools import lab
from tools.classroom.learner import Learner

COURSE = Path(__file__).resolve().parents[2]
# As docs/classroom.md has them.
GROUP = "groupadd --force learners"
USER = "useradd --create-home --key HOME_MODE=0700 --groups learners --shell /usr/sbin/nologin"
HUB = "jupyterhub -f tools/classroom/jupyterhub_config.py"
PREFIX = "vae-class-"  # of the names of users made here


def missing() -> str | None:
    """What a class needs and this machine lacks, or None."""
    for package in ("jupyterhub", "jupyterhub_idle_culler"):
        if find_spec(package) is None:
            return f"the Python package {package} (requirements-classroom.txt)"
    places = os.pathsep.join([str(COURSE / "node_modules" / ".bin"), os.environ.get("PATH", "")])
    if shutil.which("configurable-http-proxy", path=places) is None:
        return "npm's configurable-http-proxy"
    if os.name != "posix" or os.geteuid() != 0 or not all(map(shutil.which, ("useradd", "userdel", "chpasswd"))):
        return "Linux and its user root, as learners are users of the system"
    try:
        code = f"import jupyterlab, os; assert os.access({str(COURSE / 'vae_helpers')!r}, os.R_OK)"
        subprocess.run([sys.executable, "-c", code], user="nobody", cwd="/", check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return f"an environment and a course that every user can read, unlike {sys.prefix} and {COURSE}"
    return None


@contextmanager
def users(count: int, home: Path):
    """Names and passwords of so many new users, with homes in `home`; they, their processes and their homes go at the end."""
    fresh = not any(group.gr_name == "learners" for group in grp.getgrall())
    subprocess.run(GROUP.split(), check=True)
    made = {}
    try:
        for number in range(1, count + 1):
            name, word = f"{PREFIX}{os.getpid()}-{number:02d}", secrets.token_urlsafe(12)
            subprocess.run([*USER.split(), "--base-dir", str(home), name], check=True, capture_output=True)
            made[name] = word
        words = "".join(f"{name}:{word}\n" for name, word in made.items())
        subprocess.run(["chpasswd"], input=words, text=True, check=True)
        yield made
    finally:
        for name in made:
            user = pwd.getpwnam(name).pw_uid
            end(user)
            for path in Path(tempfile.gettempdir()).iterdir():  # torch leaves a folder there
                if path.is_dir() and path.stat().st_uid == user:
                    shutil.rmtree(path, ignore_errors=True)
            subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)
        if fresh:
            subprocess.run(["groupdel", "learners"], check=False)


def processes(user: int) -> list[int]:
    """The processes of a user, by the user's number."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.stat().st_uid == user:
                found.append(int(place.name))
        except OSError:  # it has ended
            continue
    return found


def end(user: int) -> None:
    """End what a user still runs: a hub that was killed leaves its servers behind."""
    for _ in range(50):
        for process in processes(user):
            try:
                os.kill(process, 9)
            except ProcessLookupError:
                continue
        if not processes(user):
            return
        time.sleep(0.1)


@contextmanager
def classroom(count: int):
    """A hub with the shipped configuration, and so many learners who have not signed in yet."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)))
        place.chmod(0o755)
        (place / "home").mkdir()
        made = stack.enter_context(users(count, place / "home"))
        port, inner, proxy = (lab.free_port() for _ in range(3))
        options = [f"--JupyterHub.bind_url=http://127.0.0.1:{port}", f"--JupyterHub.hub_port={inner}",
                   f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}"]  # fmt: skip
        state, log = place / "state", place / "log"
        environment = os.environ | {"VAE_CLASSROOM_STATE": str(state)}
        with log.open("w") as file:
            command = [sys.executable, "-m", *HUB.split(), *options]
            process = subprocess.Popen(command, cwd=COURSE, env=environment, stdout=file, stderr=file)
        stack.callback(stop, process)
        address = f"http://127.0.0.1:{port}"
        wait(process, address, log)
        yield [Learner(address, name, word) for name, word in made.items()]


def wait(process: subprocess.Popen, address: str, log: Path, seconds: float = 120) -> None:
    """Until the hub answers. RuntimeError with the end of its log if it does not."""
    until = time.monotonic() + seconds
    while True:
        try:
            requests.get(f"{address}/hub/health", timeout=5).raise_for_status()
            return
        except requests.RequestException:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the hub did not start:\n{log.read_text()[-3000:]}") from None
            time.sleep(0.3)


def stop(process: subprocess.Popen) -> None:
    """End the hub, which ends its proxy and its servers."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
