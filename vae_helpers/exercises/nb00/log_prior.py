"""log P(z) of the standard Gaussian."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb00.log_prior_mistakes import MISTAKES


def log_prior(z):
    """log P(z) of the standard Gaussian N(0, I), in nats.

    z: points, (B, L), also far from the origin. Returns (B,).
    """
    return (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(dim=1)


def _from_the_length(z):
    return -0.5 * (z * z).sum(dim=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)


def _by_distributions(z):
    return torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)


def _oracle(z):
    return torch.distributions.MultivariateNormal(torch.zeros(z.shape[1]), torch.eye(z.shape[1])).log_prob(z)


EXERCISE = Exercise(
    notebook="00",
    goal="Compute $\\log P(z)$, the number in the explorer, for any points $z$.",
    reference=log_prior,
    alternatives=(_from_the_length, _by_distributions),
    oracle=_oracle,
    hints=(
        "The coordinates of $z$ are independent standard normal numbers. What happens to the logarithm of a product?",
        "The density of one coordinate is $e^{-z^2/2}/\\sqrt{2\\pi}$. Its logarithm is "
        "$-\\tfrac12 z^2-\\tfrac12\\log 2\\pi$.",
        "Compute $-\\tfrac12 z^2-\\tfrac12\\log 2\\pi$ for every entry of `z`, then add up along dimension 1.",
    ),
    then="With its constant a density's logarithm can be held against any other; without it, only against its own kind.",
    again="the cell below the hints, which compares it with the model's own.",
    probes=(
        (torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]),),
        (torch.tensor([[1.0, -2.0, 0.5], [0.3, 0.0, 3.0]]),),
        (torch.tensor([[20.0, -30.0, 0.5, 4.0], [0.0, 1.0, -1.0, 2.0]]),),  # P(z) itself is no float any more
    ),
    mistakes=MISTAKES,
)
