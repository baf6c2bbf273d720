"""The gap of equation (5), D[Q(z|X)‖P(z|X)], and where it comes from (notebook 06).

log P(X) − bound falls into two parts (Cremer, Li and Duvenaud 2018, arXiv 1801.03558). Approximation: even the best
diagonal Gaussian is not the true posterior. Amortization: one network for all X does not find the best one for each.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from vae_helpers import likelihood, objective
from vae_helpers.checks import floats, takes, whole
from vae_helpers.contract import Model, examples, is_model

MOST_NODES = 10_000  # decodings of one image held at once
MOST_ALONG = 200  # along one dimension; finding them takes a second


class Split(NamedTuple):
    """log P(X) = elbo + amortization + approximation, (B,) each, in nats.

    Attributes:
        log_p_x: log P(X), by quadrature.
        elbo: the bound with the encoder's Q.
        best_elbo: with the best Q found for each image.
    """

    log_p_x: Tensor
    elbo: Tensor
    best_elbo: Tensor

    @property
    def gap(self) -> Tensor:
        """D[Q(z|X)‖P(z|X)] of the encoder's Q."""
        return self.log_p_x - self.elbo

    @property
    def amortization(self) -> Tensor:
        """What a search for each image would gain."""
        return self.best_elbo - self.elbo

    @property
    def approximation(self) -> Tensor:
        """What no diagonal Gaussian can gain: D[Q‖P(z|X)] of the best one."""
        return self.log_p_x - self.best_elbo


def gauss_hermite(nodes: int, size: int) -> tuple[Tensor, Tensor]:
    """Values of ε ~ N(0, I), (K, L), and their weights, (K,): the quadrature that is exact for polynomials up to 2·nodes − 1.

    Args:
        nodes: values along each dimension, K = nodes^L in all.
        size: dimensions L.
    Raises:
        ValueError: for more nodes than can be held.
    """
    if nodes**size > MOST_NODES:
        raise ValueError(
            f"{nodes} values of ε along each of {size} latent dimensions are {nodes}^{size} nodes, too many; take fewer "
            "nodes, or draw with objective.elbo"
        )
    eps, weight = (torch.as_tensor(part) for part in np.polynomial.hermite_e.hermegauss(nodes))  # for exp(−ε²/2)
    points = torch.cartesian_prod(*[eps] * size).reshape(-1, size)
    return points, torch.cartesian_prod(*[weight / weight.sum()] * size).reshape(len(points), -1).prod(dim=1)


@takes(
    model=is_model,
    x=examples,
    mu=floats("(B, L)"),
    sigma=floats("(B, L)", above=0),
    nodes=whole(high=MOST_ALONG),
)
def elbo(model: Model, x: Tensor, mu: Tensor, sigma: Tensor, nodes: int = 9) -> Tensor:
    """The right-hand side of (5) for Q = N(μ, diag σ²), its expectation by Gauss-Hermite quadrature.

    Args:
        model: any `Model` with few latent dimensions L.
        x: images (B, D).
        mu, sigma: of Q, (B, L) each; gradients reach them.
        nodes: values of ε along each dimension, nodes^L in all.
    Returns:
        (B,), in nats.
    Raises:
        ValueError: for more nodes than can be held.
    """
    points, weights = gauss_hermite(nodes, model.latent_size)
    points, weights = points[:, None].to(x), weights.to(x)  # (K, 1, L), (K,)
    reconstruction = weights @ model.decode(mu + sigma * points).log_prob(x)  # (K) @ (K, B) -> (B,)
    return reconstruction - objective.kl(Independent(Normal(mu, sigma, validate_args=False), 1), model.prior)


@takes(model=is_model, x=examples)
@torch.no_grad()
def highest(model: Model, x: Tensor) -> Tensor:
    """Near the highest point of P(X, z), and so of the posterior: on a grid, or the encoder's mean where that is higher.

    Args:
        model: any `Model` with 1 or 2 latent dimensions.
        x: images (B, D).
    Returns:
        z, (B, L).
    Raises:
        ValueError: for more latent dimensions.
    """
    likelihood.check_latent_size(model)
    axis = torch.linspace(-5, 5, 101, dtype=x.dtype, device=x.device)
    grid = torch.cartesian_prod(*[axis] * model.latent_size).reshape(-1, model.latent_size)  # (G, L)
    parts = [likelihood.log_joint(model, x, part) for part in grid.split(likelihood.AT_ONCE)]
    peak, top = torch.cat(parts, dim=1).max(dim=1)  # of (B, G)
    mu = model.encode(x).mean
    own = model.decode(mu).log_prob(x) + model.prior.log_prob(mu)  # (B,)
    return torch.where((peak > own)[:, None], grid[top], mu)


class Best(NamedTuple):
    """The best Q found for each image, and what it gains.

    Attributes:
        mu, sigma: of Q, (B, L) each.
        elbo: the bound with this Q, (B,) in nats; never below encoder_elbo.
        encoder_elbo: with the encoder's Q, (B,) in nats.
    """

    mu: Tensor
    sigma: Tensor
    elbo: Tensor
    encoder_elbo: Tensor


@takes(model=is_model, x=examples, steps=whole(0), nodes=whole(high=MOST_ALONG))
def best_q(model: Model, x: Tensor, steps: int = 80, nodes: int = 3) -> Best:
    """The diagonal Gaussian that maximizes the bound of each image: gradient ascent on μ and log σ.

    It starts from `highest`, with the encoder's σ.

    Args:
        model: any `Model` with 1 or 2 latent dimensions.
        x: images (B, D).
        steps: of Adam.
        nodes: as in `elbo`, on the way.
    Raises:
        ValueError: for more latent dimensions, or images the model cannot take.
    """
    likelihood.check_latent_size(model)
    mu, sigma = (value.detach() for value in objective.mean_and_sigma(model.encode(x)))
    start = highest(model, x)
    shift, log_scale = torch.zeros_like(mu).requires_grad_(), torch.zeros_like(mu).requires_grad_()
    sought = [shift, log_scale]  # in units of the encoder's σ
    optimizer = torch.optim.Adam(sought)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.3 * (1 - step / steps)
        optimizer.zero_grad()
        bound = elbo(model, x, start + sigma * shift, sigma * log_scale.exp(), nodes)  # (B,)
        (-bound.sum()).backward(inputs=sought)  # and none for the weights
        optimizer.step()
    with torch.no_grad():
        end_mu, end_sigma = start + sigma * shift, sigma * log_scale.exp()
        found, own = elbo(model, x, end_mu, end_sigma), elbo(model, x, mu, sigma)
        better = (found > own)[:, None]
        return Best(
            torch.where(better, end_mu, mu), torch.where(better, end_sigma, sigma), torch.maximum(found, own), own
        )


@takes(model=is_model, x=examples, steps=whole(0))
def split(model: Model, x: Tensor, steps: int = 80) -> Split:
    """Both parts of the gap of each image.

    Args:
        model: any `Model` with 1 or 2 latent dimensions.
        x: images (B, D).
        steps: of the search for the best Q.
    Raises:
        ValueError: for more latent dimensions, or images the model cannot take.
    """
    log_p_x, best = likelihood.quadrature(model, x), best_q(model, x, steps)
    return Split(log_p_x, best.encoder_elbo, best.elbo)
