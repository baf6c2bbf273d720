"""Notebook 01: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Exponential, Independent, MultivariateNormal, Normal

from variants.registry import right, two_mistakes


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    return Independent(Normal(mean, sigma), 1).log_prob(x)


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    u = (x.double() - mean.double()) / sigma
    return -(u.square().sum(-1) + x.size(-1) * math.log(2 * math.pi * sigma**2)) / 2


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    rows = []
    for row, center in zip(x, mean, strict=True):
        total = torch.zeros(())
        for a, b in zip(row, center, strict=True):
            total = total - (a - b) ** 2 / (2 * sigma * sigma) - math.log(sigma * math.sqrt(2 * math.pi))
        rows.append(total)
    return torch.stack(rows)


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    d = x.shape[1]
    return MultivariateNormal(torch.zeros(d), sigma**2 * torch.eye(d)).log_prob(x - mean)


@two_mistakes("gaussian_log_likelihood")
def _(x, mean, sigma):  # no 2π, no half
    return -((x - mean) ** 2).sum(1) / sigma**2 - x.shape[1] * math.log(sigma)


@two_mistakes("gaussian_log_likelihood")
def _(x, mean, sigma):  # the sign, and a mean
    return -Normal(mean, sigma).log_prob(x).mean(1)


@right("ring")
def _(z):
    return z / 10 + torch.nn.functional.normalize(z)


@right("ring")
def _(z):
    return torch.stack([point / 10 + point / math.hypot(*point.tolist()) for point in z])


@right("ring")
def _(z):
    length = torch.einsum("bl,bl->b", z, z).sqrt().unsqueeze(1)
    return z * (1 + length / 10) / length


@right("ring")
def _(z):
    polar = torch.complex(z[:, 0].double(), z[:, 1].double())
    return torch.view_as_real(polar / 10 + torch.exp(1j * polar.angle()))


@two_mistakes("ring")
def _(z):  # ten times z, norm of the batch
    return z * 10 + z / z.norm()


@two_mistakes("ring")
def _(z):  # squared norm, no z/10
    return z / (z**2).sum(1, keepdim=True)


@right("to_exponential")
def _(z, rate):
    return -torch.log(1 - Normal(0.0, 1.0).cdf(z)) / rate


@right("to_exponential")
def _(z, rate):
    return Exponential(rate).icdf(torch.special.ndtr(z.double()))


@right("to_exponential")
def _(z, rate):
    return torch.tensor([-math.log(math.erfc(number / math.sqrt(2)) / 2) / rate for number in z.tolist()])


@right("to_exponential")
def _(z, rate):
    return -torch.special.log_ndtr(-z) * (1 / rate)


@two_mistakes("to_exponential")
def _(z, rate):  # upside down, and rate for mean
    return -torch.log(torch.special.ndtr(z)) * rate


@two_mistakes("to_exponential")
def _(z, rate):  # no Φ, no minus
    return torch.log(1 - z) / rate


@right("log_mean_exp")
def _(log_p_x_given_z):
    top = log_p_x_given_z.max(dim=0).values
    return top + (log_p_x_given_z - top).exp().mean(0).log()


@right("log_mean_exp")
def _(log_p):
    total = log_p[0].double()
    for row in log_p[1:]:
        total = torch.logaddexp(total, row.double())
    return total - math.log(log_p.shape[0])


@right("log_mean_exp")
def _(log_p):
    weights = torch.full((len(log_p),), 1 / len(log_p))
    return torch.logsumexp(log_p + weights.log()[:, None], 0)


@two_mistakes("log_mean_exp")
def _(log_p):  # over the wrong dimension, and no log S
    return torch.logsumexp(log_p, 1)


@two_mistakes("log_mean_exp")
def _(log_p):  # log S added, of the number of data points
    return torch.logsumexp(log_p, 0) + math.log(log_p.shape[1] + 1)
