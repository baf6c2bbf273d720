"""Right answers written otherwise, and answers with two mistakes at once, for every exercise."""

import math
from collections import defaultdict

import torch
from torch.distributions import Exponential, Independent, MultivariateNormal, Normal, kl_divergence

RIGHT = defaultdict(list)
TWO_MISTAKES = defaultdict(list)


def right(name):
    return lambda function: _register(RIGHT, name, function)


def two_mistakes(name):
    return lambda function: _register(TWO_MISTAKES, name, function)


def _register(where, name, function):
    function.__name__ = name  # as a learner would call it
    where[name].append(function)


# ---- 00 --------------------------------------------------------------------------------------------------------------


@right("log_prior")
def _(z):
    return Normal(0.0, 1.0).log_prob(z).sum(-1)


@right("log_prior")
def _(points):
    answers = []
    for point in points:
        total = 0.0
        for number in point:
            total = total + torch.log(torch.exp(-(number.double() ** 2) / 2) / math.sqrt(2 * math.pi))
        answers.append(total)
    return torch.stack(answers)


@right("log_prior")
def _(z):
    return -0.5 * torch.einsum("bl,bl->b", z, z) - z.shape[1] / 2 * math.log(2 * math.pi)


@right("log_prior")
def _(z):
    return MultivariateNormal(torch.zeros(z.shape[1]), torch.eye(z.shape[1])).log_prob(z)


@two_mistakes("log_prior")
def _(z):  # no half, no constant
    return -(z**2).sum(1)


@two_mistakes("log_prior")
def _(z):  # the sign, summed over the batch
    return (0.5 * z**2 + 0.5 * math.log(2 * math.pi)).sum()


@two_mistakes("log_prior")
def _(z):  # no half, and shape (B, 1): the first probe alone looks right but for the shape
    return (-(z**2) - 0.5 * math.log(2 * math.pi)).sum(1, keepdim=True)


# ---- 01 --------------------------------------------------------------------------------------------------------------


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


# ---- 02 --------------------------------------------------------------------------------------------------------------


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


# ---- 03 --------------------------------------------------------------------------------------------------------------


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


# ---- 04 --------------------------------------------------------------------------------------------------------------


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


# ---- 05 --------------------------------------------------------------------------------------------------------------


@right("sample_images")
def _(logits, uniform):
    return torch.where(uniform.double() < 1 / (1 + (-logits.double()).exp()), 1.0, 0.0)


@right("sample_images")
def _(logits, uniform):
    noise = uniform.log() - torch.log1p(-uniform)  # a logistic number
    return torch.heaviside(logits - noise, torch.zeros(()))


@right("sample_images")
def _(x, u):
    rows = []
    for row, coins in zip(x.tolist(), u.tolist(), strict=True):
        rows.append([float(coin < math.exp(a) / (1 + math.exp(a))) for a, coin in zip(row, coins, strict=True)])
    return torch.tensor(rows)


@right("sample_images")
def _(logits, uniform):
    return torch.ceil(torch.distributions.Bernoulli(logits=logits).mean - uniform)


@two_mistakes("sample_images")
def _(logits, uniform):  # logits as probabilities, and inverted
    return (uniform > logits).float()


@two_mistakes("sample_images")
def _(logits, uniform):  # one coin for a picture, and inverted
    return (uniform[:, :1] > torch.sigmoid(logits)).float()


@two_mistakes("sample_images")
def _(logits, uniform):  # gray noise on the means
    return (torch.sigmoid(logits) + uniform - 0.5).clamp(0, 1)


@right("equal_mass_grid")
def _(n, mean, sd):
    u = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    z1 = Normal(mean[0].double(), sd[0].double()).icdf(u)
    z2 = Normal(mean[1].double(), sd[1].double()).icdf(1 - u)
    return torch.cartesian_prod(z2, z1)[:, [1, 0]]


@right("equal_mass_grid")
def _(side, center, width):
    points = []
    for line in range(side):
        for column in range(side):
            u = torch.tensor([(column + 0.5) / side, (side - line - 0.5) / side])
            points.append(center + width * math.sqrt(2) * torch.erfinv(2 * u - 1))
    return torch.stack(points)


@right("equal_mass_grid")
def _(n, mean, sd):
    axis = torch.special.ndtri(torch.linspace(0.5 / n, 1 - 0.5 / n, n))
    across, up = torch.meshgrid(axis, -axis, indexing="xy")
    return torch.stack([across, up], -1).reshape(-1, 2) * sd + mean


@right("equal_mass_grid")
def _(n, mean, sd):
    edges = torch.linspace(0, 1, n + 1, dtype=torch.float64)
    axis = Normal(0.0, 1.0).icdf((edges[1:] + edges[:-1]) / 2)
    grid = torch.einsum("lk,l->lk", torch.stack([axis.repeat(n), axis.flip(0).repeat_interleave(n)]), sd.double())
    return grid.T + mean


@two_mistakes("equal_mass_grid")
def _(n, mean, sd):  # a uniform grid, upside down
    axis = torch.linspace(-3, 3, n)
    return mean + sd * torch.stack([axis.repeat(n), axis.repeat_interleave(n)], dim=1)


@two_mistakes("equal_mass_grid")
def _(n, mean, sd):  # the variance, no mean
    axis = torch.special.ndtri((torch.arange(n) + 0.5) / n)
    return sd**2 * torch.stack([axis.repeat(n), axis.flip(0).repeat_interleave(n)], dim=1)


@right("log_p_x")
def _(log_p_x_given_z, log_p_z, log_q):
    log_w = (log_p_x_given_z + log_p_z - log_q).double()
    top = log_w.max(dim=0).values
    return top + (log_w - top).exp().mean(0).log()


@right("log_p_x")
def _(a, b, c):
    total = torch.full_like(a[0], -math.inf)
    for k in range(len(a)):
        total = torch.logaddexp(total, a[k] + b[k] - c[k])
    return total - math.log(a.shape[0])


@right("log_p_x")
def _(a, b, c):
    log_w = torch.einsum("t,tkb->bk", torch.tensor([1.0, 1.0, -1.0]), torch.stack([a, b, c]))
    return torch.logsumexp(log_w - math.log(log_w.shape[1]), 1)


@right("log_p_x")
def _(a, b, c):
    answers = []
    for column in (a + b - c).T.tolist():
        top = max(column)
        answers.append(top + math.log(math.fsum(math.exp(number - top) for number in column) / len(column)))
    return torch.tensor(answers)


@two_mistakes("log_p_x")
def _(a, b, c):  # no proposal, no log K
    return torch.logsumexp(a + b, 0)


@two_mistakes("log_p_x")
def _(a, b, c):  # the mean of logs, without the prior
    return (a - c).mean(0)


@two_mistakes("log_p_x")
def _(a, b, c):  # upside down, and without the prior
    return torch.logsumexp(c - a, 0) - math.log(len(a))


@right("slerp")
def _(a, b, t):  # turn a's direction in the plane of both
    along = torch.nn.functional.normalize(a)
    across = torch.nn.functional.normalize(b - (b * along).sum(1, keepdim=True) * along)
    angle = torch.atan2((b * across).sum(1), (b * along).sum(1)) * t
    length = torch.lerp(a.norm(dim=1), b.norm(dim=1), t)
    return (length * angle.cos())[:, None] * along + (length * angle.sin())[:, None] * across


@right("slerp")
def _(a, b, t):
    a, b, t = a.double(), b.double(), t.double()
    rows = []
    for start, end, share in zip(a, b, t, strict=True):
        angle = math.acos(float(start @ end / start.norm() / end.norm()))
        weights = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
        direction = weights[0] * start / start.norm() + weights[1] * end / end.norm()
        rows.append(direction * (start.norm() + share * (end.norm() - start.norm())))
    return torch.stack(rows)


@right("slerp")
def _(a, b, t):
    lengths = torch.stack([torch.einsum("bl,bl->b", a, a).sqrt(), torch.einsum("bl,bl->b", b, b).sqrt()])
    angle = torch.nn.functional.cosine_similarity(a, b).clamp(-1, 1).acos()
    weights = torch.stack([((1 - t) * angle).sin(), (t * angle).sin()]) / angle.sin()
    length = (torch.stack([1 - t, t]) * lengths).sum(0)
    return torch.einsum("sb,sbl->bl", weights / lengths * length, torch.stack([a, b]))


@right("slerp")
def _(a, b, t):  # halve the arc again and again
    u, v = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
    low, high = torch.zeros_like(t), torch.ones_like(t)
    for _ in range(30):
        middle, between = (low + high) / 2, torch.nn.functional.normalize(u + v)
        right_half = (middle < t)[:, None]
        u, v = torch.where(right_half, between, u), torch.where(right_half, v, between)
        low, high = torch.where(middle < t, middle, low), torch.where(middle < t, high, middle)
    return u * ((1 - t) * a.norm(dim=1) + t * b.norm(dim=1))[:, None]


@two_mistakes("slerp")
def _(a, b, t):  # straight, and from b to a
    return t[:, None] * a + (1 - t[:, None]) * b


@two_mistakes("slerp")
def _(a, b, t):  # lengths in the weights, and from b to a
    angle = torch.nn.functional.cosine_similarity(a, b).acos()[:, None]
    return (torch.sin(t[:, None] * angle) * a + torch.sin((1 - t[:, None]) * angle) * b) / torch.sin(angle)


@two_mistakes("slerp")
def _(a, b, t):  # the straight path's direction, and no length
    return torch.nn.functional.normalize((1 - t[:, None]) * a + t[:, None] * b)


@right("score_threshold")
def _(digits, others, keep):
    line = digits.double().sort(descending=True).values[math.ceil(keep * len(digits)) - 1]
    return line, (others.double() >= line).double().mean()


@right("score_threshold")
def _(digits, others, keep):
    line = digits.kthvalue(int((1 - keep) * len(digits)) + 1).values
    return [line, torch.tensor(sum(score > line.item() for score in others.tolist()) / others.numel())]


@right("score_threshold")
def _(digits, others, keep):
    reached = torch.einsum("nm->n", (digits[None] >= digits[:, None]).float()) / len(digits)
    line = torch.where(reached >= keep, digits, -math.inf).max()
    return line, 1 - torch.count_nonzero(others < line) / len(others)


@right("score_threshold")
def _(digits, others, keep):
    line = torch.quantile(digits, 1 - keep, interpolation="lower")
    return line, torch.heaviside(others - line, torch.ones(())).mean()


@two_mistakes("score_threshold")
def _(digits, others, keep):  # the wrong tail, and the share that fails
    line = digits.quantile(keep)
    return line, (others < line).float().mean()


@two_mistakes("score_threshold")
def _(digits, others, keep):  # the lowest digit, and a count
    return digits.min(), (others >= digits.min()).float().sum()


# ---- 06 --------------------------------------------------------------------------------------------------------------


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


@right("bound_per_image")
def _(x, logits, mu, logvar):
    pixels = torch.distributions.Bernoulli(logits=logits, validate_args=False)
    return Independent(pixels, 1).log_prob(x) - 0.5 * torch.sum(logvar.exp() + mu * mu - 1 - logvar, dim=-1)


@two_mistakes("bound_per_image")
def _(x, logits, mu, logvar):  # black or white, and no KL
    return torch.nn.functional.logsigmoid(torch.where(x > 0.5, logits, -logits)).sum(1)


@two_mistakes("free_bits_kl")
def _(kl, floor):  # a ceiling, averaged
    return kl.mean(0).clamp(max=floor).mean()
