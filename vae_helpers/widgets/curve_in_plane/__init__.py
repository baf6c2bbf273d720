"""CurveInPlane: P(X) as an infinite mixture along a curve, exact and by Monte Carlo (equation (1), notebook 01)."""

import math

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor
from torch.distributions import Normal

from vae_helpers import plots
from vae_helpers.one_dimension import Curve, log_integral
from vae_helpers.widgets import base, inputs

COLORS = {"density": "blue", "curve": "orange", "heavy": "magenta", "marker": "leaf"}
HALF_WIDTH, POINTS = 8.0, 6401  # the grid over z: wide enough for any X in the window, fine enough for σ = 0.03
SPACING = 2 * HALF_WIDTH / (POINTS - 1)


def wave(z: Tensor) -> Tensor:
    """The default curve: latents (..., 1) to points (..., 2)."""
    return torch.cat([0.8 * z, 1.2 * torch.sin(1.7 * z)], dim=-1)


def check_curve(model) -> None:
    """Refuse a model that is no curve in the plane."""
    if not isinstance(model, Curve):
        raise inputs.InputError(f"this explorer needs a vae_helpers.one_dimension.Curve, not {type(model).__name__}")
    if model.data_size != 2:
        raise inputs.InputError(
            f"this explorer needs a curve in the plane, data_size 2, and this one has {model.data_size}"
        )


def curve_table(model: Curve) -> tuple[Tensor, Tensor, float]:
    """The grid of z (G,), f on it (G, 2), both in float64, and how far from the origin the window must reach."""
    grid = torch.linspace(-HALF_WIDTH, HALF_WIDTH, POINTS, dtype=torch.float64)
    with torch.no_grad():
        curve = model.f(grid[:, None]).double()
    if not curve.isfinite().all():
        raise inputs.InputError(f"f(z) must be finite for every z from {-HALF_WIDTH:g} to {HALF_WIDTH:g}")
    reach = curve[grid.abs() <= 3].abs().max().item()
    if not 0.2 <= reach <= 6:
        raise inputs.InputError(
            f"for |z| ≤ 3 the curve reaches {reach:g} from the origin; scale f so that it reaches between 0.2 and 6"
        )
    return grid, curve, math.ceil(2 * reach + 0.1) / 2


class CurveInPlane(base.Explorer):
    """One latent z ~ N(0, 1), a curve f(z) in the plane, P(X|z) = N(f(z), σ²I): drag X and read P(X) two ways.

    P(X) = ∫ P(X|z) P(z) dz, by quadrature, beside (1/S) Σ P(X|z_s) for S draws z_s of the prior. The smaller σ, the
    fewer of the draws come near enough to X to count. The page computes all of it.

    Args:
        model: a `Curve` with data_size 2; a wave if left out.
        x: X at the start, two numbers.
        quiz: hide P(X) until the learner, having dragged X somewhere, asks for it.
    Attributes:
        x: the point X, a list of two numbers from −100 to 100.
        z: where the marker stands on the curve, from −8 to 8.
        sigma: σ, from 0.03 to 1; the model's own at first.
        samples: S, from 1 to 10,000.
        revealed: whether the P(X) of a quiz has been asked for.
    Raises:
        ValueError: for another model, a curve that leaves the window, or numbers out of range.
    """

    _esm = base.module("curve_in_plane")
    x = inputs.Numbers([1.1, 0.4], -100, 100)
    z = inputs.Number(-1.2, -HALF_WIDTH, HALF_WIDTH)
    sigma = inputs.Number(0.25, 0.03, 1)
    samples = inputs.Whole(100, 1, 10_000)
    quiz = traitlets.Bool(False).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
    limit = traitlets.Float().tag(sync=True)
    _ranges = traitlets.Dict({"sigma": [sigma.low, sigma.high], "samples": [samples.low, samples.high]}).tag(sync=True)
    _half_width = traitlets.Float(HALF_WIDTH).tag(sync=True)
    _curve = traitlets.Bytes().tag(sync=True)
    _draws = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict({name: plots.COLORS[color] for name, color in COLORS.items()}).tag(sync=True)

    def __init__(self, model: Curve | None = None, x=(1.1, 0.4), **traits):
        model = Curve(wave, 0.25) if model is None else model
        check_curve(model)
        self._model, (self._grid, self._points, limit) = model, curve_table(model)
        draws = torch.randn(self._ranges["samples"][1], generator=torch.Generator().manual_seed(0))
        super().__init__(
            x=x, limit=limit, _curve=base.double_bytes(self._points), _draws=base.float_bytes(draws),
            **{"sigma": float(model.sigma)} | traits,
        )  # fmt: skip

    def log_p_x(self) -> float:
        """log P(X) at the present X and σ in nats, by the trapezoid rule in float64."""
        log_likelihood = Normal(self._points, self.sigma).log_prob(torch.tensor(self.x, dtype=torch.float64)).sum(dim=1)
        log_joint = log_likelihood + Normal(0.0, 1.0).log_prob(self._grid)  # (G,)
        return log_integral(log_joint, SPACING).item()

    def _asks(self) -> bool:
        return self.quiz and not self.revealed

    def describe(self) -> str:
        said = (
            "move X in JupyterLab to where you think P(X) is highest"
            if self._asks()
            else f"log P(X) = {self.log_p_x():.2f} nats; move it in JupyterLab"
        )
        return f"CurveInPlane explorer at X = ({self.x[0]:.2f}, {self.x[1]:.2f}), σ = {self.sigma:.3g}: {said}"

    def picture(self) -> Figure:
        """The density P(X), once it may be seen, with the curve, the circle of P(X|z) at z, and X."""
        figure = Figure(figsize=(5.2, 4.4), layout="constrained")
        axis = figure.subplots()
        extent = (-self.limit, self.limit, -self.limit, self.limit)
        title = f"σ = {self.sigma:.3g}"
        if not self._asks():
            density, at = self._density(), ((np.arange(160) + 0.5) / 80 - 1) * self.limit
            image = axis.contourf(at, at, density, levels=np.linspace(0, density.max(), 30), cmap=plots.DENSITY)
            figure.colorbar(image, label="P(X)", shrink=0.85, format="%.2g", ticks=np.linspace(0, density.max(), 6))
            title += f": log P(X) = {self.log_p_x():.2f} nats".replace("-", "−")
        inside = self._grid.abs() <= 3.5
        axis.plot(*self._points[inside].T.numpy(), color=self._colors["curve"], label="f(z)")
        with torch.no_grad():
            some = torch.randn(200, 1, generator=torch.Generator().manual_seed(0)).double()
            axis.plot(
                *self._model.f(some).T, "o", markersize=3, color=self._colors["curve"], label="f at 200 draws of z"
            )
            center = self._model.f(torch.tensor([[self.z]], dtype=torch.float64))[0].tolist()
        turn = np.linspace(0, 2 * math.pi, 100)
        for radius, style in ((self.sigma, "-"), (2 * self.sigma, "--")):
            label = f"P(X|z) at z = {self.z:.2f}: σ, 2σ".replace("-", "−") if style == "-" else None
            axis.plot(center[0] + radius * np.cos(turn), center[1] + radius * np.sin(turn), style, color=self._colors["marker"],
                      linewidth=1.3, label=label)  # fmt: skip
        axis.plot(*self.x, "k+", markersize=14, markeredgewidth=2, label="X")
        axis.set(xlim=extent[:2], ylim=extent[2:], aspect="equal", xlabel="$X_1$", ylabel="$X_2$",
                 title=title)  # fmt: skip
        axis.legend(loc="lower right", fontsize=8, frameon=True)
        axis.grid(False)
        return figure

    def _density(self, cells: int = 160) -> np.ndarray:
        """P(X) in the middles of a square of cells, (cells, cells), X₂ from row to row."""
        middles = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells * 2 * self.limit - self.limit
        # P(X|z) is a product of one factor a column and one a row, so that the sum over z is a matrix product.
        columns, rows = Normal(self._points.T[:, None], self.sigma).log_prob(middles[:, None]).exp()  # (cells, G) each
        return (rows * Normal(0.0, 1.0).log_prob(self._grid).exp() @ columns.T * SPACING).numpy()
