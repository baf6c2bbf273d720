"""Known mistakes of `few_draws`."""

import math

import torch

from vae_helpers.exercises.engine import Mistake
from vae_helpers.exercises.nb01.hidden import BUDGET, SIZE
from vae_helpers.exercises.numbers import LOG_2PI


def _drawn(log_p_x_given_z, eps, s=0.5):
    """The ingredients of a right answer: the center, and log P(X|z), log P(z), log Q(z) of each draw."""
    m = torch.zeros(1, SIZE)
    for _ in range(15):
        m = m.clone().requires_grad_()
        score = log_p_x_given_z(m).sum() - 0.5 * (m**2).sum()
        m = (m + 0.1 * torch.autograd.grad(score, m)[0]).detach()
    z, constant = m + s * eps, 0.5 * SIZE * LOG_2PI
    log_prior, log_q = -0.5 * (z**2).sum(1) - constant, -0.5 * (eps**2).sum(1) - SIZE * math.log(s) - constant
    return m, log_p_x_given_z(z), log_prior, log_q


WIDTHS = (0.1, 0.2, 0.3, 0.4, 1.0)  # besides ½, that people give their Q


def _with_width(message, s):
    return f"{message} (Your numbers are near those of draws with standard deviation {s:g}.)"


def _averaged(terms, s=0.5):
    """The estimate from other terms than log P(X|z) + log P(z) − log Q(z)."""

    def code(log_p_x_given_z, eps):
        _, log_p, log_prior, log_q = _drawn(log_p_x_given_z, eps, s)
        return terms(log_p, log_prior, log_q).logsumexp(0) - math.log(len(eps))

    return code


def _at_the_top(log_p_x_given_z, eps):
    return log_p_x_given_z(_drawn(log_p_x_given_z, eps)[0])[0]


def _climbed(log_p_x_given_z):
    """The highest log P(X|z), by a climb without the prior."""
    z = torch.zeros(1, SIZE)
    for _ in range(30):
        z = z.clone().requires_grad_()
        z = (z + 0.1 * torch.autograd.grad(log_p_x_given_z(z).sum(), z)[0]).detach()
    return log_p_x_given_z(z)[0]


def _joint_at_the_top(log_p_x_given_z, eps):
    m = _drawn(log_p_x_given_z, eps)[0]
    return log_p_x_given_z(m)[0] - 0.5 * (m**2).sum() - 0.5 * SIZE * LOG_2PI


def _around_the_top(log_p_x_given_z, eps, s):
    _, log_p, log_prior, log_q = _drawn(log_p_x_given_z, eps, s)
    return (log_p + log_prior - log_q).logsumexp(0) - math.log(len(eps))


def _around_the_best(log_p_x_given_z, eps, weighed, s=0.5):
    z = eps[log_p_x_given_z(eps).argmax()] + s * eps
    weight = -0.5 * (z**2).sum(1) + 0.5 * (eps**2).sum(1) + SIZE * math.log(s)
    return (log_p_x_given_z(z) + weighed * weight).logsumexp(0) - math.log(len(eps))


def _bound(log_p_x_given_z, eps):
    _, log_p, log_prior, log_q = _drawn(log_p_x_given_z, eps)
    return (log_p + log_prior - log_q).mean()


_NO_WEIGHTS = (
    "You draw where P(X|z) is high and average as if z came from P(z). That makes X far more probable than it is. "
    "Each draw has to be weighed by P(z)/Q(z), where Q is the distribution you drew from."
)
_NO_Q = "You multiply by P(z). The draws come from your own Q, so each is divided by Q(z) as well."
_NO_P = "You divide by Q(z). Each draw is also multiplied by P(z): what is averaged is P(X|z) P(z)/Q(z)."

MISTAKES = (
    Mistake("draws from P(z)",
            "These are draws from P(z), as in section 1.6: none of the thousand comes near the z that explain this X. Search "
            "for these z first, and draw around them.",
            lambda log_p_x_given_z, eps: log_p_x_given_z(eps).logsumexp(0) - math.log(len(eps))),
    Mistake("no weights",
            _NO_WEIGHTS,
            _averaged(lambda log_p, log_prior, log_q: log_p)),
    Mistake("Q left out",
            _NO_Q,
            _averaged(lambda log_p, log_prior, log_q: log_p + log_prior)),
    Mistake("P(z) left out",
            _NO_P,
            _averaged(lambda log_p, log_prior, log_q: log_p - log_q)),
    Mistake("weights upside down",
            "The weights are upside down: what is averaged is P(X|z) P(z)/Q(z).",
            _averaged(lambda log_p, log_prior, log_q: log_p - log_prior + log_q)),
    Mistake("width of Q left out",
            "The constant of Q is missing. Q is narrower than P, so its density is higher: log Q(z) contains −20 log s.",
            _averaged(lambda log_p, log_prior, log_q: log_p + log_prior - log_q - SIZE * math.log(0.5))),
    Mistake("width of Q with the wrong sign",
            "The constant of Q has the wrong sign. Q is narrower than P, so its density is higher: log Q(z) contains "
            "−20 log s.",
            _averaged(lambda log_p, log_prior, log_q: log_p + log_prior - log_q - 2 * SIZE * math.log(0.5))),
    Mistake("2π of P alone",
            "P(z) has its constant −10 log 2π and Q(z) has not. They cancel: put it into both, or into neither.",
            _averaged(lambda log_p, log_prior, log_q: log_p + log_prior - log_q - 0.5 * SIZE * LOG_2PI)),
    Mistake("sum for mean",
            "log S is missing: the average divides the sum by the number of draws.",
            lambda log_p_x_given_z, eps: _around_the_top(log_p_x_given_z, eps, 0.5) + math.log(len(eps))),
    Mistake("mean of logs",
            "You average the logarithms. That is smaller than log P(X), by as much as Q differs from the z that explain X. "
            "(How much, notebook 02 says.)",
            _bound),
    Mistake("the top of the hill",
            "This is log P(X|z) of the best z. P(X) is an average over all z, and most of them explain X badly.",
            _at_the_top),
    Mistake("the joint density at the top",
            "This is log P(X|z) P(z) at the best z. P(X) is its integral: the hill's height, times its width.",
            _joint_at_the_top),
    Mistake("sign",
            "The sign is turned: this is −log P(X).",
            lambda log_p_x_given_z, eps: -_around_the_top(log_p_x_given_z, eps, 0.5)),
    Mistake("best draw, not weighed",
            "You draw around the best of the given draws, a fair search, and average as if z came from P(z). Each draw has to "
            "be weighed by P(z)/Q(z), where Q is the distribution you drew from.",
            lambda log_p_x_given_z, eps: _around_the_best(log_p_x_given_z, eps, weighed=False)),
    Mistake("best draw",
            "Weighed as it should be. But the best of the given draws is still far from the hill's top in 20 dimensions, and "
            "too few of your draws count. Search in steps: from the best draw further uphill.",
            lambda log_p_x_given_z, eps: _around_the_best(log_p_x_given_z, eps, weighed=True)),
    Mistake("as wide as P(z)",
            "The center is right. But your Q is as wide as P(z), and the z that explain X lie closer together: most draws still "
            "miss. Make Q narrower.",
            lambda log_p_x_given_z, eps: _around_the_top(log_p_x_given_z, eps, 1.0)),
    Mistake("mirrored draws from P(z)",
            "These are draws from P(z), each with its mirror image: twice as many, and none near the z that explain this X.",
            lambda log_p_x_given_z, eps: log_p_x_given_z(torch.cat([eps, -eps])).logsumexp(0) - math.log(2 * len(eps))),
    Mistake("best of the draws from P(z)",
            "This is the largest log P(X|z) of the given draws, or close to it. P(X) is an average, and none of them is near the "
            "z that explain this X.",
            lambda log_p_x_given_z, eps: log_p_x_given_z(eps).amax()),
    Mistake("one width for twenty",
            "log Q(z) contains −log s for each of the 20 dimensions: 20 times, not once.",
            _averaged(lambda log_p, log_prior, log_q: log_p + log_prior - log_q - (SIZE - 1) * math.log(0.5))),
    Mistake("Q left out, and 2π",
            "You multiply by P(z), without its constant −10 log 2π. The draws come from your own Q, so each is also divided by "
            "Q(z).",
            _averaged(lambda log_p, log_prior, log_q: log_p + log_prior + 0.5 * SIZE * LOG_2PI)),
    Mistake("number of values, not of draws",
            "The average runs over the draws from Q. The z of your search are none of them: divide by the number of draws.",
            lambda log_p_x_given_z, eps: _around_the_top(log_p_x_given_z, eps, 0.5) + math.log(len(eps) / BUDGET)),
    Mistake("mean of logs of draws from P(z)",
            "You average log P(X|z) over draws from P(z). P(X) is the average of P(X|z), and its logarithm comes last; and none of these "
            "draws is near the z that explain this X.",
            lambda log_p_x_given_z, eps: log_p_x_given_z(eps).mean()),
    Mistake("z = 0 alone",
            "This is log P(X|z) at z = 0. P(X) is an average over all z.",
            lambda log_p_x_given_z, eps: log_p_x_given_z(torch.zeros(1, SIZE))[0]),
    Mistake("the top of log P(X|z)",
            "This is the highest value of log P(X|z). P(X) is an average over all z, and most of them explain X badly.",
            lambda log_p_x_given_z, eps: _climbed(log_p_x_given_z)),
    *(Mistake(f"no weights, width {s}", _with_width(_NO_WEIGHTS, s), _averaged(lambda log_p, log_prior, log_q: log_p, s)) for s in WIDTHS),
    *(Mistake(f"Q left out, width {s}", _with_width(_NO_Q, s), _averaged(lambda log_p, log_prior, log_q: log_p + log_prior, s)) for s in WIDTHS),
    *(Mistake(f"P(z) left out, width {s}", _with_width(_NO_P, s), _averaged(lambda log_p, log_prior, log_q: log_p - log_q, s)) for s in WIDTHS),
)  # fmt: skip
