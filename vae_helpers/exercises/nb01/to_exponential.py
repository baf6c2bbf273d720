"""Any one-dimensional law from a Gaussian: the exponential."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def to_exponential(z, rate):
    """Turn standard normal numbers into exponential ones, by a map that rises with z.

    z: draws from N(0, 1), (B,). rate: the exponential's rate λ > 0, its mean being 1/λ. Returns (B,).
    """
    return -torch.log(torch.special.ndtr(-z)) / rate  # 1 − Φ(z) = Φ(−z), exact also for large z


def _oracle(z, rate):
    u = torch.distributions.Normal(0.0, 1.0).cdf(z.double())
    return torch.distributions.Exponential(torch.tensor(rate, dtype=torch.float64)).icdf(u).float()


EXERCISE = Exercise(
    notebook="01",
    goal="Map a Gaussian to another one-dimensional law: the exponential distribution.",
    reference=to_exponential,
    oracle=_oracle,
    hints=(
        "Two steps: first make a number that is uniform on [0, 1] out of z, then an exponential one out of that.",
        "u = Φ(z), the cumulative distribution of N(0, 1), is uniform: torch.special.ndtr(z). The exponential's "
        "cumulative distribution is F(x) = 1 − exp(−λx). Solve F(x) = u for x.",
        "x = −log(1 − Φ(z)) / λ.",
    ),
    probes=(
        (torch.tensor([0.0]), 2.0),
        (torch.tensor([-2.0, -0.5, 0.3, 1.0, 2.5]), 0.5),
    ),
    tolerance=1e-3,
    mistakes=(
        Mistake(
            "upside down",
            "This has the right law, but it falls as z rises: −log Φ(z) instead of −log(1 − Φ(z)). The task asks for the "
            "rising map, the inverse of the exponential's cumulative distribution.",
            lambda z, rate: -torch.log(torch.special.ndtr(z)) / rate,
        ),
        Mistake(
            "rate for mean",
            "You multiply by the rate. A larger rate must give smaller numbers: the mean is 1/λ.",
            lambda z, rate: -torch.log(torch.special.ndtr(-z)) * rate,
        ),
        Mistake(
            "no Φ",
            "You put z itself where a uniform number belongs, so the logarithm of a negative number appears. First "
            "u = Φ(z), then invert.",
            lambda z, rate: -torch.log(1 - z) / rate,
        ),
        Mistake(
            "density for Φ",
            "You use the density of N(0, 1) where its cumulative distribution Φ belongs (torch.special.ndtr).",
            lambda z, rate: -torch.log(1 - torch.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)) / rate,
        ),
        Mistake(
            "sign",
            "The minus sign is missing: log(1 − u) is negative, and exponential numbers are positive.",
            lambda z, rate: torch.log(torch.special.ndtr(-z)) / rate,
        ),
        Mistake(
            "forward, not inverse",
            "You apply the exponential's cumulative distribution. Its inverse is needed: solve 1 − exp(−λx) = u for x.",
            lambda z, rate: 1 - torch.exp(-rate * torch.special.ndtr(z)),
        ),
    ),
)
