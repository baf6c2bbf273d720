"""A better Q: a Gaussian with a full covariance, Q = N(μ, CCᵀ), C lower triangular with a positive diagonal.

z = μ + Cε is such a draw, and log|CCᵀ| = 2 Σᵢ log Cᵢᵢ, so that neither a determinant nor an inverse is computed (Rezende,
Mohamed and Wierstra 2014, arXiv 1401.4082, section 4.3; equations (6) and (7) of notebook 03).
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from vae_helpers import gap, likelihood, objective
from vae_helpers.contract import Model


def factor(log_scale: Tensor, below: Tensor) -> Tensor:
    """C from numbers that may be any: exp(log_scale) on its diagonal, `below` under it, row by row.

    Args:
        log_scale: (..., L).
        below: (..., L(L − 1)/2).
    Returns:
        (..., L, L).
    """
    size = log_scale.shape[-1]
    rows, columns = torch.tril_indices(size, size, -1)
    c = torch.diag_embed(log_scale.exp())
    strictly = torch.zeros_like(c)
    strictly[..., rows, columns] = below
    return c + strictly


kl = objective.kl_of_factor


def elbo(model: Model, x: Tensor, mu: Tensor, c: Tensor, nodes: int = 9) -> Tensor:
    """The bound (5) with Q = N(μ, CCᵀ), its expectation by Gauss-Hermite quadrature, as `gap.elbo` for a diagonal Q.

    Args:
        model: any `Model` whose prior is N(0, I), with few latent dimensions L.
        x: images (B, D).
        mu, c: of Q, (B, L) and (B, L, L).
        nodes: values of ε along each dimension.
    Returns:
        (B,), in nats.
    """
    points, weights = (part.to(x) for part in gap.gauss_hermite(nodes, model.latent_size))  # (K, L), (K,)
    z = mu + torch.einsum("bij,kj->kbi", c, points)  # (K, B, L)
    return weights @ model.decode(z).log_prob(x) - kl(mu, c)


class Best(NamedTuple):
    """The bound of each image, (B,) in nats, with the encoder's Q and with the best ones found, and those.

    Attributes:
        log_p_x: log P(X), by quadrature: no bound is higher.
        encoder: with the encoder's Q.
        diagonal: with the best diagonal Gaussian, by `gap.best_q`.
        full: with the best Gaussian; never below `diagonal`.
        mu, c: of that Gaussian, (B, L) and (B, L, L).
        diagonal_mu, diagonal_sigma: of the best diagonal one, (B, L) each.
    """

    log_p_x: Tensor
    encoder: Tensor
    diagonal: Tensor
    full: Tensor
    mu: Tensor
    c: Tensor
    diagonal_mu: Tensor
    diagonal_sigma: Tensor


def best(model: Model, x: Tensor, steps: int = 80, nodes: int = 3) -> Best:
    """The best diagonal and the best full-covariance Gaussian of each image, the second by ascent from the first.

    Args:
        model: any `Model` with 1 or 2 latent dimensions and the prior N(0, I).
        x: images (B, D).
        steps: of Adam, for either.
        nodes: of the quadrature on the way; what is returned has 9.
    Raises:
        ValueError: for more latent dimensions, or images the model cannot take.
    """
    found = gap.best_q(model, x, steps, nodes)
    size = model.latent_size
    shift, log_scale = (torch.zeros_like(found.mu).requires_grad_() for _ in range(2))
    below = found.mu.new_zeros(len(x), size * (size - 1) // 2).requires_grad_()

    def q() -> tuple[Tensor, Tensor]:
        return found.mu + found.sigma * shift, found.sigma[..., None] * factor(log_scale, below)

    sought = [shift, log_scale, below]  # in units of the diagonal σ
    optimizer = torch.optim.Adam(sought)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / steps)
        optimizer.zero_grad()
        (-elbo(model, x, *q(), nodes).sum()).backward(inputs=sought)  # and none for the weights
        optimizer.step()
    with torch.no_grad():
        mu, c = q()
        higher = elbo(model, x, mu, c)
        better = higher > found.elbo
        mu = torch.where(better[:, None], mu, found.mu)
        c = torch.where(better[:, None, None], c, torch.diag_embed(found.sigma))
        log_p_x = likelihood.quadrature(model, x)
        full = torch.maximum(higher, found.elbo)
        return Best(log_p_x, found.encoder_elbo, found.elbo, full, mu, c, found.mu, found.sigma)


def correlation(c: Tensor) -> Tensor:
    """Of the first two dimensions of N(μ, CCᵀ), for C (B, L, L): (B,)."""
    covariance = c @ c.mT
    return covariance[:, 0, 1] / (covariance[:, 0, 0] * covariance[:, 1, 1]).sqrt()


def search(
    model: Model, x: Tensor, full: bool, steps: int = 120, draws: int = 8, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """The best Gaussian of each image by draws, for any number of latents: ascent from the encoder's Q.

    Args:
        model: any `Model` whose prior is N(0, I).
        x: images (B, D).
        full: whether C may have numbers under its diagonal.
        steps: of Adam.
        draws: of ε in each step, each of them also with the other sign.
        seed: fixes them.
    Returns:
        mu and c, (B, L) and (B, L, L).
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        mu, sigma = (value.clone() for value in objective.mean_and_sigma(model.encode(x)))
    size = mu.shape[1]
    shift, log_scale = (torch.zeros_like(mu, requires_grad=True) for _ in range(2))
    below = mu.new_zeros(len(x), size * (size - 1) // 2).requires_grad_(full)
    sought = [shift, log_scale, *([below] if full else [])]
    optimizer = torch.optim.Adam(sought)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.08 * (1 - step / steps)
        m, c = mu + sigma * shift, sigma[..., None] * factor(log_scale, below)
        loss = -by_draws(model, x, m, c, draws, generator).sum()
        optimizer.zero_grad()
        loss.backward(inputs=sought)  # and none for the model's weights
        optimizer.step()
    with torch.no_grad():
        return mu + sigma * shift, sigma[..., None] * factor(log_scale, below)


def log_p_x(model: Model, x: Tensor, samples: int = 5000, wider: float = 1.3, seed: int = 0) -> Tensor:
    """log P(X) by importance samples from the best Gaussian of each image, a little wider: where the encoder's Q lies wrong.

    Args:
        model: any `Model` whose prior is N(0, I).
        x: images (B, D).
        samples: of z for each image.
        wider: factor on C, so that no part of the posterior is rare among the samples.
        seed: fixes the search and the samples.
    Returns:
        (B,), in nats; a lower bound of log P(X) in expectation.
    """
    generator, found = torch.Generator().manual_seed(seed), []
    for one, mu, c in zip(x.split(1), *search(model, x, full=True, seed=seed), strict=True):
        q = MultivariateNormal(mu, scale_tril=wider * c)

        def log_weights(model, one, samples, generator, q=q):
            eps = torch.randn(samples, 1, len(q.mean), generator=generator, dtype=one.dtype)
            z = q.mean + eps @ q.scale_tril.T
            return model.decode(z).log_prob(one) + model.prior.log_prob(z) - q.log_prob(z)  # (S, 1)

        found.append(likelihood.importance_sampled(model, one, samples, generator=generator, weigh=log_weights))
    return torch.cat(found)


def by_draws(model: Model, x: Tensor, mu: Tensor, c: Tensor, draws: int, generator: torch.Generator) -> Tensor:
    """The bound (5) with Q = N(μ, CCᵀ), its expectation by pairs of draws ±ε: (B,), in nats."""
    eps = torch.randn(draws, *mu.shape, generator=generator, dtype=mu.dtype)  # (S, B, L)
    z = mu + torch.einsum("bij,sbj->sbi", c, torch.cat([eps, -eps]))
    return model.decode(z).log_prob(x).mean(dim=0) - kl(mu, c)
