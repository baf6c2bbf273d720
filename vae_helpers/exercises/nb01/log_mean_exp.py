"""log P(X) by Monte Carlo, without underflow."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def log_mean_exp(log_p_x_given_z):
    """Monte Carlo estimate of log P(X) = log E[P(X|z)], in nats.

    log_p_x_given_z: log P(X|z_s) for S draws z_s ~ P(z) and B data points, (S, B). Returns (B,).
    """
    return torch.logsumexp(log_p_x_given_z, dim=0) - math.log(len(log_p_x_given_z))


def _oracle(log_p):
    # By hand: shift by the largest value, in double precision, one column at a time.
    answers = []
    for column in log_p.double().T:
        top = column.max()
        answers.append(top + torch.log(torch.exp(column - top).mean()))
    return torch.stack(answers).float()


EXERCISE = Exercise(
    notebook="01",
    goal="Estimate log P(X) from draws of z, without underflow.",
    reference=log_mean_exp,
    oracle=_oracle,
    hints=(
        "P(X) is the average of P(X|z). You are given logarithms. Where must the average stand: inside or outside the log?",
        "log P(X) ≈ log( (1/S) Σ exp(log P(X|z_s)) ). For pictures the logarithms are near −1000, and exp(−1000) is 0 in "
        "floating point. torch.logsumexp computes log Σ exp safely.",
        "torch.logsumexp over the draws, dimension 0, minus log S.",
    ),
    probes=(
        (torch.tensor([[0.0], [-1.0]]),),
        (gaussian(6, 3, seed=7) * 3,),
        (gaussian(5, 2, seed=8) * 10 - 1000,),
    ),
    mistakes=(
        Mistake(
            "mean of logs",
            "You average the logarithms. The logarithm of the average is wanted: log mean exp, not mean. (The mean of logs "
            "is smaller, by Jensen's inequality; notebook 02 makes use of that.)",
            lambda log_p_x_given_z: log_p_x_given_z.mean(0),
        ),
        Mistake(
            "underflow",
            "Right in theory, but exp(−1000) is 0 in floating point, and log 0 is −∞. Use torch.logsumexp, which takes the "
            "largest term out before the exponential.",
            lambda log_p_x_given_z: log_p_x_given_z.exp().mean(0).log(),
        ),
        Mistake(
            "sum for mean",
            "log S is missing: you have the logarithm of the sum, and the average divides it by S.",
            lambda log_p_x_given_z: torch.logsumexp(log_p_x_given_z, 0),
        ),
        Mistake(
            "wrong way",
            "You average over the data points (dimension 1). The draws are along dimension 0, and one number per data "
            "point is wanted.",
            lambda log_p_x_given_z: torch.logsumexp(log_p_x_given_z, 1) - math.log(log_p_x_given_z.shape[1]),
        ),
        Mistake(
            "no logarithm",
            "This is P(X) itself. Its logarithm is wanted; for pictures P(X) is too small for a float.",
            lambda log_p_x_given_z: log_p_x_given_z.exp().mean(0),
        ),
        Mistake(
            "divided by S outside",
            "You divide the logarithm by S. Dividing inside the logarithm means subtracting log S outside.",
            lambda log_p_x_given_z: torch.logsumexp(log_p_x_given_z, 0) / len(log_p_x_given_z),
        ),
        Mistake(
            "best draw only",
            "This is the largest of the terms. It dominates the sum, but it has to be divided by S, and the others count.",
            lambda log_p_x_given_z: log_p_x_given_z.max(0).values,
        ),
    ),
)
