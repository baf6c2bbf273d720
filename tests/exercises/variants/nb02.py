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
def _(log_joint, spacing):  # shifted by the mean, times spacing
    weights = torch.exp(log_joint - log_joint.mean())
    return weights / weights.sum() * spacing


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


@right("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):
    log_posterior = log_x + log_z - log_p
    return torch.mean(log_q - log_posterior)


@right("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):
    bound = (log_x + log_z - log_q).mean()
    return log_p - bound


@right("divergence_from_posterior")
def _(log_q, log_x, log_z, log_p):
    weights = torch.full_like(log_q, 1 / log_q.numel())
    return torch.dot(weights, log_q) - torch.dot(weights, log_x + log_z) + log_p


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):  # the KL term in closed form, as everybody writes it
    z = mean + sd * eps
    reconstruction = Normal(f(z), sigma).log_prob(torch.tensor(x)).mean()
    return reconstruction - torch.distributions.kl_divergence(Normal(mean, sd), Normal(0.0, 1.0))


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):  # the same from a log-variance
    logvar = 2 * math.log(sd)
    log_p = -0.5 * (math.log(2 * math.pi * sigma**2) + (x - f(mean + sd * eps)) ** 2 / sigma**2)
    return log_p.mean() - 0.5 * (math.exp(logvar) + mean**2 - 1 - logvar)


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):  # joint plus entropy
    q, z = Normal(mean, sd), mean + sd * eps
    joint = Normal(f(z), sigma).log_prob(torch.tensor(x)) + Normal(0.0, 1.0).log_prob(z)
    return joint.mean() + q.entropy()


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):  # cross-entropy exact, log Q by draws
    z = mean + sd * eps
    log_p = Normal(f(z), sigma).log_prob(torch.tensor(x)) - Normal(mean, sd).log_prob(z)
    return log_p.mean() - 0.5 * (mean**2 + sd**2 + math.log(2 * math.pi))


@right("monte_carlo_bound")
def _(x, mean, sd, eps, f, sigma):
    z = torch.normal(torch.zeros_like(eps), torch.zeros_like(eps)) + mean + eps * sd
    terms = torch.stack([
        torch.distributions.Normal(f(z), sigma).log_prob(torch.full_like(z, x)), -0.5 * z**2, 0.5 * eps**2
    ])  # fmt: skip
    return terms.sum(0).mean() + math.log(sd)


@right("posterior_on_grid")
def _(log_joint, spacing):
    weights = (log_joint - log_joint.amax(0, keepdim=True)).exp()
    density = weights / spacing
    return density / density.sum() / spacing


@right("posterior_on_grid")
def _(log_joint, spacing):
    return torch.log_softmax(log_joint.double(), dim=0).exp().div(spacing)


@right("posterior_on_grid")
def _(log_joint, spacing):
    total = log_joint[0]
    for value in log_joint[1:]:
        total = torch.logaddexp(total, value)
    return torch.exp(log_joint - total) / spacing


@right("closing_q")
def _(x, w, b, sigma):
    variance = 1 / (1 + torch.dot(w, w) / sigma**2)
    return (variance / sigma**2 * (x - b)).matmul(w), variance


@right("closing_q")
def _(x, w, b, sigma):
    precision = 1.0
    for component in w:
        precision = precision + component**2 / sigma**2
    means = [sum((row - b)[d] * w[d] for d in range(len(w))) / sigma**2 / precision for row in x]
    return torch.stack(means), 1 / precision


@right("closing_q")
def _(x, w, b, sigma):  # the top of the parabola, by autograd
    z = torch.zeros(len(x), dtype=torch.float64, requires_grad=True)
    residual = (x - b).double() - z[:, None] * w.double()
    log_joint = (-0.5 * residual.square().sum(1) / sigma**2 - 0.5 * z**2).sum()
    (slope,) = torch.autograd.grad(log_joint, z, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), z)
    return (-slope / curvature).detach(), (-1 / curvature[0]).detach()


@right("best_q")
def _(z, log_joint, spacing):  # gradient ascent from several places
    z, log_joint = z.double(), log_joint.double()
    mean = torch.linspace(-3.5, 3.5, 15, dtype=torch.float64).requires_grad_()
    log_sd = torch.full((15,), -0.7, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([mean, log_sd], lr=0.05)
    for step in range(300):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 300)
        q = torch.softmax(-0.5 * ((z - mean[:, None]) / log_sd.exp()[:, None]) ** 2, 1)  # stays on the grid
        bound = q @ log_joint + log_sd
        optimizer.zero_grad()
        (-bound.sum()).backward()
        optimizer.step()
    best = bound.argmax()
    return mean[best].detach(), log_sd[best].exp().detach()


@right("best_q")
def _(z, log_joint, spacing):  # two loops, twice
    def bound(mean, sd):
        q = Normal(mean, sd).log_prob(z).exp()
        return float((q * log_joint).sum() / q.sum()) + math.log(sd)

    pairs = [(m / 5, s / 10) for m in range(-20, 21) for s in range(2, 12)]
    for width in (0.1, 0.02, 0.004):
        mean, sd = max(pairs, key=lambda pair: bound(*pair))
        pairs = [
            (mean + width * i, sd + width / 2 * j)
            for i in range(-2, 3)
            for j in range(-4, 5)
            if sd + width / 2 * j > 0.1
        ]
    return torch.tensor(mean), torch.tensor(sd)


@right("best_q")
def _(z, log_joint, spacing):  # the smallest divergence from the posterior
    log_posterior = log_joint - torch.logsumexp(log_joint, 0) - math.log(spacing)
    means, sds = torch.linspace(-4, 4, 161), torch.linspace(spacing, 2, 39)
    for width in (0.05, 0.005):
        q = Normal(means[:, None, None], sds[:, None]).log_prob(z)
        gap = (q.exp() * (q - log_posterior)).sum(2) * spacing
        i, j = divmod(int(gap.argmin()), len(sds))
        best = means[i], sds[j]
        means, sds = (
            best[0] + width * torch.linspace(-1, 1, 21),
            (best[1] + width * torch.linspace(-1, 1, 21)).clamp(min=spacing),
        )
    return best


@right("best_q")
def _(z, log_joint, spacing):  # from each peak in ever smaller steps
    def bound(mean, sd):
        q = torch.softmax(-0.5 * ((z - mean) / sd) ** 2, 0)
        return (q * log_joint).sum().item() + math.log(sd)

    found = []
    inner = log_joint[1:-1]
    for peak in z[1:-1][(inner > log_joint[:-2]) & (inner >= log_joint[2:])].tolist():
        at, step = (peak, 0.6), 0.2
        while step > 1e-3:
            around = [(at[0] + i * step, max(at[1] + j * step, spacing)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
            best = max(around, key=lambda pair: bound(*pair))
            step, at = (step if bound(*best) > bound(*at) else step / 2), best
        found.append((bound(*at), *at))
    _, mean, sd = max(found)
    return torch.tensor(mean), torch.tensor(sd)


@right("best_q")
def _(z, log_joint, spacing):  # one matrix product, in double precision
    m, s = torch.meshgrid(torch.linspace(-4, 4, 401), torch.linspace(spacing, 2, 96), indexing="ij")
    m, s = m.reshape(-1, 1).double(), s.reshape(-1, 1).double()
    q = torch.exp(-0.5 * ((z.double() - m) / s) ** 2) / (s * math.sqrt(2 * math.pi))
    best = (q @ log_joint.double() * spacing + s[:, 0].log()).argmax()
    return m[best, 0], s[best, 0]


@right("best_q")
def _(z, log_joint, spacing):  # one width after the other, then the other way round
    sds = torch.linspace(spacing, 2, 60)
    grid = torch.arange(-4, 4, 0.05)
    best, mean, sd = -math.inf, None, None
    for s in sds:
        q = torch.softmax(-0.5 * ((z - grid[:, None]) / s) ** 2, dim=1)
        values = (q * log_joint).sum(1) + s.log()
        if values.max() > best:
            best, mean, sd = values.max(), grid[values.argmax()], s
    for width in (0.02, 0.005, 0.001):
        around, widths = mean + width * torch.arange(-5, 6), (sd + width * torch.arange(-5, 6)).clamp(min=spacing)
        q = torch.softmax(-0.5 * ((z - around[:, None, None]) / widths[:, None]) ** 2, dim=2)
        values = (q * log_joint).sum(2) + widths.log()
        i, j = divmod(int(values.argmax()), 11)
        mean, sd = around[i], widths[j]
    return mean, sd


@two_mistakes("best_q")
def _(z, log_joint, spacing):  # the posterior's moments, and the variance for sd
    weights = torch.softmax(log_joint, 0)
    mean = (weights * z).sum()
    return mean, (weights * (z - mean) ** 2).sum()


@two_mistakes("best_q")
def _(z, log_joint, spacing):  # the posterior's moments, in the wrong order
    weights = torch.softmax(log_joint, 0)
    mean = (weights * z).sum()
    return (weights * (z - mean) ** 2).sum().sqrt(), mean
