"""How much codes say about their images."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def information(log_q):
    """How much a code tells about which image it belongs to: I(X; z), the information.

    log_q: entry (i, j) is log Q(zᵢ|Xⱼ), (N, N), in nats, where zᵢ was drawn from
    Q(z|Xᵢ), one draw an image; entries may lie 1000 nats apart. q(z) is the mean of
    Q(z|X) over the N images. Returns the average of log Q(z|X) − log q(z), (), in nats.
    """
    log_aggregate = torch.logsumexp(log_q, dim=1) - math.log(len(log_q))
    return (log_q.diagonal() - log_aggregate).mean()


def _oracle(log_q):
    # Bayes' rule: −log of the probability that draw i is given to its own image, compared with 1/N.
    total = 0.0
    rows = log_q.double().tolist()
    for i, row in enumerate(rows):
        total += math.log(len(rows)) - math.log(math.fsum(math.exp(value - row[i]) for value in row))
    return torch.tensor(total / len(rows))


def _codes(mu, sigma, seed):
    mu, sigma = torch.tensor(mu), torch.tensor(sigma)
    z = mu + sigma * gaussian(len(mu), seed=seed)
    return torch.distributions.Normal(mu, sigma).log_prob(z[:, None])


EXERCISE = Exercise(
    notebook="06",
    goal="Measure how much of what z costs says anything about X.",
    reference=information,
    oracle=_oracle,
    hints=(
        "$q(z)$ is the average of all $Q(z|X_j)$ at the same z. Where in the matrix do the values for one z stand? And "
        "where is the Q that drew it?",
        "One z is one row; its own Q stands on the diagonal. An average of densities whose logarithms you have: "
        "`torch.logsumexp(log_q, dim=1) - math.log(N)`.",
        "`(log_q.diagonal() - log_aggregate).mean()`",
    ),
    probes=(
        # by hand: q(z) = ½ for both draws; ½ (log 0.8/0.5 + log 0.6/0.5)
        (torch.tensor([[0.8, 0.2], [0.4, 0.6]]).log(),),
        (_codes([0.0, 0.5, 3.0, 3.2], [0.4, 0.8, 0.1, 0.5], seed=91),),
        (_codes([-30.0, 0.0, 0.3, 40.0, 41.0], [0.7, 0.5, 1.0, 1.5, 0.9], seed=92),),
    ),
    mistakes=(
        Mistake(
            "over the draws",
            "You average over the draws, dim=0: Q(z|X) of one X at many z. q(z) averages over the images at one z, a row.",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 0) + math.log(len(log_q))).mean(),
        ),
        Mistake(
            "no log N",
            "q(z) is the average of the Q(z|X), not their sum: log N is missing.",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 1)).mean(),
        ),
        Mistake(
            "log N twice",
            "log N has the wrong sign: the average is the sum divided by N, so it is taken away from log q(z).",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 1) - math.log(len(log_q))).mean(),
        ),
        Mistake(
            "mean of logs",
            "You average the logarithms of the Q(z|X). q(z) is the average of the densities, and then its logarithm.",
            lambda log_q: (log_q.diagonal() - log_q.mean(1)).mean(),
        ),
        Mistake(
            "mean of logs over the draws",
            "You average logarithms, and over the draws. q(z) is the average of the densities of one row.",
            lambda log_q: (log_q.diagonal() - log_q.mean(0)).mean(),
        ),
        Mistake(
            "all entries",
            "The average of log Q(z|X) is over pairs that belong together, on the diagonal. You take all pairs.",
            lambda log_q: (log_q - torch.logsumexp(log_q, 1, keepdim=True) + math.log(len(log_q))).mean(),
        ),
        Mistake(
            "all entries over the draws",
            "You take all pairs, and average over the draws. Pairs that belong together stand on the diagonal, and the "
            "values for one z in a row.",
            lambda log_q: (log_q - torch.logsumexp(log_q, 0) + math.log(len(log_q))).mean(),
        ),
        Mistake(
            "sign",
            "The sign is turned: information is never negative on average.",
            lambda log_q: (torch.logsumexp(log_q, 1) - math.log(len(log_q)) - log_q.diagonal()).mean(),
        ),
        Mistake(
            "sum",
            "You add up the draws; wanted is their average.",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 1) + math.log(len(log_q))).sum(),
        ),
        Mistake(
            "each image",
            "You give one number an image; wanted is their average, ().",
            lambda log_q: log_q.diagonal() - torch.logsumexp(log_q, 1) + math.log(len(log_q)),
        ),
        Mistake(
            "bits",
            "These are bits. Wanted are nats: do not divide by log 2.",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 1) + math.log(len(log_q))).mean() / math.log(2),
        ),
        Mistake(
            "underflow",
            "Your answer is not finite where densities lie below 10⁻⁴⁵, which single precision rounds to 0. Stay in "
            "logarithms: torch.logsumexp.",
            lambda log_q: (log_q.diagonal().exp() / log_q.exp().mean(1)).log().mean(),
        ),
        Mistake(
            "log of the mean ratio",
            "You take the logarithm of the average ratio. Wanted is the average of the logarithms of Q(z|X)/q(z).",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 1) + math.log(len(log_q))).exp().mean().log(),
        ),
        Mistake(
            "weighted again",
            "You weight each draw by its density once more. The draws come from Q already: their plain average is E_Q.",
            lambda log_q: (
                log_q.diagonal().exp() * (log_q.diagonal() - torch.logsumexp(log_q, 1) + math.log(len(log_q)))
            ).mean(),
        ),
        Mistake(
            "others only",
            "You leave the draw's own image out of q(z). It is one of the N images.",
            lambda log_q: (
                log_q.diagonal()
                - torch.logsumexp(log_q.masked_fill(torch.eye(len(log_q)).bool(), -math.inf), 1)
                + math.log(len(log_q) - 1)
            ).mean(),
        ),
        Mistake(
            "q(z) alone",
            "This is minus the average of log q(z). log Q(z|X), on the diagonal, is still to be added.",
            lambda log_q: -(torch.logsumexp(log_q, 1) - math.log(len(log_q))).mean(),
        ),
        Mistake(
            "Q alone",
            "This is the average of log Q(z|X) alone; log q(z) is to be taken away.",
            lambda log_q: log_q.diagonal().mean(),
        ),
        Mistake(
            "square root of N",
            "You divide by all N² entries. Each z has N of them, and N is len(log_q).",
            lambda log_q: (log_q.diagonal() - torch.logsumexp(log_q, 1) + math.log(log_q.numel())).mean(),
        ),
    ),
)
