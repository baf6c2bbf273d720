"""Draws the still figures of the course into images/: `python -m vae_helpers.figures [FOLDER]`.

A file cannot know whether the page around it is light or dark. So the sheet is left transparent, all text lies on a fill of its own, and lines have
colors that stand out from both.
"""

import sys
from pathlib import Path

import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from vae_helpers import plots
from vae_helpers.one_dimension import ring

INK, PAPER, LINE, NETWORK, LOSS, NOISE = (plots.COLORS[n] for n in ("ink", "paper", "ash", "blue", "green", "red"))

AROUND = ("blue", "purple", "red", "amber", "green", "teal")  # colors of directions, from −180° to 180°


def _canvas(width: float, height: float):
    """A figure in inches whose axes use the same units, one to an inch."""
    figure = Figure(figsize=(width, height), facecolor="none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axis.set_axis_off()
    return figure, axis


def _box(axis, x: float, y: float, text: str, color: str = PAPER, width: float = 1.7, height: float = 0.52):
    """A rounded box centered at (x, y)."""
    edge, ink = (LINE, INK) if color == PAPER else (color, PAPER)
    patch = FancyBboxPatch((x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0.02,rounding_size=0.08",
                           facecolor=color, edgecolor=edge, linewidth=1.6)  # fmt: skip
    axis.add_patch(patch)
    axis.text(x, y, text, ha="center", va="center", fontsize=11, color=ink)


def _arrow(axis, start: tuple[float, float], end: tuple[float, float], color: str = LINE, style: str = "-") -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "linestyle": style, "lw": 1.6,
                                             "shrinkA": 0, "shrinkB": 0})  # fmt: skip


def _frame(axis, left: float, right: float, bottom: float, top: float) -> None:
    """A dotted line around boxes from which one arrow goes out."""
    axis.add_patch(FancyBboxPatch((left, bottom), right - left, top - bottom, boxstyle="round,pad=0,rounding_size=0.08",
                                  fill=False, edgecolor=LINE, linewidth=1.2, linestyle=":"))  # fmt: skip


def _label(axis, x: float, y: float, text: str, color: str = INK, **style) -> None:
    """Text on a little paper of its own."""
    paper = {"boxstyle": "round,pad=0.25", "facecolor": PAPER, "edgecolor": "none"}
    axis.text(x, y, text, **({"ha": "center", "va": "center", "color": color, "bbox": paper} | style))


def standard() -> Figure:
    """The graphical model: z and θ give X, N times over."""
    figure, axis = _canvas(3.6, 3.2)
    axis.add_patch(Rectangle((0.35, 0.3), 1.7, 2.6, fill=False, edgecolor=LINE, linewidth=1.6))
    _label(axis, 1.8, 0.55, "$N$", fontsize=14)
    for y, name, fill in ((2.3, "$z$", PAPER), (1.0, "$X$", plots.COLORS["shade"])):
        axis.add_patch(Circle((1.1, y), 0.36, facecolor=fill, edgecolor=LINE, linewidth=1.6))
        axis.text(1.1, y, name, fontsize=17, ha="center", va="center", color=INK)
    _label(axis, 2.95, 1.0, r"$\theta$", fontsize=17)
    _arrow(axis, (1.1, 1.94), (1.1, 1.37))
    _arrow(axis, (2.73, 1.0), (1.47, 1.0))
    return figure


def output_prob() -> Figure:
    """A Gaussian cloud, and the ring that g(z) = z/10 + z/‖z‖ makes of it; colors follow the points."""
    z = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    figure = Figure(figsize=(7.2, 3.7), facecolor="none", layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)  # for the papers under titles and numbers
    hues = LinearSegmentedColormap.from_list("around", [plots.COLORS[n] for n in (*AROUND, AROUND[0])])
    angle = torch.atan2(z[:, 1], z[:, 0])
    for axis, points, limit, title in zip(
        figure.subplots(1, 2), (z, ring(z)), (3.6, 1.6), ("$z \\sim N(0, I)$", "$g(z) = z/10 + z/\\|z\\|$"), strict=True
    ):
        axis.scatter(*points.T, c=angle, cmap=hues, s=4, linewidths=0)
        axis.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", facecolor="none")
        axis.set_xticks([-int(limit), 0, int(limit)])
        axis.set_yticks([-int(limit), 0, int(limit)])
        axis.tick_params(color=LINE)
        paper = {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none"}
        for text in (axis.set_title(title, pad=8), *axis.get_xticklabels(), *axis.get_yticklabels()):
            text.set(color=INK, bbox=paper)
        axis.spines[:].set_color(LINE)
    return figure


def vae() -> Figure:
    """Training without (left) and with (right) reparameterization; where the gradient stops is marked."""
    figure, axis = _canvas(10.4, 6.6)
    for x, title in ((0.0, "sampling inside the network"), (5.2, "reparameterized")):
        inside = x == 0
        _label(axis, x + 2.6, 6.3, title, fontsize=13, fontweight="bold")
        _box(axis, x + 1.7, 0.45, "$X$")
        _box(axis, x + 1.7, 1.4, "encoder $Q$", NETWORK)
        _arrow(axis, (x + 1.7, 0.74), (x + 1.7, 1.11))
        _box(axis, x + 1.05, 2.35, r"$\mu(X)$", width=1.05)
        _box(axis, x + 2.35, 2.35, r"$\Sigma(X)$", width=1.05)
        _arrow(axis, (x + 1.4, 1.69), (x + 1.1, 2.06))
        _arrow(axis, (x + 2.0, 1.69), (x + 2.3, 2.06))
        _box(axis, x + 4.1, 2.35, "$D[N(\\mu, \\Sigma)\\,\\|\\,N(0, I)]$", LOSS, width=1.9)
        _frame(axis, x + 0.43, x + 2.97, 1.97, 2.73)
        _arrow(axis, (x + 2.97, 2.35), (x + 3.14, 2.35))
        _arrow(axis, (x + 3.75, 2.04), (x + 2.62, 1.45), NETWORK, "--")
        _box(axis, x + 1.7, 4.5, "decoder $P$", NETWORK)
        _box(axis, x + 1.7, 5.45, "$f(z)$")
        _arrow(axis, (x + 1.7, 4.79), (x + 1.7, 5.16))
        _box(axis, x + 4.1, 5.45, "$\\log P(X\\,|\\,z)$", LOSS, width=1.9)
        _arrow(axis, (x + 2.58, 5.45), (x + 3.12, 5.45))
        if inside:
            _box(axis, x + 1.7, 3.45, r"sample $z \sim N(\mu, \Sigma)$", NOISE, width=2.2)
            _arrow(axis, (x + 1.1, 2.64), (x + 1.5, 3.16))
            _arrow(axis, (x + 2.3, 2.64), (x + 1.9, 3.16))
            _label(axis, x + 3.05, 3.45, "the gradient\nstops here", NOISE, fontsize=11, ha="left")
        else:
            _box(axis, x + 1.7, 3.45, r"$z = \mu + \Sigma^{1/2}\,\epsilon$", width=2.0)
            _box(axis, x + 4.1, 3.45, r"sample $\epsilon \sim N(0, I)$", NOISE, width=1.9)
            _arrow(axis, (x + 3.12, 3.45), (x + 2.73, 3.45), NOISE)
            _arrow(axis, (x + 1.1, 2.64), (x + 1.5, 3.16))
            _arrow(axis, (x + 2.3, 2.64), (x + 1.9, 3.16))
        _arrow(axis, (x + 1.7, 3.74), (x + 1.7, 4.21))
        for start, end in ((5.16, 4.79), (4.21, 3.74), *(() if inside else ((3.16, 2.64), (2.06, 1.69)))):
            _arrow(axis, (x + 0.32, start), (x + 0.32, end), NETWORK, "--")
        if inside:
            axis.plot([x + 0.2, x + 0.44], [3.5, 3.74], color=NOISE, lw=2.4)
            axis.plot([x + 0.2, x + 0.44], [3.74, 3.5], color=NOISE, lw=2.4)
    for x in (0.1, 5.3):
        _label(axis, x, 5.55, "gradient", NETWORK, fontsize=10, ha="left")
    axis.plot([5.2, 5.2], [0.2, 6.4], color=LINE, lw=1)
    return figure


def test() -> Figure:
    """The network in use: a draw from the prior through the decoder; the encoder is gone."""
    figure, axis = _canvas(7.4, 1.2)
    _box(axis, 1.25, 0.6, r"sample $z \sim N(0, I)$", NOISE, width=2.1)
    _box(axis, 3.75, 0.6, "decoder $P$", NETWORK)
    _box(axis, 6.1, 0.6, "$f(z)$", width=1.6)
    _arrow(axis, (2.34, 0.6), (2.86, 0.6))
    _arrow(axis, (4.64, 0.6), (5.26, 0.6))
    return figure


FIGURES = {"standard": standard, "output_prob": output_prob, "vae": vae, "test": test}


def main(folder: str = "images") -> None:
    """Write every figure as FOLDER/NAME.png, sharp at twice its size on the page."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        figure = draw()
        figure.savefig(Path(folder) / f"{name}.png", dpi=192, facecolor="none", metadata={"Software": None})


if __name__ == "__main__":
    main(*sys.argv[1:2])
