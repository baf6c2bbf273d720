"""Diffusion as a deep latent variable model with a fixed Q (notebook 08, section 8.6), for black-and-white pixels −1 and 1.

Q adds noise and is not learned: Q(x_t|x₀) = N(α_t x₀, σ_t² I) with α² + σ² = 1 and log(α²/σ²) falling evenly in t.
Sohl-Dickstein et al. 2015, arXiv 1503.03585; Ho, Jain and Abbeel 2020, arXiv 2006.11239; Kingma, Salimans, Poole and Ho 2021,
*Variational Diffusion Models*, arXiv 2107.00630, whose names these are.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from vae_helpers.models import mlp

CLEAR, NOISY = 3.0, -8.0  # log(α²/σ²) at the first step and at the last


def signal_and_noise(time: Tensor) -> tuple[Tensor, Tensor]:
    """α and σ at time t/T in [0, 1], any shape."""
    log_ratio = CLEAR + (NOISY - CLEAR) * time
    return log_ratio.sigmoid().sqrt(), (-log_ratio).sigmoid().sqrt()


def betas(count: int) -> Tensor:
    """The variance that each of T = `count` steps adds, β₁ to β_T, (T,): the product of the first t (1 − β) is α_t²."""
    alpha, _ = signal_and_noise(torch.arange(1, count + 1) / count)
    kept = torch.cat([torch.ones(1), alpha.square()])
    return 1 - kept[1:] / kept[:-1]


def small(images: Tensor) -> Tensor:
    """Digits (N, 784) in [0, 1] as 14×14 in black and white, (N, 196): 1 where the mean of 2×2 pixels is above ½, 0 elsewhere."""
    return (nn.functional.avg_pool2d(images.reshape(-1, 1, 28, 28), 2) > 0.5).float().flatten(1)


def large(pixels: Tensor) -> Tensor:
    """Pixels (N, 196) from −1 to 1, as a picture of 28×28 in [0, 1]: each becomes 2×2, (N, 784)."""
    squares = ((pixels + 1) / 2).clamp(0, 1).reshape(-1, 14, 14)
    return squares.repeat_interleave(2, dim=1).repeat_interleave(2, dim=2).flatten(1)


class Step(NamedTuple):
    """N(mean, variance·I): one Gaussian of a chain. mean: (B, D); variance: (B, 1)."""

    mean: Tensor
    variance: Tensor


def back(x0: Tensor, xt: Tensor, s: Tensor, t: Tensor) -> Step:
    """Q(x_s|x_t, x₀) for times s < t, (B, 1): Bayes' rule for two Gaussians (Ho et al. 2020, equations 6 and 7).

    With a = α_t/α_s and v = σ_t² − a²σ_s², the noise that is added from s to t.
    """
    (alpha_s, sigma_s), (alpha_t, sigma_t) = signal_and_noise(s), signal_and_noise(t)
    a = alpha_t / alpha_s
    v = sigma_t**2 - a**2 * sigma_s**2
    return Step((a * sigma_s**2 * xt + alpha_s * v * x0) / sigma_t**2, v * sigma_s**2 / sigma_t**2)


class Denoiser(nn.Module):
    """E[x₀|x_t], guessed by a network: (B, D) in (−1, 1) for x_t (B, D) and times (B, 1).

    If pixels were independent coins, Bayes' rule would give tanh(αx_t/σ²) exactly. The network adds to it what the other
    pixels say.
    """

    def __init__(self, hidden: int, data_size: int = 196, seed: int = 0):
        super().__init__()
        self.config, self.data_size = {"hidden": hidden, "data_size": data_size}, data_size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.first = mlp([data_size + 6, hidden])
            self.middle = nn.ModuleList([mlp([hidden + 6, hidden]) for _ in range(2)])
            self.last = mlp([hidden, data_size])

    def forward(self, xt: Tensor, time: Tensor) -> Tensor:
        alpha, sigma = signal_and_noise(time)
        clock = torch.cat([f(n * torch.pi * time) for n in (0.5, 1, 2) for f in (torch.sin, torch.cos)], dim=1)
        h = self.first(torch.cat([xt, clock], dim=1))
        for layer in self.middle:
            h = h + layer(torch.cat([nn.functional.gelu(h, approximate="tanh"), clock], dim=1))
        own = alpha * xt / sigma**2
        return (own + self.last(nn.functional.gelu(h, approximate="tanh"))).tanh()


def step_kl(q: Step, p: Step) -> Tensor:
    """D[q‖p] by (6) for two Gaussians of the same shape, (B,), in nats."""
    ratio = q.variance / p.variance
    return 0.5 * (ratio + (q.mean - p.mean).square() / p.variance - 1 - ratio.log()).sum(dim=1)


def prior_term(x0: Tensor) -> Tensor:
    """D[Q(x_T|x₀)‖N(0, I)], (B,), in nats: by (6)."""
    alpha, sigma = signal_and_noise(x0.new_ones(len(x0), 1))
    return step_kl(Step(alpha * x0, sigma**2), Step(torch.zeros_like(x0), torch.ones_like(sigma)))


def first_term(x0: Tensor, x1: Tensor, time: Tensor) -> Tensor:
    """log P(x₀|x₁), (B,), in nats: each pixel −1 or 1 in proportion to Q(x₁|x₀), a coin with log-odds 2αx₁/σ².

    (Kingma et al. 2021, equation 4: it needs no network, since x₁ says almost all of x₀.)
    """
    alpha, sigma = signal_and_noise(time)
    return logsigmoid(2 * alpha * x1 * x0 / sigma**2).sum(dim=1)


class Chain(NamedTuple):
    """The terms of the bound over T steps, for each image, in nats.

    Attributes:
        first: E_Q[log P(x₀|x₁)], (B,).
        steps: D[Q(x_{t−1}|x_t, x₀)‖P(x_{t−1}|x_t)] for t = 2, …, T, (T − 1, B).
        prior: D[Q(x_T|x₀)‖P(x_T)], (B,).
    """

    first: Tensor
    steps: Tensor
    prior: Tensor

    @property
    def elbo(self) -> Tensor:
        """The bound, (B,)."""
        return self.first - self.steps.sum(dim=0) - self.prior


def noised(x0: Tensor, time: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A draw of Q(x_t|x₀), (B, D), for x₀ (B, D) and times (B, 1)."""
    alpha, sigma = signal_and_noise(time)
    return alpha * x0 + sigma * torch.randn(x0.shape, generator=generator)


@torch.no_grad()
def bound(model: Denoiser, x0: Tensor, count: int, generator: torch.Generator | None = None) -> Chain:
    """All T = `count` terms of (14), two or more, for pixels x₀ (B, D) of −1 and 1; one draw of x_t for each."""
    steps, one = [], x0.new_ones(len(x0), 1)
    for t in range(2, count + 1):
        before, now = (t - 1) / count * one, t / count * one
        xt = noised(x0, now, generator)
        steps.append(step_kl(back(x0, xt, before, now), back(model(xt, now), xt, before, now)))
    x1 = noised(x0, one / count, generator)
    return Chain(first_term(x0, x1, one / count), torch.stack(steps), prior_term(x0))


@torch.no_grad()
def sample(model: Denoiser, number: int, count: int, generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """Draws from the model, from x_T down: a list of (x_t, the network's guess of x₀), (N, D) each, for t = T, …, 1."""
    x, one, path = torch.randn(number, model.data_size, generator=generator), torch.ones(number, 1), []
    for t in range(count, 0, -1):
        guess = model(x, t / count * one)
        path.append((x, guess))
        if t > 1:
            p = back(guess, x, (t - 1) / count * one, t / count * one)
            x = p.mean + p.variance.sqrt() * torch.randn(x.shape, generator=generator)
    return path
