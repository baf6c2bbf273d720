"""Tensors and facts about them in one .safetensors file: never half written, never read when a bit of it has changed."""

import contextlib
import glob
import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor
from torch import uint8 as byte

from vae_helpers.checks import a, flag, named, takes

FORMAT = "2"  # 1 had a checksum of the tensors alone
BLANK = b'"checksum":"--------"'  # where, in the header, the CRC-32 of the whole file stands; it is taken over this
HEADER = 10**8  # bytes that a header may have, as safetensors has it
PATH = a(Path, "a pathlib.Path")


class Damaged(ValueError):
    """The file is not as `save` wrote it: altered, cut short, or never one of its files."""


@takes(tensors=named)
def checksum(tensors: dict[str, Tensor]) -> int:
    """CRC-32 of all tensors' bytes, in the order of their names."""
    total = 0
    for name in sorted(tensors):
        flat = tensors[name].detach().cpu().contiguous().reshape(-1)
        total = zlib.crc32(flat.view(byte).numpy(), total)
    return total


def reason(problem: Exception) -> str:
    """Why something failed: in one line, in the system's words and without its number."""
    problem = inner if isinstance(inner := getattr(problem, "reason", None), Exception) else problem
    text = getattr(problem, "strerror", None) or str(problem).strip() or type(problem).__name__
    return str(text).splitlines()[0]


def own_folder(kind: str) -> Path:
    """The course's folder for this user's "data" or "cache"; it may not be there yet.

    Raises:
        OSError: if the user has no home directory.
    """
    try:
        return getattr(platformdirs, f"user_{kind}_path")("vae-course", appauthor=False)
    except RuntimeError:
        text = "there is no home directory for it; set the environment variable HOME to a folder of your own"
        raise OSError(text) from None


def plain_name(name: str) -> str:
    """A name that may stand for a file in a folder of the course's.

    Raises:
        ValueError: for anything else, such as a path or nothing.
    """
    if not isinstance(name, str) or not name.strip(". ") or set(name) & set("/\\:\0"):
        raise ValueError(f"{name!r} is no name for a file here: use letters, digits, spaces, dots and dashes")
    return name


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; renamed to it at the end, so that a kill leaves the last good file in place.

    What it holds is on the disk before it takes the place. What killed writers left beside `path` is removed.
    """
    _sweep(path)
    beside = _beside(path)
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.part")


def _sweep(path: Path) -> None:
    for part in path.parent.glob(f"{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError, ValueError):  # Windows itself does not remove a file that is being written
            if os.name != "posix" or not _runs(int(part.name.split(".")[-2])):
                part.unlink()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def before(path: Path) -> Path:
    """Where `save` keeps the generation before."""
    return path.with_name(f"{path.name}.before")


def remove(path: Path) -> None:
    """The file and the generation before, if there are any."""
    for each in (path, before(path)):
        each.unlink(missing_ok=True)


def try_path(path: Path, way_out: str = "Name a file in a folder of your own") -> None:
    """See that a file could be written there, and leave nothing but the folders that it needs. ValueError if it could not, with what to do."""
    try:
        if path.is_dir():
            raise ValueError("that is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = _beside(path)
        beside.touch()
        beside.unlink(missing_ok=True)
    except (OSError, ValueError) as problem:
        raise ValueError(f"no file can be written as {str(path)!r}: {reason(problem)}. {way_out}.") from None


@takes(path=PATH, tensors=named, facts=a(dict, "a dict that JSON can hold"), keep_before=flag)
def save(path: Path, tensors: dict[str, Tensor], facts: dict, keep_before: bool = False) -> None:
    """Write tensors and facts, `replacing` what the file held.

    Args:
        tensors: by name.
        facts: anything JSON can hold.
        keep_before: whether what the file held is kept as `before(path)`.
    Raises:
        OSError: if it could not be written; the file then holds what it held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = {"format": FORMAT, "facts": json.dumps(facts), "checksum": "-" * 8}
    content = safetensors.torch.save(tensors, metadata)
    with replacing(path) as beside:
        beside.write_bytes(content.replace(BLANK, _seal(f"{zlib.crc32(content):08x}"), 1))
        if keep_before and path.exists():
            with replacing(before(path)) as copy:
                shutil.copyfile(path, copy)


@takes(path=PATH)
def load(path: Path) -> tuple[dict[str, Tensor], dict]:
    """The tensors, on the CPU and in memory of their own, and the facts that `save` wrote.

    Raises:
        Damaged: if the file is no such file, or was altered or cut short.
        ValueError: if it cannot be read, or is of another version of the course.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
            length = int.from_bytes(start, "little")
            header = file.read(length) if length <= HEADER else b""
            metadata = _metadata(header)
            content = start + header + file.read() if metadata else b""
    except (OSError, ValueError) as problem:  # the second for a path with a NUL
        raise ValueError(f"{str(path)!r} cannot be read: {reason(problem)}") from None
    if not metadata:
        raise Damaged(f"{path} is damaged, or not a file that the course wrote")
    seal, found = _seal(metadata["checksum"]), metadata.get("format", "1")
    sound = _seal(f"{zlib.crc32(content.replace(seal, BLANK, 1)):08x}") == seal
    if found != FORMAT and (sound or found == "1"):
        versions = f"it is of format {found}, and this course reads {FORMAT}"
        raise ValueError(f"{path} was written by another version of the course: {versions}")
    if not sound:
        raise Damaged(f"{path} is damaged: its checksum differs")
    try:
        return safetensors.torch.load(content), json.loads(metadata["facts"])
    except (SafetensorError, KeyError, ValueError) as problem:  # sealed, but not by `save`
        raise Damaged(f"{path} is damaged: {reason(problem)}") from None


def _seal(digits: str) -> bytes:
    return b'"checksum":"%s"' % digits.encode(errors="replace")


def _metadata(header: bytes) -> dict[str, str]:
    """What a header says beside its tensors; nothing if it is not one that `save` wrote."""
    try:
        metadata = json.loads(header)["__metadata__"]
        texts = all(isinstance(metadata[name], str) for name in ("facts", "checksum"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return metadata if texts else {}
