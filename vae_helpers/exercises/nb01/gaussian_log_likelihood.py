"""log N(x | mean, σ²I), constants included."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import LOG_2PI, gaussian


def gaussian_log_likelihood(x, mean, sigma):
    """log N(x | mean, σ²I) in nats.

    x, mean: (B, D). sigma: standard deviation, a positive number. Returns (B,).
    """
    squared = ((x - mean) ** 2).sum(dim=1)
    return -0.5 * squared / sigma**2 - x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


def _oracle(x, mean, sigma):
    return torch.distributions.Independent(torch.distributions.Normal(mean, sigma), 1).log_prob(x)


EXERCISE = Exercise(
    notebook="01",
    goal="Score data under a Gaussian with mean f(z) and covariance σ²I, constants included.",
    reference=gaussian_log_likelihood,
    oracle=_oracle,
    hints=(
        "Write the density of one coordinate, take its logarithm, then add up the D coordinates.",
        "One coordinate: −½ ((x−m)/σ)² − log σ − ½ log 2π. The two constants occur D times.",
        "squared = ((x − mean)²).sum(dim=1); then −½ squared/σ² − D log σ − D/2 · log 2π.",
    ),
    probes=(
        (torch.tensor([[1.0]]), torch.tensor([[0.0]]), 2.0),
        (gaussian(4, 3, seed=1), gaussian(4, 3, seed=2), 0.7),
        (gaussian(2, 50, seed=3), gaussian(2, 50, seed=4), 0.2),
    ),
    mistakes=(
        Mistake(
            "no 2π",
            "The constant ½ log 2π per coordinate is missing. It does not change which θ is best, but without it this is "
            "no log-density, and no two numbers can be compared.",
            lambda x, mean, sigma: -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - x.shape[1] * math.log(sigma),
        ),
        Mistake(
            "no log σ",
            "The term −D log σ is missing. With σ fixed it is a constant, but once σ is learned, leaving it out makes "
            "σ → ∞ look best.",
            lambda x, mean, sigma: -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - 0.5 * x.shape[1] * LOG_2PI,
        ),
        Mistake(
            "no constants",
            "This is only the squared-distance part. Both constants are missing, −D log σ and −D/2 · log 2π.",
            lambda x, mean, sigma: -0.5 * ((x - mean) ** 2).sum(1) / sigma**2,
        ),
        Mistake(
            "constants once",
            "The constants −log σ − ½ log 2π stand in your answer once. Each of the D coordinates has its own.",
            lambda x, mean, sigma: -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - math.log(sigma) - 0.5 * LOG_2PI,
        ),
        Mistake(
            "constants D² times",
            "The constants are counted D² times: they were multiplied by D inside a sum that already runs over the D "
            "coordinates.",
            lambda x, mean, sigma: (
                -0.5 * ((x - mean) ** 2) / sigma**2 - x.shape[1] * (math.log(sigma) + 0.5 * LOG_2PI)
            ).sum(1),
        ),
        Mistake(
            "σ as variance",
            "You use sigma where σ² belongs, as if sigma were the variance. Here sigma is the standard deviation.",
            lambda x, mean, sigma: (
                -0.5 * ((x - mean) ** 2).sum(1) / sigma - 0.5 * x.shape[1] * (math.log(sigma) + LOG_2PI)
            ),
        ),
        Mistake(
            "σ² as standard deviation",
            "You use sigma² as the standard deviation. sigma already is one, and torch.distributions.Normal takes it as it "
            "is.",
            lambda x, mean, sigma: (
                -0.5 * ((x - mean) ** 2).sum(1) / sigma**4 - x.shape[1] * (2 * math.log(sigma) + 0.5 * LOG_2PI)
            ),
        ),
        Mistake(
            "log σ twice",
            "log σ counts twice. The constant is ½ log σ², which is log σ.",
            lambda x, mean, sigma: (
                -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - x.shape[1] * (2 * math.log(sigma) + 0.5 * LOG_2PI)
            ),
        ),
        Mistake(
            "half missing",
            "The ½ in front of the squared distance is missing.",
            lambda x, mean, sigma: (
                -((x - mean) ** 2).sum(1) / sigma**2 - x.shape[1] * (math.log(sigma) + 0.5 * LOG_2PI)
            ),
        ),
        Mistake(
            "mean over coordinates",
            "You average over the D coordinates. The log-density is their sum. (An average quietly changes the balance "
            "with every other term of an objective: a frequent slip in code for VAEs.)",
            lambda x, mean, sigma: (-0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma) - 0.5 * LOG_2PI).mean(1),
        ),
        Mistake(
            "sign",
            "The sign is turned: this is −log P. A larger distance must give a smaller log-density.",
            lambda x, mean, sigma: (
                0.5 * ((x - mean) ** 2).sum(1) / sigma**2 + x.shape[1] * (math.log(sigma) + 0.5 * LOG_2PI)
            ),
        ),
        Mistake(
            "sum over the batch",
            "You add up the whole batch. One number per row is wanted, shape (B,): sum over dimension 1 only.",
            lambda x, mean, sigma: (-0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma) - 0.5 * LOG_2PI).sum(),
        ),
    ),
)
