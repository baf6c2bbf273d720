"""The best Gaussian Q for one X, by a search of the learner's design."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb02.best_q_mistakes import MISTAKES


def best_q(z, log_joint, spacing):
    """The Gaussian Q(z) = N(mean, sd²) with the highest bound, for one X.

    z: points of a regular grid, (G,). log_joint: log P(X|z) + log P(z) there, in nats,
    (G,), far down at both ends. spacing: of the grid. The best mean is in [−4, 4], the
    best sd between spacing and 2; both are judged to 0.01. The page calls it 39 times.
    Returns mean (), sd ().
    """
    z, log_joint = z.double(), log_joint.double()  # the top is flat

    def best(means, sds):  # (M,), (S,)
        distance = (z - means[:, None, None]) / sds[:, None]  # (M, S, G)
        log_q = -0.5 * distance**2 - (sds * math.sqrt(2 * math.pi)).log()[:, None]
        bounds = (log_q.exp() * (log_joint - log_q)).sum(dim=2) * spacing  # (M, S)
        number = bounds.argmax().item()
        return means[number // len(sds)], sds[number % len(sds)]

    mean, sd = best(torch.linspace(-4, 4, 81), torch.linspace(spacing, 2, 20))
    for step in (0.02, 0.006, 0.002):  # closer and closer around the best
        around = step * torch.arange(-5, 6)
        mean, sd = best(mean + around, (sd + around).clamp(min=spacing))
    return mean, sd


def _log_normal(z, mean, sd):
    return torch.distributions.Normal(mean, sd).log_prob(z)


def _oracle(z, log_joint, spacing):
    # Gradient ascent in double precision from many places, with the entropy of Q in closed form.
    z, log_joint = z.double(), log_joint.double()
    mean = torch.linspace(-3.5, 3.5, 29, dtype=torch.float64).requires_grad_()
    log_sd = torch.full((29,), -1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([mean, log_sd], lr=0.03)
    for _ in range(500):
        q = torch.exp(-0.5 * ((z - mean[:, None]) / log_sd.exp()[:, None]) ** 2)
        bound = (q * log_joint).sum(1) / q.sum(1) + log_sd
        optimizer.zero_grad()
        (-bound.sum()).backward()
        optimizer.step()
    best = bound.argmax()
    return mean[best].detach().float(), log_sd[best].detach().exp().float()


def _humps(level, *humps):
    """A joint of several humps, each a weight, a mean and an sd, on a log scale raised by level."""
    z = torch.linspace(-6, 6, 61)
    logs = torch.stack([math.log(weight) + _log_normal(z, mean, sd) for weight, mean, sd in humps])
    return z, logs.logsumexp(0) + level, (z[1] - z[0]).item()


def _page(x):
    """The joint of the page's curve, f(z) = z + 1.2 sin 2z with σ = 0.3."""
    z = torch.linspace(-6, 6, 61, dtype=torch.float64)
    return z, _log_normal(z + 1.2 * torch.sin(2 * z), x, 0.3) + _log_normal(z, 0.0, 1.0), (z[1] - z[0]).item()


_GRID = torch.linspace(-4, 6, 51)

EXERCISE = Exercise(
    notebook="02",
    goal="Design a search for the best Gaussian Q of one X: the mean and width for which the bound is highest.",
    reference=best_q,
    oracle=_oracle,
    nearly=0.05,
    hints=(
        "The bound is $E_Q[\\log P(X|z) + \\log P(z) - \\log Q(z)]$. For one mean and one sd it is a sum over the "
        "grid. Which pairs (mean, sd) will you try?",
        "Try many means and many widths, and keep the best pair; then look closer around it. A search that climbs from "
        "a single start ends on the nearest hump, so start in several places, and keep Q on the grid: what lies beyond "
        "its ends is not counted.",
        "For each candidate: `log_q` of the normal density on the grid, then the sum of `log_q.exp() * (log_joint - "
        "log_q)`, times the spacing. Take the largest over 81 means in $[-4, 4]$ and 20 widths up to 2, then over "
        "finer steps around the winner.",
    ),
    then="This is what an encoder spares you: one search for each X.",
    again="the cells of 2.4 and 2.7 that search, and the challenge in 2.9.",
    probes=(
        (_GRID, -0.5 * ((_GRID - 1.0) / 0.5) ** 2 - 2.0, 0.2),
        _humps(0.0, (0.4, 0.3, 0.25), (0.6, 3.2, 0.6)),
        _humps(-7.0, (0.45, -2.0, 0.4), (0.35, 1.2, 0.4), (0.2, 3.0, 0.4)),
        _page(1.65),
    ),
    tolerance=0.01,
    mistakes=MISTAKES,
)
