"""log P(X) by importance sampling."""

import decimal
import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb05.log_p_x_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def log_p_x(log_p_x_given_z, log_p_z, log_q):
    """log P(X) of B images by importance sampling, from K draws z ~ Q(z|X) of each.

    log_p_x_given_z, log_p_z, log_q: log P(X|z), log P(z) and log Q(z|X) of every draw,
    in nats, (K, B). The draws of one image may lie hundreds of nats apart, and images
    thousands. Returns log P(X) of each image, in nats, (B,).
    """
    log_w = log_p_x_given_z + log_p_z - log_q
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


def _oracle(log_p_x_given_z, log_p_z, log_q):
    # Weights as decimal fractions, whose exponents do not run out.
    def exact(number):
        return decimal.Decimal(float(number)).exp()

    averages = []
    for terms in zip(log_p_x_given_z.T, log_p_z.T, log_q.T, strict=True):
        weights = [exact(a) * exact(b) / exact(c) for a, b, c in zip(*terms, strict=True)]
        averages.append(float((sum(weights) / len(weights)).ln()))
    return torch.tensor(averages)


def _by_the_largest(log_p_x_given_z, log_p_z, log_q):
    log_w = log_p_x_given_z + log_p_z - log_q
    top = log_w.max(dim=0).values
    return top + (log_w - top).exp().mean(dim=0).log()


EXERCISE = Exercise(
    notebook="05",
    goal="Estimate log P(X) from draws of Q, correcting for the fact that they are not draws of P(z).",
    reference=log_p_x,
    oracle=_oracle,
    alternatives=(_by_the_largest,),
    hints=(
        "Write the logarithm of one weight first: a product becomes a sum, a quotient a difference. Then think about "
        "the order: is it the logarithm of an average, or the average of logarithms?",
        "$\\log w = \\log P(X|z) + \\log P(z) - \\log Q(z|X)$, shape (K, B). The average over $K$ is a sum divided by "
        "$K$. But $e^{-800}$ is 0 in the computer: `torch.logsumexp` adds up without leaving the logarithms.",
        "`torch.logsumexp(log_w, dim=0) - math.log(K)`, with `K = len(log_w)`.",
    ),
    then="With K = 1 it is the bound from a single draw; more draws lift it, on average, toward log P(X).",
    again="the cell below the hints, the wider net at the end of 5.7, and the last comparison of 5.8.",
    probes=(
        (
            torch.tensor([[-3.0, -1.0], [-1.0, -2.0], [-2.0, -2.0]]),
            torch.tensor([[-2.0, -1.0], [-1.0, -1.0], [-1.0, -3.0]]),
            torch.tensor([[0.0, -1.0], [-1.0, 1.0], [1.0, 0.0]]),
        ),
        (2 * gaussian(3, 4, seed=1) - 5, gaussian(3, 4, seed=2) - 3, gaussian(3, 4, seed=3) + 1),
        (
            5 * gaussian(6, 2, seed=4) - torch.tensor([800.0, 2500.0]),
            gaussian(6, 2, seed=5) - 20,
            gaussian(6, 2, seed=6) + 10,
        ),
        (  # draws of one image that lie hundreds of nats apart
            torch.tensor([[-500.0, -90.0], [-800.0, -92.0], [-1100.0, -400.0], [-502.0, -95.0]]),
            gaussian(4, 2, seed=7) - 3,
            gaussian(4, 2, seed=8) + 4,
        ),
    ),
    mistakes=MISTAKES,
)
