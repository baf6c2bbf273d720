"""The Q that closes the gap of a linear-Gaussian model."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def closing_q(x, w, b, sigma):
    """The Gaussian Q(z|X) that closes the gap when P(z) = N(0, 1) and P(X|z) = N(w z + b, σ²I): the posterior itself.

    x: (B, D). w, b: (D,). sigma: a number. Returns the mean (B,) and the variance (), a tuple.
    """
    precision = 1 + (w @ w) / sigma**2
    mean = (x - b) @ w / sigma**2 / precision
    return mean, 1 / precision


def _oracle(x, w, b, sigma):
    # Condition the joint Gaussian of (z, X): Cov(z, X) = w, Cov(X) = wwᵀ + σ²I.
    x, w, b = x.double(), w.double(), b.double()
    covariance = torch.outer(w, w) + sigma**2 * torch.eye(len(w), dtype=torch.float64)
    gain = torch.linalg.solve(covariance, w)
    return ((x - b) @ gain).float(), (1 - gain @ w).float()


def _precision(w, s):
    return 1 + (w @ w) / s**2


EXERCISE = Exercise(
    notebook="02",
    goal="Find, in closed form, the Q for which the gap is zero in a linear-Gaussian model.",
    reference=closing_q,
    oracle=_oracle,
    hints=(
        "The gap D[Q‖P(z|X)] is zero only for Q = P(z|X). So the posterior is wanted, and log P(z|X) = log P(X|z) + log P(z) "
        "+ a constant. As a function of z it is a parabola.",
        "The coefficient of −½z² is the precision (1/variance): the prior gives 1, the likelihood w·w/σ². The coefficient "
        "of z is w·(x−b)/σ².",
        "precision = 1 + w·w/σ²; mean = w·(x−b)/σ² / precision; variance = 1/precision.",
    ),
    probes=(
        (torch.tensor([[2.0]]), torch.tensor([1.0]), torch.tensor([0.5]), 0.5),
        (gaussian(5, 3, seed=8), gaussian(3, seed=9), gaussian(3, seed=10), 0.7),
    ),
    mistakes=(
        Mistake(
            "no prior",
            "The prior is missing from the precision: you have w·w/σ², the least-squares answer. P(z) = N(0, 1) adds 1 and "
            "pulls the mean toward 0.",
            lambda x, w, b, sigma: ((x - b) @ w / (w @ w), sigma**2 / (w @ w)),
        ),
        Mistake(
            "b forgotten",
            "You forgot to subtract b. Only X − b says anything about z.",
            lambda x, w, b, sigma: (x @ w / sigma**2 / _precision(w, sigma), 1 / _precision(w, sigma)),
        ),
        Mistake(
            "sd for variance",
            "The mean is right. In place of the variance you return its root, the standard deviation.",
            lambda x, w, b, sigma: ((x - b) @ w / sigma**2 / _precision(w, sigma), _precision(w, sigma) ** -0.5),
        ),
        Mistake(
            "precision for variance",
            "The mean is right. In place of the variance you return the precision, its inverse.",
            lambda x, w, b, sigma: ((x - b) @ w / sigma**2 / _precision(w, sigma), _precision(w, sigma)),
        ),
        Mistake(
            "σ as variance",
            "You divide by σ where σ² belongs: sigma is the standard deviation of X given z.",
            lambda x, w, b, sigma: ((x - b) @ w / sigma / (1 + w @ w / sigma), 1 / (1 + w @ w / sigma)),
        ),
        Mistake(
            "mean not divided",
            "The mean lacks the division by the precision: w·(x−b)/σ² is the coefficient of z, not yet the top of the "
            "parabola.",
            lambda x, w, b, sigma: ((x - b) @ w / sigma**2, 1 / _precision(w, sigma)),
        ),
    ),
)
