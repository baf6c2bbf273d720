"""A check of the installation that says in words what is wrong and how to mend it: `checkup.run()`."""

import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Callable

import torch
from packaging.requirements import Requirement
from packaging.version import Version

from vae_helpers import coder

REINSTALL = "in a terminal, in the course's folder, run: pip install -r requirements.txt"


def needed() -> list[Requirement]:
    """What the installed course declares in pyproject.toml, what only its tests need left out.

    Raises:
        RuntimeError: if the course is not installed, or was installed before it declared anything.
    """
    try:
        declared = importlib.metadata.requires("vae-helpers")
    except importlib.metadata.PackageNotFoundError:
        raise RuntimeError(f"the course's own package is not installed for this kernel; {REINSTALL}") from None
    if not declared:
        raise RuntimeError(f"the course was installed from an older copy, which did not say what it needs; {REINSTALL}")
    requirements = [Requirement(line) for line in declared]
    return [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]


def packages() -> str:
    """Each package the course needs, with its version.

    Raises:
        RuntimeError: naming the first that is missing or of another version than needed.
    """
    found = [f"Python {sys.version.split()[0]}"]
    for each in needed():
        try:
            version = Version(importlib.metadata.version(each.name))
        except importlib.metadata.PackageNotFoundError:
            raise RuntimeError(
                f"{each.name} is not installed for this kernel ({sys.executable}); {REINSTALL}"
            ) from None
        # A release candidate or one's own build of a version counts as that version: 2.15rc1 and 2.15.0a0+git as 2.15.
        if not each.specifier.contains(version.base_version):
            wanted = ",".join(sorted(map(str, each.specifier), reverse=True))
            raise RuntimeError(f"{each.name} is here in version {version}, and the course needs {wanted}; {REINSTALL}")
        found.append(f"{each.name} {version.public}")
    if not coder.HERE:
        found.append("and without constriction, so no bits-back coding in notebook 06")
    return ", ".join(found)


def shipped_models() -> str:
    """The models that ship, each loaded and decoded once."""
    from vae_helpers import weights

    for name in weights.names():
        model = weights.load(name)
        mean = model.decode(torch.zeros(1, model.latent_size)).mean
        if mean.shape != (1, 784) or not torch.isfinite(mean).all():
            raise RuntimeError(f"{name} does not decode; restore it with: git checkout -- vae_helpers/weights")
    return f"{', '.join(weights.names())} load and decode"


def widgets() -> str:
    """How many explorers load."""
    from vae_helpers import widgets as explorers  # each reads its page's code as it is imported

    return f"{len(explorers.__all__)} explorers load (if one shows as text, reload this page in the browser)"


def storage() -> str:
    """Where the data set lies or will lie; a folder for downloads must be writable."""
    from vae_helpers import mnist

    folder = mnist.cache_folder()
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


def kernels() -> str:
    """What this virtual environment's kernels say about a name that is not defined; see `kernel.install_everywhere`."""
    from vae_helpers import kernel

    return kernel.install_everywhere()


CHECKS: dict[str, Callable[[], str]] = {
    "Packages": packages,
    "Shipped models": shipped_models,
    "Explorers": widgets,
    "Storage": storage,
    "Kernel": kernels,
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
