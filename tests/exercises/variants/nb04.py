"""Notebook 04: right answers written otherwise, and two mistakes at once."""

import math
import random

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


@right("reparameterize")
def _(mu, logvar, eps):
    return mu + torch.einsum("bl,bl->bl", torch.exp(torch.div(logvar, 2)), eps)


@right("reparameterize")
def _(mu, logvar, eps):
    sigma = torch.pow(math.e, logvar.double() * 0.5)
    return torch.lerp(mu.double(), mu.double() + sigma, eps.double())


@right("reparameterize")
def _(mu, logvar, eps):
    scale = torch.diag_embed((logvar / 2).exp())
    return mu + (scale @ eps[..., None])[..., 0]


@right("score_gradient")
def _(losses, z, mu, sigma):
    variance = sigma * sigma
    return torch.stack([(losses * (z[:, i] - mu[i])).sum() / len(z) / variance[i] for i in range(len(mu))])


@right("score_gradient")
def _(losses, z, mu, sigma):
    q = MultivariateNormal(mu, sigma.square().diag())
    return (losses.double() @ torch.linalg.solve(q.covariance_matrix.double(), (z - mu).double().T).T / len(z)).float()


@right("score_gradient")
def _(losses, z, mu, sigma):
    def log_q(center, draw):
        return (-0.5 * ((draw - center) / sigma) ** 2).sum()

    scores = torch.func.vmap(torch.func.grad(log_q), in_dims=(None, 0))(mu, z)
    return torch.mean(losses.unsqueeze(-1) * scores, 0)


@right("bound_per_image")
def _(x, logits, mu, logvar):
    q = Normal(mu, (logvar / 2).exp())
    prior = Independent(Normal(torch.zeros_like(mu), 1.0), 1)
    return -torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(
        axis=1
    ) - kl_divergence(Independent(q, 1), prior)


@right("bound_per_image")
def _(x, logits, mu, logvar):
    odds = torch.logaddexp(logits, torch.zeros_like(logits))
    return torch.einsum("bd,bd->b", x, logits) - odds.sum(1) - (torch.expm1(logvar) - logvar + mu * mu).sum(1) / 2


@right("best_reconstruction")
def _(x):
    terms = torch.zeros_like(x)
    gray = (x > 0) & (x < 1)
    terms[gray] = x[gray] * x[gray].log() + (1 - x[gray]) * torch.log1p(-x[gray])
    return terms.sum(1)


@right("best_reconstruction")
def _(x):
    def part(p):
        return torch.nan_to_num(p * p.log(), nan=0.0)

    return part(x).sum(dim=-1) + part(1 - x).sum(dim=-1)


@right("best_reconstruction")
def _(x):
    both = torch.stack([x, 1 - x], dim=-1)
    return -torch.distributions.Categorical(probs=both).entropy().sum(1)


@right("training_step")
def _(loss_per_image, optimizer, x, eps):
    value = torch.mean(loss_per_image(x, eps))
    optimizer.zero_grad()
    torch.autograd.backward(value)
    optimizer.step()
    return torch.tensor(value.item())


@right("training_step")
def _(loss_per_image, optimizer, x, eps):
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    loss = loss_per_image(x, eps).mean()
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.detach()


@right("training_step")
def _(loss_per_image, optimizer, x, eps):
    optimizer.zero_grad()
    losses = loss_per_image(x, eps)
    for loss in losses:
        (loss / len(losses)).backward(retain_graph=True)
    optimizer.step()
    with torch.no_grad():
        return losses.sum() / losses.numel()


@right("implied_sigma")
def _(weight, pixels):
    return torch.sqrt(torch.mul(weight, 0.5 * pixels))


@right("implied_sigma")
def _(weight, pixels):
    precision = 2 / (pixels * weight)  # nats for a unit of squared error, twice
    return 1 / precision.sqrt()


@right("implied_sigma")
def _(weight, pixels):
    sigma = torch.ones(())
    for _ in range(60):  # Newton's method for σ² = pixels · weight / 2
        sigma = (sigma + pixels * weight / 2 / sigma) / 2
    return sigma


def _halves(self, x):
    code = self.encoder(x)
    size = code.shape[1] // 2
    return code[:, :size], code[:, size:]


@right("forward")
def _(self, x, eps):
    mu, logvar = _halves(self, x)
    logits = self.decoder(mu + (0.5 * logvar).exp() * eps)
    bernoulli = torch.distributions.Bernoulli(logits=logits, validate_args=False)
    q = Normal(mu, (logvar / 2).exp())
    return kl_divergence(q, Normal(torch.zeros(()), torch.ones(()))).sum(1) - bernoulli.log_prob(x).sum(1)


@right("forward")
def _(self, x, eps):
    mu, logvar = torch.split(self.encoder(x), eps.shape[1], dim=1)
    f = self.decoder(torch.addcmul(mu, torch.exp(logvar / 2), eps))
    return (torch.nn.functional.softplus(f) - x * f).sum(-1) + 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(-1)


@right("forward")
def _(self, x, eps):
    losses = []
    for image, noise in zip(x, eps, strict=True):
        mu, logvar = self.encoder(image[None]).chunk(2, dim=-1)
        f = self.decoder(mu + (logvar / 2).exp() * noise)
        fit = torch.nn.functional.binary_cross_entropy_with_logits(f, image[None], reduction="sum")
        losses.append(fit + 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum())
    return torch.stack(losses)


@right("forward")
def _(self, x, eps):
    mu, logvar = self.encoder(x).unflatten(1, (2, -1)).unbind(1)
    q = Independent(Normal(mu, (logvar / 2).exp()), 1)
    p = Independent(torch.distributions.Bernoulli(logits=self.decoder(mu + q.stddev * eps), validate_args=False), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return -(p.log_prob(x) - kl_divergence(q, prior))


@right("forward")
def _(self, x, eps):
    mu, logvar = self.encoder(x).tensor_split(2, dim=1)
    z = Normal(mu, (logvar / 2).exp()).icdf(Normal(0.0, 1.0).cdf(eps.double())).float()
    f = self.decoder(z)
    log_p = (x * torch.nn.functional.logsigmoid(f) + (1 - x) * torch.nn.functional.logsigmoid(-f)).sum(1)
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1) - log_p


@right("forward")
def _(vae, images, noise):
    code = vae.encoder(images)
    mu, logvar = code.reshape(len(images), 2, -1).transpose(0, 1)
    logits = vae.decoder(mu + logvar.mul(0.5).exp().mul(noise))
    log_p = torch.einsum("bd,bd->b", images, logits) - torch.logaddexp(logits, logits.new_zeros(())).sum(1)
    return -log_p + (torch.expm1(logvar) - logvar + mu**2).sum(1) / 2


@two_mistakes("forward")
def _(self, x, eps):  # the halves exchanged, and the bound for the loss
    logvar, mu = _halves(self, x)
    f = self.decoder(mu + (logvar / 2).exp() * eps)
    fit = (x * f - torch.nn.functional.softplus(f)).sum(1)
    return fit - 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)


@two_mistakes("forward")
def _(self, x, eps):  # no noise, and a mean over the pixels
    mu, logvar = _halves(self, x)
    f = self.decoder(mu)
    return (torch.nn.functional.softplus(f) - x * f).mean(1) + 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)


@right("one_epoch")
def _(step, images, batch_size, latent_size):
    order, losses = torch.randperm(len(images)), torch.zeros(len(images))
    for start in range(0, len(images), batch_size):
        rows = order[start : start + batch_size]
        losses[start : start + len(rows)] = step(images[rows], torch.randn(len(rows), latent_size))
    return losses.mean()


@right("one_epoch")
def _(step, images, batch_size, latent_size):
    shuffled = images[torch.randperm(images.shape[0])]
    total, count = 0, 0
    for x in shuffled.split(batch_size):
        total += step(x, torch.randn(x.shape[0], latent_size)) * x.shape[0]
        count += x.shape[0]
    return total / count


@right("one_epoch")
def _(step, images, batch_size, latent_size):
    noise = torch.randn(len(images), latent_size)
    order = torch.rand(len(images)).argsort()
    parts = [(step(images[rows], noise[rows]), len(rows)) for rows in order.split(batch_size)]
    return torch.stack([loss * size for loss, size in parts]).sum() / len(images)


@right("one_epoch")
def _(step, images, batch_size, latent_size):
    numbers = list(range(len(images)))
    random.shuffle(numbers)
    total = torch.zeros(())
    while numbers:
        rows, numbers = numbers[:batch_size], numbers[batch_size:]
        eps = torch.distributions.Normal(0.0, 1.0).sample((len(rows), latent_size))
        total = total + len(rows) * step(images[rows], eps).detach()
    return total / images.shape[0]


@right("one_epoch")
def _(step, images, batch_size, latent_size):
    sampler = torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(images), batch_size, drop_last=False)
    average = torch.zeros(())
    for rows in sampler:
        average += step(images[rows], torch.empty(len(rows), latent_size).normal_()) * (len(rows) / len(images))
    return average


@right("one_epoch")
def _(step, images, batch_size, latent_size):
    losses = []
    for rows in torch.randperm(len(images)).split(batch_size):
        loss = step(images.index_select(0, rows), torch.normal(0.0, 1.0, (len(rows), latent_size)))
        losses += [loss] * len(rows)
    return torch.stack(losses).mean()


@two_mistakes("one_epoch")
def _(step, images, batch_size, latent_size):  # not shuffled, and the last loss
    for x in images.split(batch_size):
        loss = step(x, torch.randn(len(x), latent_size))
    return loss


@two_mistakes("one_epoch")
def _(step, images, batch_size, latent_size):  # uniform noise, and the sum of the means
    return sum(step(x, torch.rand(len(x), latent_size)) for x in images[torch.randperm(len(images))].split(batch_size))


@right("bound_per_image")
def _(x, logits, mu, logvar):  # the usual stable form, whose max has a kink at 0
    error = logits.relu() - x * logits + torch.log1p(torch.exp(-logits.abs()))
    return -error.sum(1) - 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)
