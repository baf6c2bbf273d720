"""Known maps of a latent, small enough for exact answers: the curve model, integrals over its z, and the ring.

Notebooks 01 and 02 stand on them; equation (5) is that of notebook 02.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from vae_helpers.checks import floats, function, number, positive, takes, whole
from vae_helpers.contract import Generative, check_images, check_latents, is_generative


class Curve(nn.Module):
    """One latent number bent by a known function: P(z) = N(0, 1), P(X|z) = N(f(z), σ²I) (notebooks 01 and 02).

    Small enough that every integral over z can be done on a grid.

    Args:
        f: maps (..., 1) to (..., D).
        sigma: σ, in units of X.

    Raises:
        ValueError: for an f of other shapes or a σ that is not positive.
    """

    likelihood, latent_size = "gaussian", 1

    @takes(f=function(1), sigma=positive)
    def __init__(self, f: Callable[[Tensor], Tensor], sigma: float):
        super().__init__()
        try:
            shape = tuple(f(torch.zeros(3, 1)).shape)
        except (AttributeError, RuntimeError, TypeError) as problem:
            raise ValueError(f"f must map (3, 1) to (3, D), but raises {problem!r}") from problem
        if len(shape) != 2 or shape[0] != 3:
            raise ValueError(f"f must map (3, 1) to (3, D), but gives {shape}")
        self.f, self.data_size = f, shape[1]
        self.register_buffer("sigma", torch.tensor(float(sigma)))

    @property
    def prior(self) -> Distribution:
        """P(z) = N(0, 1) over (1,)."""
        return Independent(Normal(self.sigma.new_zeros(1), self.sigma.new_ones(1)), 1)

    def check(self, x: Tensor) -> None:
        """Refuse data of another shape, or not finite, with a ValueError that says why."""
        check_images(x, self.data_size, self._precision(x), low=-math.inf, high=math.inf)

    def _precision(self, values: Tensor) -> torch.dtype:
        """float64 or float32, whichever they have: the model computes in either."""
        return torch.float64 if getattr(values, "dtype", None) == torch.float64 else torch.float32

    def decode(self, z: Tensor) -> Distribution:
        """P(X|z) = N(f(z), σ²I) for latents (..., 1)."""
        check_latents(z, 1, self._precision(z))
        return Independent(Normal(self.f(z), self.sigma.to(z), validate_args=False), 1)


@takes(log_f=floats("(..., G)", logs=True), spacing=positive, dim=whole(-10, 10))
def log_integral(log_f: Tensor, spacing: float, dim: int = -1) -> Tensor:
    """log ∫ f(z) dz from log f at the points of a regular grid: the sum times the spacing, without leaving logarithms.

    For a smooth f that vanishes at both ends this is the trapezoid rule, exact far beyond its usual order.

    Args:
        log_f: (..., G, ...).
        spacing: distance between neighbors; the cell's volume, where the grid has more dimensions than one.
        dim: that of the grid.
    Returns:
        log_f's shape without `dim`.
    Raises:
        ValueError: for a log f that is NaN or +inf somewhere, or a dimension that it has not.
    """
    if not -log_f.dim() <= dim < log_f.dim():
        raise ValueError(f"dim must be one of the {log_f.dim()} dimensions of log_f, not {dim}")
    return log_f.logsumexp(dim=dim) + math.log(spacing)


class Identity(NamedTuple):
    """The four quantities of equation (5) for one X and one Q, in nats; reconstruction − kl = log_p_x − gap.

    Attributes:
        reconstruction: E_Q[log P(X|z)].
        kl: D[Q(z)‖P(z)].
        gap: D[Q(z)‖P(z|X)].
        log_p_x: log P(X).
    """

    reconstruction: float
    kl: float
    gap: float
    log_p_x: float


@takes(model=is_generative, mu=number, sigma=positive, half_width=positive, points=whole(2))
@torch.no_grad()
def identity(
    model: Generative, x: Tensor, mu: float, sigma: float, half_width: float = 10.0, points: int = 8001
) -> Identity:
    """Each term of (5) by quadrature, separately and in double precision, for Q(z) = N(μ, σ²) in one dimension.

    Args:
        model: a model with 1 latent dimension.
        x: one example, (1, D).
        mu, sigma: of Q.
    Returns:
        Identity; no term is computed from the others.
    Raises:
        ValueError: for another model, more than one example, or a Q or P(z|X) too wide or too narrow for the grid.
    """
    model.check(x)
    if model.latent_size != 1 or len(x) != 1:
        raise ValueError(f"identity takes 1 latent dimension and 1 example, not {model.latent_size} and {len(x)}")
    spacing = 2 * half_width / (points - 1)
    if not 2 * spacing <= sigma or abs(mu) + 8 * sigma > half_width:
        raise ValueError(
            f"Q = N({mu:g}, {sigma:g}²) does not fit the grid: sigma must be at least {2 * spacing:g}, and "
            f"|mu| + 8 sigma at most {half_width:g}"
        )
    z = torch.linspace(-half_width, half_width, points, dtype=torch.float64)[:, None]  # (G, 1)
    log_prior = model.prior.log_prob(z)  # (G,)
    log_q = Normal(z.new_tensor(mu), z.new_tensor(sigma)).log_prob(z[:, 0])  # (G,)
    log_likelihood = model.decode(z).log_prob(x.double())
    log_p_x = log_integral(log_likelihood + log_prior, spacing, dim=0)
    _refuse_misfit(log_likelihood + log_prior, spacing)
    log_posterior = log_likelihood + log_prior - log_p_x
    weight = log_q.exp() * spacing  # Q(z) dz
    return Identity(
        (weight * log_likelihood).sum().item(),
        (weight * (log_q - log_prior)).sum().item(),
        (weight * (log_q - log_posterior)).sum().item(),
        log_p_x.item(),
    )


def _refuse_misfit(log_joint: Tensor, spacing: float) -> None:
    """Refuse a P(X, z) that does not vanish at the ends of the grid (G,), or bends too much between two points of it.

    For a peak of width s, the sum over every third point is off by a factor 1 + a cos φ with a = 2 exp(−2π²s²/9h²). The
    three sums' φ lie a third of a circle apart, so they cannot agree by chance; where they differ by less than 0.3, the
    sum over all points is right to 1e-8.
    """
    edge, most = max(log_joint[0], log_joint[-1]), log_joint.max()
    if most < -1e9:
        raise ValueError(f"log P(X) is near {most:.0e} nats, of which the digits that matter are lost; look at x and σ")
    if edge > most - 14:
        raise ValueError("P(z|X) does not vanish at the ends of the grid: give a larger half_width")
    thirds = torch.stack([log_integral(log_joint[first::3], 3 * spacing) for first in range(3)])
    if not thirds.max() - thirds.min() < 0.3:
        raise ValueError(
            f"P(z|X) is narrower than the grid, whose points lie {spacing:g} apart: give more points or a smaller half_width"
        )


@takes(z=floats("(..., 2)"))
def ring(z: Tensor) -> Tensor:
    """g(z) = z/10 + z/‖z‖, which maps N(0, I) to a ring.

    Args:
        z: points (..., 2).
    Returns:
        (..., 2).
    Raises:
        ValueError: for points of another shape or type, or at the origin, where g is undefined.
    """
    norm = z.norm(dim=-1, keepdim=True)
    if (norm == 0).any():
        raise ValueError("g(z) = z/10 + z/‖z‖ is undefined at z = 0: z has no direction there")
    return z / 10 + z / norm
