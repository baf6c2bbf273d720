"""Trained models that ship with the course, so that explorers need neither data nor training.

What each was trained on, by which command, and how good it is: README.md in this folder.
"""

import json
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from vae_helpers.models import VAE

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names that `load` takes, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def load(name: str) -> VAE:
    """A trained model, in evaluation mode, its parameters fixed.

    Args:
        name: one of `names()`; the model card says what each is.
    Raises:
        ValueError: for an unknown name or a damaged file, with what to do.
    """
    if name not in names():
        raise ValueError(f"there is no shipped model {name!r}; there are: {', '.join(names())}")
    return read(FOLDER / f"{name}.safetensors")


def read(path: Path) -> VAE:
    """The model that `write` put into a file."""
    try:
        with safe_open(path, framework="pt") as file:
            config = json.loads(file.metadata()["config"])
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}
        model = VAE(**config)
        model.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, RuntimeError, OSError) as problem:
        reason = str(problem).splitlines()[0]
        raise ValueError(f"{path} is damaged ({reason}); restore it with: git checkout -- {path.name}") from None
    return model.eval().requires_grad_(False)


def write(model: VAE, path: Path) -> None:
    """Store a model in half precision, with what is needed to build it again."""
    tensors = {key: value.detach().cpu().to(torch.float16).contiguous() for key, value in model.state_dict().items()}
    beside = path.with_suffix(".part")
    safetensors.torch.save_file(tensors, beside, metadata={"config": json.dumps(model.config)})
    beside.replace(path)
