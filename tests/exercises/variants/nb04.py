"""Notebook 04: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from variants.registry import right, two_mistakes


@right("reparameterize")
def _(mu, logvar, eps):
    return Normal(mu, (0.5 * logvar).exp()).loc + torch.sqrt(torch.exp(logvar)) * eps


@right("reparameterize")
def _(m, v, e):
    rows = []
    for i in range(len(m)):
        rows.append(torch.stack([m[i, j] + math.e ** (v[i, j] / 2) * e[i, j] for j in range(m.shape[1])]))
    return torch.stack(rows)


@right("reparameterize")
def _(mu, logvar, eps):
    return torch.addcmul(mu.double(), logvar.double().mul(0.5).exp(), eps.double()).float()


@two_mistakes("reparameterize")
def _(mu, logvar, eps):  # variance as scale, on mu as well
    return logvar.exp() * (mu + eps)


@two_mistakes("reparameterize")
def _(mu, logvar, eps):  # no mean, one ε
    return (logvar / 2).exp() * eps[:1]


@right("score_gradient")
def _(losses, z, mu, sigma):
    return torch.einsum("s,sl->l", losses, (z - mu) / sigma.square()) / len(losses)


@right("score_gradient")
def _(losses, z, mu, sigma):
    m = mu.clone().requires_grad_()
    log_q = Independent(Normal(m, sigma), 1).log_prob(z)
    return torch.autograd.grad(losses @ log_q / len(losses), m)[0]


@right("score_gradient")
def _(losses, z, mu, sigma):
    total = torch.zeros(z.shape[1])
    for loss, draw in zip(losses, z, strict=True):
        total = total + loss * (draw - mu) / (sigma * sigma)
    return total / z.shape[0]


@two_mistakes("score_gradient")
def _(losses, z, mu, sigma):  # sd for variance, and a sum
    return (losses[:, None] * (z - mu) / sigma).sum(0)


@two_mistakes("score_gradient")
def _(losses, z, mu, sigma):  # the sign, and not divided
    return (losses[:, None] * (mu - z)).mean(0)


@right("bound_per_image")
def _(x, logits, mu, logvar):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
    kl = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)
    return -(loss + kl)


@right("bound_per_image")
def _(x, f, mu, logvar):
    log_ink, log_paper = torch.nn.functional.logsigmoid(f), torch.nn.functional.logsigmoid(-f)
    return (x * log_ink + (1 - x) * log_paper).sum(1) + 0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)


@right("bound_per_image")
def _(x, f, mu, logvar):
    def one(x, f, mu, logvar):
        log_p = Independent(torch.distributions.Bernoulli(logits=f.double(), validate_args=False), 1).log_prob(
            x.double()
        )
        prior = MultivariateNormal(torch.zeros(len(mu)).double(), torch.eye(len(mu)).double())
        return log_p - kl_divergence(MultivariateNormal(mu.double(), logvar.double().exp().diag()), prior)

    return torch.stack([one(*row) for row in zip(x, f, mu, logvar, strict=True)]).float()


@two_mistakes("bound_per_image")
def _(x, logits, mu, logvar):  # mean over pixels, and the loss
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(1)
    return loss + 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)


@two_mistakes("bound_per_image")
def _(x, logits, mu, logvar):  # torch's own default reduction, and the KL added up over the batch
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x)
    return -loss - 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum()


@right("bound_per_image")
def _(x, logits, mu, logvar):
    pixels = torch.distributions.Bernoulli(logits=logits, validate_args=False)
    return Independent(pixels, 1).log_prob(x) - 0.5 * torch.sum(logvar.exp() + mu * mu - 1 - logvar, dim=-1)


@two_mistakes("bound_per_image")
def _(x, logits, mu, logvar):  # black or white, and no KL
    return torch.nn.functional.logsigmoid(torch.where(x > 0.5, logits, -logits)).sum(1)


@right("best_reconstruction")
def _(x):
    return -torch.distributions.Bernoulli(probs=x).entropy().sum(1)


@right("best_reconstruction")
def _(x):
    return -(torch.special.entr(x) + torch.special.entr(1 - x)).sum(-1)


@right("best_reconstruction")
def _(x):
    safe = x.double().clamp(1e-12, 1 - 1e-12)
    return (x * safe.log() + (1 - x) * (1 - safe).log()).sum(1).float()


@two_mistakes("best_reconstruction")
def _(x):  # the entropy, in bits
    return torch.distributions.Bernoulli(probs=x).entropy().sum(1) / math.log(2)


@two_mistakes("best_reconstruction")
def _(x):  # half of it, averaged
    return torch.xlogy(x, x).mean(1)


@right("training_step")
def _(loss_per_image, optimizer, x, eps):
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    losses = loss_per_image(x, eps)
    losses.mean().backward()
    optimizer.step()
    return losses.detach().mean()


@right("training_step")
def _(loss_per_image, optimizer, x, eps):
    optimizer.zero_grad(set_to_none=False)
    loss = loss_per_image(x, eps).sum() / x.shape[0]
    loss.backward()
    optimizer.step()
    return loss.detach().clone()


@right("training_step")
def _(loss_per_image, optimizer, x, eps):
    def closure():
        optimizer.zero_grad()
        loss = torch.stack([loss_per_image(x[i : i + 1], eps[i : i + 1]).sum() for i in range(len(x))]).mean()
        loss.backward()
        return loss

    return optimizer.step(closure).clone().detach()


@two_mistakes("training_step")
def _(loss_per_image, optimizer, x, eps):  # no zero_grad, and the loss after the step
    loss_per_image(x, eps).mean().backward()
    optimizer.step()
    return loss_per_image(x, eps).mean().detach()


@two_mistakes("training_step")
def _(loss_per_image, optimizer, x, eps):  # no zero_grad, and uphill
    loss = loss_per_image(x, eps).mean()
    (-loss).backward()
    optimizer.step()
    return loss.detach()


@right("implied_sigma")
def _(weight, pixels):
    return weight.mul(pixels).div(2).pow(0.5)


@right("implied_sigma")
def _(w, d):
    return torch.exp(0.5 * (torch.log(w) + math.log(d) - math.log(2)))


@right("implied_sigma")
def _(w, d):
    return math.sqrt(d) * torch.sqrt(w.double()) / math.sqrt(2)


@two_mistakes("implied_sigma")
def _(w, d):  # variance, no half
    return d * w


@two_mistakes("implied_sigma")
def _(w, d):  # variance, upside down
    return 2 / (d * w)
