"""A training run as it stands between two steps, and its file: stopped at any moment, it goes on bit for bit."""

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from vae_helpers import storage
from vae_helpers.checks import flag, many, not_negative, positive, seed, whole
from vae_helpers.contract import Model
from vae_helpers.history import Epoch, History

WAY_OUT = "Name another file, or move this one away to start afresh."


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
        for name, (kind, check) in _SETTINGS.items():
            check(name, getattr(self, name))
            object.__setattr__(self, name, kind(getattr(self, name)))  # as JSON can hold it: a float of NumPy's is none


_SETTINGS = {
    "epochs": (int, whole()), "batch_size": (int, many), "learning_rate": (float, positive),
    "beta": (float, not_negative), "binarize": (bool, flag), "seed": (int, seed),
}  # fmt: skip


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
        self.generator, self.history = torch.Generator(device).manual_seed(settings.seed), History()
        self.best, self.unsaved = self._weights(), False  # whether the last epoch could not be saved

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

    def keep(self, path: Path, facts: dict, tell: Callable[[str], None]) -> None:
        """`save`; if that fails, tell so, once, and let the run go on."""
        try:
            self.save(path, facts)
            self.unsaved = False
        except (OSError, MemoryError) as problem:
            if not self.unsaved:
                epoch = f"Epoch {len(self.history.epochs)} could not be saved in {path} ({storage.reason(problem)})"
                tell(f"{epoch}. Training goes on, and tries again after every epoch.")
            self.unsaved = True

    def save(self, path: Path, facts: dict) -> None:
        """Write the run and `facts_of` it. What the file held is kept as the generation before."""
        optimizer = self.optimizer.state_dict()
        tensors = {f"model.{name}": value for name, value in self._weights().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        for index, state in optimizer["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value.clone() for name, value in state.items()}
        tensors["generator"] = self.generator.get_state()
        state = {
            "settings": facts, "tensors": _kinds(tensors), "groups": optimizer["param_groups"],
            "schedule": self.schedule.state_dict(), "history": asdict(self.history),
        }  # fmt: skip
        storage.save(path, tensors, state, keep_before=True)

    def resume(self, path: Path, facts: dict) -> None:
        """Go on from the file, if there is one; if it is damaged, from the generation before.

        Raises:
            ValueError: if no file can be written there, or the one that is there cannot be read, is damaged, or is of a
                run of which other facts hold; nothing is changed then.
        """
        parts = self._newest(path, facts) if os.path.exists(path) and not path.is_dir() else None
        if parts is None or len(parts["history"].epochs) < self.settings.epochs:
            storage.try_path(path)
        if parts is not None:
            self.optimizer.load_state_dict(parts["optimizer"])  # which looks whether it fits
            self.model.load_state_dict(parts["model"])
            self.schedule.load_state_dict(parts["schedule"])
            self.generator.set_state(parts["generator"])
            self.best, done = parts["best"], parts["history"]
            self.history.epochs[:], self.history.best_epoch = done.epochs, done.best_epoch

    def _newest(self, path: Path, facts: dict) -> dict:
        """Parts of the run in the file, or of the generation before, which then takes the damaged one's place."""
        before = storage.before(path)
        try:
            return self._parts(path, facts)
        except storage.Damaged as damage:
            try:
                parts = self._parts(before, facts)
            except ValueError:
                raise ValueError(f"{damage}. {WAY_OUT}") from None
            with storage.replacing(path) as beside:
                shutil.copyfile(before, beside)
            print(f"{damage}. The run goes on from the generation before: epoch {len(parts['history'].epochs)}.")
            return parts
        except ValueError as problem:
            raise ValueError(f"{problem}. {WAY_OUT}") from None

    def _parts(self, path: Path, facts: dict) -> dict:
        """What the file holds, all of it looked at. ValueError if it is not of this run; Damaged if it is of none."""
        tensors, state = storage.load(path)
        try:
            for name, value in facts.items():
                if (then := state["settings"].get(name)) != value:
                    raise ValueError(f"{path} is from another run: its {name} was {then!r}, now {value!r}")
            parts = _sorted_out(tensors, state)
            torch.Generator(self.generator.device).set_state(parts["generator"])
            history, done = parts["history"], parts["schedule"]["last_epoch"]
            fits = 0 <= history.best_epoch < len(history.epochs) <= min(self.settings.epochs, done)
            numbers = [*range(len(self.optimizer.param_groups[0]["params"]))]
            fits &= [group["params"] for group in state["groups"] if group["lr"] > 0] == [numbers]
        except (KeyError, TypeError, AttributeError, RuntimeError) as problem:
            raise ValueError(f"{path} is not a checkpoint of this version of the course ({problem!r})") from None
        if not (fits and _kinds(parts["model"]) == _kinds(parts["best"]) == _kinds(self._weights())):
            raise ValueError(f"{path} is from a model of other sizes")
        return parts


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


def _kinds(tensors: dict[str, Tensor]) -> dict[str, list]:
    return {name: [list(value.shape), str(value.dtype)] for name, value in tensors.items()}


def _sorted_out(tensors: dict[str, Tensor], state: dict) -> dict:
    """The parts of a run, as what they belong to takes them; KeyError or TypeError if one is missing."""
    if state["tensors"] != _kinds(tensors):
        raise KeyError("tensors")
    found: dict[str, dict] = {"model": {}, "best": {}, "generator": {}, "optimizer": {}}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        found[kind][rest] = value
    moments: dict[int, dict] = {}
    for name, value in found["optimizer"].items():
        index, key = name.split(".")
        moments.setdefault(int(index), {})[key] = value
    history = History([Epoch(**epoch) for epoch in state["history"]["epochs"]], state["history"]["best_epoch"])
    return found | {
        "generator": found["generator"][""], "optimizer": {"state": moments, "param_groups": state["groups"]},
        "schedule": state["schedule"], "history": history,
    }  # fmt: skip
