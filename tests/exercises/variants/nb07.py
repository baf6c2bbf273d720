"""Notebook 07: right answers written otherwise, and two mistakes at once."""

import torch
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, pdist

from variants.registry import right, two_mistakes


@right("kl_to_prior")
def _(mu, logvar, prior_mu, prior_logvar):
    return kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(prior_mu, (prior_logvar / 2).exp())).sum(-1)


@right("kl_to_prior")
def _(mu, logvar, prior_mu, prior_logvar):
    q = Independent(Normal(mu, torch.exp(0.5 * logvar)), 1)
    return kl_divergence(q, Independent(Normal(prior_mu, torch.exp(0.5 * prior_logvar)), 1))


@right("kl_to_prior")
def _(m, v, pm, pv):
    total = torch.zeros(len(m))
    for i in range(m.shape[1]):
        total = total + (torch.exp(v[:, i] - pv[:, i]) + (m[:, i] - pm[:, i]) ** 2 * torch.exp(-pv[:, i])) / 2
        total = total - 0.5 - v[:, i] / 2 + pv[:, i] / 2
    return total


@right("kl_to_prior")
def _(mu, logvar, prior_mu, prior_logvar):
    inner = 1 + logvar - prior_logvar - torch.exp(logvar - prior_logvar)
    return -0.5 * torch.sum(inner - (mu - prior_mu).pow(2) * torch.exp(-prior_logvar), dim=-1)


@right("kl_to_prior")
def _(mu, logvar, prior_mu, prior_logvar):
    mu, logvar, center, width = (t.double() for t in (mu, logvar, prior_mu, prior_logvar))
    squares = (logvar.exp() + (mu - center).square()) / width.exp()
    return torch.einsum("bl->b", squares - 1 + width - logvar) / 2


@right("kl_to_prior")
def _(mu, logvar, prior_mu, prior_logvar):
    answers = []
    for m, v, pm, pv in zip(mu.double(), logvar.double(), prior_mu.double(), prior_logvar.double(), strict=True):
        answers.append(kl_divergence(MultivariateNormal(m, v.exp().diag()), MultivariateNormal(pm, pv.exp().diag())))
    return torch.stack(answers)


@two_mistakes("kl_to_prior")
def _(mu, logvar, m, v):  # no half, distance not divided
    return ((logvar - v).exp() + (mu - m) ** 2 - 1 - (logvar - v)).sum(1)


@two_mistakes("kl_to_prior")
def _(mu, logvar, m, v):  # averaged over the latents, no −1
    return 0.5 * ((logvar - v).exp() + (mu - m) ** 2 / v.exp() - (logvar - v)).mean(1)


def _divergence(mu, logvar, prior):
    center, width = prior
    return 0.5 * ((logvar - width).exp() + (mu - center) ** 2 / width.exp() - 1 - logvar + width).sum(1)


@right("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):
    mu, logvar = encoder(x, y)
    logits = decoder(mu + torch.exp(0.5 * logvar) * eps, y)
    return Bernoulli(logits=logits).log_prob(x).sum(-1) - _divergence(mu, logvar, prior(y))


@right("conditional_bound")
def _(x, y, noise, encode, prior, decode):
    mean, logvar = encode(x, y)
    logits = decode(mean + logvar.exp().sqrt() * noise, y)
    log_p = (x * logsigmoid(logits) + (1 - x) * logsigmoid(-logits)).sum(1)
    return log_p - _divergence(mean, logvar, prior(y))


@right("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):
    mu, logvar = encoder(x, y)
    q = Independent(Normal(mu, (logvar / 2).exp()), 1)
    center, width = prior(y)
    p = Independent(Normal(center, (width / 2).exp()), 1)
    likelihood = Independent(Bernoulli(logits=decoder(mu + q.stddev * eps, y)), 1)
    return likelihood.log_prob(x) - kl_divergence(q, p)


@right("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):
    rows = []
    for i in range(len(x)):
        one = slice(i, i + 1)
        mu, logvar = encoder(x[one], y[one])
        logits = decoder(mu + (logvar / 2).exp() * eps[one], y[one])
        loss = binary_cross_entropy_with_logits(logits, x[one], reduction="sum")
        rows.append(-loss - _divergence(mu, logvar, prior(y[one]))[0])
    return torch.stack(rows)


@right("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):
    q, p = encoder(x, y), prior(y)
    z = torch.addcmul(q[0], (q[1] / 2).exp(), eps)
    probability = decoder(z, y).double().sigmoid()
    log_p = torch.where(x > 0.5, probability, 1 - probability).log().sum(dim=1)
    return log_p - _divergence(*q, p)


@right("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):
    mu, logvar = encoder(x, y)
    logits = decoder(mu + (logvar / 2).exp() * eps, y)
    log_p = x.mul(logits).sum(1) - torch.logaddexp(logits, torch.zeros_like(logits)).sum(1)
    return log_p - _divergence(mu, logvar, prior(y))


@two_mistakes("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):  # to N(0, I), and the divergence added
    mu, logvar = encoder(x, y)
    logits = decoder(mu + (logvar / 2).exp() * eps, y)
    log_p = Bernoulli(logits=logits).log_prob(x).sum(1)
    return log_p + 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)


@two_mistakes("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):  # no noise, mean over pixels
    mu, logvar = encoder(x, y)
    return Bernoulli(logits=decoder(mu, y)).log_prob(x).mean(1) - _divergence(mu, logvar, prior(y))


@right("decoder_input")
def _(z, y):
    return torch.cat((z, y[None].repeat(z.shape[0], 1, 1)), -1)


@right("decoder_input")
def _(z, y):
    return torch.cat([z, y.unsqueeze(0).expand(*z.shape[:-1], -1)], dim=-1)


@right("decoder_input")
def _(z, y):
    result = z.new_zeros(*z.shape[:2], z.shape[2] + y.shape[1])
    result[..., : z.shape[2]] = z
    result[..., z.shape[2] :] = y
    return result


@right("decoder_input")
def _(z, y):
    repeated = y.repeat(len(z), 1)
    return torch.cat([z.reshape(-1, z.shape[-1]), repeated], 1).reshape(len(z), len(y), -1)


@right("decoder_input")
def _(z, y):
    return torch.concat([z, torch.broadcast_to(y, (z.size(0), *y.shape))], axis=2)


@right("decoder_input")
def _(z, y):
    return torch.nn.functional.pad(z, (0, y.shape[1])) + torch.nn.functional.pad(y, (z.shape[2], 0))


@two_mistakes("decoder_input")
def _(z, y):  # y first, and the first row for all
    return torch.cat([y[:1].expand(len(z), len(y), -1), z], dim=2)


@two_mistakes("decoder_input")
def _(z, y):  # flat, and y first
    return torch.cat([y.repeat(len(z), 1), z.flatten(0, 1)], dim=1)


@right("energy_score")
def _(draws, x):
    near = torch.stack([torch.linalg.vector_norm(draw - x, dim=1) for draw in draws]).mean(0)
    apart = torch.stack([pdist(draws[:, b]).mean() for b in range(draws.shape[1])])
    return near - apart / 2


@right("energy_score")
def _(draws, x):
    near = ((draws - x[None]) ** 2).sum(-1).sqrt().mean(0)
    other = torch.triu_indices(len(draws), len(draws), 1)
    return near - 0.5 * (draws[other[0]] - draws[other[1]]).norm(dim=-1).mean(0)


@right("energy_score")
def _(draws, x):
    scores = []
    count = len(draws)
    for b in range(len(x)):
        between = sum((draws[i, b] - draws[j, b]).norm() for i in range(count) for j in range(count) if i != j)
        scores.append((draws[:, b] - x[b]).norm(dim=1).mean() - between / (2 * count * (count - 1)))
    return torch.stack(scores)


@right("energy_score")
def _(draws, x):
    d = draws.double().permute(1, 0, 2)
    between = torch.cdist(d, d, compute_mode="donot_use_mm_for_euclid_dist").sum((1, 2))
    near = (d - x.double()[:, None]).norm(dim=-1).mean(1)
    return near - between / len(draws) / (len(draws) - 1) / 2


@right("energy_score")
def _(draws, x):
    count = draws.shape[0]
    rolled = [(draws - draws.roll(k, 0)).norm(dim=2).mean(0) for k in range(1, count)]
    return (draws - x).norm(dim=2).mean(0) - 0.5 * sum(rolled) / len(rolled)


@right("energy_score")
def _(draws, x):
    pairs = torch.combinations(torch.arange(len(draws)))
    apart = torch.sqrt(torch.sum((draws[pairs[:, 0]] - draws[pairs[:, 1]]) ** 2, dim=2))
    return torch.sqrt(torch.sum((draws - x) ** 2, dim=2)).mean(dim=0) - apart.mean(dim=0) / 2


@two_mistakes("energy_score")
def _(draws, x):  # squared, and with S²
    between = (draws[:, None] - draws).square().sum(-1).mean((0, 1))
    return (draws - x).square().sum(-1).mean(0) - 0.5 * between


@two_mistakes("energy_score")
def _(draws, x):  # added in full
    count = len(draws)
    return (draws - x).norm(dim=2).mean(0) + (draws[:, None] - draws).norm(dim=3).sum((0, 1)) / (count * (count - 1))


@right("conditional_bound")
def _(x, y, eps, encoder, prior, decoder):  # networks called by the names of their arguments
    mu, logvar = encoder(y=y, x=x)
    q, p = Normal(mu, (logvar / 2).exp()), prior(y=y)
    log_p = -binary_cross_entropy_with_logits(decoder(y=y, z=mu + q.scale * eps), x, reduction="none").sum(1)
    return log_p - kl_divergence(q, Normal(p[0], (p[1] / 2).exp())).sum(1)
