"""The objective of the course, term by term, per example, in nats.

Equation numbers are those of notebooks 02 to 04:
(5)  log P(X) − D[Q(z|X)‖P(z|X)] = E_Q[log P(X|z)] − D[Q(z|X)‖P(z)].
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Distribution

from vae_helpers.checks import diagonal, floats, generator, optional, takes, whole
from vae_helpers.contract import Model, is_model


class Terms(NamedTuple):
    """The two terms of the right-hand side of (5), for each image, in nats.

    Attributes:
        reconstruction: E_Q[log P(X|z)], (B,).
        kl: D[Q(z|X)‖P(z)], (B,).
    """

    reconstruction: Tensor
    kl: Tensor

    @property
    def elbo(self) -> Tensor:
        """The bound itself, the evidence lower bound: reconstruction − kl, (B,)."""
        return self.reconstruction - self.kl


@takes(mu=floats("(B, L)"), sigma=floats("(B, L)", low=0), samples=whole(), generator=generator)
def reparameterize(mu: Tensor, sigma: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
    """z = μ + σ·ε with ε ~ N(0, I): samples through which gradients reach μ and σ (equation 10, notebook 04).

    Args:
        mu: (B, L).
        sigma: standard deviations, (B, L).
        samples: how many S per row.
        generator: source of ε.
    Returns:
        z, (S, B, L).
    Raises:
        ValueError: for shapes or types that do not fit, or numbers that are not finite.
    """
    eps = torch.randn(samples, *mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)  # (S, B, L)
    return mu + sigma * eps


@takes(q=diagonal)
def mean_and_sigma(q: Distribution) -> tuple[Tensor, Tensor]:
    """μ and σ of a diagonal Gaussian Q, (B, L) each."""
    return q.base_dist.loc, q.base_dist.scale


@takes(model=is_model, samples=whole(), generator=generator)
def elbo(model: Model, x: Tensor, samples: int = 1, generator: torch.Generator | None = None) -> Terms:
    """The bound of (5): the expectation by `samples` draws from Q, the KL in closed form.

    Args:
        model: any `Model`.
        x: images (B, D).
        samples: draws of z per image.
        generator: source of ε.
    Returns:
        Terms, (B,) each, in nats. The mean over the batch is left to the training step.
    Raises:
        ValueError: for images the model cannot take.
    """
    q = model.encode(x)
    z = reparameterize(*mean_and_sigma(q), samples, generator)  # (S, B, L)
    reconstruction = model.decode(z).log_prob(x).mean(dim=0)  # (S, B) -> (B,)
    return Terms(reconstruction, kl(q, model.prior))


@takes(q=diagonal, prior=optional(diagonal))
def kl(q: Distribution, prior: Distribution | None = None) -> Tensor:
    """D[Q‖P(z)] of diagonal Gaussians, in closed form: (B,), in nats.

    P(z) is N(0, I) if left out (equation 7, notebook 03). Any other is brought there by measuring z in units of P(z),
    from its mean: a divergence does not depend on units.

    Raises:
        ValueError: for other distributions, or a Q or P(z) that is not finite.
    """
    mu, sigma = mean_and_sigma(q)
    if prior is not None:
        center, unit = mean_and_sigma(prior)
        mu, sigma = (mu - center) / unit, sigma / unit
    divergence = _kl_terms(mu, 2 * sigma.log()).sum(dim=-1)
    if divergence.isnan().any():
        raise ValueError("Q and P(z) must be finite, but contain NaN or infinite values")
    return divergence


@takes(mu=floats("(..., L)"), sigma=floats("(..., L)", above=0))
def kl_by_dimension(mu: Tensor, sigma: Tensor) -> Tensor:
    """What each latent dimension adds to D[N(μ, diag σ²)‖N(0, I)]: ½(σᵢ² + μᵢ² − 1 − log σᵢ²).

    Args:
        mu, sigma: of Q, (..., L) each.
    Returns:
        (..., L), in nats.
    """
    return _kl_terms(mu, 2 * sigma.log())


def _kl_terms(mu: Tensor, logvar: Tensor) -> Tensor:
    """½(σ² + μ² − 1 − log σ²). Near the prior σ² − 1 and log σ² cancel: expm1 keeps the digits that are left."""
    return 0.5 * ((logvar.expm1() - logvar) + mu**2)


@takes(mu=floats("(..., L)"), logvar=floats("(..., L)"))
def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """D[N(μ, diag e^logvar)‖N(0, I)] = ½ Σᵢ(σᵢ² + μᵢ² − 1 − log σᵢ²) (equation 7, notebook 03).

    For networks that put out log σ², which may lie where σ itself leaves floating point; `kl` is for distributions.

    Args:
        mu: (..., L).
        logvar: log of the variances, (..., L).
    Returns:
        (...), in nats.
    Raises:
        ValueError: if the shapes differ.
    """
    return _kl_terms(mu, logvar).sum(dim=-1)


@takes(mean0=floats("(*, k)"), covariance0=floats("(*, k, k)"), mean1=floats("(*, k)"), covariance1=floats("(*, k, k)"))
def gaussian_kl(mean0: Tensor, covariance0: Tensor, mean1: Tensor, covariance1: Tensor) -> Tensor:
    """D[N(μ₀, Σ₀)‖N(μ₁, Σ₁)] = ½(tr Σ₁⁻¹Σ₀ + (μ₁−μ₀)ᵀΣ₁⁻¹(μ₁−μ₀) − k + log|Σ₁|/|Σ₀|) (equation 6, notebook 03).

    With Σ = CCᵀ (Cholesky) and z measured in units of C₁ from μ₁, the second Gaussian is N(0, I) and the first has the
    factor C = C₁⁻¹C₀ and the mean C₁⁻¹(μ₀−μ₁): tr Σ₁⁻¹Σ₀ = ‖C‖², and log|Σ₁|/|Σ₀| = −2 Σᵢ log Cᵢᵢ. No inverse is formed.

    Args:
        mean0, mean1: (..., k).
        covariance0, covariance1: symmetric positive definite, (..., k, k).
    Returns:
        (...), in nats.
    Raises:
        ValueError: for shapes that do not fit or a covariance that is not positive definite.
    """
    k = mean0.shape[-1]
    shapes = [mean0.shape[:-1], covariance0.shape[:-2], mean1.shape[:-1], covariance1.shape[:-2]]
    try:
        batch = torch.broadcast_shapes(*shapes)
    except RuntimeError:
        came = ", ".join(str(tuple(shape)) for shape in shapes)
        raise ValueError(f"the batch dimensions must broadcast together, not {came}") from None
    cholesky0, cholesky1 = _cholesky(covariance0, "covariance0"), _cholesky(covariance1, "covariance1")
    difference = (mean0 - mean1).unsqueeze(-1)  # (..., k, 1)
    right = torch.cat([cholesky0.expand(*batch, k, k), difference.expand(*batch, k, 1)], dim=-1)  # (..., k, k+1)
    white = torch.linalg.solve_triangular(cholesky1.expand(*batch, k, k), right, upper=False)
    return kl_of_factor(white[..., k], white[..., :k])


def kl_of_factor(mu: Tensor, c: Tensor) -> Tensor:
    """D[N(μ, CCᵀ)‖N(0, I)] for μ (..., k) and C (..., k, k), lower triangular with a positive diagonal: (...), in nats.

    tr CCᵀ = ΣC² and log|CCᵀ| = 2 Σᵢ log Cᵢᵢ, so that (6) is (7) for the diagonal of C, and ½C² of what is below it.
    """
    logvar = 2 * c.diagonal(dim1=-2, dim2=-1).log()
    return _kl_terms(mu, logvar).sum(dim=-1) + 0.5 * c.tril(-1).square().sum(dim=(-2, -1))


def _cholesky(covariance: Tensor, name: str) -> Tensor:
    scale = covariance.diagonal(dim1=-2, dim2=-1).abs().sqrt()  # |Σᵢⱼ| ≤ √(Σᵢᵢ Σⱼⱼ), in whatever units
    allowed = 1e-4 * scale[..., :, None] * scale[..., None, :]
    symmetric = ((covariance - covariance.mT).abs() <= allowed).all()
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if not symmetric or failed.any():
        why = "not positive definite" if symmetric else "not symmetric"
        raise ValueError(f"{name} is {why}, so it is no covariance; for variances use torch.diag_embed(variances)")
    return factor


@takes(model=is_model, samples=whole(), generator=generator)
def log_weights(model: Model, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
    """log P(X|z) + log P(z) − log Q(z|X) for `samples` draws z ~ Q: the importance weights of P(X), (S, B), in nats."""
    q = model.encode(x)
    z = reparameterize(*mean_and_sigma(q), samples, generator)  # (S, B, L)
    return model.decode(z).log_prob(x) + model.prior.log_prob(z) - q.log_prob(z)


@takes(model=is_model, samples=whole(), generator=generator)
def iwae(model: Model, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
    """The K-sample bound log (1/K) Σₖ wₖ, at most log P(X) in expectation (equation 12, notebook 08).

    Burda et al. 2015, arXiv 1509.00519. Returns (B,), in nats.

    Differentiable, and holds all K decodings at once: it is what a model is trained by. To measure log P(X) with
    large K there is `likelihood.importance_sampled`. ValueError for images the model cannot take, or samples < 1.
    """
    return log_weights(model, x, samples, generator).logsumexp(dim=0) - math.log(samples)
