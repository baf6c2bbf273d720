"""Training: maximize the bound over a data set, watch it live, stop and resume without losing anything.

Notebook 04 writes the step inside `fit` by hand; the rest is what makes it pleasant to run. What a run leaves is a
`History`; what is measured afterwards is in `measure`.
"""

import math
import os
import sys
import time
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm  # as text: a widget's bar is gone the next day

from vae_helpers.checkpoint import Run, Settings, facts_of
from vae_helpers.checks import a, flag, takes
from vae_helpers.contract import Model, is_model
from vae_helpers.data import binarize as binarized
from vae_helpers.data import draw_pixels
from vae_helpers.history import Epoch, History
from vae_helpers.live import live_display
from vae_helpers.measure import DIVERGED, evaluate, refuse_nan, terms
from vae_helpers.stops import Stops

__all__ = ["Epoch", "History", "evaluate", "fit", "live_display"]

FEW_STEPS = 10  # too few for the learning rate to rise and fall: in one step the cycle would only show its lowest rate


@takes(model=is_model, images=a(Tensor, "a tensor of images"), progress=flag, live=flag)
def fit(
    model: Model,
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

    The model ends with the weights of its best epoch, by reconstruction − β·KL on `held_out` images, or else on the
    training images. Ctrl-C (the notebook's stop button) ends the run early in the same way.

    Args:
        model: a VAE, on the device to train on.
        images: (N, D), on any device; they are moved to the model's and stay there as one tensor.
        epochs: passes over the images. The learning rate's cycle spans them all.
        held_out: images (M, D) to judge by; never trained on.
        batch_size: images a step.
        learning_rate: the highest rate of the cycle; the only one, in a run of fewer than 10 steps.
        beta: weight of the KL term; 1 is the bound itself (notebook 06 turns this dial).
        binarize: draw black-and-white images anew for every batch, and once for `held_out`.
        seed: fixes the order of images, the pixels drawn and ε.
        checkpoint: a file, written after every epoch. If it exists, the run goes on from it, bit for bit.
        progress: show a progress bar.
        live: redraw the curves and eight samples after every epoch (in a notebook).
    Returns:
        History, which plots itself.
    Raises:
        ValueError: for images the model cannot take, settings out of range, or a checkpoint damaged or of another run.
        FloatingPointError: if the bound stops being a finite number; the model then holds its last good weights, and the
            error's `history` is that of the epochs that ended.
    """
    settings = Settings(epochs, batch_size, learning_rate, beta, binarize, seed)
    images, held_out = _on_device(model, images, held_out, settings)
    steps = math.ceil(len(images) / batch_size)
    total = steps * epochs
    run, file = begin(model, settings, total, images.device), None
    if checkpoint is not None:
        file = (_path(checkpoint), facts_of(settings, model, images, held_out))
        run.resume(*file)
    done = steps * len(run.history.epochs)
    show = live_display(model, run.history, seed) if live else None
    with Stops() as stops:
        try:
            with tqdm(
                total=total, initial=done, disable=not progress, unit="batch", dynamic_ncols=True, file=sys.stdout
            ) as bar:
                _all_epochs(run, images, held_out, file, bar, show, stops)
        finally:
            run.restore_best()
    return run.history


def _path(checkpoint: str | os.PathLike) -> Path:
    try:
        return Path(checkpoint).expanduser()
    except (TypeError, RuntimeError) as problem:
        raise ValueError(f"checkpoint must be the path of a file, not {checkpoint!r}: {problem}") from None


def _on_device(model, images: Tensor, held_out: Tensor | None, settings: Settings) -> tuple[Tensor, Tensor | None]:
    """Both sets of images as training takes them, all refusals made before anything is changed."""
    if not any(parameter.requires_grad for parameter in getattr(model, "parameters", list)()):
        raise ValueError("this model has no parameters to train; a shipped one is freed by model.requires_grad_()")
    device = next(model.parameters()).device
    for batch in (images, held_out):
        if batch is not None:
            model.check(batch)
    if held_out is not None:
        held_out = held_out.to(device)
        held_out = binarized(held_out, settings.seed) if settings.binarize else held_out
    return images.to(device), held_out


def begin(model: Model, settings: Settings, total_steps: int, device: torch.device) -> Run:
    """A run before its first step, with the optimizer and the learning rate's cycle that `fit` says it takes."""
    rate, fused = settings.learning_rate, device.type in ("cpu", "cuda", "mps")
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=fused)
    if total_steps < FEW_STEPS:
        schedule = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    else:
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=total_steps)
    return Run(model, settings, optimizer, schedule, device)


def _all_epochs(run: Run, images: Tensor, held_out: Tensor | None, file: tuple | None, bar: tqdm, show, stops) -> None:
    """Epoch after epoch to the end, to Ctrl-C or to divergence; `file` and `show` may be None."""
    epochs, history = run.settings.epochs, run.history
    try:
        for _ in range(len(history.epochs), epochs):
            history.epochs.append(_epoch(run, images, held_out, bar, stops))
            run.keep_if_best()
            if file is not None:
                run.keep(*file, bar.write)
            bar.set_postfix_str(_in_its_letters(str(history.epochs[-1]), sys.stdout))
            if show is not None:
                show()
    except KeyboardInterrupt:
        history.interrupted = True
        held = "its best weights so far" if history.epochs else "its weights of this moment"
        bar.write(f"Stopped after {len(history.epochs)} of {epochs} epochs; the model holds {held}.")
    except FloatingPointError as problem:
        run.model.load_state_dict(run.best)
        problem.history = history
        raise


def _in_its_letters(text: str, file) -> str:
    """A text as a file can take it: where output goes to a file on Windows, its letters may have no minus sign."""
    letters = getattr(file, "encoding", None) or "utf-8"
    return text.replace("−", "-").encode(letters, "replace").decode(letters) if letters.lower() != "utf-8" else text


def _epoch(run: Run, images: Tensor, held_out: Tensor | None, bar: tqdm, stops: Stops) -> Epoch:
    """One pass over the images, and the figures it leaves."""
    start, model, settings = time.perf_counter(), run.model, run.settings
    totals = torch.zeros(2, device=images.device)
    order = torch.randperm(len(images), generator=run.generator, device=images.device)
    for number, rows in enumerate(order.split(settings.batch_size)):
        stops.heed()
        x = images[rows]  # (B, D)
        if settings.binarize:
            x = draw_pixels(x, run.generator)
        bound = terms(model, x, 1, run.generator)
        loss = (settings.beta * bound.kl - bound.reconstruction).mean()  # the one reduction over the batch
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        run.schedule.step()
        totals += torch.stack([bound.reconstruction, bound.kl]).detach().sum(dim=1)
        if number % 20 == 0:
            refuse_nan(loss)
        bar.update()
    refuse_nan(totals.sum())
    if not all(value.isfinite().all() for value in model.parameters()):  # the last step's bound came before it
        raise FloatingPointError(DIVERGED.format("a number beyond floating point"))
    epoch = Epoch(0.0, *(totals / len(images)).tolist())
    if held_out is not None:
        bound = evaluate(model, held_out, seed=settings.seed)
        refuse_nan(bound.elbo.sum())
        epoch.held_out_reconstruction, epoch.held_out_kl = bound.reconstruction.mean().item(), bound.kl.mean().item()
    epoch.seconds = time.perf_counter() - start
    return epoch
