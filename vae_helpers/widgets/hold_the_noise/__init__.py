"""HoldTheNoise: equation (10) for one latent number; z = μ + σ·ε moves with μ and σ while ε stays (notebook 04)."""

import math
from typing import NamedTuple

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.widgets import base, inputs

DRAWS, MOST_DRAWS = 12, 100
RATE = 0.05  # of a step downhill; the loss is steep in places, where a larger one would throw μ across the valleys
X, BEND = 1.0, 1.2  # of the loss: the page gets them, and a test holds its loss to the one below
NODES = torch.linspace(-9, 9, 3601, dtype=torch.float64)  # of ε: where expectations are summed up, and ...
WEIGHTS = torch.softmax(-0.5 * NODES**2, dim=0)  # ... the standard normal weight of each
VIEW, HIGHEST = 3.5, 8.0  # z from −3.5 to 3.5, the loss from 0 to 8 nats
COLORS = {
    "estimate": plots.COLORS["orange"], "exact": plots.COLORS["blue"], "gradient": plots.COLORS["purple"],
}  # fmt: skip


class Shown(NamedTuple):
    """What the page shows for one μ, σ and ε of S numbers, in nats where it is a loss.

    Attributes:
        z: μ + σ·ε, (S,).
        loss: ℓ(z), (S,).
        slope: ℓ′(z), (S,).
        estimate: mean of ℓ(z) over the draws.
        d_mu: mean of ℓ′(z), the path gradient with respect to μ.
        d_sigma: mean of ε·ℓ′(z), the path gradient with respect to σ.
        exact, exact_d_mu, exact_d_sigma: the expectations that the three means estimate, by quadrature over ε.
    """

    z: Tensor
    loss: Tensor
    slope: Tensor
    estimate: float
    d_mu: float
    d_sigma: float
    exact: float
    exact_d_mu: float
    exact_d_sigma: float


def loss(z: Tensor) -> Tensor:
    """ℓ(z) = −log P(X|z) in nats for X = 1 and P(X|z) = N(z + 1.2 sin 2z, 1): smooth, with three valleys."""
    return 0.5 * (X - z - BEND * torch.sin(2 * z)) ** 2 + 0.5 * math.log(2 * math.pi)


def slope(z: Tensor) -> Tensor:
    """ℓ′(z), in nats per unit of z."""
    return (z + BEND * torch.sin(2 * z) - X) * (1 + 2 * BEND * torch.cos(2 * z))


def shown(mu: float, sigma: float, eps) -> Shown:
    """The particles z = μ + σ·ε, and both gradients of the expected loss: from these ε, and exact.

    Args:
        mu, sigma: of Q(z) = N(μ, σ²).
        eps: ε, S numbers.
    Returns:
        Shown, computed in float64.
    """
    eps = torch.as_tensor(eps, dtype=torch.float64)
    z, at = mu + sigma * eps, mu + sigma * NODES  # (S,), (G,)
    return Shown(
        z, loss(z), slope(z), loss(z).mean().item(), slope(z).mean().item(), (eps * slope(z)).mean().item(),
        (loss(at) @ WEIGHTS).item(), (slope(at) @ WEIGHTS).item(), (slope(at) @ (WEIGHTS * NODES)).item(),
    )  # fmt: skip


def estimates(mus: Tensor, sigma: float, eps: Tensor) -> Tensor:
    """The Monte Carlo estimate of E[ℓ(z)] at every μ, (M,) in nats; ε is (S,), the same for all, or (M, S)."""
    return loss(mus[:, None] + sigma * eps).mean(dim=1)


class HoldTheNoise(base.Explorer):
    """Move μ and σ while ε stays: every z = μ + σ·ε glides along, and its loss can be differentiated on the way.

    Above, the loss ℓ(z) = −log P(X|z) of one X over one latent number, with a particle for every ε. Below, the mean
    loss of the particles as a function of μ: a smooth curve while ε is held, a jagged line with fresh ε at every μ.
    The loss belongs to notebook 02's curve with noise of standard deviation 1, at X = 1:
    ℓ(z) = ½(1 − z − 1.2 sin 2z)² + ½ log 2π. The page computes all of it.

    Args:
        mu, sigma: of Q(z) = N(μ, σ²) at the start.
        eps: the draws of ε; 12 standard normal numbers if left out.
        hold: whether ε is held at the start.
    Attributes:
        mu, sigma: μ in [−3, 3] and σ in [0.05, 1.5]; set them to move Q.
        eps: ε, a list of 1 to 100 numbers. It changes with "draw new ε", and with every move unless `hold`.
        hold: True while ε is held.
    Raises:
        ValueError: for numbers outside these ranges.
    """

    _esm = base.module("hold_the_noise")
    mu = inputs.Number(-1.2, -3, 3)
    sigma = inputs.Number(0.5, 0.05, 1.5)
    eps = inputs.Numbers([0.0], -10, 10, least=1, most=MOST_DRAWS)
    hold = traitlets.Bool(True).tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)
    _ranges = inputs.ranges(mu=mu, sigma=sigma)
    _loss = traitlets.Dict({"x": X, "bend": BEND}).tag(sync=True)
    _window = traitlets.List([VIEW, HIGHEST]).tag(sync=True)
    _rate = traitlets.Float(RATE).tag(sync=True)
    _colors = traitlets.Dict(COLORS).tag(sync=True)

    def __init__(self, mu: float = -1.2, sigma: float = 0.5, eps=None, hold: bool = True, **traits):
        if eps is None:
            eps = torch.randn(DRAWS, generator=torch.Generator().manual_seed(0))
        super().__init__(mu=mu, sigma=sigma, eps=eps, hold=hold, **traits)
        self._start = {name: getattr(self, name) for name in self._ranges}

    def shown(self) -> Shown:
        """The particles and both gradients at the present state, as torch computes them."""
        return shown(self.mu, self.sigma, self.eps)

    def describe(self) -> str:
        now = self.shown()
        return (
            f"HoldTheNoise explorer at μ = {self.mu:.2f}, σ = {self.sigma:.2f} with {len(self.eps)} draws of ε: "
            f"gradient by μ {now.d_mu:.3f} (exact {now.exact_d_mu:.3f}), by σ {now.d_sigma:.3f} "
            f"(exact {now.exact_d_sigma:.3f}) nats per unit; move it in JupyterLab"
        )

    def picture(self) -> Figure:
        now, figure = self.shown(), Figure(figsize=(9.4, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        z = torch.linspace(-VIEW, VIEW, 281, dtype=torch.float64)
        left.plot(z, loss(z), color="0.3", label="ℓ(z)")
        density = (-0.5 * ((z - self.mu) / self.sigma) ** 2).exp()
        left.fill_between(z, density, color=COLORS["estimate"], alpha=0.25, label="Q(z), not to scale")
        left.plot(now.z, now.loss, "o", color=COLORS["estimate"], markersize=5, label="z = μ + σε")
        left.plot(now.z, torch.zeros_like(now.z), "|", color=COLORS["estimate"], markersize=10, clip_on=False)
        reach = (-0.15 * now.slope).clamp(-0.8, 0.8)
        left.quiver(now.z, now.loss, reach, torch.zeros_like(reach), color=COLORS["gradient"], angles="xy",
                    scale_units="xy", scale=1, width=0.005, zorder=3, label="downhill, −ℓ′(z)")  # fmt: skip
        left.set(xlim=(-VIEW, VIEW), ylim=(0, HIGHEST), xlabel="z", ylabel="nats",
                 title=f"μ = {self.mu:.2f}, σ = {self.sigma:.2f}".replace("-", "−"))  # fmt: skip
        eps = torch.tensor(self.eps, dtype=torch.float64)
        if not self.hold:
            eps = torch.randn(len(z), len(eps), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        right.plot(z, estimates(z, self.sigma, eps), color=COLORS["estimate"], label="mean of ℓ(μ + σε)")
        exact = loss(z[:, None] + self.sigma * NODES) @ WEIGHTS
        right.plot(z, exact, "--", color=COLORS["exact"], label="E[ℓ(z)], exact")
        if self.hold:
            along = torch.tensor([-0.8, 0.8], dtype=torch.float64) / math.hypot(1, 0.5 * now.d_mu)
            right.plot(self.mu + along, now.estimate + now.d_mu * along, color=COLORS["gradient"], linewidth=2.5,
                       label="slope ∂/∂μ, ε held")  # fmt: skip
        right.plot(self.mu, now.estimate, "o", color=COLORS["estimate"], markersize=9, markeredgecolor="black")
        right.set(xlabel="μ", title="ε held" if self.hold else "fresh ε at every μ")
        for axis in (left, right):
            axis.legend(frameon=False, fontsize=8, loc="upper right")
        return figure
