"""The grid of equal probability."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


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


def _placed(axis, downward=True, transposed=False):
    """The grid made of an axis, a function of n that gives standard quantiles."""

    def grid(n, mean, sd):
        along = axis(n)
        vertical, horizontal = torch.meshgrid(along.flip(0) if downward else along, along, indexing="ij")
        flat = [horizontal.flatten(), vertical.flatten()]
        if transposed:
            flat = [horizontal.T.flatten(), vertical.T.flatten()]
        return mean + sd * torch.stack(flat, dim=1)

    return grid


def _quantiles(n):
    return torch.special.ndtri((torch.arange(n) + 0.5) / n)


def _centers(n):
    edge = torch.special.ndtri(torch.arange(n + 1) / n)
    height = torch.exp(-0.5 * edge**2) / math.sqrt(2 * math.pi)
    return n * (height[:-1] - height[1:])


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
    mistakes=(
        Mistake(
            "uniform from −3 to 3",
            "Your points are evenly spaced from −3 to 3. Those at the corners stand for hardly any of the probability: Φ⁻¹ "
            "puts more points where the density is higher.",
            _placed(lambda n: torch.linspace(-3, 3, n)),
        ),
        Mistake(
            "Φ for Φ⁻¹",
            "You apply Φ, which takes a point to a probability. Here probabilities are to become points: its inverse, "
            "torch.special.ndtri.",
            _placed(lambda n: torch.special.ndtr((torch.arange(n) + 0.5) / n)),
        ),
        Mistake(
            "probabilities for points",
            "These are the probabilities (i + ½)/n themselves. Φ⁻¹ makes points of them.",
            _placed(lambda n: (torch.arange(n) + 0.5) / n),
        ),
        Mistake(
            "from 0 to 1",
            "Your probabilities run from 0 to 1 and include both, and Φ⁻¹(0) = −∞, Φ⁻¹(1) = ∞. Take the middles of the "
            "pieces, (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.linspace(0, 1, n))),
        ),
        Mistake(
            "left ends",
            "You take the left end i/n of each piece, and Φ⁻¹(0) = −∞. Take the middle, (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.arange(n) / n)),
        ),
        Mistake(
            "i/(n+1)",
            "You place the points at Φ⁻¹((i+1)/(n+1)). That is a usual choice, too: n points that leave n+1 equal pieces "
            "between them. Here each point is to be in the middle of its own piece: (i + ½)/n.",
            _placed(lambda n: torch.special.ndtri(torch.arange(1, n + 1) / (n + 1))),
        ),
        Mistake(
            "centers of mass",
            "You represent each piece by its mean, n·(φ(left end) − φ(right end)). That is another fair choice; here it "
            "is the point with half of the piece on either side, Φ⁻¹((i + ½)/n).",
            _placed(_centers),
        ),
        Mistake(
            "from 1/n to 1 − 1/n",
            "Your probabilities run evenly from 1/n to 1 − 1/n. The middles of n pieces run from ½/n to 1 − ½/n.",
            _placed(lambda n: torch.special.ndtri(torch.linspace(1 / n, 1 - 1 / n, n))),
        ),
        Mistake(
            "mean stretched too",
            "You stretch the mean as well: sd·(mean + z). The mean is added last: mean + sd·z.",
            lambda n, mean, sd: sd * (mean + _placed(_quantiles)(n, 0, 1)),
        ),
        Mistake(
            "the first sd for both",
            "Both axes use the mean and sd of z₁. Each has its own.",
            lambda n, mean, sd: mean[0] + sd[0] * _placed(_quantiles)(n, 0, 1),
        ),
        Mistake(
            "upside down",
            "z₂ grows from line to line; as a picture the plane is upside down. The first line has the largest z₂: flip "
            "that axis.",
            _placed(_quantiles, downward=False),
        ),
        Mistake(
            "columns first",
            "You go down the columns. In reading order the first n points have the same z₂, and z₁ grows.",
            _placed(_quantiles, transposed=True),
        ),
        Mistake(
            "columns first, upward",
            "In your first n points z₁ stays and z₂ grows, as torch.cartesian_prod(z₁, z₂) has it. In reading order z₂ stays, "
            "the largest first, and z₁ grows.",
            lambda n, mean, sd: mean + sd * torch.cartesian_prod(_quantiles(n), _quantiles(n)),
        ),
        Mistake(
            "axes swapped",
            "In your answer z₂ grows along a line, and z₁ falls from line to line. The two change places: z₁ grows along a "
            "line, z₂ falls from line to line.",
            lambda n, mean, sd: _placed(_quantiles)(n, mean.flip(0), sd.flip(0)).flip(1),
        ),
        Mistake(
            "columns exchanged",
            "The two columns of your answer are exchanged: column 0 is z₁, column 1 is z₂.",
            lambda n, mean, sd: _placed(_quantiles)(n, mean, sd).flip(1),
        ),
        Mistake(
            "no mean and sd",
            "This is the grid for N(0, I). Move it and stretch it: mean + sd·z.",
            lambda n, mean, sd: _placed(_quantiles)(n, 0, 1),
        ),
        Mistake(
            "variance as scale",
            "You stretch by sd². A Gaussian of standard deviation sd is mean + sd·z.",
            lambda n, mean, sd: _placed(_quantiles)(n, mean, sd**2),
        ),
        Mistake(
            "one axis",
            "You return the n points of the diagonal. The grid has n² points: every z₁ with every z₂.",
            lambda n, mean, sd: mean + sd * _quantiles(n)[:, None],
        ),
    ),
)
