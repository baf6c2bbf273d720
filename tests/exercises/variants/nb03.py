"""Notebook 03: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from variants.registry import right, two_mistakes


@right("gaussian_kl")
def _(mean0, covariance0, mean1, covariance1):
    return kl_divergence(MultivariateNormal(mean0, covariance0), MultivariateNormal(mean1, covariance1))


@right("gaussian_kl")
def _(mean0, covariance0, mean1, covariance1):
    inverse, d = torch.linalg.inv(covariance1), mean1 - mean0
    trace = torch.einsum("ij,ji->", inverse, covariance0)
    logs = torch.logdet(covariance1) - torch.logdet(covariance0)
    return (trace + d @ inverse @ d - len(d) + logs) / 2


@right("gaussian_kl")
def _(m0, c0, m1, c1):
    m0, c0, m1, c1 = (t.double() for t in (m0, c0, m1, c1))
    ratio = torch.linalg.solve(c1, c0)
    distance = (m1 - m0) @ torch.linalg.solve(c1, m1 - m0)
    return 0.5 * (ratio.trace() - torch.linalg.slogdet(ratio).logabsdet - len(m0) + distance)


@right("gaussian_kl")
def _(m0, c0, m1, c1):
    values, vectors = torch.linalg.eigh(c1)
    whiten = vectors / values.sqrt()
    inner = torch.linalg.eigvalsh(whiten.T @ c0 @ whiten)
    return 0.5 * ((inner - 1 - inner.log()).sum() + ((m1 - m0) @ whiten).square().sum())


@two_mistakes("gaussian_kl")
def _(m0, c0, m1, c1):  # no half, no −k
    inverse, d = torch.linalg.inv(c1), m1 - m0
    return torch.trace(inverse @ c0) + d @ inverse @ d + torch.logdet(c1) - torch.logdet(c0)


@two_mistakes("gaussian_kl")
def _(m0, c0, m1, c1):  # the other direction, without the half
    return 2 * kl_divergence(MultivariateNormal(m1, c1), MultivariateNormal(m0, c0))


@right("kl_to_standard_normal")
def _(mu, logvar):
    return kl_divergence(Normal(mu, torch.exp(logvar / 2)), Normal(0.0, 1.0)).sum(-1)


@right("kl_to_standard_normal")
def _(mu, logvar):
    return -0.5 * torch.sum(1 + logvar.double() - mu.double().pow(2) - logvar.double().exp(), 1)


@right("kl_to_standard_normal")
def _(mu, logvar):
    rows = []
    for m, v in zip(mu, logvar, strict=True):
        rows.append(sum((v[i].exp() + m[i] ** 2 - 1 - v[i]) / 2 for i in range(len(m))))
    return torch.stack(rows)


@right("kl_to_standard_normal")
def _(mu, logvar):
    variance = torch.einsum("bl->b", logvar.exp())
    return (variance + torch.einsum("bl,bl->b", mu, mu) - mu.shape[1] - logvar.sum(1)) / 2


@two_mistakes("kl_to_standard_normal")
def _(mu, logvar):  # the sign, and a mean
    return -0.5 * (logvar.exp() + mu**2 - 1 - logvar).mean(1)


@two_mistakes("kl_to_standard_normal")
def _(mu, logvar):  # no half, no −k
    return (logvar.exp() + mu**2 - logvar).sum(1)


@right("kl_gradients")
def _(mu, logvar):
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    return torch.autograd.grad(0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(), (mu, logvar))


@right("kl_gradients")
def _(mu, logvar):
    return mu.clone(), torch.expm1(logvar.double()) / 2


@right("kl_gradients")
def _(mu, logvar):
    half = [[(math.exp(v) - 1) / 2 for v in row] for row in logvar.tolist()]
    return [torch.tensor(mu.tolist()), torch.tensor(half)]


@two_mistakes("kl_gradients")
def _(mu, logvar):  # twice μ, no half
    return 2 * mu, logvar.exp() - 1


@two_mistakes("kl_gradients")
def _(mu, logvar):  # signs and order
    return -0.5 * (logvar.exp() - 1), -mu


@right("forward_fit")
def _(z, p, spacing):
    mean = torch.trapezoid(z * p, z)
    return mean, torch.sqrt(torch.trapezoid(z**2 * p, z) - mean**2)


@right("forward_fit")
def _(z, p, spacing):
    weights = p.double() / p.double().sum()
    mean = torch.einsum("g,g->", weights, z.double())
    return mean, (weights @ (z.double() - mean) ** 2) ** 0.5


@right("forward_fit")
def _(z, p, spacing):
    mean = variance = 0.0
    for point, density in zip(z, p, strict=True):
        mean = mean + point * density * spacing
    for point, density in zip(z, p, strict=True):
        variance = variance + (point - mean) ** 2 * density * spacing
    return mean, variance.sqrt()


@two_mistakes("forward_fit")
def _(z, p, spacing):  # no spacing, variance for sd
    mean = (z * p).sum()
    return mean, ((z - mean) ** 2 * p).sum()


@two_mistakes("forward_fit")
def _(z, p, spacing):  # the mode, and the root forgotten
    mode = z[p.argmax()]
    return mode, ((z - mode) ** 2 * p).sum() * spacing
