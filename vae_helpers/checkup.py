"""A check of the installation that says in words what is wrong and how to mend it: `checkup.run()`."""

import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Callable

import torch

# Lowest versions tried, as in requirements.txt; a test sees that the two agree.
NEEDED = {"torch": (2, 15), "jupyterlab": (4, 6), "ipywidgets": (8, 1), "anywidget": (0, 11), "matplotlib": (3, 11)}
REINSTALL = "in a terminal, in the course's folder, run: pip install -r requirements.txt"


def packages() -> str:
    found = [f"Python {sys.version.split()[0]}"]
    for name, needed in NEEDED.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise RuntimeError(f"{name} is not installed for this kernel ({sys.executable}); {REINSTALL}") from None
        if tuple(int(part) for part in version.split(".")[:2]) < needed:
            raise RuntimeError(f"{name} {version} is older than {'.'.join(map(str, needed))}; {REINSTALL}")
        found.append(f"{name} {version.split('+')[0]}")
    return ", ".join(found)


def shipped_models() -> str:
    from vae_helpers import weights

    for name in weights.names():
        model = weights.load(name)
        mean = model.decode(torch.zeros(1, model.latent_size)).mean
        if mean.shape != (1, 784) or not torch.isfinite(mean).all():
            raise RuntimeError(f"{name} does not decode; restore it with: git checkout -- vae_helpers/weights")
    return f"{', '.join(weights.names())} load and decode"


def widgets() -> str:
    from vae_helpers import widgets as explorers  # each reads its page's code as it is imported

    return f"{len(explorers.__all__)} explorers load (if one shows as text, reload this page in the browser)"


def storage() -> str:
    from vae_helpers import data

    folder = data.cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise RuntimeError(f"cannot write to {folder} ({problem.strerror}); make room there") from None
    own = os.environ.get("VAE_COURSE_DATA")
    if own:
        return f"MNIST is read from VAE_COURSE_DATA ({own})"
    return f"downloads go to {folder}"


CHECKS: dict[str, Callable[[], str]] = {
    "Packages": packages,
    "Shipped models": shipped_models,
    "Explorers": widgets,
    "Storage": storage,
}


def run() -> bool:
    """Print one line for each check, and what to do about those that fail.

    Returns:
        True if all is well.
    """
    failed = 0
    for name, check in CHECKS.items():
        try:
            print(f"ok       {name}: {check()}")
        except Exception as problem:  # whatever it is, the learner needs it in words, and the next check still runs
            failed += 1
            print(f"TO MEND  {name}: {problem}")
    print("All is ready." if not failed else f"{failed} to mend; then restart the kernel and run this cell again.")
    return not failed
