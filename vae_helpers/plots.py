"""The course's figures: one style, colors that color-blind readers can tell apart, a text for every picture."""

import io
import math

import matplotlib
import matplotlib.patches
import torch
from matplotlib.figure import Figure
from torch import Tensor

# Every color of the course, after Paul Tol's bright and vibrant sets; legible on white and on JupyterLab's dark
# background. A color keeps its meaning from page to page.
COLORS = {
    "blue": "#4477AA",  # what is exact: the posterior, log P(X); the networks in diagrams
    "orange": "#EE7733",  # what the learner moves or estimates: Q, the point, a curve
    "green": "#228833",  # the reconstruction; the terms of the loss; an answer that is right
    "purple": "#AA3377",  # the gap; a gradient
    "teal": "#009988",  # the bound
    "gray": "#999999",  # what stands back
    "rose": "#EE6677",
    "yellow": "#CCBB44",
    "cyan": "#66CCEE",
    "violet": "#9977DD",
    "magenta": "#EE3377",  # where on a curve the probability is
    "leaf": "#2E9E48",  # a marker on an orange curve
    "red": "#C0392B",  # noise, and code that stopped
    "amber": "#C77700",  # an answer that is not right yet
    "ink": "#222222",  # lines and text of diagrams
    "shade": "#D9D9D9",  # what is observed, in diagrams
    "ash": "#777777",  # what is not attempted
}
CLASS_COLORS = [  # of the digits 0 to 9
    COLORS[name] for name in ("blue", "rose", "green", "yellow", "cyan", "purple", "gray", "orange", "teal", "violet")
]


def use_style() -> None:
    """Set the course's matplotlib style for this session."""
    matplotlib.rcParams.update({
        "axes.prop_cycle": matplotlib.cycler(color=list(COLORS.values())[:6]),
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3,
        "figure.dpi": 110, "figure.facecolor": "white", "savefig.facecolor": "white", "font.size": 10,
        "image.cmap": "gray_r", "legend.frameon": False,
    })  # fmt: skip


def show(figure: Figure, alt: str) -> None:
    """Display a figure, sharp on any screen, with a description for readers who cannot see it."""
    from IPython.display import display

    width, height = (round(100 * inches) for inches in figure.get_size_inches())
    metadata = {"image/png": {"alt": alt, "width": width, "height": height}}
    display({"image/png": png(figure, dpi=200), "text/plain": alt}, metadata=metadata, raw=True)


def png(figure: Figure, dpi: int = 100) -> bytes:
    """A figure as the bytes of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def digits(images: Tensor, columns: int = 10, titles: list[str] | None = None, scale: float = 0.9) -> Figure:
    """Images (N, 784) or (N, 28, 28) in [0, 1] as a grid, ink dark on white, with an optional title over each.

    Raises:
        ValueError: for images of another shape or titles of another number.
    """
    if images.numel() == 0 or images.numel() % 784 or images.numel() // 784 != len(images):
        raise ValueError(f"images must have shape (N, 784) or (N, 28, 28), not {tuple(images.shape)}")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"there are {len(images)} images but {len(titles)} titles")
    images = images.detach().cpu().reshape(-1, 28, 28).numpy()
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(scale * columns, (scale + (0.25 if titles else 0)) * rows), layout="constrained")
    for number, axis in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axis.set_axis_off()
        if number < len(images):
            axis.imshow(images[number], cmap="gray_r", vmin=0, vmax=1)
            if titles is not None:
                axis.set_title(titles[number], fontsize=9)
    return figure


def latent_plane(codes: Tensor, labels: Tensor, limit: float = 4.0, axis=None) -> Figure:
    """Encoded images on the plane: points (N, 2) colored by class, numerals at the medians, contours of P(z)."""
    if axis is None:
        axis = Figure(figsize=(4.8, 4.8), layout="constrained").subplots()
    for label in labels.unique().tolist():
        points = codes[labels == label].detach().cpu()
        axis.scatter(*points.numpy().T, s=5, color=CLASS_COLORS[label], linewidths=0)
        halo = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
        axis.text(*points.median(dim=0).values, str(label), ha="center", va="center", fontweight="bold", bbox=halo)
    for radius in (1, 2, 3):
        axis.add_patch(matplotlib.patches.Circle((0, 0), radius, fill=False, linestyle="--", edgecolor="0.4"))
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    return axis.figure


@torch.no_grad()
def manifold(model, z: Tensor | None = None, side: int = 20) -> Figure:
    """Decoder means on a grid of equal prior probability: the quantiles of P(z) along each axis, mapped to images.

    A grid that is uniform in z would show mostly codes that the prior hardly ever draws.

    Args:
        model: with 2 latent dimensions.
        z: another grid (side², 2), in reading order: z₁ along a line, z₂ from line to line.
        side: pictures along an axis, where no z is given.
    """
    if model.latent_size != 2:
        raise ValueError(f"the manifold needs 2 latent dimensions, and this model has {model.latent_size}")
    if z is None:
        quantiles = torch.special.ndtri((torch.arange(side, dtype=torch.float64) + 0.5) / side).float()
        z = torch.cartesian_prod(-quantiles, quantiles).flip(1)  # rows: z₂ downward
    side = math.isqrt(len(z))
    if z.shape != (side**2, 2):
        raise ValueError(f"the grid must have shape (side², 2), not {tuple(z.shape)}")
    z = z.float()
    means = model.decode(z).mean.reshape(side, side, 28, 28)
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
