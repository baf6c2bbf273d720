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


@right("gaussian_kl")
def _(m0, c0, m1, c1):
    factor = torch.linalg.cholesky(c1)
    d = (m1 - m0)[:, None]
    trace = torch.cholesky_solve(c0, factor).diagonal().sum()
    distance = (d * torch.cholesky_solve(d, factor)).sum()
    return 0.5 * (trace + distance - m0.numel() + c1.logdet() - c0.logdet())


@right("gaussian_kl")
def _(m0, c0, m1, c1):  # tr(Σ₁⁻¹(Σ₀ + ddᵀ)): trace and distance in one
    d = (m1 - m0).double()
    moved = c0.double() + torch.outer(d, d)
    logs = torch.linalg.eigvalsh(c1.double()).log().sum() - torch.linalg.eigvalsh(c0.double()).log().sum()
    return (torch.linalg.solve(c1.double(), moved).trace() - len(d) + logs) / 2


@right("kl_to_standard_normal")
def _(mu, logvar):
    variance = logvar.exp()
    return (0.5 * variance + 0.5 * mu.square() - 0.5 - 0.5 * logvar).sum(-1)


@right("kl_to_standard_normal")
def _(mu, logvar):
    q = torch.distributions.Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    prior = torch.distributions.Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return kl_divergence(q, prior)


@right("kl_gradients")
def _(mu, logvar):
    variance = logvar.exp()
    return torch.stack([mu, 0.5 * variance - 0.5]).unbind(0)


@right("kl_gradients")
def _(mu, logvar):
    by_mu = 0.5 * (2 * mu)
    by_logvar = 0.5 * logvar.exp() - 0.5 * torch.ones_like(logvar)
    return by_mu, by_logvar


@right("kl_gradients")
def _(mu, logvar):
    sd = torch.exp(0.5 * logvar)
    return mu + 0, (sd - 1 / sd) * sd / 2


@right("forward_fit")
def _(z, p, spacing):
    weights = p * spacing
    mean = torch.dot(weights, z)
    return mean, torch.sqrt(torch.dot(weights, z * z) - mean * mean)


@right("forward_fit")
def _(z, p, spacing):  # descent on the divergence itself
    state = torch.tensor([0.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([state], max_iter=200, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = (p.double() * (0.5 * ((z.double() - state[0]) / state[1].exp()) ** 2 + state[1])).sum() * spacing
        value.backward()
        return value

    optimizer.step(loss)
    return state[0].detach(), state[1].exp().detach()


@right("forward_fit")
def _(z, p, spacing):
    masses = p / p.sum()
    mean = torch.einsum("g,g->", masses, z)
    return [mean, torch.einsum("g,g,g->", masses, z - mean, z - mean).sqrt()]


@right("information")
def _(z, mu, logvar):
    q = torch.distributions.Independent(Normal(mu, (logvar / 2).exp()), 1)
    log_q = q.log_prob(z[:, None])
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=torch.zeros(len(z))), q
    )  # fmt: skip
    return (log_q.diagonal() - mixture.log_prob(z)).mean()


@right("information")
def _(z, mu, logvar):
    total = 0.0
    for i in range(len(z)):
        logs = (-0.5 * (z[i] - mu) ** 2 / logvar.exp() - 0.5 * logvar).sum(1).double()
        total = total + logs[i] - logs.logsumexp(0) + math.log(len(z))
    return total / len(z)


@right("information")
def _(z, mu, logvar):
    precision = torch.exp(-logvar)
    squared = torch.einsum("nl,ml->nm", z**2, precision) - 2 * torch.einsum("nl,ml->nm", z, mu * precision)
    log_q = -0.5 * (squared + (mu**2 * precision + logvar).sum(1))
    return -torch.nn.functional.cross_entropy(log_q, torch.arange(len(z))) + math.log(len(z))


@right("information")
def _(z, mu, logvar):
    log_q = Normal(mu, torch.exp(0.5 * logvar)).log_prob(z.unsqueeze(1)).sum(-1)
    shifted = log_q - log_q.max(1, keepdim=True).values
    share = shifted.diagonal() - shifted.exp().mean(1).log()
    return share.sum() / len(share)


@right("information")
def _(z, mu, logvar):  # E[log Q(z|X)] is minus the entropy, exactly
    q = Normal(mu, torch.exp(logvar / 2))
    aggregate = torch.logsumexp(q.log_prob(z[:, None]).sum(2), 1) - math.log(len(z))
    return -(q.entropy().sum(1) + aggregate).mean()


@right("information")
def _(z, mu, logvar):
    log_q = Normal(mu[None], logvar[None].exp().sqrt()).log_prob(z[:, None]).sum(2)
    return torch.stack([torch.log_softmax(row, 0)[i] for i, row in enumerate(log_q)]).mean() + math.log(len(z))


@two_mistakes("information")
def _(z, mu, logvar):  # no log N, and a sum over the images
    log_q = Normal(mu, (logvar / 2).exp()).log_prob(z[:, None]).sum(2)
    return (log_q.diagonal() - torch.logsumexp(log_q, 1)).sum()


@two_mistakes("information")
def _(z, mu, logvar):  # the mean of logs, and bits
    log_q = Normal(mu, (logvar / 2).exp()).log_prob(z[:, None]).sum(2)
    return (log_q.diagonal() - log_q.mean(1)).mean() / math.log(2)
