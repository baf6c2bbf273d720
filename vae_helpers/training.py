"""Training: maximize the bound over a data set, watch it live, stop and resume without losing anything.

Notebook 04 writes the step inside `fit` by hand; the rest is what makes it pleasant to run.
"""

import io
import math
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from tqdm.auto import tqdm

from vae_helpers import objective, storage
from vae_helpers.data import binarize as binarized


@dataclass
class Epoch:
    """Means over the images of one epoch, in nats per image; held-out figures are None without held-out images."""

    seconds: float
    reconstruction: float
    kl: float
    held_out_reconstruction: float | None = None
    held_out_kl: float | None = None

    @property
    def elbo(self) -> float:
        return self.reconstruction - self.kl

    @property
    def held_out_elbo(self) -> float | None:
        return None if self.held_out_kl is None else self.held_out_reconstruction - self.held_out_kl


@dataclass
class History:
    """What a training run did.

    Attributes:
        epochs: one Epoch each, in order.
        best_epoch: index of the epoch whose weights the model holds; None before the first epoch ended.
        interrupted: True if the run was stopped before its last epoch.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int | None = None
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """Training time, in seconds, evaluation on held-out images included."""
        return sum(epoch.seconds for epoch in self.epochs)

    def plot(self, figure=None):
        """Curves of the bound and of its two terms over the epochs, in nats per image; returns the figure."""
        if figure is None:
            from matplotlib.figure import Figure

            figure = Figure(figsize=(9, 3), layout="constrained")
        else:
            figure.clear()
        names = {"elbo": "the bound", "reconstruction": "reconstruction term", "kl": "KL term"}
        numbers = range(1, len(self.epochs) + 1)
        for axis, (key, title) in zip(figure.subplots(1, 3), names.items(), strict=True):
            axis.plot(numbers, [getattr(epoch, key) for epoch in self.epochs], "o-", ms=3, label="training")
            if self.epochs and self.epochs[0].held_out_kl is not None:
                held_out = [getattr(epoch, f"held_out_{key}") for epoch in self.epochs]
                axis.plot(numbers, held_out, "s--", ms=3, label="held out")
            axis.set(title=title, xlabel="epoch", ylabel="nats per image")
            axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend()
        return figure


def fit(
    model,
    images: Tensor,
    epochs: int,
    held_out: Tensor | None = None,
    *,
    batch_size: int = 256,
    learning_rate: float = 3e-3,
    beta: float = 1.0,
    binarize: bool = False,
    seed: int = 0,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
    live: bool = False,
) -> History:
    """Maximize the mean bound over `images` with Adam and a one-cycle learning rate.

    The model ends with the weights of its best epoch: by the bound on `held_out` images, or else on the training
    images. Ctrl-C (the notebook's stop button) ends the run early in the same way.

    Args:
        model: a VAE, on the device to train on.
        images: (N, D), on any device; they are moved to the model's and stay there as one tensor.
        epochs: passes over the images. The learning rate's cycle spans them all.
        held_out: images (M, D) to judge by; never trained on.
        batch_size: images a step.
        learning_rate: the highest rate of the cycle.
        beta: weight of the KL term; 1 is the bound itself (notebook 06 turns this dial).
        binarize: draw black-and-white images anew for every batch, and once for `held_out`.
        seed: fixes the order of images, the pixels drawn and ε.
        checkpoint: a file, written after every epoch. If it exists, the run goes on from it, bit for bit as if it had
            never stopped.
        progress: show a progress bar.
        live: redraw the curves and eight samples after every epoch (in a notebook).
    Returns:
        History, which plots itself.
    Raises:
        ValueError: for images the model cannot take, settings out of range, or a checkpoint that is damaged or from
            another run.
        FloatingPointError: if the bound stops being a finite number; the model then holds its last good weights.
    """
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of 1 or more, not {value!r}")
    if not 0 < learning_rate < math.inf or not 0 <= beta < math.inf:
        raise ValueError(f"learning_rate must be positive and beta 0 or more, not {learning_rate!r} and {beta!r}")
    if not isinstance(seed, int):
        raise ValueError(f"seed must be a whole number, not {seed!r}")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError("this model has no parameters to train; a shipped one is freed by model.requires_grad_()")
    device = next(model.parameters()).device
    for batch in (images, held_out):
        if batch is not None:
            model.check(batch)  # before anything is changed
    images = images.to(device)
    if held_out is not None:
        held_out = binarized(held_out.to(device), seed) if binarize else held_out.to(device)
    steps = math.ceil(len(images) / batch_size)
    run = _Run(model, steps * epochs, learning_rate, seed, device)
    if checkpoint is not None:
        settings = {
            "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "beta": beta,
            "binarize": binarize, "seed": seed, "model": str(getattr(model, "config", type(model).__name__)),
            "images": _fingerprint(images), "held_out": None if held_out is None else _fingerprint(held_out),
        }  # fmt: skip
        run.resume(Path(checkpoint), settings)
    history = run.history
    first = len(history.epochs)
    show = live_display(model, history, seed) if live else None
    bar = tqdm(total=steps * epochs, initial=steps * first, disable=not progress, unit="batch", dynamic_ncols=True)
    try:
        for _ in range(first, epochs):
            history.epochs.append(_epoch(run, images, held_out, batch_size, beta, binarize, seed, bar))
            run.keep_if_best(beta)
            if checkpoint is not None:
                run.save(Path(checkpoint), settings)
            bar.set_postfix_str(_line(history.epochs[-1]))
            if show is not None:
                show()
    except KeyboardInterrupt:
        history.interrupted = True
        held = "its best weights so far" if history.epochs else "its weights of this moment"
        bar.write(f"Stopped after {len(history.epochs)} of {epochs} epochs; the model holds {held}.")
    except FloatingPointError:
        model.load_state_dict(run.best)
        raise
    finally:
        bar.close()
    run.restore_best()
    return history


def _epoch(run, images, held_out, batch_size, beta, binarize, seed, bar) -> Epoch:
    """One pass over the images, and the figures it leaves."""
    start, model, device = time.perf_counter(), run.model, images.device
    totals = torch.zeros(2, device=device)
    order = torch.randperm(len(images), generator=run.generator, device=device)
    for number, rows in enumerate(order.split(batch_size)):
        x = images[rows]  # (B, D)
        if binarize:
            x = (torch.rand(x.shape, generator=run.generator, device=device) < x).to(x.dtype)
        bound = _bound(model, x, 1, run.generator)
        loss = (beta * bound.kl - bound.reconstruction).mean()  # minus the bound; the one reduction over the batch
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        run.schedule.step()
        totals += torch.stack([bound.reconstruction, bound.kl]).detach().sum(dim=1)
        if number % 20 == 0:
            _refuse_nan(loss)
        bar.update()
    _refuse_nan(totals.sum())
    if not all(value.isfinite().all() for value in model.parameters()):  # the last step's bound came before it
        raise FloatingPointError(DIVERGED.format("a number beyond floating point"))
    reconstruction, kl = (totals / len(images)).tolist()
    epoch = Epoch(0.0, reconstruction, kl)
    if held_out is not None:
        bound = evaluate(model, held_out, seed=seed)
        _refuse_nan(bound.elbo.sum())
        epoch.held_out_reconstruction, epoch.held_out_kl = bound.reconstruction.mean().item(), bound.kl.mean().item()
    epoch.seconds = time.perf_counter() - start
    return epoch


@torch.no_grad()
def evaluate(model, images: Tensor, samples: int = 1, seed: int = 0, batch_size: int = 2000) -> objective.Bound:
    """The bound of every image, (N,) in nats, in batches and without gradients."""
    generator = torch.Generator(images.device).manual_seed(seed)
    parts = [_bound(model, x, samples, generator) for x in images.split(batch_size)]
    return objective.Bound(*(torch.cat(column) for column in zip(*parts, strict=True)))


DIVERGED = (
    "the bound became {}: training has diverged. Try a learning_rate ten times smaller; for a Gaussian likelihood a "
    "larger sigma; and see that the pixels lie in [0, 1]. The model holds its last good weights."
)


def _refuse_nan(value: Tensor) -> None:
    if not torch.isfinite(value):
        raise FloatingPointError(DIVERGED.format(value.item()))


def _bound(model, x: Tensor, samples: int, generator: torch.Generator) -> objective.Bound:
    """`objective.elbo`, where the decoder's refusal of z that are not finite is what it means here: divergence."""
    try:
        return objective.elbo(model, x, samples, generator)
    except ValueError:
        q = model.encode(x)
        if (q.mean.abs() + 10 * q.stddev).isfinite().all():
            raise
    raise FloatingPointError(DIVERGED.format("NaN or infinite"))


def _line(epoch: Epoch) -> str:
    text = f"bound {epoch.elbo:.1f} = {epoch.reconstruction:.1f} − {epoch.kl:.1f}"
    if epoch.held_out_kl is not None:
        text += f" | held out {epoch.held_out_elbo:.1f} = {epoch.held_out_reconstruction:.1f} − {epoch.held_out_kl:.1f}"
    return text + " nats/image"


def _fingerprint(images: Tensor) -> str:
    return f"{tuple(images.shape)} {storage.checksum({'': images}):08x}"


class _Run:
    """Everything a training run must carry from one epoch to the next, and its file."""

    def __init__(self, model, total_steps: int, learning_rate: float, seed: int, device):
        self.model = model
        fused = device.type in ("cpu", "cuda", "mps")
        self.optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=fused)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, learning_rate, total_steps=total_steps)
        self.generator = torch.Generator(device).manual_seed(seed)
        self.history = History()
        self.best = self._weights()

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def keep_if_best(self, beta: float) -> None:
        def score(epoch: Epoch) -> float:
            if epoch.held_out_kl is None:
                return epoch.reconstruction - beta * epoch.kl
            return epoch.held_out_reconstruction - beta * epoch.held_out_kl

        epochs, best = self.history.epochs, self.history.best_epoch
        if best is None or score(epochs[-1]) > score(epochs[best]):
            self.history.best_epoch, self.best = len(epochs) - 1, self._weights()

    def restore_best(self) -> None:
        if self.history.best_epoch is not None or any(not v.isfinite().all() for v in self.model.state_dict().values()):
            self.model.load_state_dict(self.best)

    def save(self, path: Path, settings: dict) -> None:
        optimizer = self.optimizer.state_dict()
        tensors = {f"model.{name}": value for name, value in self._weights().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        for index, state in optimizer["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value.clone() for name, value in state.items()}
        tensors["generator"] = self.generator.get_state()
        facts = {
            "settings": settings,
            "groups": optimizer["param_groups"],
            "schedule": self.schedule.state_dict(),
            "history": asdict(self.history),
        }
        storage.save(path, tensors, facts)

    def resume(self, path: Path, settings: dict) -> None:
        if not path.exists():
            return
        try:
            tensors, facts = storage.load(path)
            before = facts["settings"]
        except (ValueError, KeyError, TypeError) as problem:
            raise ValueError(f"{path} is not a readable checkpoint ({problem}); delete it to start over") from None
        if differing := [name for name, value in settings.items() if before.get(name) != value]:
            name = differing[0]
            raise ValueError(
                f"{path} is from another run: its {name} was {before.get(name)!r}, now {settings[name]!r}. "
                "Use the same settings to go on with it, or another file name to start afresh."
            )
        part = lambda prefix: {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}  # noqa: E731
        shapes = {name: tuple(value.shape) for name, value in self.model.state_dict().items()}
        if {name: tuple(value.shape) for name, value in part("model.").items()} != shapes:
            raise ValueError(f"{path} is from a model of other sizes. Use the same model, or another file name.")
        self.model.load_state_dict(part("model."))
        self.best = part("best.")
        state: dict[int, dict] = {}
        for name, value in part("optimizer.").items():
            index, key = name.split(".")
            state.setdefault(int(index), {})[key] = value
        self.optimizer.load_state_dict({"state": state, "param_groups": facts["groups"]})
        self.schedule.load_state_dict(facts["schedule"])
        self.generator.set_state(tensors["generator"])
        history = facts["history"]
        self.history.epochs[:] = [Epoch(**epoch) for epoch in history["epochs"]]
        self.history.best_epoch = history["best_epoch"]


def live_display(model, history: History, seed: int = 0):
    """A figure under the notebook's cell, and the function that redraws it: curves above, eight means f(z) below.

    Args:
        model: has latent_size, data_size and decode(z).
        history: whatever it holds when the function is called is drawn.
        seed: fixes the eight z, which stay the same throughout.
    Returns:
        A function without arguments, to be called after every epoch.
    """
    from IPython.display import display
    from matplotlib.figure import Figure

    def picture() -> dict[str, object]:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=100)
        return {"image/png": buffer.getvalue(), "text/plain": "Curves of the bound and its terms, and eight samples."}

    figure = Figure(figsize=(9, 4.4), layout="constrained")
    handle = display(picture(), display_id=True, raw=True)
    z = torch.randn(8, model.latent_size, generator=torch.Generator().manual_seed(seed)).to(next(model.parameters()))
    side = math.isqrt(model.data_size)

    def show() -> None:
        above = figure
        if side**2 == model.data_size:
            above, below = figure.subfigures(2, 1, height_ratios=(3, 1.2)) if not figure.subfigs else figure.subfigs
            below.clear()
            with torch.no_grad():
                means = model.decode(z).mean.reshape(8, side, side).cpu()
            for axis, mean in zip(below.subplots(1, 8), means, strict=True):
                axis.imshow(mean.numpy(), cmap="gray_r", vmin=0, vmax=1)
                axis.set_axis_off()
        history.plot(above)
        if handle is not None:  # None in plain Python, which has nowhere to redraw
            handle.update(picture(), raw=True)

    if history.epochs:  # resumed
        show()
    return show
