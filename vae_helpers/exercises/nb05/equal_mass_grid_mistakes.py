"""Known mistakes of `equal_mass_grid`."""

import math

import torch

from vae_helpers.exercises.engine import Mistake


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


MISTAKES = (
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
    Mistake(
        "uniform from −2 to 2",
        "Your points are evenly spaced from −2 to 2, so that they do not stand for equal shares: Φ⁻¹ puts more points where the "
        "density is higher.",
        _placed(lambda n: torch.linspace(-2, 2, n)),
    ),
    Mistake(
        "erfinv without √2",
        "Φ⁻¹(u) = √2 · erfinv(2u − 1). The factor √2 is missing.",
        _placed(lambda n: _quantiles(n) / math.sqrt(2)),
    ),
    Mistake(
        "from 0.05 to 0.95",
        "Your probabilities run evenly from 0.05 to 0.95, whatever n is. The middles of n pieces run from ½/n to 1 − ½/n.",
        _placed(lambda n: torch.special.ndtri(torch.linspace(0.05, 0.95, n))),
    ),
    Mistake(
        "the other axis flipped",
        "z₁ must grow along a line, and z₂ fall from line to line. You turned z₁ in place of z₂.",
        lambda n, mean, sd: torch.stack(
            [mean[0] + sd[0] * _quantiles(n).flip(0).repeat(n), mean[1] + sd[1] * _quantiles(n).repeat_interleave(n)],
            dim=1,
        ),
    ),
)
