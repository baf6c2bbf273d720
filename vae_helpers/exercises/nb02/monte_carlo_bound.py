"""The bound by draws from Q."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb02.monte_carlo_bound_closed_mistakes import CLOSED
from vae_helpers.exercises.nb02.monte_carlo_bound_mistakes import AVERAGED
from vae_helpers.exercises.numbers import gaussian


def monte_carlo_bound(x, mean, sd, eps, f, sigma):
    """Right side of (5) for one number X, by draws from Q(z) = N(mean, sd²).

    P(z) = N(0, 1), P(X|z) = N(f(z), σ²). x, mean, sd, sigma: numbers. eps: draws from
    N(0, 1), (S,). f: maps (S,) to (S,). Returns (), in nats. The likelihood is averaged
    over the draws; what has a closed form may be averaged or exact.
    """
    z = mean + sd * eps

    def log_normal(value, center, scale):
        squared = ((value - center) / scale) ** 2
        return -0.5 * squared - math.log(scale) - 0.5 * math.log(2 * math.pi)

    log_p_x_given_z = log_normal(x, f(z), sigma)
    log_p_z, log_q = log_normal(z, 0.0, 1.0), log_normal(z, mean, sd)
    return (log_p_x_given_z + log_p_z - log_q).mean()


def _closed_kl(x, mean, sd, eps, f, sigma):
    """D[Q‖P(z)] in closed form, equation (7)."""
    z = mean + sd * eps
    reconstruction = (-((x - f(z)) ** 2) / (2 * sigma**2)).mean() - 0.5 * math.log(2 * math.pi * sigma**2)
    kl = 0.5 * (sd**2 + mean**2 - 1 - math.log(sd**2))
    return reconstruction - kl


def _closed_entropy(x, mean, sd, eps, f, sigma):
    """−E_Q[log Q(z)] in closed form."""
    z = mean + sd * eps
    error = (x - f(z)) / sigma
    log_p_x_given_z = -0.5 * error**2 - math.log(sigma) - 0.5 * math.log(2 * math.pi)
    log_p_z = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    entropy = 0.5 + 0.5 * math.log(2 * math.pi) + math.log(sd)
    return (log_p_x_given_z + log_p_z).mean() + entropy


def _closed_prior(x, mean, sd, eps, f, sigma):
    """E_Q[log P(z)] in closed form."""
    z = mean + sd * eps
    error = (x - f(z)) / sigma
    log_p_x_given_z = -0.5 * error**2 - math.log(sigma) - 0.5 * math.log(2 * math.pi)
    log_p_z = -0.5 * (mean**2 + sd**2) - 0.5 * math.log(2 * math.pi)
    log_q = -0.5 * eps**2 - math.log(sd) - 0.5 * math.log(2 * math.pi)
    return (log_p_x_given_z - log_q).mean() + log_p_z


def _oracle(x, mean, sd, eps, f, sigma):
    normal = torch.distributions.Normal
    q = normal(torch.tensor(mean), torch.tensor(sd))
    terms = []
    for e in eps:
        z = torch.tensor(mean) + torch.tensor(sd) * e
        terms.append(normal(f(z), sigma).log_prob(torch.tensor(x)) + normal(0.0, 1.0).log_prob(z) - q.log_prob(z))
    return torch.stack(terms).mean()


def _double(z):
    return 2 * z


def _bend(z):
    return z + 1.2 * torch.sin(2 * z)


_double.__name__, _bend.__name__ = "2 z", "z + 1.2 sin 2z"  # as feedback shows them


EXERCISE = Exercise(
    notebook="02",
    goal="Estimate the right side of (5) by draws from Q.",
    reference=monte_carlo_bound,
    also_right=(_closed_kl, _closed_entropy, _closed_prior),
    alternatives=(_closed_kl,),
    oracle=_oracle,
    hints=(
        "The right side is $E_Q[\\log P(X|z) + \\log P(z) - \\log Q(z)]$. Draw z from Q, evaluate three log-densities, "
        "average.",
        "A draw from $N(\\text{mean}, \\text{sd}^2)$ is $z = \\text{mean} + \\text{sd}\\cdot\\epsilon$. Each "
        "log-density is that of a one-dimensional Gaussian.",
        "`z = mean + sd * eps`; then the mean over the draws of $\\log N(x\\,|\\,f(z), \\sigma^2) + \\log N(z\\,|\\,0, "
        "1) - \\log N(z\\,|\\,\\text{mean}, \\text{sd}^2)$.",
    ),
    then="D[Q‖P(z)] may be averaged or exact: on average the two estimates are the same, and both are right.",
    again="the cell below the hints.",
    probes=(
        (1.0, 0.5, 0.5, torch.tensor([-1.0, 1.0]), _double, 0.5),
        (0.7, -0.4, 0.3, gaussian(8, seed=4), _bend, 0.8),
        (-1.5, 1.2, 1.7, gaussian(40, seed=5), _bend, 0.4),
        (-1.5, 3.0, 0.05, gaussian(5, seed=6), _bend, 0.3),
        (2.0, -0.3, 0.5, gaussian(6, seed=7), _double, 2.5),
    ),
    mistakes=(*AVERAGED, *CLOSED),
)
