"""Notebook 08, first half: right answers written otherwise, and two mistakes at once."""

import torch
from torch.distributions import MultivariateNormal, kl_divergence

from variants.registry import right, two_mistakes


@right("k_sample_gradient")
def _(log_w, gradients):
    weights = torch.exp(log_w - log_w.max(dim=0).values)
    weights = weights / weights.sum(dim=0)
    return torch.sum(weights.unsqueeze(-1) * gradients, dim=0)


@right("k_sample_gradient")
def _(log_w, gradients):
    return torch.einsum("kb,kbp->bp", torch.softmax(log_w, 0), gradients)


@right("k_sample_gradient")
def _(log_w, gradients):
    shares = (log_w - torch.logsumexp(log_w, 0, keepdim=True)).exp()
    total = torch.zeros_like(gradients[0])
    for share, gradient in zip(shares, gradients, strict=True):
        total = total + share[:, None] * gradient
    return total


@right("k_sample_gradient")
def _(log_w, g):
    rows = []
    for b in range(log_w.shape[1]):
        rows.append(torch.nn.functional.softmax(log_w[:, b], dim=0) @ g[:, b])
    return torch.stack(rows)


@right("k_sample_gradient")
def _(log_w, gradients):
    share = log_w.double().softmax(0)
    return torch.matmul(share.T[:, None, :], gradients.double().transpose(0, 1)).squeeze(1)


@right("k_sample_gradient")
def _(log_w, gradients):
    leaf = log_w.detach().clone().requires_grad_()
    (share,) = torch.autograd.grad(leaf.logsumexp(0).sum(), leaf)
    return (share[:, :, None] * gradients).sum(0)


@two_mistakes("k_sample_gradient")
def _(log_w, gradients):  # over the images, and divided by K
    return (log_w.softmax(1)[..., None] * gradients).mean(0)


@two_mistakes("k_sample_gradient")
def _(log_w, gradients):  # upside down, and squared
    return ((-log_w).softmax(0).square()[..., None] * gradients).sum(0)


@right("full_covariance_draw")
def _(mu, factor, eps):
    z = mu + torch.einsum("bij,bj->bi", factor, eps)
    log_det = 2 * torch.diagonal(factor, dim1=-2, dim2=-1).log().sum(-1)
    trace = factor.pow(2).flatten(1).sum(1)
    return z, (trace + mu.pow(2).sum(1) - mu.shape[1] - log_det) / 2


@right("full_covariance_draw")
def _(mu, factor, eps):
    size = mu.shape[1]
    q = MultivariateNormal(mu, scale_tril=factor)
    return mu + torch.bmm(factor, eps.unsqueeze(2)).squeeze(2), kl_divergence(
        q, MultivariateNormal(torch.zeros(size), torch.eye(size))
    )


@right("full_covariance_draw")
def _(mu, factor, eps):
    z, kl = torch.zeros_like(mu), torch.zeros(len(mu))
    for b in range(len(mu)):
        z[b] = mu[b] + factor[b] @ eps[b]
        sigma = factor[b] @ factor[b].T
        kl[b] = 0.5 * (torch.trace(sigma) + mu[b] @ mu[b] - len(mu[b]) - torch.logdet(sigma))
    return z, kl


@right("full_covariance_draw")
def _(m, c, e):
    d = c.diagonal(dim1=1, dim2=2)
    kl = 0.5 * ((c * c).sum((1, 2)) + (m * m - 1).sum(1)) - torch.log(d.prod(1))
    return m + (c * e[:, None, :]).sum(-1), kl


@right("full_covariance_draw")
def _(mu, factor, eps):
    norm = torch.linalg.matrix_norm(factor) ** 2
    log_det = torch.linalg.slogdet(factor).logabsdet
    kl = norm / 2 + mu.square().sum(-1) / 2 - mu.size(-1) / 2 - log_det
    return torch.baddbmm(mu[:, :, None], factor, eps[:, :, None])[:, :, 0], kl


@right("full_covariance_draw")
def _(mu, factor, eps):
    z = mu.clone()
    for j in range(mu.shape[1]):
        z = z + factor[:, :, j] * eps[:, j : j + 1]
    diagonal = torch.stack([factor[:, i, i] for i in range(mu.shape[1])], dim=1)
    halves = factor.square().sum(2) + mu.square() - 1 - 2 * diagonal.log()
    return z, halves.sum(1) / 2


@two_mistakes("full_covariance_draw")
def _(mu, factor, eps):  # transposed, and no −L
    logs = factor.diagonal(dim1=1, dim2=2).log().sum(1)
    kl = 0.5 * (factor.square().sum((1, 2)) + mu.square().sum(1)) - logs
    return mu + (factor.mT @ eps[..., None])[..., 0], kl


@two_mistakes("full_covariance_draw")
def _(mu, factor, eps):  # no half, and the logarithms added
    logs = factor.diagonal(dim1=1, dim2=2).log().sum(1)
    kl = factor.square().sum((1, 2)) + mu.square().sum(1) - mu.shape[1] + logs
    return mu + (factor @ eps[..., None])[..., 0], kl


@right("draw_mixture")
def _(shares, means, sds, coins, eps):
    part = torch.bucketize(coins, shares.cumsum(0)[:-1], right=True)
    return means[part] + sds[part] * eps


@right("draw_mixture")
def _(shares, means, sds, coins, eps):
    ends = torch.cumsum(shares, 0)
    rows = []
    for coin, noise in zip(coins, eps, strict=True):
        m = 0
        while m < len(shares) - 1 and coin >= ends[m]:
            m += 1
        rows.append(means[m] + sds[m] * noise)
    return torch.stack(rows)


@right("draw_mixture")
def _(shares, means, sds, coins, eps):
    ends = shares.cumsum(0)
    starts = ends - shares
    ends = torch.cat([ends[:-1], torch.full((1,), 2.0)])
    inside = ((coins[:, None] >= starts) & (coins[:, None] < ends)).float()
    return inside @ means + (inside @ sds) * eps


@right("draw_mixture")
def _(shares, means, sds, coins, eps):
    part = (coins[:, None] < shares.cumsum(0)).float().argmax(dim=1)
    return torch.addcmul(means.index_select(0, part), sds.index_select(0, part), eps)


@right("draw_mixture")
def _(shares, means, sds, coins, eps):
    part = (shares.double().cumsum(0)[:-1, None] <= coins).sum(0)
    return torch.distributions.Normal(means[part], sds[part]).loc + eps * sds[part]


@right("draw_mixture")
def _(shares, means, sds, coins, eps):
    part = torch.searchsorted(torch.cumsum(shares, dim=0), coins, side="right").clamp_max(shares.numel() - 1)
    one_hot = torch.nn.functional.one_hot(part, len(shares)).to(means.dtype)
    return torch.einsum("nm,ml->nl", one_hot, means) + torch.einsum("nm,ml,nl->nl", one_hot, sds, eps)


@two_mistakes("draw_mixture")
def _(shares, means, sds, coins, eps):  # not added up, and the variance as scale
    part = (coins[:, None] >= shares[:-1]).sum(1)
    return means[part] + sds[part] ** 2 * eps


@two_mistakes("draw_mixture")
def _(shares, means, sds, coins, eps):  # equal shares, and one noise for all
    part = (coins * len(shares)).long()
    return means[part] + sds[part] * eps[:1]
