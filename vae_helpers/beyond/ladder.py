"""A Q(z|X) of many steps: z comes in blocks, and Q(zᵢ|z₁…zᵢ₋₁, X) of a block sees the blocks drawn before it.

Each block alone is a diagonal Gaussian, all together are not. P(z) stays N(0, I): the decoder takes in one block at a time, and so
says in its own way what P(zᵢ|z₁…zᵢ₋₁) of other ladders says. Order and sharing of the decoder's path are those of Sønderby et al.
2016, *Ladder Variational Autoencoders*, arXiv 1602.02282.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Distribution, Independent, Normal

from vae_helpers import likelihood, objective
from vae_helpers.contract import check_images, check_latents
from vae_helpers.models import diagonal_gaussian


class Draws(NamedTuple):
    """Draws z ~ Q(z|X) and the terms of the bound at each, (S, B) each, in nats.

    Attributes:
        z: the draws, (S, B, L).
        reconstruction: log P(X|z).
        kl: Σᵢ D[Q(zᵢ|z₁…zᵢ₋₁, X)‖N(0, I)], each in closed form; its mean over draws is D[Q(z|X)‖P(z)].
        log_ratio: log P(z) − log Q(z|X).
    """

    z: Tensor
    reconstruction: Tensor
    kl: Tensor
    log_ratio: Tensor

    @property
    def elbo(self) -> Tensor:
        """The bound (5), the mean over the draws, (B,)."""
        return (self.reconstruction - self.kl).mean(dim=0)

    @property
    def iwae(self) -> Tensor:
        """The bound with K = S samples, (B,)."""
        return (self.reconstruction + self.log_ratio).logsumexp(dim=0) - math.log(len(self.kl))


class LadderVAE(nn.Module):
    """P(z) = N(0, I);  P(X|z) = Bernoulli(f(z));  Q(z|X) = Πᵢ Q(zᵢ|z₁…zᵢ₋₁, X).

    A `Generative`; in place of `encode` it has `draw`, as Q is no single Gaussian.

    Args:
        blocks: dimensions of z₁, z₂, …; their sum is L.
        features: width of the network that sees X.
        state: width of the path from z to X.
        between: width of the networks that lead to each block.
        data_size: pixels in an image.
        seed: fixes the initial weights.
    """

    likelihood = "bernoulli"

    def __init__(
        self, blocks: tuple[int, ...], features: int, state: int, between: int, data_size: int = 784, seed: int = 0
    ):
        super().__init__()
        self.config = {
            "blocks": list(blocks), "features": features, "state": state, "between": between, "data_size": data_size,
        }  # fmt: skip
        self.blocks, self.latent_size, self.data_size, self.width = blocks, sum(blocks), data_size, state
        self.gelu = nn.GELU()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.look = nn.Linear(data_size, features)
            self.look_again = nn.Linear(features, features)
            self.from_image = nn.ModuleList(nn.Linear(features, between) for _ in blocks)
            self.from_state = nn.ModuleList(nn.Linear(state, between, bias=False) for _ in blocks[1:])
            self.to_block = nn.ModuleList(nn.Linear(between, 2 * size) for size in blocks)
            self.take_in = nn.ModuleList(nn.Linear(size, state) for size in blocks)
            self.go_on = nn.ModuleList(nn.Linear(state, state) for _ in blocks)
            self.to_pixels = nn.Linear(state, data_size)

    @property
    def prior(self) -> Distribution:
        """P(z) = N(0, I) over (L,)."""
        zeros = next(self.parameters()).new_zeros(self.latent_size)
        return Independent(Normal(zeros, torch.ones_like(zeros)), 1)

    def check(self, x: Tensor) -> None:
        """Refuse images that `draw` cannot take, with a ValueError that says why."""
        check_images(x, self.data_size, next(self.parameters()).dtype)

    def below(self, i: int, state: Tensor, z: Tensor) -> Tensor:
        """The path's state (..., W) after it took in block i of z, (..., Lᵢ)."""
        state = state + self.gelu(self.take_in[i](z) if i == 0 else self.take_in[i](z) + state)
        return state + self.gelu(self.go_on[i](state))

    def pixels(self, state: Tensor) -> Distribution:
        """P(X|z) from the last state, (..., W)."""
        return Independent(Bernoulli(logits=self.to_pixels(state).float(), validate_args=False), 1)

    def decode(self, z: Tensor) -> Distribution:
        """P(X|z) for z (..., L), as `VAE.decode` gives it."""
        check_latents(z, self.latent_size, next(self.parameters()).dtype)
        state = z.new_zeros(*z.shape[:-1], self.width)
        for i, block in enumerate(z.split(list(self.blocks), dim=-1)):
            state = self.below(i, state, block)
        return self.pixels(state)

    def draw(self, x: Tensor, samples: int = 1, generator: torch.Generator | None = None) -> Draws:
        """z ~ Q(z|X), block by block, for images (B, D), and the terms of the bound at each draw."""
        self.check(x)
        seen = self.gelu(self.look(x))
        seen = seen + self.gelu(self.look_again(seen))  # (B, features)
        state = x.new_zeros(samples, len(x), self.width)
        blocks, kl, log_ratio = [], 0.0, 0.0
        for i, size in enumerate(self.blocks):
            hint = self.from_image[i](seen)
            hint = hint + self.from_state[i - 1](state) if i else hint
            q = diagonal_gaussian(self.to_block[i](self.gelu(hint)).float())
            mu, sigma = objective.mean_and_sigma(q)
            noise = torch.randn(samples, len(x), size, generator=generator)
            z = mu + sigma * noise
            kl = kl + objective.kl_by_dimension(mu, sigma).sum(dim=-1)
            log_ratio = log_ratio + (0.5 * (noise.square() - z.square()) + sigma.log()).sum(dim=-1)
            state = self.below(i, state, z)
            blocks.append(z)
        reconstruction = self.pixels(state).log_prob(x)
        return Draws(torch.cat(blocks, dim=-1), reconstruction, kl.expand_as(reconstruction), log_ratio)


def log_weights(model: LadderVAE, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
    """log w = log P(X|z) + log P(z) − log Q(z|X) of draws from Q, (S, B), for `likelihood.importance_sampled`."""
    draws = model.draw(x, samples, generator)
    return draws.reconstruction + draws.log_ratio


def log_p_x(model: LadderVAE, x: Tensor, samples: int, chunk: int, generator: torch.Generator) -> Tensor:
    """log P(X) of images (B, D) by `samples` importance samples each, `chunk` decodings at once. Returns (B,), in nats."""
    return likelihood.importance_sampled(model, x, samples, chunk, generator, log_weights)
