"""Notebook 02: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Normal

from variants.registry import right, two_mistakes


@right("divergence_from_posterior")
def _(log_q, log_p_x_given_z, log_p_z, log_p_x):
    return log_q.mean() - (log_p_x_given_z + log_p_z - log_p_x).mean()


@right("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):
    total = 0
    for s in range(len(log_q)):
        total = total + log_q[s].double() - log_x[s] - log_z[s] + log_p
    return total / len(log_q)


@right("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):
    stacked = torch.stack([log_q, log_x, log_z])
    return torch.einsum("t,ts->", torch.tensor([1.0, -1.0, -1.0]), stacked) / stacked.shape[1] + log_p


@two_mistakes("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):  # the missing log, and log P(X) left out
    return (log_q - log_x - log_z.exp()).mean()


@two_mistakes("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):  # the sign of log P(X), and a sum
    return (log_q - log_x - log_z).sum() - log_p


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):
    q, prior = Normal(mean, sd), Normal(0.0, 1.0)
    z = mean + sd * eps
    return (Normal(f(z), sigma).log_prob(torch.tensor(x)) + prior.log_prob(z) - q.log_prob(z)).mean()


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):
    total = 0.0
    for e in eps.double():
        z = mean + sd * e
        total = total - math.log(sigma) - 0.5 * ((x - f(z)) / sigma) ** 2 - 0.5 * math.log(2 * math.pi)
        total = total - 0.5 * z**2 + 0.5 * e**2 + math.log(sd)
    return total / len(eps)


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):
    z = torch.add(mean, eps, alpha=sd)
    error = (x - f(z)).square()
    reconstruction = -error.mean() / (2 * sigma**2) - 0.5 * math.log(2 * math.pi * sigma**2)
    return reconstruction - (z.square() - eps.square()).mean() / 2 + math.log(sd)


@two_mistakes("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):  # variance as scale, no 2π
    z = mean + sd**2 * eps
    reconstruction = -0.5 * ((x - f(z)) / sigma) ** 2 - math.log(sigma)
    return (reconstruction + Normal(0.0, 1.0).log_prob(z) - Normal(mean, sd).log_prob(z)).mean()


@two_mistakes("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):  # draws from the prior, no Q
    return (Normal(f(eps), sigma).log_prob(torch.tensor(x)) + Normal(0.0, 1.0).log_prob(eps)).mean()


@right("posterior_on_grid")
def _(log_joint, spacing):
    return torch.softmax(log_joint, 0) / spacing


@right("posterior_on_grid")
def _(log_joint, spacing):
    return torch.exp(log_joint - torch.logsumexp(log_joint, 0) - math.log(spacing))


@right("posterior_on_grid")
def _(log_joint, spacing):
    numbers = log_joint.tolist()
    weights = [math.exp(number - max(numbers)) for number in numbers]
    return torch.tensor([weight / (sum(weights) * spacing) for weight in weights], dtype=torch.float64)


@two_mistakes("posterior_on_grid")
def _(log_joint, spacing):  # not normalized, times spacing
    return torch.exp(log_joint - log_joint.max()) * spacing


@two_mistakes("posterior_on_grid")
def _(log_joint, spacing):  # probabilities, and their logarithm
    return torch.log_softmax(log_joint, 0)


@right("closing_q")
def _(x, w, b, sigma):
    variance = sigma**2 / (sigma**2 + w.square().sum())
    return torch.einsum("bd,d->b", x - b, w) * variance / sigma**2, variance


@right("closing_q")
def _(x, w, b, sigma):
    w, b = w.double(), b.double()
    covariance = torch.outer(w, w) + sigma**2 * torch.eye(len(w), dtype=torch.float64)
    inverse = torch.linalg.inv(covariance)
    return torch.stack([w @ inverse @ (row.double() - b) for row in x]), 1 - w @ inverse @ w


@right("closing_q")
def _(x, w, b, sigma):  # ridge regression of X − b on w, as a list
    design = torch.cat([w / sigma, torch.ones(1)])[:, None]
    target = torch.cat([(x - b) / sigma, torch.zeros(len(x), 1)], dim=1).T
    return [torch.linalg.lstsq(design, target).solution[0], 1 / (design.T @ design)[0, 0]]


@two_mistakes("closing_q")
def _(x, w, b, sigma):  # no b, sd for variance
    precision = 1 + w @ w / sigma**2
    return x @ w / sigma**2 / precision, precision**-0.5


@two_mistakes("closing_q")
def _(x, w, b, sigma):  # no prior, precision for variance
    precision = w @ w / sigma**2
    return (x - b) @ w / (w @ w), precision
