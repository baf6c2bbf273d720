"""A training run as it stands between two steps, and its file: stopped at any moment, it goes on bit for bit."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from vae_helpers import storage
from vae_helpers.contract import Model
from vae_helpers.history import Epoch, History


@dataclass(frozen=True)
class Settings:
    """What `training.fit` was asked for; its docstring says what each is.

    Raises:
        ValueError: for a setting out of range.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    beta: float
    binarize: bool
    seed: int

    def __post_init__(self):
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of 1 or more, not {value!r}")
        if not 0 < self.learning_rate < math.inf or not 0 <= self.beta < math.inf:
            came = f"{self.learning_rate!r} and {self.beta!r}"
            raise ValueError(f"learning_rate must be positive and beta 0 or more, not {came}")
        if not isinstance(self.seed, int):
            raise ValueError(f"seed must be a whole number, not {self.seed!r}")


class Run:
    """Everything a training run must carry from one epoch to the next.

    Args:
        model: to train.
        settings: of the run.
        optimizer, schedule: of the model's parameters and of the learning rate.
        device: where random numbers are drawn.
    Attributes:
        generator: source of the order of images, of pixels and of ε.
        history: what was done so far.
        best: the weights of the best epoch, or those the run began with.
    """

    def __init__(self, model: Model, settings: Settings, optimizer, schedule, device: torch.device):
        self.model, self.settings, self.optimizer, self.schedule = model, settings, optimizer, schedule
        self.generator = torch.Generator(device).manual_seed(settings.seed)
        self.history = History()
        self.best = self._weights()

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def keep_if_best(self) -> None:
        """Keep the weights if the last epoch's reconstruction − β·KL is the highest so far."""

        def score(epoch: Epoch) -> float:
            if epoch.held_out_kl is None:
                return epoch.reconstruction - self.settings.beta * epoch.kl
            return epoch.held_out_reconstruction - self.settings.beta * epoch.held_out_kl

        epochs, best = self.history.epochs, self.history.best_epoch
        if best is None or score(epochs[-1]) > score(epochs[best]):
            self.history.best_epoch, self.best = len(epochs) - 1, self._weights()

    def restore_best(self) -> None:
        """Give the model its best weights; before the first epoch has ended, only if the present ones are not finite."""
        if self.history.best_epoch is not None or any(not v.isfinite().all() for v in self.model.state_dict().values()):
            self.model.load_state_dict(self.best)

    def save(self, path: Path, facts: dict) -> None:
        """Write the run and `facts_of` it, replacing what the file held."""
        optimizer = self.optimizer.state_dict()
        tensors = {f"model.{name}": value for name, value in self._weights().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        for index, state in optimizer["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value.clone() for name, value in state.items()}
        tensors["generator"] = self.generator.get_state()
        state = {
            "settings": facts,
            "groups": optimizer["param_groups"],
            "schedule": self.schedule.state_dict(),
            "history": asdict(self.history),
        }
        storage.save(path, tensors, state)

    def resume(self, path: Path, facts: dict) -> None:
        """Go on from the file, if there is one.

        Raises:
            ValueError: for a file that is damaged, or of a run of which other facts hold; nothing is changed then.
        """
        if not path.exists():
            return
        tensors, state = _read(path, facts)

        def part(prefix: str) -> dict[str, Tensor]:
            return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}

        shapes = {name: value.shape for name, value in self.model.state_dict().items()}
        if {name: value.shape for name, value in part("model.").items()} != shapes:
            raise ValueError(f"{path} is from a model of other sizes. Use the same model, or another file name.")
        self.model.load_state_dict(part("model."))
        self.best = part("best.")
        moments: dict[int, dict] = {}
        for name, value in part("optimizer.").items():
            index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = value
        self.optimizer.load_state_dict({"state": moments, "param_groups": state["groups"]})
        self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(tensors["generator"])
        self.history.epochs[:] = [Epoch(**epoch) for epoch in state["history"]["epochs"]]
        self.history.best_epoch = state["history"]["best_epoch"]


def facts_of(settings: Settings, model: Model, images: Tensor, held_out: Tensor | None) -> dict:
    """What must be the same for a file to be a checkpoint of this run, as JSON can hold it."""
    return asdict(settings) | {
        "model": str(getattr(model, "config", type(model).__name__)),
        "device": images.device.type,  # its random numbers are its own
        "images": _fingerprint(images),
        "held_out": None if held_out is None else _fingerprint(held_out),
    }


def _fingerprint(images: Tensor) -> str:
    return f"{tuple(images.shape)} {storage.checksum({'': images}):08x}"


def _read(path: Path, facts: dict) -> tuple[dict[str, Tensor], dict]:
    try:
        tensors, state = storage.load(path)
        before = state["settings"]
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path} is not a readable checkpoint ({problem}); delete it to start over") from None
    if differing := [name for name, value in facts.items() if before.get(name) != value]:
        name = differing[0]
        raise ValueError(
            f"{path} is from another run: its {name} was {before.get(name)!r}, now {facts[name]!r}. "
            "Use the same settings to go on with it, or another file name to start afresh."
        )
    return tensors, state
