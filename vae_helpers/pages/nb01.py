"""Notebook 01's figures, and sentences that follow its numbers."""

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots


def histogram(x: Tensor, density, label: str, high: float = 3.0) -> Figure:
    """Draws (N,) as a histogram from 0 to `high`, under the density that they should have.

    Args:
        density: maps a tensor of places to densities.
        label: of the density's curve.
    """
    figure = Figure(figsize=(6, 2.8), layout="constrained")
    axis = figure.subplots()
    axis.hist(x.numpy(), bins=80, range=(0, high), density=True, alpha=0.6, label="mapped Gaussian draws")
    places = torch.linspace(0, high, 200)
    axis.plot(places, density(places), color=plots.COLORS["ink"], label=label)
    axis.set(xlabel="x", ylabel="density")
    axis.legend()
    return figure


def fitted(x: Tensor, thetas: dict[str, Tensor]) -> Figure:
    """Data (N, 2) in the plane, and the curves f(z; θ) = (z, θ₁ sin(θ₂ z)) of some θ (2,), by their labels."""
    figure = Figure(figsize=(5.6, 3.2), layout="constrained")
    axis = figure.subplots()
    axis.scatter(*x.T.numpy(), s=4, color=plots.COLORS["gray"], linewidths=0, label="data")
    z = torch.linspace(-3, 3, 200)
    for (label, theta), color in zip(thetas.items(), ("blue", "orange", "green", "purple"), strict=False):
        axis.plot(z, theta[0] * torch.sin(theta[1] * z), color=plots.COLORS[color], label=label)
    axis.set(xlim=(-3.5, 3.5), ylim=(-2, 2), xlabel="$X_1$", ylabel="$X_2$")
    axis.legend(loc="upper left", ncols=2)
    return figure


def errors_by_draws(counts: list[int], errors: dict[int, list[float]]) -> Figure:
    """Mean error of log P(X), in nats, against the number of draws, a line for each number of dimensions."""
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axis = figure.subplots()
    for size, values in errors.items():
        axis.plot(counts, values, "o-", label=f"{size} dimensions")
    axis.set(xscale="log", yscale="log", xlabel="draws of z", ylabel="mean error of log P(X), nats")
    axis.legend()
    return figure


def falls(counts: list[int], errors: dict[int, list[float]]) -> str:
    """How far each line of `errors_by_draws` falls from its first point to its last, in words."""
    times = counts[-1] / counts[0]
    lines = [
        f"{times:,.0f} times as many draws lower the error; if it fell as 1/√S, {math.sqrt(times):.0f}-fold. It falls"
    ]
    for size, values in errors.items():
        fold = f"{values[0] / values[-1]:.3g}-fold"
        lines.append(f"{fold:>10} in {size:3} dimensions, from {_short(values[0])} to {_short(values[-1])} nats")
    return "\n".join(lines)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"


def estimates(first: float, others: list[float]) -> str:
    """Estimates of one log P(X), and how far apart they are."""
    everything = [first, *others]
    listed = ", ".join(f"{value:,.0f}" for value in others)
    return (
        f"log P(X) by these draws {first:,.0f} nats, by others {listed}: "
        f"they lie {max(everything) - min(everything):,.0f} nats apart"
    )


def outlined(pictures: dict[str, Tensor]) -> Figure:
    """Pictures (1, 28, 28), by their names, each under the outline of the first."""
    figure = Figure(figsize=(1.7 * len(pictures), 2.0), layout="constrained")
    first = next(iter(pictures.values()))[0]
    for axis, (name, picture) in zip(figure.subplots(1, len(pictures)), pictures.items(), strict=True):
        axis.imshow(picture[0], cmap="gray_r", vmin=0, vmax=1)
        axis.contour(first, levels=[0.5], colors=plots.COLORS["orange"], linewidths=1.2)
        axis.set_title(name, fontsize=9)
        axis.set_axis_off()
    return figure


def heaps(samples: dict[str, Tensor], distance: float) -> Figure:
    """Histograms of draws (N,), one below the other, with the gap from 0 to `distance` shaded."""
    figure = Figure(figsize=(6, 1.7 * len(samples)), layout="constrained")
    for axis, (label, x) in zip(
        figure.subplots(len(samples), 1, sharex=True, squeeze=False).flat, samples.items(), strict=True
    ):
        axis.axvspan(0, distance, color=plots.COLORS["orange"], alpha=0.25, linewidth=0, label="between the heaps")
        axis.hist(x.numpy(), bins=121, range=(-1.5, distance + 1.5), density=True, color=plots.COLORS["blue"])
        axis.set(yticks=[], ylabel="density")
        axis.set_title(label, loc="left", fontsize=9)
    axis.set(xlabel="x")
    axis.legend(loc="upper center", fontsize=9)
    return figure
