"""Notebook 08, second half: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from variants.registry import right, two_mistakes


def _normal(pair):
    return Independent(Normal(pair[0], torch.exp(0.5 * pair[1])), 1)


@right("two_level_kl")
def _(x, eps, upper, lower, prior):
    q2 = _normal(upper(x))
    z2 = q2.mean + q2.stddev * eps
    standard = Independent(Normal(torch.zeros_like(eps), torch.ones_like(eps)), 1)
    return kl_divergence(q2, standard), kl_divergence(_normal(lower(x, z2)), _normal(prior(z2)))


@right("two_level_kl")
def _(images, noise, up, low, p):
    mean, logvar = up(images)
    top = -0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp(), dim=1)
    z = mean + noise * torch.exp(logvar).sqrt()
    a, b = low(images, z)
    c, d = p(z)
    bottom = -0.5 * torch.sum(1 + b - d - (a - c).pow(2) * torch.exp(-d) - torch.exp(b - d), dim=1)
    return top, bottom


@right("two_level_kl")
def _(x, eps, upper, lower, prior):
    def kl(q, p):
        (mu, logvar), (m, v) = q, p
        return ((logvar - v).exp() + (mu - m).square() / v.exp() - 1 - logvar + v).sum(-1) / 2

    q2 = upper(x)
    z2 = torch.addcmul(q2[0], (q2[1] / 2).exp(), eps)
    return kl(q2, (torch.zeros_like(eps), torch.zeros_like(eps))), kl(lower(x, z2), prior(z2))


@right("two_level_kl")
def _(x, eps, upper, lower, prior):
    first, second = [], []
    for i in range(len(x)):
        one = slice(i, i + 1)
        q2 = upper(x[one])
        z2 = q2[0] + (q2[1] / 2).exp() * eps[one]
        first.append(kl_divergence(_normal(q2), _normal((0 * q2[0], 0 * q2[0])))[0])
        second.append(kl_divergence(_normal(lower(x[one], z2)), _normal(prior(z2)))[0])
    return torch.stack(first), torch.stack(second)


@right("two_level_kl")
def _(x, eps, upper, lower, prior):
    def full(pair):
        return MultivariateNormal(pair[0].double(), torch.diag_embed(pair[1].double().exp()))

    q2 = upper(x)
    z2 = q2[0] + (q2[1] / 2).exp() * eps
    zero = torch.zeros_like(eps)
    return kl_divergence(full(q2), full((zero, zero))), kl_divergence(full(lower(x, z2)), full(prior(z2)))


@right("two_level_kl")
def _(x, eps, upper, lower, prior):
    mu2, log2 = upper(x)
    s2 = (log2 / 2).exp()
    z2 = mu2 + s2 * eps
    (mu1, log1), (m, v) = lower(x, z2), prior(z2)
    s1, s = (log1 / 2).exp(), (v / 2).exp()
    first = ((s2**2 + mu2**2 - 1) / 2 - s2.log()).sum(1)
    second = ((s1 / s) ** 2 / 2 + ((mu1 - m) / s) ** 2 / 2 - 0.5 - (s1 / s).log()).sum(1)
    return first, second


@two_mistakes("two_level_kl")
def _(x, eps, upper, lower, prior):  # z₁ to N(0, I), and the variance as scale
    q2 = upper(x)
    q1 = lower(x, q2[0] + q2[1].exp() * eps)
    return tuple(0.5 * (v.exp() + m**2 - 1 - v).sum(1) for m, v in (q2, q1))


@two_mistakes("two_level_kl")
def _(x, eps, upper, lower, prior):  # the mean passed on, the half missing
    q2 = upper(x)
    (mu, logvar), (m, v) = lower(x, q2[0]), prior(q2[0])
    first = (q2[1].exp() + q2[0] ** 2 - 1 - q2[1]).sum(1)
    return first, ((logvar - v).exp() + (mu - m) ** 2 / v.exp() - 1 - logvar + v).sum(1)


@right("nearest_code")
def _(h, codebook):
    distance = (h.unsqueeze(1) - codebook.unsqueeze(0)).pow(2).sum(-1)
    code = codebook[distance.argmin(-1)]
    return h + (code - h).detach()


@right("nearest_code")
def _(h, codebook):
    with torch.no_grad():
        distance = h.square().sum(1, keepdim=True) - 2 * h @ codebook.T + codebook.square().sum(1)
        code = torch.index_select(codebook, 0, distance.min(dim=1).indices)
    return code + h - h.detach()


@right("nearest_code")
def _(h, codebook):
    one_hot = torch.nn.functional.one_hot(torch.cdist(h, codebook).argmin(1), len(codebook)).float()
    return h - h.detach() + (one_hot @ codebook).detach()


@right("nearest_code")
def _(h, codebook):
    rows = []
    for row in h:
        code = min(codebook, key=lambda c, row=row: (row - c).detach().norm().item())
        rows.append(row + (code - row).detach())
    return torch.stack(rows)


@right("nearest_code")
def _(outputs, codes):
    number = torch.cdist(outputs, codes, compute_mode="donot_use_mm_for_euclid_dist").topk(1, largest=False).indices
    difference = codes.detach()[number[:, 0]] - outputs.detach()
    return outputs + difference


@right("nearest_code")
def _(h, codebook):
    numbers = torch.linalg.vector_norm(h[None] - codebook[:, None], dim=2).argmin(dim=0)
    return h + (torch.nn.functional.embedding(numbers, codebook) - h).data


@two_mistakes("nearest_code")
def _(h, codebook):  # the farthest, without a gradient
    return codebook[torch.cdist(h, codebook).argmax(dim=1)].detach()


@two_mistakes("nearest_code")
def _(h, codebook):  # by inner product, gradient to the codebook
    return codebook[(h @ codebook.T).argmax(dim=1)]


@right("noised")
def _(x0, eps, betas, t):
    kept = (1 - betas).cumprod(0).index_select(0, t - 1).unsqueeze(1)
    return torch.sqrt(kept) * x0 + torch.sqrt(1 - kept) * eps


@right("noised")
def _(x0, eps, betas, t):
    log_kept = torch.cumsum(torch.log1p(-betas), dim=0)[t - 1][:, None]
    return (log_kept / 2).exp() * x0 + (-torch.expm1(log_kept)).sqrt() * eps


@right("noised")
def _(pictures, noise, betas, steps):
    out = torch.empty_like(pictures)
    for i, n in enumerate(steps):
        kept = math.prod(1 - b.item() for b in betas[: int(n)])
        out[i] = math.sqrt(kept) * pictures[i] + math.sqrt(1 - kept) * noise[i]
    return out


@right("noised")
def _(x0, eps, betas, t):
    bars = torch.cat([torch.ones(1), torch.cumprod(1 - betas, 0)])  # bars[t], with nothing lost at 0
    kept = bars[t].reshape(-1, 1)
    return x0 * kept.pow(0.5) + eps * (1 - kept).pow(0.5)


@right("noised")
def _(x0, eps, betas, t):
    factor, variance = torch.ones(len(t), 1), torch.zeros(len(t), 1)
    for s, beta in enumerate(betas, 1):
        on = (s <= t)[:, None]
        factor = torch.where(on, factor * (1 - beta).sqrt(), factor)
        variance = torch.where(on, variance * (1 - beta) + beta, variance)
    return factor * x0 + variance.sqrt() * eps


@right("noised")
def _(x0, eps, betas, t):
    mask = torch.arange(1, len(betas) + 1) <= t[:, None]  # (B, T)
    kept = torch.where(mask, 1 - betas, 1.0).prod(dim=1, keepdim=True)
    return Normal(kept.sqrt() * x0, (1 - kept).sqrt()).mean + (1 - kept).sqrt() * eps


@two_mistakes("noised")
def _(x0, eps, betas, t):  # a step too far, and no roots
    kept = torch.cumprod(1 - betas, 0)[t][:, None]
    return kept * x0 + (1 - kept) * eps


@two_mistakes("noised")
def _(x0, eps, betas, t):  # the last step alone, picture not scaled
    return x0 + betas[t - 1][:, None] * eps


@right("two_level_kl")
def _(x, eps, upper, lower, prior):  # networks called by the names of their arguments
    def gaussian(pair):
        return Normal(pair[0], (pair[1] / 2).exp())

    q2 = gaussian(upper(x=x))
    z2 = q2.mean + q2.stddev * eps
    q1, p1 = gaussian(lower(z2=z2, x=x)), gaussian(prior(z2=z2))
    return kl_divergence(q2, Normal(0.0, 1.0)).sum(1), kl_divergence(q1, p1).sum(1)
