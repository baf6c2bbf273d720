"""Give shipped files of format 1 the checksum of format 2, which covers the header: `python -m tools.reseal`.

The tensors are compared bit for bit before and after. Files of format 2 are left alone.
"""

import json
from pathlib import Path

import safetensors.torch
from safetensors import safe_open

from vae_helpers import storage

PACKAGE = Path(storage.__file__).parent


def reseal(path: Path) -> bool:
    """Whether a file was of format 1; it is of the present one now."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    if "format" in metadata:
        return False
    tensors = safetensors.torch.load(path.read_bytes())
    before = storage.checksum(tensors)
    if before != int(metadata["checksum"]):
        raise ValueError(f"{path} is damaged")
    storage.save(path, tensors, json.loads(metadata["facts"]))
    after, facts = storage.load(path)
    same = {name: (value.dtype, value.shape) for name, value in after.items()} == {
        name: (value.dtype, value.shape) for name, value in tensors.items()
    }
    if not same or storage.checksum(after) != before or facts != json.loads(metadata["facts"]):
        raise ValueError(f"{path} came out changed")
    return True


if __name__ == "__main__":
    done = [path for path in sorted(PACKAGE.rglob("*.safetensors")) if reseal(path)]
    print(f"{len(done)} files resealed")
