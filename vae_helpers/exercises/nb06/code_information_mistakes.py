"""What learners do instead of `code_information`."""

import math

from vae_helpers.exercises.engine import Mistake

MISTAKES = (
    Mistake(
        "weighted by the shares",
        "You weight each draw by the share of its own Q in the row. The draws come from Q already: their plain mean is the expectation.",
        edit=(
            (
                "(log_q.diagonal() - log_aggregate).mean()",
                "(log_q.softmax(dim=1).diagonal() * (log_q.diagonal() - log_aggregate)).sum()",
            ),
        ),
    ),
    Mistake(
        "over the draws",
        "You average over the draws, dim=0: Q(z|X) of one X at many z. q(z) averages over the images at one z, a row.",
        edit=(("dim=1", "dim=0"),),
    ),
    Mistake(
        "no log N",
        "q(z) is the average of the Q(z|X), not their sum: log N is missing.",
        edit=((" - math.log(len(log_q))", ""),),
    ),
    Mistake(
        "log N twice",
        "log N has the wrong sign: the average is the sum divided by N, so it is taken away from log q(z).",
        edit=(("- math.log(len", "+ math.log(len"),),
    ),
    Mistake(
        "log N²",
        "You divide by all N² entries. Each z has N of them, and N is len(log_q).",
        edit=(("len(log_q)", "log_q.numel()"),),
    ),
    Mistake(
        "mean of logs",
        "You average the logarithms of the Q(z|X). q(z) is the average of the densities, and then its logarithm.",
        edit=(("torch.logsumexp(log_q, dim=1) - math.log(len(log_q))", "log_q.mean(dim=1)"),),
    ),
    Mistake(
        "one q for all z",
        "You average over the whole matrix. q(z) has a value for each z, the average of its row.",
        edit=(
            (
                "torch.logsumexp(log_q, dim=1) - math.log(len(log_q))",
                "torch.logsumexp(log_q.flatten(), dim=0) - math.log(log_q.numel())",
            ),
        ),
    ),
    Mistake(
        "one sum for all z",
        "You add up the whole matrix. q(z) has a value for each z, the average of its row.",
        edit=(("torch.logsumexp(log_q, dim=1) - math.log(len(log_q))", "torch.logsumexp(log_q.flatten(), dim=0)"),),
    ),
    Mistake(
        "all entries",
        "The average of log Q(z|X) is over pairs that belong together, on the diagonal. You take all pairs.",
        edit=(("log_q.diagonal()", "log_q.T"),),
    ),
    Mistake(
        "all entries over the draws",
        "You take all pairs, and average over the draws. Pairs that belong together stand on the diagonal, and the "
        "values for one z in a row.",
        edit=(
            ("log_q.diagonal()", "log_q"),
            ("dim=1", "dim=0"),
        ),
    ),
    Mistake(
        "largest for own",
        "You take the largest value of each row. The Q that drew z stands on the diagonal, whether it is the "
        "largest or not.",
        edit=(("log_q.diagonal()", "log_q.amax(dim=1)"),),
    ),
    Mistake(
        "first image for all",
        "You take the draw of the first image, log_q[0]. The pairs that belong together stand on the diagonal.",
        edit=(("log_q.diagonal()", "log_q[0]"),),
    ),
    Mistake(
        "diagonal added up",
        "trace() adds up the diagonal; wanted is its average.",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "log_q.trace() - log_aggregate.mean()"),),
    ),
    Mistake(
        "sign",
        "The sign is turned: information is never negative on average.",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "(log_aggregate - log_q.diagonal()).mean()"),),
    ),
    Mistake(
        "sum",
        "You add up the draws; wanted is their average.",
        edit=(("log_aggregate).mean()", "log_aggregate).sum()"),),
    ),
    Mistake(
        "each image",
        "You give one number an image; wanted is their average, ().",
        edit=(("log_aggregate).mean()", "log_aggregate)"),),
    ),
    Mistake(
        "bits",
        "These are bits. Wanted are nats: do not divide by log 2.",
        edit=(("log_aggregate).mean()", "log_aggregate).mean() / math.log(2)"),),
    ),
    Mistake(
        "share of the most",
        "You divide by log N, the most that can be told. Wanted are nats.",
        edit=(("log_aggregate).mean()", "log_aggregate).mean() / math.log(len(log_q))"),),
    ),
    Mistake(
        "underflow",
        "Your answer is not finite, or wrong, where densities leave single precision: exp(−1000) is 0 there, "
        "exp(1000) infinite. Stay in logarithms: torch.logsumexp.",
        edit=(("torch.logsumexp(log_q, dim=1) - math.log(len(log_q))", "log_q.exp().mean(dim=1).log()"),),
    ),
    Mistake(
        "ratio of logarithms",
        "You divide logarithms. The logarithm of a ratio is a difference.",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "(log_q.diagonal() / log_aggregate).mean()"),),
    ),
    Mistake(
        "N outside the logarithm",
        "You divide log of the sum by N. The average is inside the logarithm: minus log N.",
        edit=(("torch.logsumexp(log_q, dim=1) - math.log(len(log_q))", "torch.logsumexp(log_q, dim=1) / len(log_q)"),),
    ),
    Mistake(
        "ratio averaged",
        "You average the ratio Q(z|X)/q(z), not its logarithm.",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "(log_q.diagonal() - log_aggregate).exp().mean()"),),
    ),
    Mistake(
        "log of the mean ratio",
        "You take the logarithm of the average ratio. Wanted is the average of the logarithms of Q(z|X)/q(z).",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "(log_q.diagonal() - log_aggregate).exp().mean().log()"),),
    ),
    Mistake(
        "weighted again",
        "You weight each draw by its density once more. The draws come from Q already: their plain average is E_Q.",
        edit=(
            (
                "(log_q.diagonal() - log_aggregate).mean()",
                "(log_q.diagonal().exp() * (log_q.diagonal() - log_aggregate)).mean()",
            ),
        ),
    ),
    Mistake(
        "others only",
        "You leave the draw's own image out of q(z). It is one of the N images.",
        edit=(
            (
                "torch.logsumexp(log_q, dim=1) - math.log(len(log_q))",
                "torch.logsumexp(log_q.masked_fill(torch.eye(len(log_q)).bool(), -math.inf), dim=1) - "
                "math.log(len(log_q) - 1)",
            ),
        ),
    ),
    Mistake(
        "q(z) alone",
        "This is minus the average of log q(z). log Q(z|X), on the diagonal, is still to be added.",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "-log_aggregate.mean()"),),
    ),
    Mistake(
        "Q alone",
        "This is the average of log Q(z|X) alone; log q(z) is to be taken away.",
        edit=(("(log_q.diagonal() - log_aggregate).mean()", "log_q.diagonal().mean()"),),
    ),
    Mistake(
        "all images by their shares",
        "You average over all images, each by its share in q(z). On average over many draws that gives the same; here each draw counts "
        "with its own image, the diagonal.",
        lambda log_q: (log_q.softmax(1) * (log_q.log_softmax(1) + math.log(len(log_q)))).sum(1).mean(),
    ),
)
