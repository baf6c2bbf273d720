"""A tighter bound: how clear the gradient of the K-sample bound is, by draws (Rainforth et al. 2018, arXiv 1802.04537).

The gradient of log (1/K) Σₖ wₖ is Σₖ w̃ₖ ∇ log wₖ with w̃ₖ = wₖ / Σⱼ wⱼ. So one pool of draws, each with its log wₖ and
∇ log wₖ, gives gradients for every K: cut the pool into groups of K.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_helpers import objective
from vae_helpers.contract import Model


class Pool(NamedTuple):
    """N draws of z ~ Q(z|X) for each of B images.

    Attributes:
        log_w: log P(X, z) − log Q(z|X), (N, B), in nats.
        encoder: gradients of each log_w by the encoder's last biases, which are added to μ and log σ², (N, B, 2L).
        decoder: and by the decoder's last biases, which are added to the logits of pixels, (N, B, P).
    """

    log_w: Tensor
    encoder: Tensor
    decoder: Tensor


def pool(model: Model, x: Tensor, draws: int, pixels: int = 16, seed: int = 0, chunk: int = 4096) -> Pool:
    """Draws and their gradients. Of the decoder's biases only those of the pixels it is least sure of.

    Args:
        model: any `Model` with a Bernoulli likelihood.
        x: images (B, D).
        draws: N, for each image.
        pixels: P.
        seed: fixes ε.
        chunk: draws held at once.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        mu, sigma = objective.mean_and_sigma(model.encode(x))
        unsure = (model.decode(mu).mean - 0.5).abs().mean(dim=0).argsort()[:pixels]
    parts, noise = [], torch.randn(draws, *mu.shape, generator=generator)  # (N, B, L)
    for eps in noise.split(chunk):
        shift = torch.zeros(*eps.shape[:2], 2 * eps.shape[2], requires_grad=True)  # of the last biases, for every draw
        by_mu, by_logvar = shift.chunk(2, dim=2)
        m, s = mu + by_mu, sigma * (by_logvar / 2).exp()
        z = m + s * eps
        p = model.decode(z)
        log_w = p.log_prob(x) + model.prior.log_prob(z) - Normal(m, s, validate_args=False).log_prob(z).sum(dim=2)
        (gradient,) = torch.autograd.grad(log_w.sum(), shift)
        with torch.no_grad():
            parts.append(Pool(log_w.detach(), gradient, (x - p.mean)[..., unsure].detach()))
    return Pool(*(torch.cat(column) for column in zip(*parts, strict=True)))


def signal_to_noise(log_w: Tensor, gradients: Tensor, k: int, combine: Callable) -> Tensor:
    """Length of the mean gradient in units of the noise: |E g| / √E|g − E g|², for each image, (B,).

    The square of an average of R noisy gradients is too large by their variance over R, which is taken off.

    Args:
        log_w: (N, B), of a pool.
        gradients: (N, B, P), of the same.
        k: draws that one gradient takes, K.
        combine: from log_w (K, ·) and gradients (K, ·, P) to the gradients of the bound, (·, P).
    Raises:
        ValueError: where the pool holds fewer than two groups of K.
    """
    groups, images = len(log_w) // k, log_w.shape[1]
    if groups < 2:
        raise ValueError(f"{len(log_w)} draws hold {groups} groups of {k}; two or more are needed to see a spread")
    by_group = [
        t[: groups * k].reshape(groups, k, *t.shape[1:]).transpose(0, 1).flatten(1, 2) for t in (log_w, gradients)
    ]
    g = combine(*by_group).reshape(groups, images, -1)  # (R, B, P)
    noise = g.var(dim=0).sum(dim=1)  # (B,)
    signal = g.mean(dim=0).square().sum(dim=1) - noise / groups
    return (signal.clamp(min=0) / noise).sqrt()


def slope(ks: list[int], values: list[float]) -> float:
    """Of the line through log values over log K, by least squares: −½ where they fall like 1/√K."""
    across, up = (torch.tensor(v, dtype=torch.float64).log() for v in (ks, values))
    across = across - across.mean()
    return ((across * (up - up.mean())).sum() / across.square().sum()).item()
