"""Where MNIST's four files are: in the learner's own folder, in the cache, or, once, on the network."""

import hashlib
import os
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from vae_helpers import storage

# MD5 sums of the four files, unpacked: enough to tell a damaged copy, which is all they are for.
FILES = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/")  # torchvision's
MOST = 60_000_000  # bytes, more than any of the files has
SILENCE, IN_ALL = 20.0, 300.0  # seconds without a byte, and for the whole download
LATE = "it took too long; try again with a better connection"


def _faults(folder: Path) -> dict[str, str]:
    """What is wrong with each of the four files: "missing", "damaged" or another word; absent when sound."""
    found = {name: _fault(folder / name, md5) for name, md5 in FILES.items()}
    return {name: fault for name, fault in found.items() if fault}


def _fault(path: Path, md5: str) -> str | None:
    try:
        if path.stat().st_size > MOST:
            return "too large to be it"
        with path.open("rb") as file:
            return None if hashlib.file_digest(file, _md5).hexdigest() == md5 else "damaged"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError as problem:
        return f"unreadable ({storage.reason(problem)})"


def _md5(content: bytes = b""):
    return hashlib.md5(content, usedforsecurity=False)


def own_folder() -> Path | None:
    """MNIST in $VAE_COURSE_DATA, a folder of the learner's that this module never writes to."""
    if not (given := os.environ.get("VAE_COURSE_DATA")):
        return None
    try:
        folder = Path(given).expanduser() / "MNIST" / "raw"
    except RuntimeError:
        print(f"VAE_COURSE_DATA is set, but there is no home directory of {given!r}; looking elsewhere.")
        return None
    faults = _faults(folder)
    if damaged := [name for name, fault in faults.items() if fault == "damaged"]:
        raise ValueError(
            f"{folder / damaged[0]} is not the MNIST file of that name (its checksum differs: cut short or altered). "
            "Replace it with a sound copy, or unset VAE_COURSE_DATA to download a fresh one."
        )
    if faults:
        name, fault = next(iter(faults.items()))
        print(f"VAE_COURSE_DATA is set, but {folder / name} is {fault}; looking elsewhere.")
        return None
    return folder


def cache_folder() -> Path:
    """Where downloads of this course are kept for this user. OSError if there is no home directory."""
    return storage.own_folder("cache")


def cached_folder() -> Path | None:
    """MNIST in the cache, whole and sound, or None."""
    try:
        folder = cache_folder() / "MNIST" / "raw"
    except OSError:
        return None
    faults = _faults(folder)
    for name, fault in faults.items():
        if fault != "missing":
            why = " (its checksum differs)" if fault == "damaged" else ""
            print(f"{folder / name} is {fault}{why}; fetching it again.")
    return None if faults else folder


def download() -> Path:
    """Fetch MNIST into the cache: all four files are checked before the first is written, each beside its place.

    Raises:
        OSError, RuntimeError, ValueError: if it cannot be had, or cannot be kept; the message says why.
    """
    way_out = "Move what is in the way there, or set VAE_COURSE_DATA to a folder that holds MNIST"
    folder = cache_folder() / "MNIST" / "raw"
    storage.try_path(cache_folder() / "MNIST.try", way_out)
    print("Downloading MNIST (12 MB), once ...", end=" ", flush=True)  # `load` ends the line if that fails
    contents = _in_time(fetch)
    for name, content in contents.items():
        if _md5(content).hexdigest() != FILES[name]:
            raise RuntimeError(f"{name} arrived damaged; try again later")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            with storage.replacing(folder / name) as beside:
                beside.write_bytes(content)
    except OSError as problem:
        raise RuntimeError(f"it cannot be kept in {folder}: {storage.reason(problem)}. {way_out}") from None
    print("done.")
    return folder


def fetch() -> dict[str, bytes]:
    """The four files from the first mirror that has them, unpacked and unchecked."""
    until = time.monotonic() + IN_ALL
    for number, mirror in enumerate(MIRRORS):
        try:
            return {name: _unpacked(_received(f"{mirror}{name}.gz", until)) for name in FILES}
        except (OSError, HTTPException):
            if number == len(MIRRORS) - 1 or time.monotonic() > until:
                raise


def _received(address: str, until: float) -> bytes:
    with urllib.request.urlopen(address, timeout=SILENCE) as answer:
        content = bytearray()
        while len(content) < MOST and (part := answer.read1(2**20)):
            content += part
            if time.monotonic() > until:
                raise TimeoutError(LATE)
    return bytes(content)


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, MOST)
    except zlib.error:  # a proxy's page of words, say
        return b""


def _in_time(work: Callable[[], dict]) -> dict:
    """What `work` returns, in a thread that is left to itself when it takes too long: a server may drip without end."""
    came: list = []

    def run() -> None:
        try:
            came.append((work(), None))
        except BaseException as problem:
            came.append((None, problem))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(IN_ALL)
    if not came:
        raise TimeoutError(LATE)
    result, problem = came[0]
    if problem is not None:
        raise problem
    return result
