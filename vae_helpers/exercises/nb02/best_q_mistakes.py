"""Wrong answers to `best_q`, and what to say to each."""

import math

import torch

from vae_helpers.exercises.engine import Mistake


def _searched(value):
    """The mean and sd for which value(Q on the grid (M, S, G), log P(X|z) + log P(z), log sd, spacing) is largest."""

    def search(z, log_joint, spacing):
        z, log_joint = z.double(), log_joint.double()

        def best(means, sds):
            q = torch.exp(-0.5 * ((z - means[:, None, None]) / sds[:, None]) ** 2)
            q = q / (sds[:, None] * math.sqrt(2 * math.pi))
            number = value(q, log_joint, sds.log(), spacing).argmax().item()
            return means[number // len(sds)], sds[number % len(sds)]

        mean, sd = best(torch.linspace(-4, 4, 81), torch.linspace(spacing, 2, 60))
        for step in (0.02, 0.006, 0.002):
            around = step * torch.arange(-5, 6)
            mean, sd = best(mean + around, (sd + around).clamp(min=spacing, max=2))
        return mean, sd

    return search


def _climb(start):
    """Uphill in small steps from one mean, start(z, log_joint, spacing), and the width 0.6."""

    def search(z, log_joint, spacing):
        z, log_joint = z.double(), log_joint.double()

        def bounds(pairs):
            q = torch.softmax(-0.5 * ((z - pairs[:, :1]) / pairs[:, 1:]) ** 2, 1)
            return q @ log_joint + pairs[:, 1].log()

        moves = torch.cartesian_prod(torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([-1.0, 0.0, 1.0])).double()
        at, step = torch.stack([start(z, log_joint, spacing), torch.tensor(0.6).double()]), 0.1
        while step > 1e-3:
            around = at + step * moves
            around[:, 1].clamp_(min=spacing)
            values = bounds(around)
            best = around[values.argmax()]
            at, step = (best, step) if values.max() > bounds(at[None])[0] + 1e-9 else (at, step / 2)
        return at[0], at[1]

    return search


def _moments(z, log_joint, spacing):
    weights = torch.softmax(log_joint, 0)
    mean = (weights * z).sum()
    return mean, (weights * (z - mean) ** 2).sum().sqrt()


def _laplace(z, log_joint, spacing):
    peak = log_joint.argmax().clamp(1, len(z) - 2)
    curvature = (log_joint[peak - 1] - 2 * log_joint[peak] + log_joint[peak + 1]) / spacing**2
    return z[peak], (-curvature).clamp(min=1e-6).rsqrt()


def _of_variance(q, log_sd):
    """exp(−½ d²/sd) / (sd √2π) from exp(−½ d²/sd²) / (sd √2π)."""
    width = log_sd.exp()[:, None] * _ROOT
    return (q * width) ** log_sd.exp()[:, None] / width


_ROOT = math.sqrt(2 * math.pi)


def _squares(q, joint, log_sd, spacing):
    """Minus the squared difference of Q and the posterior, added up."""
    posterior = torch.softmax(joint, 0) / spacing
    return -((q - posterior) ** 2).sum(2)


_bound = _searched(lambda q, joint, log_sd, spacing: (q * joint).sum(2) * spacing + log_sd)


def _squared_sd(z, log_joint, spacing):
    mean, sd = _bound(z, log_joint, spacing)
    return mean, (sd**2).clamp(min=spacing)


_STUCK = (
    "Your Q sits on a hump, but for some X there is a better one. A search that climbs from one place ends on the nearest "
    "hump. "
)

MISTAKES = (
    Mistake("the posterior's moments",
        "These are the mean and the standard deviation of the posterior. With two humps they describe a Gaussian that "
        "covers both and lies mostly between them, where the posterior is small; its bound is lower. (It is the best "
        "fit in the *other* direction, notebook 03.)",
        _moments),
    Mistake("the posterior's mean and variance",
        "These are the mean and the variance of the posterior. Two things: sd is the root of a variance; and with two humps "
        "such a Gaussian lies mostly between them, where the posterior is small, so its bound is not the highest.",
        lambda *arguments: (_moments(*arguments)[0], _moments(*arguments)[1] ** 2)),
    Mistake("peak and curvature",
        "You take the posterior's highest point and its curvature there. That is a good start and not yet the best Q, "
        "which feels the whole neighborhood of the peak: compare the two bounds.",
        _laplace),
    Mistake("peak and the posterior's spread",
        "You put Q on the highest point and give it the standard deviation of the whole posterior. The bound asks for "
        "both at once: try other widths.",
        lambda z, log_joint, spacing: (z[log_joint.argmax()], _moments(z, log_joint, spacing)[1])),
    Mistake("as narrow as allowed",
        "Your Q shrinks onto the highest point, to the smallest width it is allowed. So log Q is missing from what you "
        "maximize, or has the wrong sign: the bound subtracts it, which charges for a narrow Q.",
        edit=(("(log_joint - log_q)", "log_joint"),)),
    Mistake("the joint in place of its logarithm",
        "You average P(X|z) P(z) itself. In the bound its logarithm is averaged: E_Q[log P(X|z) + log P(z) − log Q(z)].",
        _searched(lambda q, joint, log_sd, spacing: (q * joint.exp()).sum(2) * spacing)),
    Mistake("logarithm outside",
        "You average P(X|z) P(z) and take the logarithm afterwards. In the bound the logarithm stands inside the average.",
        _searched(lambda q, joint, log_sd, spacing: ((q * joint.exp()).sum(2) * spacing).log() + log_sd)),
    Mistake("climbs from 0",
        _STUCK + "Yours gives what a climb from z = 0 gives: start in several places and keep the best.",
        _climb(lambda z, log_joint, spacing: z.new_zeros(()))),
    Mistake("climbs from the peak",
        _STUCK
        + "Yours gives what a climb from the highest point of the posterior gives. A hump can be lower and hold more: "
        "start in several places and keep the best.",
        _climb(lambda z, log_joint, spacing: z[log_joint.argmax()])),
    Mistake("spacing forgotten",
        "Your Q comes out too narrow: E_Q[log P(X|z) + log P(z)] on the grid lacks the factor spacing, so it outweighs "
        "log sd.",
        _searched(lambda q, joint, log_sd, spacing: (q * joint).sum(2) + log_sd)),
    Mistake("half the entropy",
        "Your Q comes out too narrow: the entropy of a Gaussian is log sd plus a constant, and yours counts half of "
        "that. (½ log sd² is log sd.)",
        _searched(lambda q, joint, log_sd, spacing: (q * joint).sum(2) * spacing + 0.5 * log_sd)),
    Mistake("twice the entropy",
        "Your Q comes out too wide: the entropy of a Gaussian is log sd plus a constant, and yours counts twice that.",
        _searched(lambda q, joint, log_sd, spacing: (q * joint).sum(2) * spacing + 2 * log_sd)),
    Mistake("prior twice",
        "The prior is counted twice: log_joint already contains log P(z).",
        edit=(("log_joint.double()  #", "log_joint.double() - 0.5 * z.double() ** 2  #"),)),
    Mistake("variance for sd",
        "The mean is right. You return the variance; sd is its root.",
        edit=(("return mean, sd", "return mean, sd**2"),)),
    Mistake("variance for sd, on the grid",
        "The mean is right. What you call sd is read as the variance of Q; sd is its root.",
        lambda z, log_joint, spacing: _squared_sd(z, log_joint, spacing)),
    Mistake("log sd",
        "The mean is right. In place of sd you return its logarithm.",
        edit=(("return mean, sd", "return mean, sd.log()"),)),
    Mistake("order",
        "The two are in the wrong order: first the mean, then sd.",
        edit=(("return mean, sd", "return sd, mean"),)),
    Mistake("lowest bound",
        "You look for the lowest bound: its sign is turned, or argmin stands for argmax.",
        edit=((".argmax()", ".argmin()"),)),
    Mistake("means above 0",
        "You look at means from 0 to 4 alone. The best mean may be anywhere in [−4, 4].",
        edit=(("linspace(-4, 4, 81)", "linspace(0, 4, 81)"),)),
    Mistake("peak and inverse curvature",
        "You take the posterior's highest point, and 1 over the curvature there, which is a variance: sd is its root. And even that "
        "would be a start only, for the best Q feels the whole neighborhood of the peak.",
        lambda *arguments: (_laplace(*arguments)[0], _laplace(*arguments)[1] ** 2)),
    Mistake("not normalized",
        "Your density of Q lacks its 1/(sd √2π). Then a wide Q counts more than a narrow one.",
        _searched(
            lambda q, joint, log_sd, spacing: (q * log_sd.exp()[:, None] * _ROOT * joint).sum(2) * spacing + log_sd
        )),
    Mistake("not normalized, 2π",
        "Your density of Q lacks its 1/√2π, so E_Q[log P(X|z) + log P(z)] counts 2.5 times.",
        _searched(lambda q, joint, log_sd, spacing: (q * _ROOT * joint).sum(2) * spacing + log_sd)),
    Mistake("sd not squared",
        "In the exponent of Q the squared distance is divided by sd. It is divided by sd².",
        _searched(lambda q, joint, log_sd, spacing: (_of_variance(q, log_sd) * joint).sum(2) * spacing + log_sd)),
    Mistake("closest density",
        "You take the Q whose density differs least from the posterior's, by squares. The bound measures by D[Q‖P(z|X)].",
        _searched(_squares)),
    Mistake("peak and width at half height",
        "You take the posterior's highest point and its width at half height. That is a start and not yet the best Q: compare the two "
        "bounds.",
        lambda z, log_joint, spacing: (
            z[log_joint.argmax()],
            (log_joint > log_joint.max() - math.log(2)).sum() * spacing / 2.355,
        )),
    Mistake("points of the grid as draws",
        "You average over the points of the grid as if they were draws of Q. Weight each by Q(z), add up, and multiply by the spacing.",
        _searched(lambda q, joint, log_sd, spacing: (joint - q.log()).mean(2))),
)  # fmt: skip
