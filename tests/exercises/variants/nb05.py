"""Notebook 05: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Normal

from variants.registry import right, two_mistakes


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
