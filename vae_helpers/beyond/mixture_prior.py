"""A better P(z): a mixture of Gaussians in place of N(0, I), fitted to codes afterwards or trained with the networks.

The best prior for given networks is q(z), the average of Q(z|X) over the data (Tomczak and Welling 2018, arXiv 1705.07120,
equation 5). A mixture can follow it, and leaves a density that can be computed and drawn from.
"""

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, MixtureSameFamily, Normal

from vae_helpers import objective
from vae_helpers.contract import Model
from vae_helpers.models import VAE


class Mixture(nn.Module):
    """Σₘ πₘ N(z | mₘ, diag sₘ²), a density over (L,) whose parameters can be trained.

    Args:
        means: where its parts begin, (M, L).
        width: the standard deviation that they all begin with, in units of z.
    """

    def __init__(self, means: Tensor, width: float = 0.4):
        super().__init__()
        self.means = nn.Parameter(means.detach().clone())
        self.log_sds = nn.Parameter(torch.full_like(means, width).log())
        self.logits = nn.Parameter(means.new_zeros(len(means)))

    @property
    def density(self) -> Distribution:
        """The mixture as a distribution over (L,)."""
        parts = Independent(Normal(self.means, self.log_sds.exp(), validate_args=False), 1)
        return MixtureSameFamily(Categorical(logits=self.logits, validate_args=False), parts, validate_args=False)

    def forward(self, z: Tensor) -> Tensor:
        """log P(z) for z (..., L), in nats, (...)."""
        return self.density.log_prob(z)


class MixturePriorVAE(VAE):
    """A `VAE` whose P(z) is a mixture, trained with its networks. (5) holds as it is; only the KL has no closed form.

    Args:
        parts: Gaussians in the mixture, M.
        others: arguments of `VAE`.
    """

    def __init__(self, latent_size: int = 2, hidden_sizes: tuple[int, ...] = (128,), parts: int = 50, **others):
        super().__init__(latent_size, hidden_sizes, **others)
        self.config |= {"parts": parts}
        means = torch.randn(parts, latent_size, generator=torch.Generator().manual_seed(others.get("seed", 0)))
        self.mixture = Mixture(means, width=0.5)

    @property
    def prior(self) -> Distribution:
        """P(z), the mixture."""
        return self.mixture.density


class WithPrior:
    """A model whose P(z) is another: what `Model` asks for, with the encoder and decoder as they were.

    Args:
        model: any `Model`.
        prior: a distribution over (L,).
    """

    def __init__(self, model: Model, prior: Distribution):
        self.model, self.prior = model, prior
        self.latent_size, self.data_size, self.likelihood = model.latent_size, model.data_size, model.likelihood
        self.encode, self.decode, self.check = model.encode, model.decode, model.check


@torch.no_grad()
def codes(model: Model, images: Tensor) -> tuple[Tensor, Tensor]:
    """μ and σ of Q(z|X) for images (N, D), (N, L) each."""
    parts = [objective.mean_and_sigma(model.encode(x)) for x in images.split(5000)]
    mu, sigma = (torch.cat(column) for column in zip(*parts, strict=True))
    return mu, sigma


def fit(mu: Tensor, sigma: Tensor, parts: int, steps: int = 400, batch: int = 500, seed: int = 0) -> Mixture:
    """A mixture fitted to draws of q(z): Adam on E_q[log P(z)], which is greatest where D[q‖P] is least.

    Args:
        mu, sigma: of Q(z|X) for N images, (N, L) each.
        parts: Gaussians, M; they begin at codes.
        steps, batch: of the ascent, and draws in each step.
        seed: fixes which codes, which draws.
    """
    generator = torch.Generator().manual_seed(seed)
    start = torch.randperm(len(mu), generator=generator)[:parts]
    mixture = Mixture(mu[start])
    optimizer = torch.optim.Adam(mixture.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(len(mu), (batch,), generator=generator)
        z = mu[rows] + sigma[rows] * torch.randn(batch, mu.shape[1], generator=generator)
        optimizer.zero_grad()
        (-mixture(z).mean()).backward()
        optimizer.step()
        schedule.step()
    return mixture.requires_grad_(False)
