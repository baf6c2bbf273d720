"""The model of notebook 02 in which everything is known."""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from vae_helpers.checks import floats, positive, takes
from vae_helpers.contract import check_images, check_latents


class LinearGaussian(nn.Module):
    """Probabilistic PCA (Tipping and Bishop 1999): everything a VAE estimates, in closed form.

    P(z) = N(0, I);  P(X|z) = N(Wz + b, σ²I);  hence P(X) = N(b, WWᵀ + σ²I). Derived in notebook 02.

    Args:
        weight: W, shape (D, L).
        bias: b, shape (D,).
        sigma: σ, in units of X.

    Raises:
        ValueError: for shapes that do not fit or a σ that is not positive.
    """

    likelihood = "gaussian"

    @takes(weight=floats("(D, L)"), bias=floats("(D,)"), sigma=positive)
    def __init__(self, weight: Tensor, bias: Tensor, sigma: float):
        super().__init__()
        self.data_size, self.latent_size = weight.shape
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.register_buffer("sigma", torch.as_tensor(sigma, dtype=weight.dtype))

    @property
    def prior(self) -> Distribution:
        """P(z) = N(0, I) over (L,)."""
        zeros = self.weight.new_zeros(self.latent_size)
        return Independent(Normal(zeros, torch.ones_like(zeros)), 1)

    def check(self, x: Tensor) -> None:
        """Refuse data of another shape, or not finite, with a ValueError that says why."""
        check_images(x, self.data_size, self.weight.dtype, low=-math.inf, high=math.inf)

    def decode(self, z: Tensor) -> Distribution:
        """P(X|z) = N(Wz + b, σ²I) for latents (..., L)."""
        check_latents(z, self.latent_size, self.weight.dtype)
        return Independent(Normal(z @ self.weight.T + self.bias, self.sigma, validate_args=False), 1)

    def posterior(self, x: Tensor) -> MultivariateNormal:
        """P(z|X) = N(Λ⁻¹Wᵀ(x−b)/σ², Λ⁻¹) with precision Λ = I + WᵀW/σ², for x of shape (B, D)."""
        self.check(x)
        precision = torch.eye(self.latent_size).to(self.weight) + self.weight.T @ self.weight / self.sigma**2
        mean = torch.linalg.solve(precision, self.weight.T @ (x - self.bias).T / self.sigma**2).T  # (B, L)
        return MultivariateNormal(mean, precision_matrix=precision)

    def encode(self, x: Tensor) -> Distribution:
        """The diagonal Gaussian Q(z|X) closest to the posterior in D[Q‖P(z|X)]: its mean, and variances 1/Λᵢᵢ."""
        posterior = self.posterior(x)
        return Independent(Normal(posterior.mean, posterior.precision_matrix.diagonal(dim1=-2, dim2=-1).rsqrt()), 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """log P(X) = log P(X|z) + log P(z) − log P(z|X) at any z, here the posterior's mean; (B,), in nats, for x (B, D).

        It is that of N(b, WWᵀ + σ²I) without a matrix of D × D, which a small σ makes all but singular.
        """
        posterior = self.posterior(x)
        z = posterior.mean
        return self.decode(z).log_prob(x) + self.prior.log_prob(z) - posterior.log_prob(z)
