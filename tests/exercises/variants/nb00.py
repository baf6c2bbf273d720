"""Notebook 00: right answers written otherwise, and two mistakes at once."""

import math

import torch
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal

from variants.registry import right, two_mistakes


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


@right("log_prior")
def _(z):
    return -(z.norm(dim=1) ** 2 + math.log((2 * math.pi) ** z.shape[1])) / 2


@right("log_prior")
def _(z):
    return Independent(Normal(torch.zeros_like(z), torch.ones_like(z)), 1).log_prob(z)


@right("log_prior")
def _(z):
    return torch.tensor([sum(-v * v / 2 - math.log(math.tau) / 2 for v in row) for row in z.tolist()])


@right("log_prior")
def _(z):
    return torch.diagonal(z @ z.T) / -2 + len(z[0]) * math.log(1 / math.sqrt(2 * math.pi))


@two_mistakes("log_prior")
def _(z):  # no half, no constant
    return -(z**2).sum(1)


@two_mistakes("log_prior")
def _(z):  # the sign, summed over the batch
    return (0.5 * z**2 + 0.5 * math.log(2 * math.pi)).sum()


@two_mistakes("log_prior")
def _(z):  # no half, and shape (B, 1)
    return (-(z**2) - 0.5 * math.log(2 * math.pi)).sum(1, keepdim=True)


def _score(f, x, z):
    return Independent(Bernoulli(f(z)), 1).log_prob(x)


@right("best_z")
def _(f, x):  # one grid, as fine as need be
    axis = torch.arange(-4, 4.001, 0.05)
    a, b = torch.meshgrid(axis, axis, indexing="ij")
    z = torch.stack([a.flatten(), b.flatten()], dim=1)
    return z[_score(f, x, z).max(0).indices]


@right("best_z")
def _(f, x):  # uphill by the gradient, from nine starts
    axis = torch.tensor([-2.0, 0.0, 2.0])
    z = torch.cartesian_prod(axis, axis).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.05, maximize=True)
    for _ in range(400):
        optimizer.zero_grad()
        _score(f, x, z).sum().backward()
        optimizer.step()
    return z[_score(f, x, z).argmax()].detach()


@right("best_z")
def _(f, x):  # draws of one's own, ever closer around the best
    generator = torch.Generator().manual_seed(5)
    center, width = torch.zeros(2), 2.0
    for _ in range(12):
        z = torch.cat([center[None], center + width * torch.randn(2000, 2, generator=generator)])
        center, width = z[_score(f, x, z).argmax()], width / 2
    return center


@right("best_z")
def _(f, x):  # one point at a time
    best, found = -math.inf, None
    for i in range(-40, 41, 2):
        for j in range(-40, 41, 2):
            z = torch.tensor([[i / 10, j / 10]])
            ink = f(z)[0]
            score = torch.where(x > 0.5, ink, 1 - ink).log().sum().item()
            if score > best:
                best, found = score, z[0]
    step = 0.1
    while step > 0.01:
        around = found + step * torch.tensor(
            [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]]
        )
        place = int(_score(f, x, around).argmax())
        found, step = around[place], step if place else step / 2
    return found


@right("best_z")
def _(f, x):  # cross entropy in double precision
    axis = torch.linspace(-4, 4, 161).double()
    z = torch.cartesian_prod(axis, axis)
    ink = f(z)
    loss = torch.nn.functional.binary_cross_entropy(ink, x.double().expand_as(ink), reduction="none").sum(1)
    return z[loss.argmin()]


@right("best_z")
def _(f, x):  # one coordinate after the other, many times, from several starts
    axis, candidates = torch.linspace(-4, 4, 401), []
    for start in (-2.0, 0.0, 2.0):
        z = torch.tensor([start, start])
        for turn in range(60):
            line = z.repeat(len(axis), 1)
            line[:, turn % 2] = axis
            z = line[_score(f, x, line).argmax()]
        candidates.append(z)
    z = torch.stack(candidates)
    return z[_score(f, x, z).argmax()]


@two_mistakes("best_z")
def _(f, x):  # too coarse, and ink alone
    z = torch.cartesian_prod(*2 * [torch.linspace(-4, 4, 6)])
    return z[(x * f(z).log()).sum(1).argmax()]


@two_mistakes("best_z")
def _(f, x):  # the picture with the least ink, positive z
    z = torch.cartesian_prod(*2 * [torch.linspace(0, 4, 33)])
    return z[f(z).sum(1).argmin()]
