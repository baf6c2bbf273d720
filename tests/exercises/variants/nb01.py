"""Notebook 01: right answers written otherwise, and two mistakes at once."""

import itertools
import math

import torch
from torch.distributions import Exponential, Independent, MultivariateNormal, Normal, TransformedDistribution
from torch.distributions.transforms import AffineTransform

from variants.registry import right, two_mistakes


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


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    base = Independent(Normal(torch.zeros_like(mean), 1.0), 1)
    return TransformedDistribution(base, [AffineTransform(mean, sigma, event_dim=1)]).log_prob(x)


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    difference = (x - mean) / sigma
    return -0.5 * torch.einsum("bd,bd->b", difference, difference) - x.shape[-1] * math.log(
        sigma * (2 * math.pi) ** 0.5
    )


@right("gaussian_log_likelihood")
def _(x, mean, sigma):
    variance = torch.full_like(x, sigma**2, dtype=torch.float64)
    return -torch.nn.functional.gaussian_nll_loss(
        x.double(), mean.double(), variance, full=True, eps=1e-30, reduction="none"
    ).sum(1)


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


@right("ring")
def _(z):
    x, y = z.unbind(1)
    angle, radius = torch.atan2(y, x), 1 + torch.sqrt(x * x + y * y) / 10
    return torch.column_stack([radius * angle.cos(), radius * angle.sin()])


@right("ring")
def _(z):
    return z * (0.1 + 1 / torch.linalg.vector_norm(z, dim=-1)).unsqueeze(-1)


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


@right("to_exponential")
def _(z, rate):
    u = (1 + torch.erf(z / math.sqrt(2))) / 2
    return -torch.log1p(-u) / rate


@right("to_exponential")
def _(z, rate):
    return -(torch.special.erfc(z.double() / 2**0.5) / 2).log().div(rate).float()


@two_mistakes("to_exponential")
def _(z, rate):  # no Φ, and rate for mean
    return torch.exp(-z) * rate


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


@right("log_mean_exp")
def _(log_p):
    return log_p.double().logcumsumexp(0)[-1] - math.log(len(log_p))


@right("log_mean_exp")
def _(log_p):
    top = torch.argmax(log_p, dim=0, keepdim=True)
    return log_p.gather(0, top)[0] - log_p.log_softmax(0).gather(0, top)[0] - math.log(log_p.size(0))


@right("log_mean_exp")
def _(log_p):
    answers = []
    for column in log_p.unbind(1):
        top = max(column.tolist())
        answers.append(top + math.log(sum(math.exp(value - top) for value in column.tolist()) / len(column)))
    return torch.tensor(answers)


@two_mistakes("log_mean_exp")
def _(log_p):  # over the wrong dimension, and no log S
    return torch.logsumexp(log_p, 1)


@two_mistakes("log_mean_exp")
def _(log_p):  # log S added, of the number of data points
    return torch.logsumexp(log_p, 0) + math.log(log_p.shape[1] + 1)


@right("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):
    theta = theta.clone().requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=rate, maximize=True)
    for _ in range(steps):
        optimizer.zero_grad()
        log_p_x(x, theta).mean().backward()
        optimizer.step()
    return theta.detach()


@right("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):
    theta = torch.nn.Parameter(theta.clone())
    for _ in range(steps):
        loss = -log_p_x(x, theta).mean()
        loss.backward()
        with torch.no_grad():
            theta -= rate * theta.grad
        theta.grad = None
    return theta.data


@right("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):
    slope = torch.func.grad(lambda t: log_p_x(x, t).sum() / len(x))
    for _ in range(steps):
        theta = theta + rate * slope(theta)
    return theta.clone()


@right("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):
    for _ in range(steps):
        theta = theta + rate * torch.autograd.functional.jacobian(lambda t: log_p_x(x, t), theta).mean(0)
    return theta


@right("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):
    if steps == 0:
        return theta.detach().clone()
    start = theta.detach().clone().requires_grad_(True)
    total = 0
    for row in x:
        total = total + log_p_x(row[None], start)[0]
    total.backward()
    with torch.no_grad():
        moved = start + rate * start.grad / x.shape[0]
    return maximize(log_p_x, moved, x, steps - 1, rate)


def maximize(log_p_x, theta, x, steps, rate):
    theta = theta.double().requires_grad_()
    for _ in range(steps):
        (slope,) = torch.autograd.grad(log_p_x(x.double(), theta).mean(), theta)
        theta = (theta.detach() + rate * slope).requires_grad_()
    return theta.detach()


@right("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):  # differences in double precision
    theta, x, h = theta.double(), x.double(), 1e-5
    for _ in range(steps):
        slope = torch.zeros_like(theta)
        for k in range(len(theta)):
            up, down = theta.clone(), theta.clone()
            up[k], down[k] = up[k] + h, down[k] - h
            slope[k] = (log_p_x(x, up).mean() - log_p_x(x, down).mean()) / (2 * h)
        theta = theta + rate * slope
    return theta


@two_mistakes("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):  # one step, and ten times as long
    theta = theta.clone().requires_grad_()
    return (theta + 10 * rate * torch.autograd.grad(log_p_x(x, theta).mean(), theta)[0]).detach()


@two_mistakes("maximize_likelihood")
def _(log_p_x, theta, x, steps, rate):  # downhill, by the sign alone
    for _ in range(steps):
        theta = theta.detach().requires_grad_() if theta.requires_grad else theta.clone().requires_grad_()
        theta = theta - rate * torch.autograd.grad(log_p_x(x, theta).mean(), theta)[0].sign()
    return theta.detach()


@right("least_between")
def _(distance, slope):
    return torch.erf(distance / slope / math.sqrt(8))


@right("least_between")
def _(distance, slope):
    half, normal = distance / (2 * slope), Normal(0.0, 1.0)
    return normal.cdf(half) - normal.cdf(-half)


@right("least_between")
def _(distance, slope):
    return 2 * torch.special.ndtr(distance.double() / slope / 2) - 1


@right("least_between")
def _(distance, slope):
    pairs = zip(distance.tolist(), slope.tolist(), strict=True)
    return torch.tensor([math.erf(d / s / 2 / math.sqrt(2)) for d, s in pairs])


@right("least_between")
def _(distance, slope):  # the area under the density, by the trapezoid rule
    half = (distance / slope / 2)[:, None]
    z = half * torch.linspace(-1, 1, 4001)
    return torch.trapezoid(torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi), z, dim=1)


@right("least_between")
def _(distance, slope):
    answers = []
    for pair in torch.stack([distance, slope], dim=1):
        a = pair[0] / pair[1] / 2
        answers.append(1 - torch.special.erfc(a / 2**0.5))
    return torch.stack(answers)


@two_mistakes("least_between")
def _(distance, slope):  # the width for half of it, one side
    return torch.special.ndtr(-distance / slope)


@two_mistakes("least_between")
def _(distance, slope):  # upside down, and twice the density
    return 0.8 * slope / (distance + 1)


def _importance(log_p, m, s, eps):
    z = m + s * eps
    weighted = log_p(z) + Normal(0.0, 1.0).log_prob(z).sum(1) - Normal(m, s).log_prob(z).sum(1)
    return weighted.logsumexp(0) - math.log(len(z))


@right("few_draws")
def _(log_p, eps):  # by Adam, and the width by the curvature at the top
    m = torch.zeros(1, 20, requires_grad=True)
    optimizer = torch.optim.Adam([m], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        loss = (0.5 * m.square().sum(1) - log_p(m)).sum()
        loss.backward()
        optimizer.step()
    m = m.detach()
    h = 0.1 * torch.eye(20)[:1]
    bend = (2 * log_p(m) - log_p(m + h) - log_p(m - h)) / 0.01 + 1
    return _importance(log_p, m, float(bend) ** -0.5, eps)


@right("few_draws")
def _(log_p, eps):  # the same, drawn from a Q somewhat too wide
    m = torch.zeros(1, 20)
    for _ in range(30):
        m.requires_grad_()
        (slope,) = torch.autograd.grad(log_p(m).sum(), m)
        m = (m + 0.1 * (slope - m)).detach()
    return _importance(log_p, m, 0.52, eps)


@right("few_draws")
def _(log_p, eps):  # without gradients: slopes and bends of a parabola along each axis
    with torch.no_grad():
        score = lambda z: log_p(z) - 0.5 * z.square().sum(1)  # noqa: E731
        steps = torch.eye(20)
        up, down, here = score(steps), score(-steps), score(torch.zeros(1, 20))
        bend = 2 * here - up - down
        return _importance(log_p, ((up - down) / (2 * bend))[None], bend.rsqrt() * 1.05, eps)


@right("few_draws")
def _(log_p, eps):  # Newton's step
    m = torch.zeros(20)
    joint = lambda z: log_p(z[None])[0] + Normal(0.0, 1.0).log_prob(z).sum()  # noqa: E731
    bend = -torch.autograd.functional.hessian(joint, m)
    m = m + torch.linalg.solve(bend, torch.autograd.functional.jacobian(joint, m))
    q = MultivariateNormal(m, precision_matrix=bend)
    z = m + eps @ q.scale_tril.T
    log_prior = MultivariateNormal(torch.zeros(20), torch.eye(20)).log_prob(z)
    return torch.logsumexp(log_p(z) + log_prior - q.log_prob(z), 0) - math.log(1000)


@right("few_draws")
def _(log_p, eps):  # each draw with its mirror image, half of them
    m = torch.zeros(1, 20)
    for _ in range(60):
        m = m.detach().requires_grad_()
        m = m + 0.15 * torch.autograd.grad(log_p(m).sum() - 0.5 * m.pow(2).sum(), m)[0]
    return _importance(log_p, m.detach(), 0.47, torch.cat([eps[:700], -eps[:700]]))


@right("few_draws")
def _(log_p, eps):  # in double precision, a draw at a time
    m = torch.zeros(20, dtype=torch.float64)
    for _ in range(25):
        m = m.detach().requires_grad_()
        m = m + 0.19 * torch.autograd.grad(log_p(m[None])[0] - m @ m / 2, m)[0]
    m, total = m.detach(), torch.tensor(-math.inf, dtype=torch.float64)
    for e in itertools.islice(eps.double(), 900):
        z = m + 0.45 * e
        total = torch.logaddexp(total, log_p(z[None])[0] - z @ z / 2 + e @ e / 2 + 20 * math.log(0.45))
    return total - math.log(900)


@two_mistakes("few_draws")
def _(log_p, eps):  # narrower draws around 0, not weighed
    return log_p(0.5 * eps).logsumexp(0) - math.log(len(eps))


@two_mistakes("few_draws")
def _(log_p, eps):  # the mean of the logarithms, of draws from P(z)
    return log_p(eps).mean()
