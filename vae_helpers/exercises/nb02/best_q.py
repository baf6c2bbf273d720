"""The best Gaussian Q for one X, by a search of the learner's design."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def best_q(z, log_joint, spacing):
    """The Gaussian Q(z) = N(mean, sd²) with the highest bound, for one X.

    z: points of a regular grid, (G,). log_joint: log P(X|z) + log P(z) there, in nats,
    (G,), far down at both ends. spacing: of the grid. The best mean is in [−4, 4], the
    best sd between spacing and 2; both are judged to 0.01. The page calls it 39 times.
    Returns mean (), sd ().
    """

    def bounds(means, sds):  # (M,), (S,) -> (M, S)
        distance = (z - means[:, None, None]) / sds[:, None]  # (M, S, G)
        log_q = -0.5 * distance**2 - (sds * math.sqrt(2 * math.pi)).log()[:, None]
        return (log_q.exp() * (log_joint - log_q)).sum(dim=2) * spacing

    means, sds = torch.linspace(-4, 4, 81), torch.linspace(spacing, 2, 20)
    for step in (0.02, 0.004, 0.001):  # look at all, then closer around the best
        best = bounds(means, sds).argmax().item()
        mean, sd = means[best // len(sds)], sds[best % len(sds)]
        means = mean + step * torch.arange(-5, 6)
        sds = (sd + step * torch.arange(-5, 6)).clamp(min=spacing)
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


def _searched(value, means=(-4, 4)):
    """The mean and sd, from the grid of `best_q`, for which value(E_Q[log P(X|z) + log P(z)], log sd) is largest."""

    def search(z, log_joint, spacing):
        m, s = torch.linspace(*means, 10 * (means[1] - means[0]) + 1), torch.linspace(spacing, 2, 20)
        for step in (0.02, 0.004, 0.001):
            q = torch.exp(-0.5 * ((z - m[:, None, None]) / s[:, None]) ** 2)
            q = q / (s[:, None] * math.sqrt(2 * math.pi))
            reached = value((q * log_joint).sum(2) * spacing, s.log(), spacing)
            best = reached.argmax().item()
            mean, sd = m[best // len(s)], s[best % len(s)]
            m, s = mean + step * torch.arange(-5, 6), (sd + step * torch.arange(-5, 6)).clamp(min=spacing)
        return mean, sd

    return search


def _moments(z, log_joint, spacing):
    weights = torch.softmax(log_joint, 0)
    mean = (weights * z).sum()
    return mean, (weights * (z - mean) ** 2).sum().sqrt()


def _laplace(z, log_joint, spacing):
    peak = log_joint.argmax().clamp(1, len(z) - 2)
    curvature = (log_joint[peak - 1] - 2 * log_joint[peak] + log_joint[peak + 1]) / spacing**2
    return z[peak], (-curvature).clamp(min=1e-6).rsqrt()


def _other_hump(z, log_joint, spacing):
    """The best on the other side of 0."""
    best = _searched(lambda joint, log_sd, _: joint + log_sd)(z, log_joint, spacing)[0]
    side = (-4, 0) if best > 0 else (0, 4)
    return _searched(lambda joint, log_sd, _: joint + log_sd, side)(z, log_joint, spacing)


def _changed(change):
    return lambda *arguments: change(*best_q(*arguments))


def _two_humps(weight, left, left_sd, right, right_sd, level):
    z = torch.linspace(-6, 6, 121)
    humps = torch.stack([
        math.log(weight) + _log_normal(z, left, left_sd),
        math.log(1 - weight) + _log_normal(z, right, right_sd),
    ])  # fmt: skip
    return z, humps.logsumexp(0) + level, (z[1] - z[0]).item()


def _page(x):
    """The joint of the page's curve, f(z) = z + 1.2 sin 2z with σ = 0.3."""
    z = torch.linspace(-6, 6, 121, dtype=torch.float64)
    return z, _log_normal(z + 1.2 * torch.sin(2 * z), x, 0.3) + _log_normal(z, 0.0, 1.0), (z[1] - z[0]).item()


_GRID = torch.linspace(-4, 6, 51)

EXERCISE = Exercise(
    notebook="02",
    goal="Design a search for the best Gaussian Q of one X: the mean and width for which the bound is highest.",
    reference=best_q,
    oracle=_oracle,
    hints=(
        "The bound is $E_Q[\\log P(X|z) + \\log P(z) - \\log Q(z)]$. For one mean and one sd it is a sum over the grid. "
        "Which pairs (mean, sd) will you try?",
        "Try many means and many widths, and keep the best pair; then look closer around it. A search that climbs from a "
        "single start ends on the nearest hump, so start in several places.",
        "For each candidate: log_q of the normal density on the grid, then the sum of exp(log_q)·(log_joint − log_q), times "
        "the spacing. argmax over 81 means in [−4, 4] and 20 widths up to 2, then over finer steps around the winner.",
    ),
    probes=(
        (_GRID, -0.5 * ((_GRID - 1.0) / 0.5) ** 2 - 2.0, 0.2),
        _two_humps(0.35, -2.0, 0.4, 1.5, 0.5, 0.0),
        _two_humps(0.7, -1.6, 0.5, 2.2, 0.25, -7.0),
        _page(1.65),
    ),
    tolerance=0.01,
    mistakes=(
        Mistake(
            "the posterior's moments",
            "These are the mean and the standard deviation of the posterior. With two humps they describe a Gaussian that "
            "covers both and lies mostly between them, where the posterior is small; its bound is lower. (It is the best "
            "fit in the *other* direction, notebook 03.)",
            _moments,
        ),
        Mistake(
            "peak and curvature",
            "You take the posterior's highest point and its curvature there. That is a good start and not yet the best Q, "
            "which feels the whole neighborhood of the peak: compare the two bounds.",
            _laplace,
        ),
        Mistake(
            "peak and the posterior's spread",
            "You put Q on the highest point and give it the standard deviation of the whole posterior. The bound asks for "
            "both at once: try other widths.",
            lambda z, log_joint, spacing: (z[log_joint.argmax()], _moments(z, log_joint, spacing)[1]),
        ),
        Mistake(
            "as narrow as allowed",
            "Your Q shrinks onto the highest point, to the smallest width it is allowed. So log Q is missing from what you "
            "maximize, or has the wrong sign: the bound subtracts it, which charges for a narrow Q.",
            _searched(lambda joint, log_sd, _: joint),
        ),
        Mistake(
            "the other hump",
            "Your Q sits on a hump, but there is a better one. A search that climbs from one place ends on the nearest hump: "
            "start it in several places and keep the best.",
            _other_hump,
        ),
        Mistake(
            "spacing forgotten",
            "Your Q comes out too narrow: E_Q[log P(X|z) + log P(z)] on the grid lacks the factor spacing, so it outweighs "
            "log sd.",
            _searched(lambda joint, log_sd, spacing: joint / spacing + log_sd),
        ),
        Mistake(
            "half the entropy",
            "Your Q comes out too narrow: the entropy of a Gaussian is log sd plus a constant, and yours counts half of "
            "that. (½ log sd² is log sd.)",
            _searched(lambda joint, log_sd, _: joint + 0.5 * log_sd),
        ),
        Mistake(
            "twice the entropy",
            "Your Q comes out too wide: the entropy of a Gaussian is log sd plus a constant, and yours counts twice that.",
            _searched(lambda joint, log_sd, _: joint + 2 * log_sd),
        ),
        Mistake(
            "prior twice",
            "The prior is counted twice: log_joint already contains log P(z).",
            lambda z, log_joint, spacing: best_q(z, log_joint - 0.5 * z**2, spacing),
        ),
        Mistake(
            "variance for sd",
            "The mean is right. You return the variance; sd is its root.",
            _changed(lambda mean, sd: (mean, sd**2)),
        ),
        Mistake("log sd", "The mean is right. In place of sd you return its logarithm.",
                _changed(lambda mean, sd: (mean, sd.log()))),
        Mistake("order", "The two are in the wrong order: first the mean, then sd.",
                _changed(lambda mean, sd: (sd, mean))),
    ),
)  # fmt: skip
