"""TwoGaussians: the four terms of D[N₀‖N₁] for two Gaussians that are dragged (notebook 03)."""

import math
from typing import NamedTuple

import torch
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from torch import Tensor

from vae_helpers import objective, plots
from vae_helpers.widgets import base, inputs

COLORS = [plots.COLORS["blue"], plots.COLORS["orange"]]


class Terms(NamedTuple):
    """D[N_a‖N_b] by equation (6), each term with its ½, in nats.

    Attributes:
        trace: ½ tr Σ_b⁻¹Σ_a.
        distance: ½ (μ_b−μ_a)ᵀΣ_b⁻¹(μ_b−μ_a).
        size: −k/2.
        log_determinants: ½ log |Σ_b|/|Σ_a|.
        total: D[N_a‖N_b], by `objective.gaussian_kl`.
    """

    trace: float
    distance: float
    size: float
    log_determinants: float
    total: float


class Angle(inputs.Number):
    """A trait: degrees, brought into (−90, 90], as 180 turn an axis into itself; 0 where there is nothing to turn."""

    def validate(self, obj, value):
        degrees = super().validate(obj, value)
        if obj.dimensions == 1 and degrees != 0:
            raise inputs.InputError(f"{self.name} must be a number of degrees, and 0 in one dimension, not {value!r}")
        return degrees if -90 < degrees <= 90 else 90 - (90 - degrees) % 180


class TwoGaussians(base.Explorer):
    """Drag two Gaussians and watch the four terms of their KL divergence, in both directions.

    The page computes the terms; the Gaussians come back to Python while they move, about ten times a second.

    Args:
        dimensions: k, 1 (two bell curves) or 2 (two ellipses).
    Attributes:
        mean0, mean1: lists of k numbers in [−4, 4]; set them, and those below, to move the Gaussians.
        sd0, sd1: standard deviations along the Gaussian's own axes, lists of k numbers in [0.2, 2.5].
        angle0, angle1: of the first axis, in degrees, counterclockwise, in [−3600, 3600], taken modulo 180 into
            (−90, 90]; 0 where k is 1.
        covariance0, covariance1: Σ₀ and Σ₁, (k, k), in float64.
    Raises:
        ValueError: for other dimensions, or numbers outside these ranges.
    """

    _esm = base.module("two_gaussians")
    dimensions = traitlets.Int(read_only=True).tag(sync=True)
    mean0 = inputs.Numbers([-1.0], -4, 4, size="dimensions")
    mean1 = inputs.Numbers([1.0], -4, 4, size="dimensions")
    sd0 = inputs.Numbers([0.6], 0.2, 2.5, size="dimensions")
    sd1 = inputs.Numbers([1.3], 0.2, 2.5, size="dimensions")
    angle0 = Angle(0.0, -3600, 3600)
    angle1 = Angle(0.0, -3600, 3600)
    _ranges = inputs.ranges(mean=mean0, sd=sd0)
    _colors = traitlets.List(COLORS).tag(sync=True)

    def __init__(self, dimensions: int = 1, **traits):
        if type(dimensions) is not int or dimensions not in (1, 2):
            raise inputs.InputError(f"dimensions must be 1 or 2, not {dimensions!r}")
        self.set_trait("dimensions", dimensions)
        start = {"mean0": [-1.0, 0.5], "mean1": [1.0, -0.5], "sd0": [1.0, 0.5], "sd1": [1.6, 1.0], "angle0": 30.0,
                 "angle1": -20.0}  # fmt: skip
        super().__init__(**((start if dimensions == 2 else {}) | traits))

    @property
    def covariance0(self) -> Tensor:
        """Σ₀, (k, k)."""
        return _covariance(self.sd0, self.angle0)

    @property
    def covariance1(self) -> Tensor:
        """Σ₁, (k, k)."""
        return _covariance(self.sd1, self.angle1)

    def terms(self, reverse: bool = False) -> Terms:
        """The terms of D[N₀‖N₁], or of D[N₁‖N₀] if `reverse`, as torch computes them, in nats."""
        a, b = [
            (torch.tensor(mean, dtype=torch.float64), covariance)
            for mean, covariance in ((self.mean0, self.covariance0), (self.mean1, self.covariance1))
        ]
        if reverse:
            a, b = b, a
        difference = b[0] - a[0]  # (k,)
        return Terms(
            0.5 * torch.linalg.solve(b[1], a[1]).trace().item(),
            0.5 * (difference @ torch.linalg.solve(b[1], difference)).item(),
            -0.5 * self.dimensions,
            0.5 * (b[1].logdet() - a[1].logdet()).item(),
            objective.gaussian_kl(*a, *b).item(),
        )

    def describe(self) -> str:
        forward, backward = self.terms().total, self.terms(reverse=True).total
        return (
            f"TwoGaussians explorer in {self.dimensions} dimension{'s' if self.dimensions > 1 else ''}: "
            f"D[N0‖N1] = {forward:.3f} nats = {forward / math.log(2):.3f} bits, D[N1‖N0] = {backward:.3f} nats = "
            f"{backward / math.log(2):.3f} bits; drag them in JupyterLab"
        )

    def picture(self) -> Figure:
        figure = Figure(figsize=(9.4, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
        parameters = ((self.mean0, self.sd0, self.angle0), (self.mean1, self.sd1, self.angle1))
        for i, ((mean, sd, angle), color) in enumerate(zip(parameters, COLORS, strict=True)):
            if self.dimensions == 1:
                x = torch.linspace(-5, 5, 801, dtype=torch.float64)
                density = (-0.5 * ((x - mean[0]) / sd[0]) ** 2).exp() / (sd[0] * math.sqrt(2 * math.pi))
                left.fill_between(x, density, color=color, alpha=0.3)
                left.plot(x, density, color=color, linewidth=2, label=f"$N_{i}$")
                left.set(xlim=(-5, 5), ylim=(0, None), xlabel="x", ylabel="density")
            else:
                for deviations in (1, 2):
                    width, height = (2 * deviations * s for s in sd)
                    label = f"$N_{i}$" if deviations == 1 else None
                    shape = {"fill": False, "edgecolor": color, "linewidth": 2, "label": label}
                    left.add_patch(Ellipse(mean, width, height, angle=angle, **shape))
                left.plot(*mean, "o", color=color)
                left.set(xlim=(-5, 5), ylim=(-5, 5), aspect="equal", xlabel="x", ylabel="y")
        left.legend(frameon=False)
        names = ["½ tr", "½ distance", "−k/2", "½ log-determinants", "D, the sum"]
        for reverse, color in enumerate(COLORS):
            terms = self.terms(bool(reverse))
            rows = [row + 0.4 * reverse - 0.2 for row in range(len(names))]
            label = "$D[N_1\\|N_0]$" if reverse else "$D[N_0\\|N_1]$"
            right.barh(rows, terms, height=0.36, color=color, label=label)
            for row, value in zip(rows, terms, strict=True):
                text = f" {value:.3f}".replace("-", "−")
                right.text(max(value, 0), row, text, va="center", fontsize=9)
        right.axvline(0, color="black", linewidth=1)
        right.set_yticks(range(len(names)), names)
        right.set(ylim=(len(names) - 0.4, -0.6), xlabel="nats")
        right.use_sticky_edges = False
        right.margins(x=0.2)
        right.grid(False)
        right.legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
        return figure


def _covariance(sd: list[float], angle: float) -> Tensor:
    """R diag(sd²) Rᵀ, with R the rotation by the angle in degrees, (k, k)."""
    variances = torch.tensor(sd, dtype=torch.float64).square().diag()
    if len(sd) == 1:
        return variances
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    rotation = torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
    return rotation @ variances @ rotation.T
