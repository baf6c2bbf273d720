"""log P(X): estimated by importance sampling, or computed by quadrature where z has one or two dimensions.

Used from notebook 05 on; equation (1) is P(X) = ∫ P(X|z) P(z) dz.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Bernoulli

from vae_helpers import objective
from vae_helpers.checks import between, floats, function, generator, having, many, optional, positive, takes, whole
from vae_helpers.contract import Generative, Model, examples, is_generative
from vae_helpers.grid import bend_at, refined
from vae_helpers.one_dimension import Identity, identity  # noqa: F401  a learner's own copy of notebook 02 asks here

AT_ONCE = 2000  # decodings: no slower than more of them at once, which the caches do not hold
TOGETHER, APART = 128, 50  # images on one grid, decoded once for all; where its points are too many, fewer images
MOST_PAIRS = 20_000_000  # of an image and a point of the grid, held at once by `quadrature`


@takes(model=is_generative, x=examples, samples=many, chunk=many, generator=generator, weigh=function(4))
@torch.no_grad()
def importance_sampled(
    model: Model, x: Tensor, samples: int = 1000, chunk: int = AT_ONCE, generator: torch.Generator | None = None,
    weigh: Callable = objective.log_weights,
) -> Tensor:  # fmt: skip
    """The K-sample estimate of log P(X), like `objective.iwae`, in bounded memory.

    Args:
        model: any `Model`.
        x: images (B, D).
        samples: K, draws per image.
        chunk: decodings held at once; memory is about chunk × (D + widest layer) numbers.
        generator: source of the draws.
        weigh: what draws z and gives log w, like `objective.log_weights`, for a model with a Q of another kind.
    Returns:
        (B,), in nats; a lower bound of log P(X) in expectation, rising to it with K.
    Raises:
        ValueError: for images the model cannot take, or counts below 1.
    """
    results = []
    for part in x.split(max(1, chunk // samples)):  # few images with all their draws: each is encoded once
        at_once = max(1, chunk // len(part))
        total = torch.full((len(part),), -math.inf, device=x.device, dtype=x.dtype)
        for start in range(0, samples, at_once):
            log_w = weigh(model, part, min(at_once, samples - start), generator)  # (S, B)
            total = torch.logaddexp(total, log_w.logsumexp(dim=0))
        results.append(total - math.log(samples))
    return torch.cat(results)


@takes(model=is_generative, x=examples, z=floats("(G, L)"))
def log_joint(model: Generative, x: Tensor, z: Tensor) -> Tensor:
    """log P(X|z) + log P(z) for every pair of an image (B, D) and a latent (G, L), as (B, G), in nats.

    Both likelihoods are linear in a few statistics of X, so one matrix product gives all B × G pairs.

    Raises:
        ValueError: for images or latents the model cannot take.
    """
    if model.prior.batch_shape.numel() > 1:
        raise ValueError("P(z) differs from image to image here: give one image at a time")
    p = model.decode(z).base_dist
    if isinstance(p, Bernoulli):
        logits = p.logits  # (G, D); log P = x·logit − log(1 + e^logit), summed over pixels
        log_p = x @ logits.T - torch.nn.functional.softplus(logits).sum(dim=-1)
    else:
        squared = torch.cdist(x.double(), p.mean.double()).square().to(x.dtype)  # (B, G)
        sigma = p.scale[0, 0]  # one σ for all of X
        log_p = -0.5 * squared / sigma**2 - x.shape[1] * (sigma.log() + 0.5 * math.log(2 * math.pi))
    return log_p + model.prior.log_prob(z)


@takes(model=having("a model of the course", "decode", "latent_size"))
def check_latent_size(model: Generative) -> None:
    """Refuse, in words, a model of more latent dimensions than a grid can cover."""
    if model.latent_size > 2:
        raise ValueError(
            f"quadrature covers 1 or 2 latent dimensions, and this model has {model.latent_size}: "
            "a grid grows too fast with dimensions; use likelihood.importance_sampled"
        )


@takes(model=is_generative, x=examples, tolerance=positive, half_width=between(0.01, 100))
@torch.no_grad()
def quadrature(model: Generative, x: Tensor, tolerance: float = 1e-3, half_width: float = 6.0) -> Tensor:
    """log P(X) by the trapezoid rule on a grid that is refined until it has converged.

    The integrand is smooth and vanishes at the border, so the rule converges faster than any power of the spacing.
    Each level keeps only the neighborhood of points that mattered on the level before.

    Args:
        model: any `Generative` with 1 or 2 latent dimensions.
        x: images (B, D).
        tolerance: error aimed at, in nats.
        half_width: half the side of the grid, in units of z; widened where probability lies at its border.
    Returns:
        (B,), in nats.
    Raises:
        ValueError: for more than 2 latent dimensions, images the model cannot take, or a grid that does not suffice.
    """
    check_latent_size(model)
    return torch.cat([_refined_integral(model, part, tolerance, half_width) for part in x.split(TOGETHER)])


def _refined_integral(model: Generative, x: Tensor, tolerance: float, half_width: float) -> Tensor:
    points, previous = 161, None
    result, rows = x.new_empty(len(x)), torch.arange(len(x), device=x.device)  # rows: images not settled yet
    sides = [torch.arange(points, device=x.device)] * model.latent_size
    index = torch.cartesian_prod(*sides).reshape(-1, model.latent_size)  # (G, L)
    while points <= 10241:
        axis = torch.linspace(-half_width, half_width, points, dtype=x.dtype, device=x.device)
        table = torch.cat([log_joint(model, x[rows], z) for z in axis[index].split(AT_ONCE)], dim=1)  # (B, G)
        total = table.logsumexp(dim=1)  # (B,)
        if total.isnan().any():
            raise ValueError("P(X|z) is NaN for some z: this model's training has diverged")
        share = table - total[:, None]  # log of each point's share of the integral
        edge = ((index == 0) | (index == points - 1)).any(dim=1)
        if previous is None and share[:, edge].logsumexp(dim=1).max() > -14:
            if half_width > 40:
                raise ValueError("P(X|z) does not vanish within 40 units of the origin; is this model trained?")
            half_width *= 1.5
            continue
        level = total + model.latent_size * math.log(2 * half_width / (points - 1))
        result[rows] = level
        # For an analytic integrand each halving of the spacing squares the rule's error at least, so a change of
        # √tolerance between two levels leaves an error of about `tolerance` in the finer one.
        open_ = torch.ones_like(rows, dtype=torch.bool)
        if previous is not None:
            bend = bend_at(model, x[rows], axis[index[share.argmax(dim=1)]], 2 * half_width / (points - 1))
            # Two levels can agree by chance; for a Gaussian peak the rule's relative error is ≤ 2L exp(−2π²/bend).
            unresolved = bend > 2 * math.pi**2 / math.log(max(10.0, 2 * model.latent_size / tolerance))
            open_ = ((level - previous).abs() >= math.sqrt(tolerance)) | unresolved
        if not open_.any():
            return result
        rows, previous = rows[open_], level[open_]
        kept, points = index[share[open_].amax(dim=0) > -20], 2 * points - 1
        if 4 * len(kept) * max(10, len(rows)) > MOST_PAIRS:
            if len(rows) > APART:
                halves = [_refined_integral(model, half, tolerance, half_width) for half in x[rows].chunk(2)]
                result[rows] = torch.cat(halves)
                return result
            more = "give fewer images or a larger tolerance, or use likelihood.importance_sampled"
            raise ValueError(f"quadrature needs more than {MOST_PAIRS:,} pairs of an image and a point at once; {more}")
        index = refined(kept, points)
    raise ValueError(
        f"quadrature did not settle to {tolerance:g} nats: some posterior is narrower than the finest grid; "
        "use likelihood.importance_sampled"
    )


class PosteriorGrid(NamedTuple):
    """The true posterior P(z|X) of each image on a grid.

    Attributes:
        z: the grid's points, (G, L); the first coordinate varies slowest.
        log_density: log P(z|X), (B, G), in nats; normalized over all z, not over the window.
        log_p_x: log P(X), (B,), in nats.
        spacing: distance between neighbors, in units of z.
    """

    z: Tensor
    log_density: Tensor
    log_p_x: Tensor
    spacing: float


@takes(model=is_generative, points=whole(2, 10_000), center=optional(floats("(L,)")), half_width=positive,
       x=examples, log_p_x=optional(floats("(B,)")))  # fmt: skip
@torch.no_grad()
def posterior_grid(
    model: Generative, x: Tensor, points: int = 161, center: Tensor | None = None, half_width: float = 4.0,
    log_p_x: Tensor | None = None,
) -> PosteriorGrid:  # fmt: skip
    """P(z|X) = P(X|z) P(z) / P(X) on a window of latent space (Bayes' rule; notebook 06).

    Args:
        model: any `Generative` with 1 or 2 latent dimensions.
        x: images (B, D).
        points, half_width: grid points along each side of the window, and half that side, in units of z.
        center: the window's middle, (L,); the origin by default.
        log_p_x: (B,) as `quadrature` gives it, if it is known already.
    Returns:
        PosteriorGrid. exp(log_density).sum(1) × spacing^L is the share of the posterior inside the window.
    Raises:
        ValueError: as `quadrature`, and for a window that is no window.
    """
    check_latent_size(model)
    log_p_x = quadrature(model, x) if log_p_x is None else log_p_x
    center = x.new_zeros(model.latent_size) if center is None else torch.as_tensor(center).to(x)
    if center.shape != (model.latent_size,):
        raise ValueError(f"center must have shape ({model.latent_size},), not {tuple(center.shape)}")
    offsets = torch.linspace(-half_width, half_width, points, dtype=x.dtype, device=x.device)
    z = center + torch.cartesian_prod(*[offsets] * model.latent_size).reshape(-1, model.latent_size)  # (G, L)
    log_density = torch.cat([log_joint(model, x, part) for part in z.split(AT_ONCE)], dim=1) - log_p_x[:, None]
    return PosteriorGrid(z, log_density, log_p_x, 2 * half_width / (points - 1))
