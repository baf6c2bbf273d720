"""Wrong answers to `information`, and what to say to each."""

import math

import torch

from vae_helpers.exercises.engine import Mistake


def _log_q(z, mu, logvar):
    return torch.distributions.Normal(mu, (logvar / 2).exp()).log_prob(z[:, None]).sum(dim=2)


def _information(z, mu, logvar):
    log_q = _log_q(z, mu, logvar)
    return (log_q.diagonal() - torch.logsumexp(log_q, 1)).mean() + math.log(len(z))


def _information_by_dimension(z, mu, logvar):
    return sum(_information(*(part[:, i : i + 1] for part in (z, mu, logvar))) for i in range(z.shape[1]))


def _of(rule):
    """A mistake made of the matrix of log Q(z_i|X_j), (N, N)."""
    return lambda z, mu, logvar: rule(_log_q(z, mu, logvar))


def _without_own(log_q):
    others = log_q.masked_fill(torch.eye(len(log_q), dtype=torch.bool), -math.inf)
    return (log_q.diagonal() - torch.logsumexp(others, 1) + math.log(len(log_q) - 1)).mean()


MISTAKES = (
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
        lambda z, mu, logvar: _information(z, mu, 2 * logvar),
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
        lambda z, mu, logvar: _information(mu, mu, logvar),
    ),
    Mistake(
        "the KL term by (7)",
        "This is the KL term itself, by (7). Information is the part of it that is left when D[q(z)‖P(z)] is taken away.",
        lambda z, mu, logvar: 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1).mean(),
    ),
    Mistake(
        "its own Q left out, divided by N",
        "You add up the other images' Q and divide by N: an image's own Q belongs to the sum as well.",
        _of(lambda log_q: _without_own(log_q) + math.log(len(log_q)) - math.log(len(log_q) - 1)),
    ),
    Mistake(
        "mean over the whole table",
        "You average over the whole table. log Q(z_i|X_i) stands on its diagonal: the draw and the Q of the same image.",
        _of(lambda log_q: (log_q - torch.logsumexp(log_q, 1, keepdim=True)).mean() + math.log(len(log_q))),
    ),
    Mistake(
        "one sum for all draws",
        "You add up the whole table for q(z). Each draw has a q(z_i) of its own: log-mean-exp along its row.",
        _of(lambda log_q: log_q.diagonal().mean() - torch.logsumexp(log_q, (0, 1)) + math.log(len(log_q))),
    ),
    Mistake(
        "one Gaussian for q(z)",
        "You replace q(z) by one Gaussian with its mean and variance. q(z) is the average of N Gaussians, which has many "
        "humps.",
        lambda z, mu, logvar: (
            _log_q(z, mu, logvar).diagonal()
            - torch.distributions.Normal(mu.mean(0), ((logvar.exp() + mu**2).mean(0) - mu.mean(0) ** 2).sqrt())
            .log_prob(z)
            .sum(1)
        ).mean(),
    ),
    Mistake(
        "dimension by dimension",
        "You average the densities along each dimension by itself and add up. q(z) is the average of whole densities: add up the "
        "dimensions of log Q first.",
        lambda z, mu, logvar: _information_by_dimension(z, mu, logvar),
    ),
    Mistake(
        "own density at its mean",
        "You take log Q(z|X) at the mean of Q, where it is highest. It is taken at the draw, or averaged over Q.",
        lambda z, mu, logvar: _information(z, mu, logvar) + 0.5 * ((z - mu) ** 2 / logvar.exp()).sum(1).mean(),
    ),
)
