"""Notebook 00: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import MultivariateNormal, Normal

from variants.registry import right, two_mistakes


@right("log_prior")
def _(z):
    return Normal(0.0, 1.0).log_prob(z).sum(-1)


@right("log_prior")
def _(points):
    answers = []
    for point in points:
        total = 0.0
        for number in point:
            total = total + torch.log(torch.exp(-(number.double() ** 2) / 2) / math.sqrt(2 * math.pi))
        answers.append(total)
    return torch.stack(answers)


@right("log_prior")
def _(z):
    return -0.5 * torch.einsum("bl,bl->b", z, z) - z.shape[1] / 2 * math.log(2 * math.pi)


@right("log_prior")
def _(z):
    return MultivariateNormal(torch.zeros(z.shape[1]), torch.eye(z.shape[1])).log_prob(z)


@two_mistakes("log_prior")
def _(z):  # no half, no constant
    return -(z**2).sum(1)


@two_mistakes("log_prior")
def _(z):  # the sign, summed over the batch
    return (0.5 * z**2 + 0.5 * math.log(2 * math.pi)).sum()


@two_mistakes("log_prior")
def _(z):  # no half, and shape (B, 1): the first probe alone looks right but for the shape
    return (-(z**2) - 0.5 * math.log(2 * math.pi)).sum(1, keepdim=True)
