"""The course's figures: one style, colors that color-blind readers can tell apart, a text for every picture."""

import math

import matplotlib
import matplotlib.colors
import matplotlib.patches
import matplotlib.patheffects
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers.checks import a, between, floats, integers, optional, positive, takes, texts, whole
from vae_helpers.contract import Generative, is_generative
from vae_helpers.themes import html, png, png_for_both, show

__all__ = [
    "CLASS_COLORS", "COLORS", "DENSITY", "digits", "html", "latent_plane", "manifold", "numeral_places", "png", "png_for_both", "show", "use_style",
]  # fmt: skip

# Every color of the course. A color keeps its meaning from page to page, and stands out from white and from JupyterLab's
# dark background alike, at 3 : 1 or more, but for the neutrals in the last lines. The first ones are after Paul Tol's
# bright and vibrant sets.
COLORS = {
    "blue": "#4477AA",  # what is exact: the posterior, log P(X); the networks in diagrams
    "orange": "#E06C20",  # what the learner moves or estimates: Q, the point, a curve
    "green": "#228833",  # the reconstruction; the terms of the loss; an answer that is right
    "purple": "#AA3377",  # the gap; a gradient
    "teal": "#009988",  # the bound
    "gray": "#8A8A8A",  # what stands back
    "magenta": "#EE3377",  # where on a curve the probability is
    "leaf": "#2E9E48",  # a marker on an orange curve
    "red": "#C0392B",  # noise, and code that stopped
    "amber": "#C77700",  # an answer that is not right yet
    "ink": "#222222",  # lines and text of diagrams
    "paper": "#FFFFFF",
    "shade": "#D9D9D9",  # what is observed, in diagrams
    "ash": "#777777",  # what is not attempted
}
# Of the digits 0 to 9: as far from one another as the two contrasts allow, also for readers without one kind of cone.
CLASS_COLORS = [
    "#4195DF", "#EF0786", "#506A03", "#7B5A40", "#8495AF", "#B00F9F", "#9F9556", "#C68813", "#09706D", "#1B51EE",
]  # fmt: skip
# For densities: from nothing to blue, so that a page's own paper is what shows where there is nothing.
DENSITY = matplotlib.colors.LinearSegmentedColormap.from_list("density", [COLORS["blue"] + "00", COLORS["blue"] + "FF"])

HALO = [matplotlib.patheffects.withStroke(linewidth=3, foreground=COLORS["paper"])]  # of text over points
GAP = 0.04  # inches around an image in a grid of them
FAR = 20.0  # a Gaussian likelihood's samples lie outside [0, 1], bytes much farther


def use_style() -> None:
    """Set the course's matplotlib style for this session."""
    matplotlib.rcParams.update({
        "axes.prop_cycle": matplotlib.cycler(color=list(COLORS.values())[:6]),
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3,
        "figure.dpi": 110, "figure.facecolor": "white", "savefig.facecolor": "white", "font.size": 10,
        "image.cmap": "gray_r", "legend.frameon": False,
    })  # fmt: skip


@takes(
    images=a(Tensor, "a tensor of images"),
    columns=whole(),
    titles=optional(texts),
    scale=between(0.01, 100),
    rows=optional(texts),
    columns_names=optional(texts),
)
def digits(
    images: Tensor, columns: int = 10, titles: list[str] | None = None, scale: float = 0.9,
    rows: list[str] | None = None, columns_names: list[str] | None = None,
) -> Figure:  # fmt: skip
    """Images (N, 784) or (N, 28, 28) in [0, 1] as a grid, ink dark on white.

    Args:
        images: in reading order.
        columns: images in a row.
        titles: a title over each image.
        scale: inches an image.
        rows: a name on the left of each row.
        columns_names: a name over each column.
    Raises:
        ValueError: for images of another shape or names of another number.
    """
    if images.numel() == 0 or images.numel() % 784 or images.numel() // 784 != len(images):
        raise ValueError(f"images must have shape (N, 784) or (N, 28, 28), not {tuple(images.shape)}")
    if images.is_complex() or not (images.float().abs() <= FAR).all():
        raise ValueError("pixels must be finite numbers in [0, 1] or near it; divide bytes by 255")
    columns = min(columns, len(images))
    lines = -(-len(images) // columns)
    for names, number, things in ((titles, len(images), "images"), (rows, lines, "rows"),
                                  (columns_names, columns, "columns")):  # fmt: skip
        if names is not None and len(names) != number:
            raise ValueError(f"there are {number} {things} but {len(names)} {'titles' if names is titles else 'names'}")
    beside = 0.075 * max(len(line) for name in rows for line in name.split("\n")) + 0.1 if rows else 0  # inches
    above = 0.25 if columns_names else 0
    over = 0.1 + 0.15 * max(title.count("\n") + 1 for title in titles) if titles else 0
    figure = Figure(figsize=(beside + scale * columns, above + (scale + over) * lines))
    width, height = figure.get_size_inches()
    axis = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))  # one for all images is ten times sooner
    axis.set_axis_off()
    style = {"fontsize": 9, "va": "center"}
    for number, image in enumerate(images.detach().cpu().reshape(-1, 28, 28).numpy()):
        left, bottom = beside + scale * (number % columns), height - above - (scale + over) * (number // columns + 1)
        inside = (left + GAP, left + scale - GAP, bottom + GAP, bottom + scale - GAP)
        axis.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=inside)
        if titles is not None:
            axis.text(left + scale / 2, bottom + scale + over / 2 - GAP, titles[number], ha="center", **style)
    for line, name in enumerate(rows or ()):
        axis.text(beside - 0.05, height - above - (scale + over) * (line + 1) + scale / 2, name, ha="right", **style)
    for column, name in enumerate(columns_names or ()):
        axis.text(beside + scale * (column + 0.5), height - above / 2 - GAP, name, ha="center", **style)
    return figure


@takes(codes=floats("(N, 2)"), labels=integers("(N,)", 0, 9), near=positive, apart=positive)
def numeral_places(codes: Tensor, labels: Tensor, near: float, apart: float) -> list[tuple[int, Tensor]]:
    """Each class with the point (2,) of its codes around which it most outweighs the others.

    A class with a second patch is named there, too: away from the first, where its lead over the others is an eighth of it.

    Args:
        codes: points (N, 2).
        labels: their classes (N,).
        near: how far around a point the points count.
        apart: how far from one another the places must be, if possible.
    """
    places, classes = [], labels.unique().tolist()
    for turn, label in enumerate(2 * classes):
        all_own = codes[labels == label]
        own = all_own[:: -(-len(all_own) // 60)]  # enough to choose from
        score = torch.where(labels == label, 1.0, -1.0).mul(torch.cdist(own, codes) < near).sum(dim=1)
        for known, taken in places:  # worse than anything, and the more the nearer
            reach = 4 * near if known == label else apart
            score -= 10 * len(codes) * (1 - (own - taken).norm(dim=1) / reach).clamp(min=0)
        if turn < len(classes) or score.max() > len(all_own) / 8:
            places.append((label, own[score.argmax()]))
    return places


@takes(
    codes=floats("(N, 2)", empty=True),
    labels=integers("(N,)", 0, 9, empty=True),
    limit=positive,
    axis=optional(a(Axes, "axes of matplotlib")),
)
def latent_plane(codes: Tensor, labels: Tensor, limit: float = 4.0, axis=None) -> Figure:
    """Encoded images on the plane: points (N, 2) colored by class, numerals where each prevails, contours of P(z)."""
    if axis is None:
        axis = Figure(figsize=(4.8, 4.8), layout="constrained").subplots()
    codes, labels = codes.detach().cpu(), labels.cpu()
    for label in labels.unique().tolist():
        axis.scatter(*codes[labels == label].numpy().T, s=5, color=CLASS_COLORS[label], linewidths=0)
    for radius in (1, 2, 3):
        axis.add_patch(matplotlib.patches.Circle((0, 0), radius, fill=False, linestyle="--", edgecolor="0.4"))
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    inches = min(axis.get_position().size * axis.figure.get_size_inches())
    size = 8 if inches < 3 else 11  # points, of which 72 are an inch
    inside = (codes.abs() < 0.95 * limit).all(dim=1)
    apart = 2 * limit / inches * 1.4 * size / 72
    places = numeral_places(codes[inside], labels[inside], near=0.1 * limit, apart=apart) if inside.any() else []
    for label, place in places:
        axis.text(*place, str(label), ha="center", va="center", fontsize=size, fontweight="bold", path_effects=HALO)
    return axis.figure


@takes(model=is_generative, z=optional(floats("(G, 2)")), side=whole(2, 1000))
@torch.no_grad()
def manifold(model: Generative, z: Tensor | None = None, side: int = 20) -> Figure:
    """Decoder means on a grid of equal prior probability: the quantiles of P(z) along each axis, mapped to images.

    A grid that is uniform in z would show mostly codes that the prior hardly ever draws.

    Args:
        model: any `Generative` with 2 latent dimensions, of pictures of 28 × 28.
        z: another grid (side², 2), in reading order: z₁ along a line, z₂ from line to line.
        side: pictures along an axis, where no z is given.
    """
    if model.latent_size != 2 or model.data_size != 784:
        came = f"{model.latent_size} and {model.data_size}"
        raise ValueError(f"the manifold needs 2 latent dimensions and 784 pixels, and this model has {came}")
    if z is None:
        quantiles = torch.special.ndtri((torch.arange(side, dtype=torch.float64) + 0.5) / side).float()
        z = torch.cartesian_prod(-quantiles, quantiles).flip(1)  # rows: z₂ downward
    side = math.isqrt(len(z))
    if z.shape != (side**2, 2):
        raise ValueError(f"the grid must have shape (side², 2), not {tuple(z.shape)}")
    means = model.decode(z.to(model.prior.mean)).mean.reshape(side, side, 28, 28).cpu()
    picture = means.permute(0, 2, 1, 3).reshape(28 * side, 28 * side)
    figure = Figure(figsize=(6.4, 6.4), layout="constrained")
    axis = figure.subplots()
    axis.imshow(picture.numpy(), cmap="gray_r", vmin=0, vmax=1)
    ticks = torch.linspace(0, side - 1, 5).round().long()
    axis.set_xticks(28 * ticks + 14, [f"{z[i, 0]:.1f}" for i in ticks])
    axis.set_yticks(28 * ticks + 14, [f"{z[side * i, 1]:.1f}" for i in ticks])
    axis.set(xlabel="$z_1$", ylabel="$z_2$")
    axis.grid(False)
    return figure
