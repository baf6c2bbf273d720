"""Equation (3), with nothing missing."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def divergence_from_posterior(log_q, log_p_x_given_z, log_p_z, log_p_x):
    """Equation (3): D[Q(z)‖P(z|X)] as an average over draws z_s ~ Q, in nats.

    log_q, log_p_x_given_z, log_p_z: log Q(z_s), log P(X|z_s), log P(z_s), (S,).
    log_p_x: log P(X), (). Returns ().
    """
    return (log_q - log_p_x_given_z - log_p_z).mean() + log_p_x


def _by_the_posterior(log_q, log_p_x_given_z, log_p_z, log_p_x):
    log_posterior = log_p_x_given_z + log_p_z - log_p_x
    return (log_q - log_posterior).mean()


def _oracle(log_q, log_p_x_given_z, log_p_z, log_p_x):
    # Definition (2), through the posterior: log P(z|X) = log P(X|z) + log P(z) − log P(X).
    log_posterior = log_p_x_given_z.double() + log_p_z.double() - log_p_x.double()
    return torch.stack([a - b for a, b in zip(log_q.double(), log_posterior, strict=True)]).mean().float()


def _values(rule):
    """A mistake that is a rule of the four, named shortly: q, x, z, and p for log P(X)."""
    return lambda log_q, log_p_x_given_z, log_p_z, log_p_x: rule(log_q, log_p_x_given_z, log_p_z, log_p_x)


EXERCISE = Exercise(
    notebook="02",
    goal="Write equation (3) as code, with all its logarithms.",
    reference=divergence_from_posterior,
    alternatives=(_by_the_posterior,),
    oracle=_oracle,
    hints=(
        "Which of the four quantities depend on z and stay under the expectation? Which one comes out?",
        "Bayes' rule: $\\log P(z|X) = \\log P(X|z) + \\log P(z) - \\log P(X)$. Put it into $E_Q[\\log Q(z) - \\log "
        "P(z|X)]$.",
        "The mean over the draws of `log_q - log_p_x_given_z - log_p_z`, and then plus `log_p_x`.",
    ),
    then="The next cell runs it beside the misprinted line, on the same draws.",
    again="the cell below the hints.",
    probes=(
        (torch.tensor([-1.0, -2.0]), torch.tensor([-2.0, -4.0]), torch.tensor([-1.0, -3.0]), torch.tensor(-2.5)),
        (gaussian(7, seed=1) - 1, gaussian(7, seed=2) - 2, gaussian(7, seed=3) - 1.4, torch.tensor(-2.2)),
        (gaussian(20, seed=4) + 30, gaussian(20, seed=5) * 50 - 900, gaussian(20, seed=6) - 40, torch.tensor(-95.0)),
    ),
    mistakes=(
        Mistake("the missing log",
            "You subtract P(z) itself, as the printed formula does. The log is missing there: Bayes' rule under a "
            "logarithm gives −log P(z). You can see it from the units, too: every other term is a logarithm.",
            edit=(("- log_p_z)", "- log_p_z.exp())"),)),
        Mistake("log of the average",
            "You average the weights P(X|z)P(z)/Q(z) first and take the logarithm last: that estimates log P(X) itself, and "
            "what is left tends to 0 whatever Q is. The divergence averages the logarithms.",
            edit=(("(log_q - log_p_x_given_z - log_p_z).mean()",
                   "math.log(len(log_q)) - torch.logsumexp(log_p_x_given_z + log_p_z - log_q, dim=0)"),)),
        Mistake("log P(X) left out",
            "The term + log P(X) is missing. It does not depend on z, so it comes out of the expectation; it does not "
            "vanish.",
            edit=((".mean() + log_p_x", ".mean()"),)),
        Mistake("sign of log P(X)",
            "log P(X) has the wrong sign. It stands in the denominator of Bayes' rule, and we subtract log P(z|X): minus "
            "times minus is plus.",
            edit=((".mean() + log_p_x", ".mean() - log_p_x"),)),
        Mistake("prior added",
            "The prior has the wrong sign. log P(z) belongs to log P(z|X), which is subtracted.",
            edit=(("- log_p_z)", "+ log_p_z)"),)),
        Mistake("prior left out",
            "The prior is missing: the posterior is likelihood times prior, divided by P(X).",
            edit=((" - log_p_z)", ")"),)),
        Mistake("likelihood left out",
            "log P(X|z) is missing: the posterior is likelihood times prior, divided by P(X).",
            edit=(("log_q - log_p_x_given_z -", "log_q -"),)),
        Mistake("direction",
            "The sign of the whole is turned: this is E_Q[log P(z|X) − log Q(z)], and a divergence must not be negative.",
            _values(lambda q, x, z, p: (x + z - q).mean() - p)),
        Mistake("sum for mean",
            "You add up the draws. An expectation is estimated by their mean; with a sum the answer grows with S.",
            edit=((".mean()", ".sum()"),)),
        Mistake("log P(X) once for each draw",
            "You add log P(X) for every draw and do not average. Under the mean it may stand inside or outside, but once.",
            _values(lambda q, x, z, p: (q - x - z + p).sum())),
        Mistake("weighted by Q once more",
            "You weight each draw by Q(z). The draws come from Q already: where Q is large there are more of them, and the "
            "plain mean does the rest. (On a grid you would weight by Q; a draw is not a grid point.)",
            _values(lambda q, x, z, p: (q.exp() * (q - x - z)).mean() + p)),
        Mistake("weighted by Q and added up",
            "You weight each draw by Q(z) and add up, as on a grid. These are draws from Q: their plain mean is the "
            "expectation.",
            _values(lambda q, x, z, p: (q.exp() * (q - x - z)).sum() + p)),
        Mistake("weighted by Q, all terms",
            "You weight each draw by Q(z) and add up, as on a grid. These are draws from Q: their plain mean is the "
            "expectation, and log P(X) is added once.",
            _values(lambda q, x, z, p: (q.exp() * (q - x - z + p)).sum())),
        Mistake("divergence from the prior",
            "This is D[Q‖P(z)], the distance from the prior. From the posterior it is log P(z|X) = log P(X|z) + log P(z) − "
            "log P(X) that is subtracted.",
            _values(lambda q, x, z, p: (q - z).mean())),
        Mistake("densities for logarithms",
            "You exponentiate. All four arguments are logarithms already, and the terms of (3) are logarithms.",
            _values(lambda q, x, z, p: (q.exp() - x.exp() - z.exp()).mean() + p)),
        Mistake("log of the mean",
            "You average Q(z)/(P(X|z) P(z)) and take the logarithm afterwards. In (3) the logarithm stands inside the average.",
            _values(lambda q, x, z, p: torch.logsumexp(q - x - z, 0) - math.log(len(q)) + p)),
        Mistake("log P(X) S times",
            "You add log P(X) once for each draw to a mean. It does not depend on z: add it once.",
            _values(lambda q, x, z, p: (q - x - z).mean() + len(q) * p)),
        Mistake("bound, not divergence",
            "This is the right side of (5), the bound: the mean of log P(X|z) + log P(z) − log Q(z). Here its distance from "
            "log P(X) is wanted.",
            _values(lambda q, x, z, p: (x + z - q).mean())),
        Mistake("weighted by Q, mean",
            "You weight each draw by Q(z) once more. These are draws from Q: their plain mean is the expectation.",
            lambda log_q, log_x, log_z, log_p: (log_q.exp() * (log_q - log_x - log_z + log_p)).mean()),
        Mistake("sum of the bound",
            "You add up log P(X|z) + log P(z) − log Q(z) over the draws. That is S times the right side of (5), the bound; here its "
            "distance from log P(X) is wanted, and a mean over the draws.",
            lambda log_q, log_x, log_z, log_p: (log_x + log_z - log_q).sum()),
        Mistake("densities subtracted",
            "You subtract the densities themselves. A divergence averages the difference of their logarithms.",
            lambda log_q, log_x, log_z, log_p: (log_q.exp() - (log_x + log_z - log_p).exp()).mean()),
        Mistake("absolute values",
            "You average absolute values. Single draws may lie below 0; only their mean does not, in the long run.",
            lambda log_q, log_x, log_z, log_p: (log_q - log_x - log_z + log_p).abs().mean()),
        Mistake("median",
            "You take the median of the draws. An expectation is estimated by their mean.",
            lambda log_q, log_x, log_z, log_p: (log_q - log_x - log_z + log_p).median()),
        Mistake("prior and evidence left out",
            "log P(z) and log P(X) are both missing: the posterior is likelihood times prior, divided by P(X).",
            _values(lambda q, x, z, p: (q - x).mean())),
        Mistake("log P(X) over S",
            "You divide log P(X) by the number of draws. It is the same for all draws, so it is added once, whole.",
            _values(lambda q, x, z, p: (q - x - z).mean() + p / len(q))),
        Mistake("ratio of densities",
            "You average the ratio Q(z)/P(z|X). A divergence averages the logarithm of that ratio.",
            _values(lambda q, x, z, p: (q - x - z + p).exp().mean())),
        Mistake("ratio of logarithms",
            "You divide log Q(z) by log P(z|X). The logarithm of a ratio is the difference of the logarithms.",
            _values(lambda q, x, z, p: (q / (x + z - p)).mean())),
        Mistake("squares",
            "You average squares. A divergence averages the differences of the logarithms as they are.",
            _values(lambda q, x, z, p: ((q - x - z + p) ** 2).mean())),
        Mistake("weighted by shares of Q",
            "You weight the draws by Q(z), scaled to add up to 1. These are draws from Q: their plain mean is the expectation.",
            _values(lambda q, x, z, p: q.softmax(0) @ (q - x - z) + p)),
    ),
)  # fmt: skip
