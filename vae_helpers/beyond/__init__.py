"""What notebook 08 works with: one idea a module, each of which changes one term of (5) and leaves the others as they are."""

from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent


def file(name: str, known: Iterable[str]) -> Path:
    """Of a shipped model. ValueError for a name that is not among the known ones."""
    if name not in (known := list(known)):
        raise ValueError(f"there is no shipped model {name!r}; there are: {', '.join(known)}")
    return FOLDER / f"{name}.safetensors"
