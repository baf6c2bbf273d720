"""The gap of equation (5), D[Q(z|X)‖P(z|X)], and where it comes from (notebook 06).

log P(X) − bound falls into two parts (Cremer, Li and Duvenaud 2018, arXiv 1801.03558). Approximation: even the best
diagonal Gaussian is not the true posterior. Amortization: one network for all X does not find the best one for each.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_helpers import likelihood, objective


class Split(NamedTuple):
    """log P(X) = bound + amortization + approximation, (B,) each, in nats.

    Attributes:
        log_p_x: log P(X), by quadrature.
        bound: with the encoder's Q.
        best_bound: with the best Q found for each image.
    """

    log_p_x: Tensor
    bound: Tensor
    best_bound: Tensor

    @property
    def gap(self) -> Tensor:
        """D[Q(z|X)‖P(z|X)] of the encoder's Q."""
        return self.log_p_x - self.bound

    @property
    def amortization(self) -> Tensor:
        """What a search for each image would gain."""
        return self.best_bound - self.bound

    @property
    def approximation(self) -> Tensor:
        """What no diagonal Gaussian can gain: D[Q‖P(z|X)] of the best one."""
        return self.log_p_x - self.best_bound


def bound(model, x: Tensor, mu: Tensor, sigma: Tensor, nodes: int = 9) -> Tensor:
    """The right-hand side of (5) for Q = N(μ, diag σ²), its expectation by Gauss-Hermite quadrature.

    Args:
        model: a VAE or LinearGaussian with few latent dimensions L.
        x: images (B, D).
        mu, sigma: of Q, (B, L) each; gradients reach them.
        nodes: values of ε along each dimension, nodes^L in all.
    Returns:
        (B,), in nats.
    """
    eps, weight = np.polynomial.hermite_e.hermegauss(nodes)  # for the weight exp(−ε²/2)
    eps, weight = torch.as_tensor(eps).to(x), torch.as_tensor(weight / weight.sum()).to(x)
    points = torch.cartesian_prod(*[eps] * model.latent_size).reshape(-1, 1, model.latent_size)  # (K, 1, L)
    weights = torch.cartesian_prod(*[weight] * model.latent_size).reshape(len(points), -1).prod(dim=1)  # (K,)
    reconstruction = weights @ model.decode(mu + sigma * points).log_prob(x)  # (K) @ (K, B) -> (B,)
    return reconstruction - objective.kl_to_standard_normal(mu, 2 * sigma.log())


def best_q(model, x: Tensor, steps: int = 40, nodes: int = 3) -> tuple[Tensor, Tensor]:
    """The diagonal Gaussian that maximizes the bound of each image: gradient ascent on μ and log σ.

    It starts where P(X, z) is higher, at the encoder's mean or at the highest point of a grid.

    Args:
        model: with 1 or 2 latent dimensions.
        x: images (B, D).
        steps: of Adam.
        nodes: as in `bound`, on the way.
    Returns:
        mu, sigma: (B, L) each. The bound is never below that of the encoder's Q.
    """
    mu, sigma = (value.detach() for value in objective.mean_and_sigma(model.encode(x)))
    with torch.no_grad():
        axis = torch.linspace(-5, 5, 101, dtype=x.dtype, device=x.device)
        grid = torch.cartesian_prod(*[axis] * model.latent_size).reshape(-1, model.latent_size)  # (G, L)
        heights = torch.cat([likelihood.log_joint(model, x, part) for part in grid.split(5000)], dim=1)  # (B, G)
        # Start from whichever point is higher: the encoder's mean, or the highest on the grid.
        peak, top = heights.max(dim=1)
        own = model.decode(mu).log_prob(x) + model.prior.log_prob(mu)  # (B,)
        start = torch.where((peak > own)[:, None], grid[top], mu)
    shift, log_scale = torch.zeros_like(mu).requires_grad_(), torch.zeros_like(mu).requires_grad_()
    optimizer = torch.optim.Adam([shift, log_scale], lr=0.2)  # in units of the encoder's σ
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / steps)
        optimizer.zero_grad()
        (-bound(model, x, start + sigma * shift, sigma * log_scale.exp(), nodes).sum()).backward()
        optimizer.step()
    with torch.no_grad():
        end = (start + sigma * shift, sigma * log_scale.exp())
        better = (bound(model, x, *end) > bound(model, x, mu, sigma))[:, None]
    return tuple(torch.where(better, new, old) for new, old in zip(end, (mu, sigma), strict=True))


def split(model, x: Tensor, steps: int = 40) -> Split:
    """Both parts of the gap of each image.

    Args:
        model: a VAE or LinearGaussian with 1 or 2 latent dimensions.
        x: images (B, D).
        steps: of the search for the best Q.
    Raises:
        ValueError: for more latent dimensions, or images the model cannot take.
    """
    log_p_x = likelihood.quadrature(model, x)
    mu, sigma = (value.detach() for value in objective.mean_and_sigma(model.encode(x)))
    best = best_q(model, x, steps)
    with torch.no_grad():
        return Split(log_p_x, bound(model, x, mu, sigma), bound(model, x, *best))
