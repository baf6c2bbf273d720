"""Wrong answers to `monte_carlo_bound` made of averages over the draws, and what to say to each."""

import math

import torch

from vae_helpers.exercises.engine import Mistake
from vae_helpers.exercises.numbers import LOG_2PI


def log_normal(value, center, scale):
    return -0.5 * ((value - center) / scale) ** 2 - math.log(scale) - 0.5 * LOG_2PI


def _estimate(combine, draw=lambda mean, sd, eps: mean + sd * eps):
    """A mistake made of the three log-densities at the draws: combine(log P(X|z), log P(z), log Q(z))."""

    def code(x, mean, sd, eps, f, sigma):
        z = draw(mean, sd, eps)
        return combine(log_normal(x, f(z), sigma), log_normal(z, 0.0, 1.0), log_normal(z, mean, sd))

    return code


AVERAGED = (
    Mistake(
        "variance as scale",
        "You draw z = mean + sd²·ε. The draw must be scaled by the standard deviation; its variance is then sd².",
        edit=(("mean + sd * eps", "mean + sd**2 * eps"),),
    ),
    Mistake(
        "square root of sd",
        "You draw z = mean + √sd·ε. sd already is a standard deviation.",
        edit=(("mean + sd * eps", "mean + sd**0.5 * eps"),),
    ),
    Mistake(
        "sign of the KL term",
        "The KL term has the wrong sign: you add log Q − log P(z). The bound is reconstruction minus D[Q‖P(z)].",
        edit=(("+ log_p_z - log_q", "- log_p_z + log_q"),),
    ),
    Mistake(
        "no Q",
        "log Q(z) is missing. Without it the average rewards a Q that shrinks to a point.",
        edit=(("+ log_p_z - log_q)", "+ log_p_z)"),),
    ),
    Mistake(
        "no prior",
        "log P(z) is missing: D[Q‖P(z)] compares Q with the prior. Without it nothing keeps Q near 0.",
        edit=(("+ log_p_z - log_q)", "- log_q)"),),
    ),
    Mistake(
        "no KL term",
        "This is the reconstruction term alone. Subtract D[Q‖P(z)], that is, add log P(z) − log Q(z).",
        edit=(("(log_p_x_given_z + log_p_z - log_q)", "log_p_x_given_z"),),
    ),
    Mistake(
        "Q added",
        "log Q(z) is added. The bound subtracts it.",
        edit=(("+ log_p_z - log_q", "+ log_p_z + log_q"),),
    ),
    Mistake(
        "sign of the whole",
        "The sign of the whole is turned: this is a loss to be made small. The bound itself is wanted.",
        _estimate(lambda x, z, q: (q - x - z).mean()),
    ),
    Mistake(
        "KL alone",
        "This is D[Q‖P(z)] alone. The bound is the reconstruction term minus it.",
        _estimate(lambda x, z, q: (q - z).mean()),
    ),
    Mistake(
        "Q evaluated at ε",
        "You evaluate log Q at ε as if it were N(0, 1). The density of z under Q has the factor 1/sd: log Q(z) is "
        "log N(ε | 0, 1) − log sd.",
        edit=(("log_normal(z, mean, sd)", "log_normal(eps, 0.0, 1.0)"),),
    ),
    Mistake(
        "Q with its own mean and sd at ε",
        "You evaluate log Q at ε instead of at z = mean + sd·ε.",
        edit=(("log_normal(z, mean, sd)", "log_normal(eps, mean, sd)"),),
    ),
    Mistake(
        "draws from the prior",
        "You use ε itself as z: draws from the prior, not from Q. Move and scale them: z = mean + sd·ε.",
        edit=(("mean + sd * eps", "eps"),),
    ),
    Mistake(
        "one z, the mean",
        "You put Q's mean in place of the draws, so f is never tried at another z of Q. The expectation runs over draws.",
        _estimate(lambda x, z, q: (x + z - q).mean(), draw=lambda mean, sd, eps: mean + 0 * eps),
    ),
    Mistake(
        "log-mean-exp",
        "You average the weights and then take the logarithm. That is a bound, too, and a tighter one (notebook 05), "
        "but the right side of (5) is the average of logarithms.",
        _estimate(lambda x, z, q: torch.logsumexp(x + z - q, 0) - math.log(len(x))),
    ),
    Mistake(
        "σ as variance",
        "In log P(X|z) you use sigma as the variance. It is the standard deviation of X given z.",
        edit=(("log_normal(x, f(z), sigma)", "log_normal(x, f(z), sigma**0.5)"),),
    ),
    Mistake(
        "σ² as standard deviation",
        "In log P(X|z) you use σ² as the standard deviation. sigma itself is one.",
        edit=(("log_normal(x, f(z), sigma)", "log_normal(x, f(z), sigma**2)"),),
    ),
    Mistake(
        "2π dropped",
        "The constant ½ log 2π is missing from P(X|z). It cancels between P(z) and Q, but nothing cancels it there.",
        edit=(("log_normal(x, f(z), sigma)", "log_normal(x, f(z), sigma) + 0.5 * math.log(2 * math.pi)"),),
    ),
    Mistake(
        "sum for mean",
        "You add up the draws. The expectation is their mean.",
        edit=((".mean()", ".sum()"),),
    ),
    Mistake(
        "sum of the likelihoods, KL once",
        "You add up log P(X|z) over the draws and subtract D[Q‖P(z)] once. The expectation is the mean of the draws.",
        _estimate(lambda x, z, q: x.sum() + (z - q).mean()),
    ),
    Mistake(
        "prior at X",
        "You evaluate the prior at X. P(z) is a density of z: log P(z), at the draw.",
        edit=(("log_normal(z, 0.0, 1.0)", "log_normal(torch.as_tensor(x), 0.0, 1.0)"),),
    ),
    Mistake(
        "prior of width σ",
        "You give the prior the width σ. P(z) = N(0, 1); σ belongs to P(X|z).",
        edit=(("log_normal(z, 0.0, 1.0)", "log_normal(z, 0.0, sigma)"),),
    ),
    Mistake(
        "prior at ε",
        "You evaluate the prior at ε. P(z) is a density of z: log P(z) at z = mean + sd·ε.",
        edit=(("log_normal(z, 0.0, 1.0)", "log_normal(eps, 0.0, 1.0)"),),
    ),
    Mistake(
        "2π in the prior alone",
        "P(z) has its −½ log 2π and Q has not. It cancels between the two: put it into both, or into neither.",
        _estimate(lambda x, z, q: (x + z - q).mean() - 0.5 * LOG_2PI),
    ),
    Mistake(
        "one draw",
        "You use the first ε alone. The expectation is an average over all draws.",
        edit=(("z = mean + sd * eps", "z = mean + sd * eps[:1]"),),
    ),
    Mistake(
        "mean and sd exchanged",
        "In the draw mean and sd have changed places: z = mean + sd·ε.",
        edit=(("z = mean + sd * eps", "z = mean * eps + sd"),),
    ),
    Mistake(
        "sd as a log-variance",
        "You read sd as a log-variance. It is the standard deviation itself: z = mean + sd·ε.",
        edit=(("z = mean + sd * eps", "z = mean + math.exp(sd / 2) * eps"),),
    ),
)
