"""Known mistakes of `gap_on_grid`."""

import math

import torch

from vae_helpers.exercises.engine import Mistake

MISTAKES = (
    Mistake(
        "joint for posterior",
        "You compare Q with P(X, z), which is not normalized: its integral is P(X). Your number is minus the "
        "bound; divide by P(X) first and the gap remains.",
        edit=(("log_joint - log_p_x", "log_joint"),),
    ),
    Mistake(
        "direction",
        "You computed D[P(z|X)‖Q]. In (5) the average is over Q.",
        edit=(("log_q.exp() * (log_q - log_posterior)", "log_posterior.exp() * (log_posterior - log_q)"),),
    ),
    Mistake(
        "no cell in the sum",
        "The posterior is right, but the last sum is not multiplied by the cell: on a grid an integral is a sum "
        "times the area of a cell.",
        edit=((").sum() * cell", ").sum()"),),
    ),
    Mistake(
        "no cell in P(X)",
        "P(X) is an integral as well: log P(X) = logsumexp(log_joint) + log(cell). Without the cell your "
        "posterior sums to 1 over points, while Q integrates to 1 over area.",
        edit=((" + math.log(cell)", ""),),
    ),
    Mistake(
        "mean over the grid",
        "You average over the grid. The weights Q(z)·cell add up to 1 already.",
        edit=((").sum() * cell", ").mean()"),),
    ),
    Mistake(
        "mean times the cell",
        "You average over the grid and multiply by the cell as well. The integral is the sum times the cell.",
        edit=((").sum() * cell", ").mean() * cell"),),
    ),
    Mistake(
        "unweighted",
        "You add up log Q − log P(z|X) over all points alike. The expectation weights each point by Q(z).",
        edit=(("log_q.exp() * (log_q", "(log_q"),),
    ),
    Mistake(
        "weighted by the logarithm",
        "You weight each point by log Q(z). The weight is Q(z), log_q.exp().",
        edit=(("log_q.exp() * (log_q", "log_q * (log_q"),),
    ),
    Mistake(
        "sign",
        "The sign is turned: a divergence is E_Q[log Q − log P], never negative.",
        edit=(("log_q - log_posterior)", "log_posterior - log_q)"),),
    ),
    Mistake(
        "underflow",
        "On the image with log P(X) = −400 your answer is not finite: exp(−400) is 0 in single precision. Use "
        "torch.logsumexp.",
        edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "(log_joint.exp().sum() * cell).log()"),),
    ),
    Mistake(
        "log of softmax",
        "Far from its peak the posterior is below 10⁻⁴⁵, which single precision rounds to 0, and log 0 spoils "
        "the sum. Stay in logarithms: log_joint − logsumexp(log_joint) − log(cell).",
        edit=(("log_joint - log_p_x", "(torch.softmax(log_joint, 0) / cell).log()"),),
    ),
    Mistake(
        "log of softmax, no cell",
        "Two things: the posterior, without a cell, sums to 1 over points while Q integrates to 1 over area; "
        "and far from its peak it is rounded to 0 before the logarithm is taken.",
        edit=(("log_joint - log_p_x", "torch.softmax(log_joint, 0).log()"),),
    ),
    Mistake(
        "no cell at all",
        "The cell is missing in both integrals, that of P(X) and that of the divergence.",
        edit=(
            (" + math.log(cell)", ""),
            (").sum() * cell", ").sum()"),
        ),
    ),
    Mistake(
        "divided by the cell",
        "log P(X) = logsumexp(log_joint) + log(cell): the cell multiplies; you divide by it.",
        edit=(("+ math.log(cell)", "- math.log(cell)"),),
    ),
    Mistake(
        "cell beside the logarithm",
        "You multiply a logarithm by the cell. Inside the logarithm the cell is a factor, outside it adds log(cell).",
        edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "torch.logsumexp(log_joint, dim=0) * cell"),),
    ),
    Mistake(
        "cell inside logsumexp",
        "log_joint · cell scales the logarithms. The cell multiplies the sum of the probabilities: + log(cell) "
        "outside.",
        edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "torch.logsumexp(log_joint * cell, dim=0)"),),
    ),
    Mistake(
        "sum of logarithms",
        "You add up logarithms for P(X). P(X) is the sum of the probabilities: logsumexp.",
        edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "log_joint.sum() * cell"),),
    ),
    Mistake(
        "mean for P(X)",
        "You average P(X, z) over the grid. P(X) is its integral: the sum times the cell.",
        edit=(("+ math.log(cell)", "- math.log(len(log_joint))"),),
    ),
    Mistake(
        "the bound",
        "This is the bound. The gap is log P(X) minus it.",
        edit=(("log_q - log_posterior)", "log_joint - log_q)"),),
    ),
    Mistake(
        "ratio outside the logarithm",
        "You average the ratio Q/P(z|X), not its logarithm.",
        edit=(("(log_q - log_posterior)", "(log_q - log_posterior).exp()"),),
    ),
    Mistake(
        "factors averaged apart",
        "You average log Q − log P(z|X) over the grid by itself. The weight Q(z) belongs to each point, inside "
        "the sum.",
        edit=(
            (
                "(log_q.exp() * (log_q - log_posterior)).sum() * cell",
                "log_q.exp().sum() * cell * (log_q - log_posterior).mean()",
            ),
        ),
    ),
    Mistake(
        "log P(X)",
        "This is log P(X). The gap is log P(X) minus the bound.",
        lambda log_q, log_joint, cell: torch.logsumexp(log_joint, 0) + math.log(cell),
    ),
)
