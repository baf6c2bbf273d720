"""The model of a mistake beside the right one: where its codes lie, what it draws, and how its bound went."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vae_helpers import data, plots
from vae_helpers.models import VAE

SIDE = 9  # pictures along an axis of the manifold


def side_by_side(mistaken: VAE, right: VAE, bounds: list[float], wanted: list[float]) -> Figure:
    """Two rows of codes and pictures, the mistaken model's above, and both curves.

    Args:
        mistaken, right: models with 2 latent dimensions.
        bounds, wanted: the mean bound of each on held-out digits, in nats, before training and after every epoch.
    """
    figure = Figure(figsize=(7.6, 4.9), layout="constrained")
    grid = figure.add_gridspec(2, 3, width_ratios=(1, 1, 0.95))
    drawn = data.load("strokes", n=600)
    for row, (model, name) in enumerate(((mistaken, "with the mistake"), (right, "without it"))):
        codes, pictures = (figure.add_subplot(grid[row, column]) for column in (0, 1))
        _codes(codes, model, drawn)
        codes.set_title(f"codes, {name}", fontsize=9)
        _pictures(pictures, model)
        pictures.set_title("pictures from P(z)", fontsize=9)
    _curves(figure.add_subplot(grid[:, 2]), bounds, wanted)
    return figure


@torch.no_grad()
def _codes(axis: Axes, model: VAE, drawn: data.Digits) -> None:
    codes = model.encode(drawn.train_images).mean  # (N, 2)
    farthest = codes.abs().quantile(0.99).item()
    limit = next((nice for nice in (4, 8, 20, 50, 100, 1000) if farthest < nice), farthest)
    if codes.std(dim=0).max() < 0.02 * limit:  # numerals of classes would lie on each other
        axis.plot(*codes.mean(dim=0).tolist(), "o", color=plots.COLORS["orange"])
        axis.annotate("all codes", codes.mean(dim=0).tolist(), (6, 6), textcoords="offset points", fontsize=9)
        codes = codes[:0]
    plots.latent_plane(codes, drawn.train_labels[: len(codes)], limit=limit, axis=axis)
    axis.set(xlabel="", ylabel="")
    axis.tick_params(labelsize=8)


@torch.no_grad()
def _pictures(axis: Axes, model: VAE) -> None:
    quantiles = torch.special.ndtri((torch.arange(SIDE) + 0.5) / SIDE)
    z = torch.cartesian_prod(-quantiles, quantiles).flip(1)  # rows: z₂ downward
    means = model.decode(z).mean.reshape(SIDE, SIDE, 28, 28)
    axis.imshow(means.permute(0, 2, 1, 3).reshape(28 * SIDE, 28 * SIDE), cmap="gray_r", vmin=0, vmax=1)
    axis.set_axis_off()


def _curves(axis: Axes, bounds: list[float], wanted: list[float]) -> None:
    for name, values, color in (("without", wanted, "blue"), ("with the mistake", bounds, "orange")):
        axis.plot(range(len(values)), values, color=plots.COLORS[color], marker="o", markersize=3, label=name)
    low = min(min(bounds), wanted[0])
    axis.set(xlabel="epoch", xlim=(-0.3, len(wanted) - 0.7))
    if low < -5000:
        axis.set_yscale("symlog", linthresh=1000)
    axis.set_title("bound, nats per image", fontsize=9)
    axis.tick_params(labelsize=8)
    axis.legend(fontsize=8, loc="best")
