"""DragQ: equation (5) for one X and one Gaussian Q over a single latent number (notebook 02)."""

import math

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure

from vae_helpers import one_dimension, plots
from vae_helpers.one_dimension import Curve
from vae_helpers.widgets import base, inputs

# Wide enough for 8 standard deviations of the widest Q beside the farthest mean, and fine enough for the narrowest.
HALF_WIDTH, PAGE_POINTS, POINTS = 30.0, 12_001, 24_001
COLORS = {
    "q": plots.COLORS["orange"], "posterior": plots.COLORS["blue"], "reconstruction": plots.COLORS["green"],
    "bound": plots.COLORS["teal"], "gap": plots.COLORS["purple"],
}  # fmt: skip


class DragQ(base.Explorer):
    """Drag Q(z) over the true posterior P(z|X), and watch the terms of (5) add up to the same log P(X).

    The page gets f as a table and does every integral over z itself; mean, sd and x come back to Python while they
    move, about ten times a second.

    Args:
        model: a Curve whose f has one number as its value, so that X is one number.
        x: the X at the start, in [−4, 4].
        mean, sd: of Q at the start; sd is its standard deviation.
        quiz: hide the posterior and the terms until the learner, having put Q somewhere, asks for them.
    Attributes:
        mean, sd: Q(z) = N(mean, sd²), with mean in [−4, 4] and sd in [0.05, 3]; set them to move Q.
        x: X, in [−4, 4].
        revealed: whether the posterior of a quiz has been asked for.
    Raises:
        ValueError: for another model, an f that the page's grid cannot resolve, or numbers outside these ranges.
    """

    _esm = base.module("drag_q")
    mean = inputs.Number(0.0, -4, 4)
    sd = inputs.Number(1.0, 0.05, 3)
    x = inputs.Number(1.0, -4, 4)
    quiz = traitlets.Bool(False).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)
    _ranges = inputs.ranges(mean=mean, sd=sd, x=x)
    _sigma = traitlets.Float().tag(sync=True)
    _half_width = traitlets.Float(HALF_WIDTH).tag(sync=True)
    _f = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict(COLORS).tag(sync=True)

    def __init__(self, model: Curve, x: float = 1.0, mean: float = 0.0, sd: float = 1.0, **traits):
        if not isinstance(model, Curve):
            raise inputs.InputError(
                f"this explorer needs a vae_helpers.one_dimension.Curve, not {type(model).__name__}"
            )
        if model.data_size != 1:
            raise inputs.InputError(f"this explorer needs an f with one number as its value, not {model.data_size}")
        self._model = model
        super().__init__(
            _f=base.double_bytes(_table(model)), _sigma=float(model.sigma), x=x, mean=mean, sd=sd, **traits
        )
        self._start = {name: getattr(self, name) for name in self._ranges}

    def terms(self) -> one_dimension.Identity:
        """Each term of (5) at the present state, as torch computes it, in nats."""
        x = torch.tensor([[self.x]], dtype=torch.float64)
        return one_dimension.identity(self._model, x, self.mean, self.sd, half_width=HALF_WIDTH, points=POINTS)

    def _asks(self) -> bool:
        return self.quiz and not self.revealed

    def describe(self) -> str:
        if self._asks():
            return (
                f"DragQ explorer at X = {self.x:.2f} with Q = N({self.mean:.2f}, {self.sd:.2f}²): put Q in JupyterLab where "
                "you think the posterior is"
            )
        terms = self.terms()
        return (
            f"DragQ explorer at X = {self.x:.2f} with Q = N({self.mean:.2f}, {self.sd:.2f}²): the bound "
            f"{terms.reconstruction - terms.kl:.3f} and the gap {terms.gap:.3f} add up to log P(X) = "
            f"{terms.log_p_x:.3f} nats; drag Q in JupyterLab"
        )

    def picture(self) -> Figure:
        if self._asks():
            figure = Figure(figsize=(5.2, 3.8), layout="constrained")
            self._densities(figure.subplots())
            return figure
        figure = Figure(figsize=(9.4, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
        self._densities(left)
        self._bars(right)
        return figure

    @torch.no_grad()
    def _densities(self, axis) -> None:
        """Prior and Q over z, and the posterior once it may be seen."""
        z = torch.linspace(-4, 4, 801, dtype=torch.float64)
        if not self._asks():
            log_joint = self._model.decode(z[:, None]).log_prob(torch.tensor([[self.x]])) + _log_normal(z, 0, 1)
            posterior = (log_joint - self.terms().log_p_x).exp()
            axis.fill_between(z, posterior, color=COLORS["posterior"], alpha=0.4, label="P(z|X)")
        axis.plot(z, _log_normal(z, self.mean, self.sd).exp(), color=COLORS["q"], linewidth=2.5, label="Q(z)")
        axis.plot(z, _log_normal(z, 0, 1).exp(), color="0.3", linestyle="--", linewidth=1.2, label="P(z)")
        axis.set(xlim=(-4, 4), ylim=(0, None), xlabel="z", ylabel="density", title=f"X = {self.x:.2f}")
        axis.legend(frameon=False)

    def _bars(self, axis) -> None:
        """Equation (5) as bars, each starting where the one above it ends."""
        terms = self.terms()
        bound = terms.reconstruction - terms.kl
        steps = {  # name: where the bar starts, where it ends, color
            "$E_Q[\\log P(X|z)]$": (0, terms.reconstruction, COLORS["reconstruction"]),
            "$-\\,D[Q\\|P(z)]$": (terms.reconstruction, bound, COLORS["q"]),
            "= the bound": (0, bound, COLORS["bound"]),
            "$+\\,D[Q\\|P(z|X)]$": (bound, bound + terms.gap, COLORS["gap"]),
            "= log P(X)": (0, terms.log_p_x, "0.4"),
        }
        for row, (start, end, color) in enumerate(steps.values()):
            axis.barh(row, end - start, left=start, color=color, height=0.6)
            text = f" {end - start:.3f} ".replace("-", "−")
            axis.text(max(start, end), row, text, va="center", ha="left", fontsize=9)
        axis.axvline(terms.log_p_x, color="black", linestyle="--", linewidth=1)
        axis.set_yticks(range(len(steps)), list(steps))
        axis.set(ylim=(len(steps) - 0.5, -0.5), xlabel="nats")
        axis.use_sticky_edges = False
        axis.margins(x=0.2)
        axis.grid(False)


def _log_normal(z: torch.Tensor, mean: float, sd: float) -> torch.Tensor:
    return -0.5 * ((z - mean) / sd) ** 2 - math.log(sd) - 0.5 * math.log(2 * math.pi)


@torch.no_grad()
def _table(model: Curve) -> torch.Tensor:
    """f on the page's grid, (G,) in float64, once the grid has shown that it resolves the posteriors."""
    z = torch.linspace(-HALF_WIDTH, HALF_WIDTH, PAGE_POINTS, dtype=torch.float64)
    f = model.decode(z[:, None]).mean[:, 0].double()
    if not f.isfinite().all():
        raise inputs.InputError(f"f must be finite for every z from {-HALF_WIDTH:g} to {HALF_WIDTH:g}")
    xs = torch.from_numpy(np.linspace(DragQ.x.low, DragQ.x.high, 33))[:, None]
    log_joint = -0.5 * ((xs - f) / float(model.sigma)) ** 2 + _log_normal(z, 0, 1)  # (33, G), up to a constant
    fine, coarse = log_joint.logsumexp(1), log_joint[:, ::2].logsumexp(1) + math.log(2)
    # Halving the spacing squares the rule's error at least: 1e-3 between the two leaves 1e-6 in the finer.
    if not (fine - coarse).abs().max() < 1e-3:
        raise inputs.InputError(
            f"with sigma = {float(model.sigma):g} some posterior P(z|X) is too narrow for the page's grid of spacing "
            f"{2 * HALF_WIDTH / (PAGE_POINTS - 1):g}: use a larger sigma or a less steep f"
        )
    return f
