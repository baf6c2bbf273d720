"""How much the codes say about X: the part of the KL term that is information."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import LOG_2PI, gaussian


def information(z, mu, logvar):
    """The information I(X; z) between N images and their codes, in nats.

    z: one draw from each Q(z|X), (N, L). mu, logvar: mean and log-variance of each
    Q(z|X), (N, L); L up to 200. Returns (). q(z) is the average of all N densities,
    the image's own among them; log Q(z|X) may be taken at the draw or averaged exactly.
    """
    away = (z[:, None] - mu) ** 2 / logvar.exp()  # (N, N, L): draw i, Q of image j
    log_q = -0.5 * (away + logvar + math.log(2 * math.pi)).sum(dim=2)  # (N, N)
    own = log_q.diagonal()
    aggregate = torch.logsumexp(log_q, dim=1) - math.log(len(z))
    return (own - aggregate).mean()


def _by_softmax(z, mu, logvar):
    q = torch.distributions.Normal(mu, (logvar / 2).exp())
    log_q = q.log_prob(z[:, None]).sum(dim=2)
    share = torch.log_softmax(log_q, dim=1).diagonal()  # of each image in its own draw
    return share.mean() + math.log(len(z))


def _with_the_entropy(z, mu, logvar):
    """E_Q[log Q(z|X)] in closed form."""
    q = torch.distributions.Normal(mu, (logvar / 2).exp())
    log_q = q.log_prob(z[:, None]).sum(dim=2)
    aggregate = torch.logsumexp(log_q, dim=1) - math.log(len(z))
    own = -0.5 * (1 + logvar + math.log(2 * math.pi)).sum(dim=1)
    return (own - aggregate).mean()


def _log_q(z, mu, logvar):
    return torch.distributions.Normal(mu, (logvar / 2).exp()).log_prob(z[:, None]).sum(dim=2)


def _oracle(z, mu, logvar):
    total = 0.0
    for i in range(len(z)):
        logs = []
        for m, v in zip(mu.double(), logvar.double(), strict=True):
            away = (z[i].double() - m) / v.exp().sqrt()
            logs.append(float((-0.5 * away**2 - v / 2 - 0.5 * LOG_2PI).sum()))
        most = max(logs)
        total += logs[i] - most - math.log(sum(math.exp(log - most) for log in logs) / len(logs))
    return torch.tensor(total / len(z))


def _encoded(n, size, spread, logvar, seed):
    mu = spread * gaussian(n, size, seed=seed)
    logvar = logvar + 0.3 * gaussian(n, size, seed=seed + 1)
    return mu + (logvar / 2).exp() * gaussian(n, size, seed=seed + 2), mu, logvar


def _of(rule):
    """A mistake made of the matrix of log Q(z_i|X_j), (N, N)."""
    return lambda z, mu, logvar: rule(_log_q(z, mu, logvar))


def _without_own(log_q):
    others = log_q.masked_fill(torch.eye(len(log_q), dtype=torch.bool), -math.inf)
    return (log_q.diagonal() - torch.logsumexp(others, 1) + math.log(len(log_q) - 1)).mean()


EXERCISE = Exercise(
    notebook="03",
    goal="Estimate, from one draw an image, how much of the KL term is information about X.",
    reference=information,
    alternatives=(_by_softmax,),
    also_right=(_with_the_entropy,),
    oracle=_oracle,
    hints=(
        "For draw i you need N densities: of z_i under the Q of every image j. That is an (N, N) table of logarithms. "
        "Where in it stands log Q(z_i|X_i)?",
        "The average of densities is no average of logarithms: log q(z_i) is log-mean-exp along row i. With 200 dimensions "
        "exp alone overflows or gives 0: torch.logsumexp.",
        "log_q[i, j] = log N(z_i | mu_j, exp(logvar_j)), summed over the dimensions; then the mean over i of log_q[i, i] − "
        "(logsumexp over j of log_q[i, j] − log N).",
    ),
    probes=(
        (torch.tensor([[0.0], [3.0]]), torch.tensor([[0.0], [2.0]]), torch.zeros(2, 1)),
        _encoded(5, 3, 1.0, 0.5, 21),
        _encoded(4, 2, 3.0, -2.0, 31),
        _encoded(3, 200, 0.05, 0.0, 41),
        _encoded(3, 200, 0.005, -8.0, 51),
    ),
    mistakes=(
        Mistake(
            "mean of logs for log of mean",
            "You average the logarithms over the images. q(z) is the average of the densities, so the mean stands inside "
            "the logarithm: log-mean-exp.",
            _of(lambda log_q: (log_q.diagonal() - log_q.mean(1)).mean()),
        ),
        Mistake(
            "no log N",
            "log N is missing: q(z) is the average of the N densities, not their sum. Check: if all Q are the same, z says "
            "nothing, and the answer must be 0.",
            edit=((" - math.log(len(z))", ""),),
        ),
        Mistake(
            "log N with the wrong sign",
            "log N has the wrong sign: q(z) is the sum of the N densities divided by N. Check: if all Q are the same, z "
            "says nothing, and the answer must be 0.",
            edit=(("- math.log(len(z))", "+ math.log(len(z))"),),
        ),
        Mistake(
            "over the draws",
            "You average over the draws, for one Q at a time. q(z_i) is the average over the Q of all images at the one "
            "draw z_i: the other dimension of the table.",
            _of(lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 0) + math.log(len(log_q))).mean()),
        ),
        Mistake(
            "exp before log",
            "Right in theory, but the density of 200 dimensions leaves the range of floating point: exp gives 0 or infinity "
            "there. Use torch.logsumexp.",
            _of(lambda log_q: (log_q.diagonal() - log_q.exp().mean(1).log()).mean()),
        ),
        Mistake(
            "its own Q left out",
            "You leave an image's own Q out of q(z). The average runs over all N images, the one that was drawn included.",
            _of(_without_own),
        ),
        Mistake(
            "only the largest",
            "You take the largest of the N densities in place of their average.",
            edit=(("torch.logsumexp(log_q, dim=1)", "log_q.max(dim=1).values"),),
        ),
        Mistake(
            "prior for q(z)",
            "This is E[log Q(z|X) − log P(z)], the KL term itself: you compare with the prior. Compare with q(z), the "
            "average of the Q.",
            lambda z, mu, logvar: (
                _log_q(z, mu, logvar).diagonal() - torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
            ).mean(),
        ),
        Mistake(
            "mismatch",
            "This is E[log q(z) − log P(z)], the other part of the KL term. Wanted is what Q(z|X) has beyond q(z).",
            lambda z, mu, logvar: (
                torch.logsumexp(_log_q(z, mu, logvar), 1)
                - math.log(len(z))
                - torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
            ).mean(),
        ),
        Mistake(
            "sign",
            "The sign is turned. Information is E[log Q(z|X) − log q(z)], and with exact expectations never negative.",
            edit=(("own - aggregate", "aggregate - own"),),
        ),
        Mistake(
            "sum for mean",
            "You add up the images. The expectation over X is their mean.",
            edit=(("(own - aggregate).mean()", "(own - aggregate).sum()"),),
        ),
        Mistake(
            "mean over the dimensions",
            "You average over the L dimensions. The log-density of a code is the sum over its dimensions.",
            edit=((".sum(dim=2)", ".mean(dim=2)"),),
        ),
        Mistake(
            "logvar read as log-sd",
            "You treat logvar as the logarithm of the standard deviation. It is that of the variance.",
            lambda z, mu, logvar: information(z, mu, 2 * logvar),
        ),
        Mistake(
            "logvar read as variance",
            "You divide by logvar. It is a logarithm: the variance is exp(logvar).",
            edit=(("/ logvar.exp()", "/ logvar"),),
        ),
        Mistake(
            "sd for the variance",
            "The squared distance is divided by the standard deviation; it belongs in units of the variance.",
            edit=(("/ logvar.exp()", "/ (logvar / 2).exp()"),),
        ),
        Mistake(
            "no log-determinant",
            "The term with logvar is missing from the log-density. It does not cancel: every image has a width of its own.",
            edit=(("(away + logvar +", "(away +"),),
        ),
        Mistake(
            "bits",
            "These are bits: you divided by log 2. Nats are wanted.",
            edit=(("(own - aggregate).mean()", "(own - aggregate).mean() / math.log(2)"),),
        ),
        Mistake(
            "in place of draws the means",
            "You evaluate the densities at the means. The expectation runs over draws: use z.",
            lambda z, mu, logvar: information(mu, mu, logvar),
        ),
    ),
)
