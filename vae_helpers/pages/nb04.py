"""What notebook 04 shows: variances of two gradients, digits under fresh noise, the σ that a weight chooses, a stopped run."""

import html
import math
from collections.abc import Callable
from pathlib import Path

import ipywidgets
import torch
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import measure, plots, storage
from vae_helpers.contract import Model
from vae_helpers.history import Epoch, History
from vae_helpers.widgets.base import Panel
from vae_helpers.widgets.log_slider import LogSlider


def score_variance(size: int, delta: float, sigma: float) -> float:
    """Variance of one draw's ℓ(z)·(z₁ − μ₁)/σ² for ℓ(z) = ½|z − a|² in `size` dimensions, each μᵢ − aᵢ = δ; Q = N(μ, σ²I).

    The moments of a Gaussian, collected: the loss of the first coordinate is ℓ₁, that of the others `rest` on average.
    """
    rest = (size - 1) * (delta**2 + sigma**2) / 2
    spread = (size - 1) * (delta**2 * sigma**2 + sigma**4 / 2)  # variance of the loss of the others
    own2 = (delta**4 + 18 * delta**2 * sigma**2 + 15 * sigma**4) / 4  # E[ℓ₁² ε²]
    own1 = (delta**2 + 3 * sigma**2) / 2  # E[ℓ₁ ε²]
    return (own2 + 2 * rest * own1 + spread + rest**2) / sigma**2 - delta**2


def variance_figure(
    sizes: list[int], by_score: list[float], by_path: list[float], delta: float, sigma: float
) -> Figure:
    """Variance of one draw's estimate against the number of dimensions: measured points on lines in closed form."""
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axis = figure.subplots()
    exact = [score_variance(size, delta, sigma) for size in sizes]
    axis.plot(sizes, exact, color=plots.COLORS["orange"], label="score function, exact")
    axis.plot(sizes, by_score, "o", color=plots.COLORS["orange"], label="score function, measured")
    axis.plot(sizes, [sigma**2] * len(sizes), color=plots.COLORS["blue"], label="path, exact")
    axis.plot(sizes, by_path, "s", color=plots.COLORS["blue"], label="path, measured")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="dimensions L",
        ylabel="variance of one draw's estimate,\n(nats per unit of μ)²",
    )
    axis.set_xticks(sizes, sizes)
    axis.minorticks_off()
    axis.legend()
    return figure


@torch.no_grad()
def around_a_digit(model: Model, x: Tensor, steps: tuple[float, ...], generator: torch.Generator) -> Figure:
    """One held X (1, D), and for each step a row of ten means f(μ + step·σ·ε) under fresh ε, with its mean log P(X|z)."""
    q = model.encode(x)
    images, rows = [], []
    for step in steps:
        p = model.decode(q.mean + step * q.stddev * torch.randn(10, model.latent_size, generator=generator))
        images += [x, p.mean]
        words = f"μ + {step:g}·σε" if step else "μ itself"
        rows.append(f"{words}\n{p.log_prob(x).mean():.0f} nats".replace("-", "−"))
    return plots.digits(torch.cat(images), columns=11, rows=rows, columns_names=["held X", *[""] * 10])


def measured(model: Model, seen: Tensor, held_out: Tensor, seconds: float) -> Epoch:
    """An epoch's record, from images that were trained on and images that were not, (N, D) each."""
    terms = (measure.evaluate(model, images) for images in (seen, held_out))
    return Epoch(seconds, *(term.mean().item() for pair in terms for term in pair))


@torch.no_grad()
def moved(model: Model, x: Tensor, step: float, generator: torch.Generator) -> float:
    """How far the picture moves, in squared distance, when z = μ(X) moves by step·ε: a mean over the images x (B, D)."""
    mu = model.encode(x).mean
    moved = model.decode(mu + step * torch.randn(mu.shape, generator=generator)).mean
    return (moved - model.decode(mu).mean).square().sum(dim=1).mean().item()


def claim(
    weight: float, mean: Tensor, noise: Tensor, sigma_of: Callable, named: dict[str, float]
) -> tuple[str, Figure]:
    """The σ that a weight chooses, in words, and what the model then calls digits.

    Args:
        weight: w in "mean squared error over pixels + w·KL".
        mean: f(z), (1, D).
        noise: draws from N(0, I), (2, D).
        sigma_of: the exercise `implied_sigma`.
        named: σ of known choices, by their names.
    """
    sigma = sigma_of(torch.tensor(weight), mean.shape[1]).item()
    near = min(named, key=lambda name: abs(math.log(named[name] / sigma)))
    words = f"w = {weight:.5f} chooses σ = {sigma:.3f}, where black and white are 1 apart."
    if abs(math.log(named[near] / sigma)) < 0.3:
        words += f" About as in: {near} (σ = {named[near]:.2f})."
    pictures = torch.cat([mean, (mean + sigma * noise).clamp(0, 1)])
    return words, plots.digits(pictures, titles=["f(z)", "a draw", "another"], scale=1.3)


def weight_panel(mean: Tensor, noise: Tensor, sigma_of: Callable, named: dict[str, float]) -> Panel:
    """A slider for the weight w, and below it `claim` at that weight."""
    slider = LogSlider(label="w", name="w, the weight of the KL term")
    words, picture, alt = ipywidgets.HTML(), ipywidgets.HTML(), "A mean f(z) and two draws from N(f(z), σ²I)."

    def follow(_=None):
        text, figure = claim(slider.value, mean, noise, sigma_of, named)
        words.value = html.escape(text)  # names of choices are whatever the learner wrote
        picture.value = plots.html(figure, alt)

    slider.observe(follow, names="value")
    follow()
    children = [slider, words, picture]
    return Panel(children, lambda: claim(slider.value, mean, noise, sigma_of, named)[1], alt, flex_flow="column")


def run_file(name: str) -> Path:
    """Where a training run of the learner's is kept between sessions: beside the record of exercises, or the notebook.

    Raises:
        ValueError: for a name that leads out of that folder.
    """
    file = Path(f"{storage.plain_name(name)}.safetensors")
    try:
        folder = storage.own_folder("data") / "runs"
        storage.try_path(folder / file)
        return folder / file
    except (OSError, ValueError):
        return file.absolute()


def where_it_stands(record: History, epochs: int, file: Path) -> str:
    """Whether a run is finished, and how it goes on or begins again. A finished run's file is removed."""
    done = f"{len(record.epochs)} of {epochs} epochs"
    if record.interrupted or len(record.epochs) < epochs:
        kept = (
            f"It is kept in {file}. Run the cell again: it goes on from there. To begin afresh, delete the file first."
        )
        return (
            f"Stopped after {done}. {kept}"
            if record.epochs
            else "Stopped before the first epoch ended; nothing is kept."
        )
    storage.remove(file)
    return f"Finished: {done}, the best is number {record.best_epoch + 1}. Run the cell again to begin afresh."
