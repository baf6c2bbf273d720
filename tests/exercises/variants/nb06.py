"""Notebook 06: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from variants.registry import right, two_mistakes


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    q = log_q.double().exp() * cell
    posterior = torch.log_softmax(log_joint.double(), dim=0) - math.log(cell)
    return (q @ (log_q.double() - posterior)).float()


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    top = log_joint.max()
    p_x = ((log_joint - top).exp() * cell).sum()  # P(X), with its exponent aside
    return torch.sum(torch.exp(log_q) * cell * (log_q - log_joint + top + torch.log(p_x)))


@right("gap_on_grid")
def _(log_q, log_joint, cell):
    log_cell = torch.tensor(cell).log()
    total = torch.tensor(-math.inf)
    for value in log_joint:
        total = torch.logaddexp(total, value + log_cell)
    return sum(q.exp() * (q - j + total) for q, j in zip(log_q, log_joint, strict=True)) * cell


@two_mistakes("gap_on_grid")
def _(log_q, log_joint, cell):  # the joint, and no cell
    return (log_q.exp() * (log_q - log_joint)).sum()


@two_mistakes("gap_on_grid")
def _(log_q, log_joint, cell):  # the joint, the other way round, averaged
    return (log_joint.exp() * (log_joint - log_q)).mean()


@right("net_bits")
def _(log_q, log_p_x_given_z, log_p_z):
    popped, pushed = -log_q / math.log(2), -(log_p_x_given_z + log_p_z) / math.log(2)
    return pushed - popped


@right("net_bits")
def _(q, x, z):
    return torch.stack([a - b - c for a, b, c in zip(q, x, z, strict=True)]) * math.log2(math.e)


@right("net_bits")
def _(q, x, z):
    return ((q.double() - x.double() - z.double()) / torch.log(torch.tensor(2.0, dtype=torch.float64))).float()


@two_mistakes("net_bits")
def _(q, x, z):  # nats, and no bits back
    return -x - z


@two_mistakes("net_bits")
def _(q, x, z):  # the sign, in nats
    return x + z - q


@right("bits_per_pixel")
def _(elbo, pixels):
    return (-elbo / math.log(2) / pixels).mean()


@right("bits_per_pixel")
def _(elbo, pixels):
    return -math.log2(math.e) * elbo.sum() / (elbo.numel() * pixels)


@right("bits_per_pixel")
def _(elbo, pixels):
    return torch.mean(elbo.double().neg()) / (pixels * torch.tensor(2.0).double().log())


@two_mistakes("bits_per_pixel")
def _(elbo, pixels):  # nats, per image
    return -elbo.mean()


@two_mistakes("bits_per_pixel")
def _(elbo, pixels):  # the sign, in nats
    return elbo.mean() / pixels


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    return kl_divergence(Normal(mu, sigma), Normal(torch.zeros(()), scale)).sum(-1)


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    k = mu.shape[1]
    logs = 2 * (k * scale.log() - sigma.log().sum(1))
    return 0.5 * ((sigma.square().sum(1) + mu.square().sum(1)) / scale**2 - k + logs)


@right("kl_to_wide_prior")
def _(mu, sigma, scale):
    prior = MultivariateNormal(torch.zeros(mu.shape[1]), scale**2 * torch.eye(mu.shape[1]))
    return torch.stack(
        [kl_divergence(MultivariateNormal(m, s.diag() ** 2), prior) for m, s in zip(mu, sigma, strict=True)]
    )


@two_mistakes("kl_to_wide_prior")
def _(mu, sigma, scale):  # s ignored, averaged
    return (0.5 * (sigma**2 + mu**2 - 1) - sigma.log()).mean(1)


@two_mistakes("kl_to_wide_prior")
def _(mu, sigma, scale):  # no log s, summed over the batch
    return (0.5 * ((sigma / scale) ** 2 + (mu / scale) ** 2 - 1) - sigma.log()).sum()


@right("count_active")
def _(mu, threshold):
    centered = mu - mu.mean(dim=0, keepdim=True)
    variance = (centered**2).sum(dim=0) / (len(mu) - 1)
    return torch.tensor(float((variance > threshold).sum()))


@right("count_active")
def _(mu, threshold):
    return torch.count_nonzero(torch.cov(mu.T).diagonal() > threshold).to(mu.dtype)


@right("count_active")
def _(mu, threshold):
    return (mu.var(dim=0, correction=0) > threshold).float().sum()


@two_mistakes("count_active")
def _(mu, threshold):  # the share of those by the sd
    return (mu.std(0) > threshold).float().mean()


@two_mistakes("count_active")
def _(mu, threshold):  # flags, by the mean square
    return ((mu**2).mean(0) > threshold).float()


@right("free_bits_kl")
def _(kl, floor):
    return torch.maximum(kl.mean(0), torch.tensor(floor)).sum()


@right("free_bits_kl")
def _(kl, floor):
    per_dimension = kl.sum(dim=0) / kl.shape[0]
    return sum(value if value > floor else torch.tensor(floor) for value in per_dimension)


@right("free_bits_kl")
def _(kl, floor):
    mean = kl.mean(dim=0)
    return torch.where(mean < floor, floor, mean).sum()


@two_mistakes("free_bits_kl")
def _(kl, floor):  # the floor per image, and a mean over dimensions
    return kl.clamp(min=floor).mean()


@two_mistakes("free_bits_kl")
def _(kl, floor):  # a ceiling, summed over the batch
    return kl.sum(0).clamp(max=floor).sum()


@two_mistakes("free_bits_kl")
def _(kl, floor):  # a ceiling, averaged
    return kl.mean(0).clamp(max=floor).mean()
