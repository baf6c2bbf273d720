"""Where MNIST's four files are: in the learner's own folder, in the cache, or, once, downloaded through torchvision."""

import hashlib
import os
import shutil
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path

import platformdirs

# MD5 sums of the four files, unpacked: enough to tell a damaged copy, which is all they are for.
FILES = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def _faults(folder: Path) -> dict[str, str]:
    """What is wrong with each of the four files: "missing", "damaged", or absent from the answer when sound."""
    faults = {}
    for name, md5 in FILES.items():
        path = folder / name
        if not path.is_file():
            faults[name] = "missing"
        elif hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() != md5:
            faults[name] = "damaged"
    return faults


def own_folder() -> Path | None:
    """MNIST in $VAE_COURSE_DATA, a folder of the learner's that this module never writes to."""
    if not (given := os.environ.get("VAE_COURSE_DATA")):
        return None
    folder = Path(given).expanduser() / "MNIST" / "raw"
    faults = _faults(folder)
    if damaged := [name for name, fault in faults.items() if fault == "damaged"]:
        raise ValueError(
            f"{folder / damaged[0]} is not the MNIST file of that name (its checksum differs: cut short or altered). "
            "Replace it with a sound copy, or unset VAE_COURSE_DATA to download a fresh one."
        )
    if faults:
        print(f"VAE_COURSE_DATA is set, but {folder / next(iter(faults))} is missing; looking elsewhere.")
        return None
    return folder


def cache_folder() -> Path:
    """Where downloads of this course are kept for this user."""
    return platformdirs.user_cache_path("vae-course", appauthor=False)


def cached_folder() -> Path | None:
    """MNIST in the cache, whole and sound, or None."""
    folder = cache_folder() / "MNIST" / "raw"
    faults = _faults(folder)
    for name, fault in faults.items():
        if fault == "damaged":
            print(f"{folder / name} is damaged (its checksum differs); fetching it again.")
    return None if faults else folder


def download() -> Path:
    """Fetch MNIST beside the cache and move it in file by file, each checked: a broken download leaves no trace."""
    from torchvision.datasets import MNIST  # its import takes seconds, and only a download needs it

    folder = cache_folder() / "MNIST" / "raw"
    cache_folder().mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix="download-", dir=cache_folder()))
    try:
        print("Downloading MNIST (12 MB), once ...", end=" ", flush=True)  # `load` ends the line if that fails
        with _network_timeout(20):
            MNIST(root=beside, train=True, download=True)
        fetched = beside / "MNIST" / "raw"
        if faults := _faults(fetched):
            raise RuntimeError(f"{next(iter(faults))} arrived {next(iter(faults.values()))}; try again later")
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            os.replace(fetched / name, folder / name)
        print("done.")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


@contextmanager
def _network_timeout(seconds: float):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
