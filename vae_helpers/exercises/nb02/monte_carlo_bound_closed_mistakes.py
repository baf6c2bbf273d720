"""Wrong answers to `monte_carlo_bound` with D[Q‖P(z)] in closed form, or with either, and what to say to each."""

import math

import torch

from vae_helpers.exercises.engine import Mistake
from vae_helpers.exercises.nb02.monte_carlo_bound_mistakes import log_normal
from vae_helpers.exercises.numbers import LOG_2PI


def _kl(mean, sd):
    return 0.5 * (sd**2 + mean**2 - 1) - math.log(sd)


def _with_kl(kl):
    """A mistake in a closed form of D[Q‖P(z)]: kl(mean, sd)."""

    def code(x, mean, sd, eps, f, sigma):
        return log_normal(x, f(mean + sd * eps), sigma).mean() - kl(mean, sd)

    return code


def _averaged_kl(z, mean, sd):
    return (log_normal(z, mean, sd) - log_normal(z, 0.0, 1.0)).mean()


FINE = "(That D[Q‖P(z)] is in its closed form here is as good.)"


def _with_either(name, message, reconstruction):
    """A mistake in the reconstruction term, reconstruction(x, z, f, sigma, log Q(z)): beside the averaged KL and the exact one."""

    def code(kl):
        def answer(x, mean, sd, eps, f, sigma):
            z = mean + sd * eps
            return reconstruction(x, z, f, sigma, log_normal(z, mean, sd)) - kl(z, mean, sd)

        return answer

    averaged, exact = code(_averaged_kl), code(lambda z, mean, sd: _kl(mean, sd))
    return Mistake(name, message, averaged), Mistake(f"{name}, exact KL", f"{message} {FINE}", exact)


def _constants(sigma):
    return -math.log(sigma) - 0.5 * LOG_2PI


CLOSED = (
    *_with_either(
        "logarithm outside",
        "You average P(X|z) and take the logarithm afterwards. In the right side of (5) the logarithm stands inside: "
        "E_Q[log P(X|z)].",
        lambda x, z, f, sigma, log_q: torch.logsumexp(log_normal(x, f(z), sigma), 0) - math.log(len(z)),
    ),
    *_with_either(
        "f averaged first",
        "You average f(z) over the draws and compare X with that one number. Each draw has a log P(X|z) of its own; these are averaged.",
        lambda x, z, f, sigma, log_q: log_normal(x, f(z).mean(), sigma),
    ),
    *_with_either(
        "no log σ",
        "The constant −log σ is missing from log P(X|z).",
        lambda x, z, f, sigma, log_q: log_normal(x, f(z), sigma).mean() + math.log(sigma),
    ),
    Mistake(
        "exact KL, no 2π",
        "The constant −½ log 2π is missing from log P(X|z).",
        lambda x, mean, sd, eps, f, sigma: (
            log_normal(x, f(mean + sd * eps), sigma).mean() + 0.5 * LOG_2PI - _kl(mean, sd)
        ),
    ),
    *_with_either(
        "absolute distance",
        "The distance of X from f(z) is not squared.",
        lambda x, z, f, sigma, log_q: (-0.5 * (x - f(z)).abs() / sigma**2).mean() + _constants(sigma),
    ),
    *_with_either(
        "no half before the square",
        "In log P(X|z) the ½ in front of the squared distance is missing.",
        lambda x, z, f, sigma, log_q: (-(((x - f(z)) / sigma) ** 2)).mean() + _constants(sigma),
    ),
    *_with_either(
        "neither half nor constants",
        "log P(X|z) lacks its ½ in front of the squared distance, and its constants, −log σ − ½ log 2π.",
        lambda x, z, f, sigma, log_q: (-(((x - f(z)) / sigma) ** 2)).mean(),
    ),
    *_with_either(
        "squared error",
        "This has the squared error in place of log P(X|z), which is −(X − f(z))²/(2σ²) − log σ − ½ log 2π.",
        lambda x, z, f, sigma, log_q: (-((x - f(z)) ** 2)).mean(),
    ),
    *_with_either(
        "sigma for its square",
        "In log P(X|z) the squared distance is divided by 2σ. It is divided by 2σ².",
        lambda x, z, f, sigma, log_q: (-0.5 * (x - f(z)) ** 2 / sigma).mean() + _constants(sigma),
    ),
    *_with_either(
        "likelihood weighted by Q",
        "You weight each draw by Q(z). The draws come from Q already, and their plain mean is the expectation.",
        lambda x, z, f, sigma, log_q: (log_q.exp() * log_normal(x, f(z), sigma)).mean(),
    ),
    Mistake(
        "all weighted by Q",
        "You weight each draw by Q(z). The draws come from Q already: their plain mean is the expectation.",
        lambda x, mean, sd, eps, f, sigma: (
            lambda z, q: (q.exp() * (log_normal(x, f(z), sigma) + log_normal(z, 0.0, 1.0) - q)).mean()
        )(mean + sd * eps, log_normal(mean + sd * eps, mean, sd)),
    ),
    Mistake(
        "sum of the likelihoods, exact KL once",
        "You add up log P(X|z) over the draws and subtract the closed form of D[Q‖P(z)] once. The expectation is the "
        "mean of the draws.",
        lambda x, mean, sd, eps, f, sigma: (
            log_normal(x, f(mean + sd * eps), sigma).sum() - 0.5 * (sd**2 + mean**2 - 1 - 2 * math.log(sd))
        ),
    ),
    Mistake(
        "closed KL without its half",
        "The closed form of D[Q‖P(z)] lacks its ½: it is ½(sd² + mean² − 1 − log sd²).",
        _with_kl(lambda mean, sd: sd**2 + mean**2 - 1 - 2 * math.log(sd)),
    ),
    Mistake(
        "closed KL with log sd halved",
        "In the closed form of D[Q‖P(z)] the logarithm is that of the variance, log sd² = 2 log sd; you have log sd.",
        _with_kl(lambda mean, sd: 0.5 * (sd**2 + mean**2 - 1 - math.log(sd))),
    ),
    Mistake(
        "closed KL with sd for the variance",
        "In the closed form of D[Q‖P(z)] you have sd where its square belongs: the first term is the variance.",
        _with_kl(lambda mean, sd: 0.5 * (sd + mean**2 - 1 - 2 * math.log(sd))),
    ),
    Mistake(
        "closed KL of a logvar",
        "You read sd as a variance throughout the closed form of D[Q‖P(z)]: it is ½(sd² + mean² − 1 − log sd²).",
        _with_kl(lambda mean, sd: 0.5 * (sd + mean**2 - 1 - math.log(sd))),
    ),
    Mistake(
        "closed KL without −1",
        "The closed form of D[Q‖P(z)] lacks its −1. Check: for mean 0 and sd 1 it must be 0.",
        _with_kl(lambda mean, sd: 0.5 * (sd**2 + mean**2 - 2 * math.log(sd))),
    ),
    Mistake(
        "closed KL added",
        "You add the closed form of D[Q‖P(z)]. The bound is reconstruction minus D[Q‖P(z)].",
        _with_kl(lambda mean, sd: -0.5 * (sd**2 + mean**2 - 1 - 2 * math.log(sd))),
    ),
    Mistake(
        "closed KL, sign of the logarithm",
        "In the closed form of D[Q‖P(z)] the logarithm is subtracted: a narrow Q costs more, not less.",
        _with_kl(lambda mean, sd: 0.5 * (sd**2 + mean**2 - 1 + 2 * math.log(sd))),
    ),
    Mistake(
        "closed KL, no constants",
        "The constants of log P(X|z) are missing: −log σ − ½ log 2π. Without them numbers for another σ cannot be compared.",
        lambda x, mean, sd, eps, f, sigma: -0.5 * (((x - f(mean + sd * eps)) / sigma) ** 2).mean() - _kl(mean, sd),
    ),
    Mistake(
        "closed KL added, no constants",
        "Two things. The KL term is added; the bound subtracts it. And the constants of log P(X|z) are missing, −log σ − ½ log 2π.",
        lambda x, mean, sd, eps, f, sigma: -0.5 * (((x - f(mean + sd * eps)) / sigma) ** 2).mean() + _kl(mean, sd),
    ),
    Mistake(
        "closed KL, f of the noise",
        "You give ε to f. It expects a draw from Q, z = mean + sd·ε.",
        lambda x, mean, sd, eps, f, sigma: log_normal(x, f(eps), sigma).mean() - _kl(mean, sd),
    ),
    Mistake(
        "closed KL added, no half before the square",
        "Two things. The KL term is added; the bound subtracts it. And in log P(X|z) the ½ in front of the squared distance is missing.",
        lambda x, mean, sd, eps, f, sigma: (
            (-(((x - f(mean + sd * eps)) / sigma) ** 2)).mean() + _constants(sigma) + _kl(mean, sd)
        ),
    ),
)
