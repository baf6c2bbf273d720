"""The grid of equal probability."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb05.equal_mass_grid_mistakes import MISTAKES


def equal_mass_grid(n, mean, sd):
    """n² points of the plane, each standing for the same share of N(mean, diag sd²).

    Each axis falls into n pieces of probability 1/n. The point that stands for a piece
    has half of its probability on either side.

    n: pieces of an axis, 1 or more. mean, sd: along z₁ and z₂, (2,).
    Returns (n², 2), columns z₁ and z₂, in reading order: z₁ grows along a line of n
    points, and z₂ falls from line to line.
    """
    axis = torch.special.ndtri((torch.arange(n) + 0.5) / n)
    z1 = mean[0] + sd[0] * axis.repeat(n)
    z2 = mean[1] + sd[1] * axis.flip(0).repeat_interleave(n)
    return torch.stack([z1, z2], dim=1)


def _oracle(n, mean, sd):
    # Bisection on the density's integral, point by point.
    def quantile(u, m, s):
        low, high = m - 10 * s, m + 10 * s
        for _ in range(80):
            middle = (low + high) / 2
            below = 0.5 * math.erfc(-(middle - m) / (s * math.sqrt(2))) < u
            low, high = (middle, high) if below else (low, middle)
        return low

    (m1, m2), (s1, s2) = mean.tolist(), sd.tolist()
    points = [
        (quantile((column + 0.5) / n, m1, s1), quantile((line + 0.5) / n, m2, s2))
        for line in reversed(range(n))
        for column in range(n)
    ]
    return torch.tensor(points)


def _by_icdf(n, mean, sd):
    u = (torch.arange(n) + 0.5) / n
    z1 = torch.distributions.Normal(mean[0], sd[0]).icdf(u)
    z2 = torch.distributions.Normal(mean[1], sd[1]).icdf(u)
    across, up = torch.meshgrid(z1, z2.flip(0), indexing="xy")
    return torch.stack([across.flatten(), up.flatten()], dim=1)


EXERCISE = Exercise(
    notebook="05",
    goal="Place n × n points on the plane so that each stands for the same share of what a Gaussian draws.",
    reference=equal_mass_grid,
    oracle=_oracle,
    alternatives=(_by_icdf,),
    hints=(
        "Start with one axis, with mean 0 and sd 1. $\\Phi(z)$ is the probability to the left of z. Which values of "
        "$\\Phi$ do the middles of $n$ equal pieces have?",
        "The middles are $(i + \\tfrac12)/n$. $\\Phi^{-1}$ is `torch.special.ndtri`. Then `mean + sd * z` moves and "
        "stretches the points.",
        "`axis = torch.special.ndtri((torch.arange(n) + 0.5) / n)`. For $z_1$ repeat the whole axis n times, for $z_2$ "
        "each number of `axis.flip(0)` n times (`repeat_interleave`); `torch.stack` the two along `dim=1`.",
    ),
    then="Every point stands for the same share of what is drawn, so that an area of the figure is a probability.",
    again="the figure below, and the grid over Q in section 5.6.",
    probes=(
        (2, torch.tensor([0.0, 0.0]), torch.tensor([1.0, 1.0])),
        (3, torch.tensor([1.0, -0.5]), torch.tensor([0.5, 2.0])),
        (8, torch.tensor([-0.7, 0.2]), torch.tensor([1.5, 0.1])),
        (20, torch.tensor([0.0, 0.0]), torch.tensor([1.0, 1.0])),  # the page's
        (5, torch.tensor([1.5, -0.8]), torch.tensor([0.05, 0.03])),  # the page's ellipse
    ),
    mistakes=MISTAKES,
)
