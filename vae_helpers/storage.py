"""Tensors and facts about them in one .safetensors file, never half written and never read when damaged."""

import json
import os
import zlib
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor


def checksum(tensors: dict[str, Tensor]) -> int:
    """CRC-32 of all tensors' bytes, in the order of their names."""
    total = 0
    for name in sorted(tensors):
        flat = tensors[name].detach().cpu().contiguous().reshape(-1)
        total = zlib.crc32(flat.view(torch.uint8).numpy(), total)
    return total


@contextmanager
def replacing(path: Path):
    """A path beside `path` to write to; renamed to it at the end, so that a kill leaves the last good file in place."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def save(path: Path, tensors: dict[str, Tensor], facts: dict) -> None:
    """Write tensors and facts, `replacing` what the file held.

    Args:
        tensors: by name.
        facts: anything JSON can hold.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = {"facts": json.dumps(facts), "checksum": str(checksum(tensors))}
    with replacing(path) as beside:
        safetensors.torch.save_file(tensors, beside, metadata=metadata)


def load(path: Path) -> tuple[dict[str, Tensor], dict]:
    """The tensors, on the CPU, and the facts that `save` wrote.

    Raises:
        ValueError: if the file is no such file, or was altered or cut short.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            facts, expected = json.loads(file.metadata()["facts"]), int(file.metadata()["checksum"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as problem:
        raise ValueError(str(problem).splitlines()[0]) from None
    if checksum(tensors) != expected:
        raise ValueError("its checksum differs")
    return tensors, facts
