"""Two levels of latents (notebook 08, section 8.4): P(z₂) P(z₁|z₂) P(X|z₁), with Q(z₂|X) Q(z₁|z₂, X) from the top down.

The order of Q is that of Sønderby et al. 2016, *Ladder Variational Autoencoders*, arXiv 1602.02282: both then run the same way,
and each divergence is one of two Gaussians.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Distribution, Independent, Normal

from vae_helpers import objective
from vae_helpers.models import diagonal_gaussian, mlp


class Levels(NamedTuple):
    """The three terms of the bound of a model with two levels, for each image, (B,), in nats.

    Attributes:
        reconstruction: E_Q[log P(X|z₁)].
        upper: D[Q(z₂|X)‖P(z₂)].
        lower: E_{Q(z₂|X)} D[Q(z₁|z₂,X)‖P(z₁|z₂)].
    """

    reconstruction: Tensor
    upper: Tensor
    lower: Tensor

    @property
    def elbo(self) -> Tensor:
        """The bound, (B,)."""
        return self.reconstruction - self.upper - self.lower


class TwoLevelVAE(nn.Module):
    """A variational autoencoder with two levels of latents.

    P(z₂) = N(0, I);  P(z₁|z₂) = N(m(z₂), diag s²(z₂));  P(X|z₁) = Bernoulli(f(z₁)).

    Args:
        upper_size, lower_size: dimensions of z₂ and z₁.
        hidden: width of the networks that see images; those between the levels have a third of it.
        data_size: pixels in an image.
        seed: fixes the initial weights.
    """

    def __init__(self, upper_size: int, lower_size: int, hidden: int, data_size: int = 784, seed: int = 0):
        super().__init__()
        self.config = {"upper_size": upper_size, "lower_size": lower_size, "hidden": hidden, "data_size": data_size}
        self.upper_size, self.lower_size = upper_size, lower_size
        between = hidden // 3
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.features = nn.Sequential(mlp([data_size, hidden]), nn.GELU(approximate="tanh"))
            self.to_upper = mlp([hidden, 2 * upper_size])
            self.to_lower = mlp([hidden + upper_size, between, 2 * lower_size])
            self.down = mlp([upper_size, between, 2 * lower_size])
            self.decoder = mlp([lower_size, hidden, data_size])

    @property
    def prior(self) -> Distribution:
        """P(z₂) = N(0, I)."""
        zeros = next(self.parameters()).new_zeros(self.upper_size)
        return Independent(Normal(zeros, torch.ones_like(zeros)), 1)

    def below(self, z2: Tensor) -> Distribution:
        """P(z₁|z₂) for z₂ (..., L₂)."""
        return diagonal_gaussian(self.down(z2))

    def decode(self, z1: Tensor) -> Distribution:
        """P(X|z₁) for z₁ (..., L₁)."""
        return Independent(Bernoulli(logits=self.decoder(z1), validate_args=False), 1)

    def encode_upper(self, x: Tensor) -> Distribution:
        """Q(z₂|X) for images (B, D)."""
        return diagonal_gaussian(self.to_upper(self.features(x)))

    def encode_lower(self, x: Tensor, z2: Tensor) -> Distribution:
        """Q(z₁|z₂, X) for images (B, D) and z₂ (B, L₂)."""
        return diagonal_gaussian(self.to_lower(torch.cat([self.features(x), z2], dim=-1)))


def draw(p: Distribution, generator: torch.Generator | None = None) -> Tensor:
    """One draw of a diagonal Gaussian, through which gradients pass: equation (10)."""
    return objective.reparameterize(*objective.mean_and_sigma(p), 1, generator)[0]


def bound(model: TwoLevelVAE, x: Tensor, generator: torch.Generator | None = None) -> Levels:
    """The bound with two levels (equation 13, notebook 08) for images (B, D), one draw of (z₂, z₁) each; both divergences in closed form, by (6)."""
    upper = model.encode_upper(x)
    z2 = draw(upper, generator)
    lower = model.encode_lower(x, z2)
    z1 = draw(lower, generator)
    return Levels(model.decode(z1).log_prob(x), objective.kl(upper, model.prior), objective.kl(lower, model.below(z2)))


@torch.no_grad()
def log_p_x(model: TwoLevelVAE, x: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """log P(X), importance-sampled with (z₂, z₁) ~ Q: log (1/K) Σₖ P(X, z₁ₖ, z₂ₖ)/Q(z₁ₖ, z₂ₖ|X). Returns (B,), in nats."""
    total = None
    for _ in range(samples):
        upper = model.encode_upper(x)
        z2 = draw(upper, generator)
        lower = model.encode_lower(x, z2)
        z1 = draw(lower, generator)
        joint = model.decode(z1).log_prob(x) + model.below(z2).log_prob(z1) + model.prior.log_prob(z2)
        weight = joint - lower.log_prob(z1) - upper.log_prob(z2)
        total = weight if total is None else torch.logaddexp(total, weight)
    return total - torch.tensor(float(samples)).log()
