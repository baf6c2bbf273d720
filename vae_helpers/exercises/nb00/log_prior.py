"""log P(z) of the standard Gaussian."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def log_prior(z):
    """log P(z) of the standard Gaussian N(0, I), in nats.

    z: points, (B, L). Returns (B,).
    """
    return (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(dim=1)


def _oracle(z):
    return torch.distributions.MultivariateNormal(torch.zeros(z.shape[1]), torch.eye(z.shape[1])).log_prob(z)


EXERCISE = Exercise(
    notebook="00",
    goal="Compute log P(z), the number under the explorer, for any points z.",
    reference=log_prior,
    oracle=_oracle,
    hints=(
        "The coordinates of z are independent standard normal numbers. What happens to the logarithm of a product?",
        "The density of one coordinate is exp(−z²/2)/√(2π). Its logarithm is −z²/2 − ½ log 2π.",
        "Compute −½ z² − ½ log 2π for every entry of z, then add up along dimension 1.",
    ),
    probes=(
        (torch.tensor([[0.0, 0.0]]),),
        (torch.tensor([[1.0, -2.0, 0.5], [0.3, 0.0, 3.0]]),),
    ),
    mistakes=(
        Mistake(
            "no constant",
            "The constant is missing: each coordinate also contributes −½ log 2π. Without it exp(log P(z)) does not "
            "integrate to 1, and numbers from different models cannot be compared.",
            lambda z: (-0.5 * z**2).sum(dim=1),
        ),
        Mistake(
            "one constant for all",
            "You subtract ½ log 2π once. Every coordinate has its own: with L coordinates it is L/2 · log 2π.",
            lambda z: (-0.5 * z**2).sum(dim=1) - 0.5 * math.log(2 * math.pi),
        ),
        Mistake(
            "density, not its logarithm",
            "This is P(z) itself. Its logarithm is wanted; for many coordinates P(z) is too small for a float.",
            lambda z: (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(dim=1).exp(),
        ),
        Mistake(
            "mean over coordinates",
            "You average over the coordinates. The logarithm of a product of densities is the sum of logarithms.",
            lambda z: (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).mean(dim=1),
        ),
        Mistake(
            "half missing",
            "The ½ in front of z² is missing.",
            lambda z: (-(z**2) - 0.5 * math.log(2 * math.pi)).sum(dim=1),
        ),
        Mistake(
            "sum over the batch",
            "You add up the points of the batch, too. One number per point is wanted, shape (B,): sum over "
            "dimension 1 only.",
            lambda z: (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(),
        ),
    ),
)
