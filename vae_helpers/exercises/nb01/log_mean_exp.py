"""log P(X) by Monte Carlo, without underflow."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def log_mean_exp(log_p_x_given_z):
    """Monte Carlo estimate of log P(X) = log E[P(X|z)], in nats.

    log_p_x_given_z: log P(X|z_s) for S draws z_s ~ P(z) and B data points, (S, B);
    any size, thousands of nats apart. Returns (B,).
    """
    return torch.logsumexp(log_p_x_given_z, dim=0) - math.log(len(log_p_x_given_z))


def _by_the_largest(log_p_x_given_z):
    top = log_p_x_given_z.max(dim=0).values
    return top + (log_p_x_given_z - top).exp().mean(dim=0).log()


def _oracle(log_p):
    # By hand: shift by the largest value, in double precision, one column at a time.
    answers = []
    for column in log_p.double().T:
        top = column.max()
        answers.append(top + torch.log(torch.exp(column - top).mean()))
    return torch.stack(answers).float()


def _shifted(log_p, by):
    return by + (log_p - by).exp().mean(0).log()


MISTAKES = (
    Mistake("mean of logs",
            "You average the logarithms. The logarithm of the average is wanted: log mean exp, not mean. (The mean of logs "
            "is smaller, by Jensen's inequality; notebook 02 makes use of that.)",
            lambda log_p: log_p.mean(0)),
    Mistake("underflow",
            "Right in theory, but exp(−1000) is 0 in floating point, and log 0 is −∞. Use torch.logsumexp, which takes the "
            "largest term out before the exponential.",
            lambda log_p: log_p.exp().mean(0).log()),
    *(Mistake(f"guarded logarithm, {guard:g}",
              f"The {guard:g} under the logarithm keeps −∞ away, and is all that is left where P(X|z) is smaller still. Take "
              "the largest term of each column out before the exponential, as torch.logsumexp does.",
              lambda log_p, guard=guard: (log_p.exp().mean(0) + guard).log())
      for guard in (1e-6, 1e-8, 1e-10, 1e-12)),
    Mistake("underflow, and sum for mean",
            "Two things. log S is missing: the average divides the sum by S. And exp(−1000) is 0 in floating point; use "
            "torch.logsumexp.",
            lambda log_p: log_p.exp().sum(0).log()),
    Mistake("shift, and sum for mean",
            "The largest term is taken out and not put back, and log S is missing.",
            lambda log_p: (log_p - log_p.amax(0)).exp().sum(0).log()),
    Mistake("sum for mean",
            "log S is missing: you have the logarithm of the sum, and the average divides it by S.",
            lambda log_p: log_p.logsumexp(0)),
    Mistake("log S added",
            "You add log S. The average divides by S, which subtracts log S.",
            lambda log_p: log_p.logsumexp(0) + math.log(len(log_p))),
    Mistake("S for log S",
            "You subtract S. Dividing by S inside the logarithm subtracts log S.",
            lambda log_p: log_p.logsumexp(0) - len(log_p)),
    Mistake("log S of the points",
            "You divide by the number of data points. There are S draws to average over, the length of dimension 0.",
            lambda log_p: log_p.logsumexp(0) - math.log(log_p.shape[1])),
    Mistake("log S of all entries",
            "You divide by the number of all entries, S times B. Each data point has an average of its own, over S draws.",
            lambda log_p: log_p.logsumexp(0) - math.log(log_p.numel())),
    Mistake("log S to base ten",
            "The logarithm of S is to base 10. Nats need the natural one, math.log.",
            lambda log_p: log_p.logsumexp(0) - math.log10(len(log_p))),
    Mistake("mean before logsumexp",
            "The logarithms are divided by S before the exponential. That takes a root of every P(X|z); the average divides "
            "their sum.",
            lambda log_p: (log_p / len(log_p)).logsumexp(0)),
    Mistake("wrong way",
            "You average over the data points (dimension 1). The draws are along dimension 0, and one number per data "
            "point is wanted.",
            lambda log_p: log_p.logsumexp(1) - math.log(log_p.shape[1])),
    Mistake("over everything",
            "You average over draws and data points alike. One number per data point is wanted, shape (B,): over dimension 0 "
            "only.",
            lambda log_p: log_p.flatten().logsumexp(0) - math.log(log_p.numel())),
    Mistake("no logarithm",
            "This is P(X) itself. Its logarithm is wanted; for pictures P(X) is too small for a float.",
            lambda log_p: log_p.exp().mean(0)),
    Mistake("divided by S outside",
            "You divide the logarithm by S. Dividing inside the logarithm means subtracting log S outside.",
            lambda log_p: log_p.logsumexp(0) / len(log_p)),
    Mistake("best draw only",
            "This is the largest of the terms. It dominates the sum, but it has to be divided by S, and the others count.",
            lambda log_p: log_p.amax(0)),
    Mistake("best draw divided",
            "This is the largest of the terms, divided by S. The other terms are missing from the sum.",
            lambda log_p: log_p.amax(0) - math.log(len(log_p))),
    Mistake("shift not put back",
            "You take the largest term out and do not put it back. What was subtracted before the exponential is added "
            "after the logarithm.",
            lambda log_p: (log_p - log_p.amax(0)).exp().mean(0).log()),
    Mistake("shift put back twice",
            "What was subtracted before the exponential is subtracted once more after the logarithm. It has to be added.",
            lambda log_p: (log_p - log_p.amax(0)).exp().mean(0).log() - log_p.amax(0)),
    Mistake("shift by the mean or the minimum",
            "Right where the draws are alike. Shifted by a column's mean, or by its smallest value, the largest terms overflow "
            "in exp. Shift by the column's largest value.",
            lambda log_p: _shifted(log_p, log_p.mean(0))),
    Mistake("shift of the batch",
            "Right where the data points are alike. You shift all columns by the largest value of the whole batch; a column "
            "far below it underflows. Shift each column by its own largest value.",
            lambda log_p: _shifted(log_p, log_p.max())),
    Mistake("weighted by itself",
            "You weigh the logarithms by softmax. That is the average of log P(X|z) over the posterior's weights, not the "
            "logarithm of the average.",
            lambda log_p: (log_p.softmax(0) * log_p).sum(0)),
    Mistake("sign",
            "The sign is turned: this is −log P(X).",
            lambda log_p: math.log(len(log_p)) - log_p.logsumexp(0)),
    Mistake("product for sum",
            "You add the logarithms, which multiplies the P(X|z). The average adds the P(X|z) themselves.",
            lambda log_p: log_p.sum(0) - math.log(len(log_p))),
    Mistake("S − 1",
            "You divide by S − 1. An average of S terms divides by S.",
            lambda log_p: log_p.logsumexp(0) - math.log(len(log_p) - 1)),
)  # fmt: skip

EXERCISE = Exercise(
    notebook="01",
    goal="Estimate $\\log P(X)$ from draws of $z$, without underflow.",
    reference=log_mean_exp,
    alternatives=(_by_the_largest,),
    oracle=_oracle,
    hints=(
        "$P(X)$ is the average of $P(X|z)$. You are given logarithms. Where must the average stand: inside or outside the "
        "log?",
        "$\\log P(X)\\approx\\log\\Big(\\frac1S\\sum_s e^{\\log P(X|z_s)}\\Big)$. For pictures the logarithms are near −1000, "
        "and $e^{-1000}$ is 0 in floating point. `torch.logsumexp` computes $\\log\\sum\\exp$ safely.",
        "`torch.logsumexp` over the draws, dimension 0, minus $\\log S$.",
    ),
    then="However far down the logarithms lie, the largest becomes exp(0) = 1, so that a sum of zeros cannot happen.",
    again="the cell below the hints, the cells of 1.6 that draw pictures and points, and the check of the challenge in 1.7.",
    probes=(
        (torch.tensor([[0.0, -1.0], [math.log(2), -1.0], [math.log(3), -1.0]]),),  # P(X|z) = 1, 2, 3 and thrice 1/e
        (gaussian(6, 3, seed=7) * 3,),
        (gaussian(5, 2, seed=8) * 10 - 1000,),
        (torch.tensor([[613.0, -3.0, -40_000.0], [-5800.0, -300.0, -41_000.0], [250.0, -1.0, -40_001.0],
                       [612.0, -900.0, -40_002.0]]),),
        (gaussian(7, 1, seed=9) * 100 + 300,),
    ),
    mistakes=MISTAKES,
)  # fmt: skip
