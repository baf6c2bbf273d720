"""The bound by draws from Q."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import LOG_2PI, gaussian


def monte_carlo_bound(x, mean, sd, eps, f, sigma):
    """Right side of (5) for one number X, by draws from Q(z) = N(mean, sd²), with P(z) = N(0, 1), P(X|z) = N(f(z), σ²).

    x, mean, sd, sigma: numbers. eps: draws from N(0, 1), (S,). f: maps (S,) to (S,). Returns (), in nats.
    """
    z = mean + sd * eps

    def log_normal(value, center, scale):
        return -0.5 * ((value - center) / scale) ** 2 - math.log(scale) - 0.5 * math.log(2 * math.pi)

    return (log_normal(x, f(z), sigma) + log_normal(z, 0.0, 1.0) - log_normal(z, mean, sd)).mean()


def _oracle(x, mean, sd, eps, f, sigma):
    normal = torch.distributions.Normal
    q = normal(torch.tensor(mean), torch.tensor(sd))
    terms = []
    for e in eps:
        z = torch.tensor(mean) + torch.tensor(sd) * e
        terms.append(normal(f(z), sigma).log_prob(torch.tensor(x)) + normal(0.0, 1.0).log_prob(z) - q.log_prob(z))
    return torch.stack(terms).mean()


def _bend(z):
    return z + 1.2 * torch.sin(2 * z)


_bend.__name__ = "z + 1.2 sin 2z"  # as feedback shows it


def _log_normal(value, center, scale):
    return -0.5 * ((value - center) / scale) ** 2 - math.log(scale) - 0.5 * LOG_2PI


EXERCISE = Exercise(
    notebook="02",
    goal="Estimate the right side of (5) by draws from Q.",
    reference=monte_carlo_bound,
    oracle=_oracle,
    hints=(
        "The right side is E_Q[log P(X|z) + log P(z) − log Q(z)]. Draw z from Q, evaluate three log-densities, average.",
        "A draw from N(mean, sd²) is z = mean + sd·ε. Each log-density is that of a one-dimensional Gaussian.",
        "z = mean + sd * eps; then the mean over eps of log N(x | f(z), σ²) + log N(z | 0, 1) − log N(z | mean, sd²).",
    ),
    probes=(
        (1.0, 0.5, 0.5, torch.tensor([0.3]), torch.sin, 0.5),
        (0.7, -0.4, 0.3, gaussian(40, seed=4), _bend, 0.8),
        (-1.5, 1.2, 1.7, gaussian(40, seed=5), _bend, 0.4),
    ),
    mistakes=(
        Mistake(
            "variance as scale",
            "You draw z = mean + sd²·ε. The draw must be scaled by the standard deviation; its variance is then sd².",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd**2 * eps), sigma)
                + _log_normal(mean + sd**2 * eps, 0, 1)
                - _log_normal(mean + sd**2 * eps, mean, sd)
            ).mean(),
        ),
        Mistake(
            "square root of sd",
            "You draw z = mean + √sd·ε. sd already is a standard deviation.",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd**0.5 * eps), sigma)
                + _log_normal(mean + sd**0.5 * eps, 0, 1)
                - _log_normal(mean + sd**0.5 * eps, mean, sd)
            ).mean(),
        ),
        Mistake(
            "sign of the KL term",
            "The KL term has the wrong sign: you add log Q − log P(z). The bound is reconstruction minus D[Q‖P(z)].",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd * eps), sigma)
                - _log_normal(mean + sd * eps, 0, 1)
                + _log_normal(mean + sd * eps, mean, sd)
            ).mean(),
        ),
        Mistake(
            "no Q",
            "log Q(z) is missing. Without it the average rewards a Q that shrinks to a point.",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd * eps), sigma) + _log_normal(mean + sd * eps, 0, 1)
            ).mean(),
        ),
        Mistake(
            "no KL term",
            "This is the reconstruction term alone. Subtract D[Q‖P(z)], that is, add log P(z) − log Q(z).",
            lambda x, mean, sd, eps, f, sigma: _log_normal(x, f(mean + sd * eps), sigma).mean(),
        ),
        Mistake(
            "Q evaluated at ε",
            "You evaluate log Q at ε instead of at z = mean + sd·ε. The density of z under Q has the factor 1/sd.",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd * eps), sigma) + _log_normal(mean + sd * eps, 0, 1) - _log_normal(eps, 0, 1)
            ).mean(),
        ),
        Mistake(
            "draws from the prior",
            "You use ε itself as z: draws from the prior, not from Q. Move and scale them: z = mean + sd·ε.",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(eps), sigma) + _log_normal(eps, 0, 1) - _log_normal(eps, mean, sd)
            ).mean(),
        ),
        Mistake(
            "log-mean-exp",
            "You average the weights and then take the logarithm. That is a bound, too, and a tighter one (notebook 05), "
            "but the right side of (5) is the average of logarithms.",
            lambda x, mean, sd, eps, f, sigma: (
                torch.logsumexp(
                    _log_normal(x, f(mean + sd * eps), sigma)
                    + _log_normal(mean + sd * eps, 0, 1)
                    - _log_normal(mean + sd * eps, mean, sd),
                    0,
                )
                - math.log(len(eps))
            ),
        ),
        Mistake(
            "σ as variance",
            "In log P(X|z) you use sigma as the variance. It is the standard deviation of X given z.",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd * eps), sigma**0.5)
                + _log_normal(mean + sd * eps, 0, 1)
                - _log_normal(mean + sd * eps, mean, sd)
            ).mean(),
        ),
        Mistake(
            "2π dropped",
            "The constant ½ log 2π is missing from P(X|z). It cancels between P(z) and Q, but nothing cancels it there.",
            lambda x, mean, sd, eps, f, sigma: (
                (
                    _log_normal(x, f(mean + sd * eps), sigma)
                    + _log_normal(mean + sd * eps, 0, 1)
                    - _log_normal(mean + sd * eps, mean, sd)
                ).mean()
                + 0.5 * LOG_2PI
            ),
        ),
        Mistake(
            "sum for mean",
            "You add up the draws. The expectation is their mean.",
            lambda x, mean, sd, eps, f, sigma: (
                _log_normal(x, f(mean + sd * eps), sigma)
                + _log_normal(mean + sd * eps, 0, 1)
                - _log_normal(mean + sd * eps, mean, sd)
            ).sum(),
        ),
    ),
)
