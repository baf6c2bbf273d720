"""Trained models that ship with the course, so that explorers need neither data nor training.

What each was trained on, by which command, and how good it is: README.md in this folder.
"""

from pathlib import Path

import torch

from vae_helpers import storage
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
        tensors, facts = storage.load(path)
        model = VAE(**facts["config"])
        model.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (ValueError, KeyError, TypeError, RuntimeError) as problem:
        reason = str(problem).splitlines()[0]
        raise ValueError(
            f"{path} is damaged ({reason}); in the course's folder, run: git checkout -- vae_helpers/weights"
        ) from None
    return model.eval().requires_grad_(False)


def training_record(name: str) -> dict:
    """What `write` was told about the training of a shipped model."""
    return storage.load(FOLDER / f"{name}.safetensors")[1]["training"]


def write(model: VAE, path: Path, training: dict) -> None:
    """Store a model in half precision, with what is needed to build it again and how it was trained."""
    tensors = {name: value.to(torch.float16) for name, value in model.state_dict().items()}
    storage.save(path, tensors, {"config": model.config, "training": training})
