"""log N(x | mean, σ²I), constants included."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb01.gaussian_log_likelihood_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def gaussian_log_likelihood(x, mean, sigma):
    """log N(x | mean, σ²I) in nats.

    x, mean: (B, D). sigma: standard deviation of every coordinate, a positive
    number, large or small. Returns (B,).
    """
    squared = ((x - mean) ** 2).sum(dim=1)
    constant = math.log(sigma) + 0.5 * math.log(2 * math.pi)
    return -0.5 * squared / sigma**2 - x.shape[1] * constant


def _by_distributions(x, mean, sigma):
    return torch.distributions.Normal(mean, sigma).log_prob(x).sum(dim=1)


def _oracle(x, mean, sigma):
    return torch.distributions.Independent(torch.distributions.Normal(mean, sigma), 1).log_prob(x)


EXERCISE = Exercise(
    notebook="01",
    goal="Score data under a Gaussian with mean $f(z)$ and covariance $\\sigma^2 I$, constants included.",
    reference=gaussian_log_likelihood,
    alternatives=(_by_distributions,),
    oracle=_oracle,
    hints=(
        "Write the density of one coordinate, take its logarithm, then add up the $D$ coordinates.",
        "One coordinate: $-\\tfrac12\\big(\\frac{x-m}{\\sigma}\\big)^2-\\log\\sigma-\\tfrac12\\log 2\\pi$. The two constants "
        "occur $D$ times.",
        "`squared = ((x - mean) ** 2).sum(dim=1)`; then "
        "$-\\tfrac12\\,\\mathrm{squared}/\\sigma^2-D\\log\\sigma-\\tfrac D2\\log 2\\pi$.",
    ),
    then="Its highest value, at x = mean, is −D log(σ√(2π)): for σ below 0.4 that is above 0, and section 1.6 meets such densities.",
    again="the check after the next exercise, and the cells of 1.6 that draw pictures and points.",
    probes=(
        (torch.tensor([[1.0, 1.0], [3.0, 1.0], [3.0, 5.0]]), torch.ones(3, 2), 2.0),
        (gaussian(4, 3, seed=1), gaussian(4, 3, seed=2), 0.7),
        (gaussian(2, 784, seed=3), gaussian(2, 784, seed=4), 0.1),  # the page's pictures
        (gaussian(3, 2, seed=5), gaussian(3, 2, seed=6), 1e-3),
        (gaussian(3, 2, seed=5), gaussian(3, 2, seed=6), 50.0),
    ),
    mistakes=MISTAKES,
)
