"""What notebook 06 shows in its first part: posteriors with Q over them, a stack that speaks, lengths, where codes lie."""

import contextlib
import math
from collections.abc import Callable

import ipywidgets
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from torch import Tensor

from vae_helpers import gap, likelihood, plots
from vae_helpers.stack import Stack
from vae_helpers.widgets import BeatTheEncoder, DrawDigit
from vae_helpers.widgets.base import Panel

POINTS, MOST_POINTS = 61, 201  # of the grid over a posterior, along each side, and where Q is narrow


@torch.no_grad()
def posteriors(
    model, images: Tensor, gap_on_grid: Callable, titles: list[str] | None = None
) -> tuple[Figure, list[str]]:
    """Each image (B, 784) above its true posterior, with the encoder's ellipse over it; and its terms in words, B lines.

    gap_on_grid is the exercise's: it gets log Q and log P(X, z) on the grid, (G,) each, and the area of a cell.
    """
    figure = Figure(figsize=(2.1 * len(images), 4.4), layout="constrained")
    axes = figure.subplots(2, len(images), squeeze=False)
    lines, known = [], likelihood.quadrature(model, images)  # all at once: they share the decoded grid
    for column, (x, mode) in enumerate(zip(images, gap.highest(model, images), strict=True)):
        q = model.encode(x[None])
        mu, sigma = q.mean[0], q.stddev[0]
        center, half = (mu + mode) / 2, 6 * sigma.max().item() + (mu - mode).abs().max().item()
        points = max(POINTS, min(MOST_POINTS, math.ceil(3 * half / sigma.min().item())))  # 1.5 within one σ of Q
        grid = likelihood.posterior_grid(
            model, x[None], points=points, center=center, half_width=half, log_p_x=known[column, None]
        )
        log_q = q.log_prob(grid.z[:, None]).squeeze(1)  # (G,)
        missing = gap_on_grid(log_q, grid.log_density[0] + grid.log_p_x, grid.spacing**2).item()
        picture, plane = axes[:, column]
        picture.imshow(x.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        picture.set_axis_off()
        picture.set_title(titles[column] if titles else "", fontsize=9)
        shape, (z1, z2) = (points, points), grid.z.T.reshape(2, points, points)
        plane.contourf(z1, z2, grid.log_density[0].exp().reshape(shape), levels=12, cmap=plots.DENSITY)
        rings = [log_q.max().item() - 2, log_q.max().item() - 0.5]  # two and one standard deviations
        plane.contour(z1, z2, log_q.reshape(shape), levels=rings, colors=plots.COLORS["orange"], linestyles="solid")
        plane.set(xlabel="$z_1$", ylabel="$z_2$" if column == 0 else "", aspect="equal")
        plane.tick_params(labelsize=7)
        plane.grid(False)
        log_p_x = grid.log_p_x.item()
        lines.append(f"log P(X) = {log_p_x:8.2f}   gap = {missing:7.3f}   bound = {log_p_x - missing:8.2f} nats")
    return figure, lines


def look_at_one(model, test: Tensor, labels: Tensor, gap_on_grid: Callable) -> Panel:
    """A digit by its number, or one's own drawing, with its true posterior: the pad, and the answer beside it."""
    pad = DrawDigit(model, test[:1500], labels[:1500])
    number = ipywidgets.BoundedIntText(value=7, min=0, max=len(test) - 1, description="or test digit")
    button = ipywidgets.Button(description="use my drawing")
    picture, words = ipywidgets.HTML(), ipywidgets.HTML()

    def look(x: Tensor, what: str) -> None:
        words.value = f"<pre>{what}: adding up its posterior …</pre>"
        figure, lines = posteriors(model, x[None], gap_on_grid, [what])
        alt = f"{what}; below it, its posterior in blue and Q's ellipses in orange."
        picture.value, words.value = plots.html(figure, alt), f"<pre>{what}\n{lines[0]}</pre>"

    def look_at_drawing(_) -> None:
        if any(pad.pixels):
            look((pad.image()[0] > 0.5).float(), "your drawing")
        else:
            words.value = "<pre>Nothing is drawn yet.</pre>"

    number.observe(lambda change: look(test[change["new"]], f"test digit {change['new']}"), names="value")
    button.on_click(look_at_drawing)
    look(test[number.value], f"test digit {number.value}")
    pad.layout = ipywidgets.Layout(flex="1 1 300px", max_width="560px")
    answer = ipywidgets.VBox([button, number, words, picture], layout=ipywidgets.Layout(flex="1 1 300px"))
    alt = f"{pad.describe()}; beside it a digit's posterior."
    return Panel([pad, answer], pad.picture, alt, flex_flow="row wrap", align_items="flex-start")


def hardest(model, images: Tensor) -> BeatTheEncoder:
    """BeatTheEncoder for the first of some images whose posterior its window can hold."""
    for x in images:
        with contextlib.suppress(ValueError):
            return BeatTheEncoder(model, x[None])
    raise ValueError("the posteriors of all these images are too narrow for BeatTheEncoder; give it others")


def gap_in_words(parts: gap.Split) -> str:
    """Means and medians of the gap and its two parts, and what they say."""
    count, share = len(parts.gap), (parts.amortization.mean() / parts.gap.mean()).item()
    worst = max(1, count // 20)
    carried = (parts.gap.sort(descending=True).values[:worst].sum() / parts.gap.sum()).item()
    larger = "amortization" if share > 0.5 else "approximation"
    lines = [f"mean over {count} test digits, in nats:"]
    for name, values in (
        ("log P(X)", parts.log_p_x), ("bound, encoder's Q", parts.elbo), ("gap", parts.gap),
        ("  of it amortization", parts.amortization), ("  and approximation", parts.approximation),
    ):  # fmt: skip
        lines.append(f"  {name:21}{values.mean():9.3f}   median {values.median():9.3f}   largest {values.max():8.2f}")
    return "\n".join([
        *lines,
        f"The larger part is {larger}: amortization is {share:.0%} of the average gap.",
        f"The {worst} digits with the largest gaps, {worst / count:.0%} of all, carry {carried:.0%} of it.",
    ])  # fmt: skip


def vanishing_figure(z: Tensor, f: Tensor, sigmas: list[float], error: list[float], misfit: list[float]) -> Figure:
    """The curve f = F⁻¹∘G, and how the error term and the misfit fall with σ."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(z, f, color="k")
    left.set(xlabel="z", ylabel="f(z)", title="$f = F^{-1} \\circ G$", xlim=(-3.5, 3.5), ylim=(-3.5, 3.5))
    right.plot(sigmas, error, "o-", label="error term D[Q‖P(z|X)]")
    right.plot(sigmas, misfit, "s--", label="misfit D[data‖P(X)]")
    right.set(xscale="log", yscale="log", xlabel="σ", ylabel="nats")
    right.legend()
    return figure


class SpeakingStack(Stack):
    """A stack that says what each verb did to the number of bits on it."""

    def pop_z(self, q) -> Tensor:
        return self._said("pop_z", q)

    def push_x(self, p, x: Tensor) -> None:
        return self._said("push_x", p, x)

    def push_z(self, z: Tensor) -> None:
        return self._said("push_z", z)

    def unpush_z(self, batch: int, latent_size: int) -> Tensor:
        return self._said("unpush_z", batch, latent_size)

    def unpush_x(self, p) -> Tensor:
        return self._said("unpush_x", p)

    def unpop_z(self, q, z: Tensor) -> None:
        return self._said("unpop_z", q, z)

    def _said(self, verb: str, *arguments):
        before = self.bits
        answer = getattr(super(), verb)(*arguments)
        print(f"{verb:9} {self.bits - before:+8.1f} bits   {self.bits:8.1f} on the stack")
        return answer


def lengths_figure(table: dict[str, float]) -> Figure:
    """Bars of bits per pixel; the last two are the VAE's file and what its bound promises."""
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axis = figure.subplots()
    bars = axis.barh(list(table), list(table.values()), color=["C5"] * (len(table) - 2) + ["C1", "C0"])
    axis.bar_label(bars, fmt="%.3f", padding=3)
    axis.invert_yaxis()
    axis.set(xlabel="bits per pixel; raw is 1")
    axis.grid(False)
    return figure


def aggregate_figure(axis: Tensor, q: Tensor) -> Figure:
    """Where the codes lie: q(z) on the grid axis × axis, (A, A), z₁ down the rows, over the circles of N(0, I)."""
    figure = Figure(figsize=(4.8, 4.2), layout="constrained")
    plane = figure.subplots()
    levels = torch.linspace(0, q.flatten().quantile(0.998).item(), 13).tolist()
    shown = plane.contourf(axis, axis, q.T, levels=levels, cmap=plots.DENSITY, extend="max")
    for radius in (1, 2, 3):
        plane.add_patch(Circle((0, 0), radius, fill=False, linestyle="--", edgecolor="0.4"))
    figure.colorbar(shown, ax=plane, label="q(z)", format="%.2f")
    plane.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    plane.grid(False)
    return figure


def price_in_words(price: float, told: float, mismatch: float, images: int) -> str:
    """What z costs on average, D[Q‖P(z)], and its two parts, measured apart; in nats."""
    rest = "comes close to P(z)" if mismatch < 0.1 * price else "does not fill P(z) evenly"
    return "\n".join([
        f"what z costs, D[Q‖P(z)]               {price:6.2f} nats, the average over {images:,} digits",
        f"information about X, I(X; z)          {told:6.2f} nats, by draws; at most log {images:,} = {math.log(images):.2f}",
        f"mismatch of all codes, D[q(z)‖P(z)]   {mismatch:6.2f} nats, on the grid",
        f"the two together                      {told + mismatch:6.2f} nats",
        f"{told / price:.0%} of the price is information. The cloud of codes {rest}: {mismatch / price:.0%} buys nothing.",
    ])  # fmt: skip
