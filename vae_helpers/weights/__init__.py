"""Trained models that ship with the course, so that explorers need neither data nor training.

What each was trained on, by which command, and how good it is: README.md in this folder.
"""

import json
from pathlib import Path

import torch
from torch import nn

from vae_helpers import storage
from vae_helpers.models import VAE

FOLDER = Path(__file__).parent
# Models alike in all but one number: β, the weight of the KL term in training (a Bernoulli likelihood, black-and-white
# digits), or σ of a Gaussian likelihood (gray digits). The largest of each is past the collapse of every dimension.
FAMILIES = {"beta": (0.1, 0.3, 1.0, 2.0, 5.0, 15.0, 50.0), "sigma": (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)}


def members(family: str) -> dict[float, str]:
    """The names of a family's models, by β or σ, rising.

    Raises:
        ValueError: for an unknown family.
    """
    if not isinstance(family, str) or family not in FAMILIES:
        raise ValueError(f"there is no shipped family {family!r}; there are: {', '.join(FAMILIES)}")
    return {value: f"{family}-{value:g}" for value in FAMILIES[family]}


def names() -> list[str]:
    """The shipped models that stand alone, sorted; `family` loads the others."""
    in_families = {name for family in FAMILIES for name in members(family).values()}
    return sorted({path.stem for path in FOLDER.glob("*.safetensors")} - in_families)


def load(name: str) -> VAE:
    """A trained model, in evaluation mode, its parameters fixed.

    Args:
        name: one of `names()`, or a member of a family such as "beta-2"; the model card says what each is.
    Raises:
        ValueError: for an unknown name or a damaged file, with what to do.
    """
    return read(_file(name))


def _file(name: str) -> Path:
    """Of a shipped model, found among those that are there; no name leads to another folder."""
    there = {path.stem: path for path in FOLDER.glob("*.safetensors")}
    if not isinstance(name, str) or name not in there:
        known = f"{', '.join(names())}; in families: {', '.join(FAMILIES)}"
        raise ValueError(f"there is no shipped model {name!r}; there are: {known}")
    return there[name]


def family(name: str) -> dict[float, VAE]:
    """The models of a family, as `load` gives them, by β ("beta") or σ in pixel units ("sigma"), rising.

    Raises:
        ValueError: for an unknown family or a damaged file.
    """
    return {value: load(member) for value, member in members(name).items()}


def family_figures(name: str) -> dict[float, dict]:
    """What each model of a family measures on the 10,000 test digits, by β or σ, rising.

    Each is as `measure.rate_distortion(...).as_numbers()` gives it, in nats per image; the model card shows them.

    Raises:
        ValueError: for an unknown family.
    """
    recorded = json.loads((FOLDER / "families.json").read_text(encoding="utf-8"))
    return {value: recorded[member]["test"] for value, member in members(name).items()}


def read(path: Path, kind: type[nn.Module] = VAE) -> nn.Module:
    """The model of this kind that `write` put into a file.

    Raises:
        ValueError: for a file that cannot be read, is damaged or holds another model, with what to do.
    """
    shipped = FOLDER.parent in Path(path).absolute().parents
    restore = "in the course's folder, run: git checkout -- vae_helpers" if shipped else "train it again"
    try:
        tensors, facts = storage.load(path)
        with torch.device("meta"):  # sizes without numbers, so that a wrong one costs nothing
            model = kind(**facts["config"])
        model.load_state_dict({name: value.float() for name, value in tensors.items()}, assign=True)
    except storage.Damaged as problem:
        raise ValueError(f"{problem}; {restore}") from None
    except (KeyError, TypeError, RuntimeError) as problem:
        raise ValueError(f"{path} is damaged ({storage.reason(problem)}); {restore}") from None
    return model.eval().requires_grad_(False)


def training_record(name: str) -> dict:
    """What `write` was told about the training of a shipped model. ValueError for an unknown name or a damaged file."""
    return storage.load(_file(name))[1]["training"]


def write(model: nn.Module, path: Path, training: dict) -> None:
    """Store a model in half precision, with what is needed to build it again and how it was trained.

    A single number, log σ, stays as it is: rounded, σ = 0.05 would come back 0.03 % off. So do numbers too large for half
    precision.
    """

    def halved(value: torch.Tensor) -> torch.Tensor:
        return value.to(torch.float16) if value.dim() and value.abs().max() < 6e4 else value

    tensors = {name: halved(value) for name, value in model.state_dict().items()}
    storage.save(path, tensors, {"config": model.config, "training": training})
