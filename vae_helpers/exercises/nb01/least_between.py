"""What a continuous map cannot avoid: the share of draws that it leaves between two heaps."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def least_between(distance, slope):
    """The smallest share of draws that must fall between two heaps.

    A continuous f, nowhere steeper than slope, maps z ~ N(0, 1) to numbers x. The left
    heap is all x ≤ 0, the right one all x ≥ distance; both get the same share of draws,
    and what is left falls in between. f is the best one possible.

    distance: units of x, (B,), 0 or more.
    slope: units of x per unit of z, (B,), above 0.
    Returns shares from 0 to 1, (B,).
    """
    half_width = distance / slope / 2  # f climbs from z = −half_width to half_width
    return 1 - 2 * torch.special.ndtr(-half_width)


def _for_small_shares(distance, slope):
    return torch.erf(distance / slope / math.sqrt(8))  # no digits lost to 1 − 2Φ where Φ is near ½


def _oracle(distance, slope):
    # Counting: equally probable z in double precision, and the f that climbs as steeply as it may through the middle.
    z = torch.special.ndtri((torch.arange(400_000, dtype=torch.float64) + 0.5) / 400_000)
    x = slope.double()[:, None] * z + distance.double()[:, None] / 2
    return ((x > 0) & (x < distance[:, None])).double().mean(dim=1).float()


def _share(half_width):
    return 1 - 2 * torch.special.ndtr(-half_width)


MISTAKES = (
    Mistake("width for half of it",
            "The stretch of z in which f climbs has the width distance/slope in all. Half of it lies on each side of 0.",
            lambda distance, slope: _share(distance / slope)),
    Mistake("starts at 0",
            "Your stretch of z begins at 0. Then the left heap gets half of the draws and the right one less. For equal shares "
            "it lies evenly around 0.",
            lambda distance, slope: torch.special.ndtr(distance / slope) - 0.5),
    Mistake("one side",
            "You count one side of the stretch. It reaches as far to the left of 0 as to the right.",
            lambda distance, slope: _share(distance / slope / 2) / 2),
    Mistake("upside down",
            "The steeper f is, the narrower the stretch of z in which it climbs: its width is distance/slope.",
            lambda distance, slope: _share(slope / distance.clamp(min=1e-30) / 2)),
    Mistake("product",
            "The steeper f is, the narrower the stretch of z in which it climbs: divide by the slope.",
            lambda distance, slope: _share(distance * slope / 2)),
    Mistake("no slope",
            "The slope has no effect in your answer. The steeper f is, the narrower the stretch of z in which it climbs.",
            lambda distance, slope: _share(distance / 2 + 0 * slope)),
    Mistake("outside",
            "This is the share that the two heaps get together. What is left, 1 minus it, falls in between.",
            lambda distance, slope: 1 - _share(distance / slope / 2)),
    Mistake("one heap",
            "This is the share of one heap.",
            lambda distance, slope: torch.special.ndtr(-distance / slope / 2)),
    Mistake("one heap and between",
            "This is Φ at the right end of the stretch: one heap and what lies between. Take that heap off, too.",
            lambda distance, slope: torch.special.ndtr(distance / slope / 2)),
    Mistake("density at 0",
            "Density times width is right for a narrow stretch only. For a wide one the density falls off on both sides: take "
            "the difference of Φ.",
            lambda distance, slope: distance / slope / math.sqrt(2 * math.pi)),
    Mistake("density at the edge",
            "You evaluate the density of N(0, 1). A share is an area: a difference of Φ (torch.special.ndtr).",
            lambda distance, slope: torch.exp(-((distance / slope / 2) ** 2) / 2) / math.sqrt(2 * math.pi)),
    Mistake("width only",
            "This is the width of the stretch of z. The share of draws in it is a difference of Φ.",
            lambda distance, slope: distance / slope),
    Mistake("uniform z",
            "You treat z as uniform. It is N(0, 1): the share of draws in a stretch is a difference of Φ.",
            lambda distance, slope: (distance / slope).clamp(max=1)),
    Mistake("erf without √2",
            "2Φ(a) − 1 = erf(a/√2). The division by √2 is missing.",
            lambda distance, slope: torch.erf(distance / slope / 2)),
    Mistake("sign",
            "A share cannot be negative: the two ends of the stretch are exchanged.",
            lambda distance, slope: -_share(distance / slope / 2)),
    Mistake("percent",
            "This is in percent. A share from 0 to 1 is wanted.",
            lambda distance, slope: 100 * _share(distance / slope / 2)),
    Mistake("Lipschitz squared",
            "The slope counts once: f needs distance/slope units of z to climb.",
            lambda distance, slope: _share(distance / slope**2 / 2)),
    Mistake("sigmoid for Φ",
            "You use the sigmoid where Φ belongs (torch.special.ndtr).",
            lambda distance, slope: 1 - 2 * torch.sigmoid(-distance / slope / 2)),
    Mistake("zero",
            "Zero would need a jump. f is continuous: to come from one heap to the other it takes every value in between.",
            lambda distance, slope: 0 * distance),
    Mistake("one heap and between, wide",
            "Two things. The stretch reaches from −½ distance/slope to ½ distance/slope. And Φ at its right end counts one heap "
            "as well.",
            lambda distance, slope: torch.special.ndtr(distance / slope)),
    Mistake("1 left out",
            "2Φ(a) − 1 is the share within ±a. The 1 is not taken off.",
            lambda distance, slope: 2 * torch.special.ndtr(distance / slope / 2)),
    Mistake("half the width only",
            "This is half the width of the stretch of z. The share of draws in it is a difference of Φ.",
            lambda distance, slope: distance / slope / 2),
    Mistake("twice the width",
            "The stretch of z is four times too wide: its width is distance/slope in all.",
            lambda distance, slope: _share(2 * distance / slope)),
    Mistake("slope left out, from 0",
            "Two things. The slope has no effect in your answer: the steeper f is, the narrower the stretch of z. And it lies "
            "evenly around 0; yours begins there.",
            lambda distance, slope: torch.special.ndtr(distance + 0 * slope) - 0.5),
)  # fmt: skip

EXERCISE = Exercise(
    notebook="01",
    goal="Find out how little a continuous $f$ can leave between two heaps.",
    reference=least_between,
    alternatives=(_for_small_shares,),
    oracle=_oracle,
    hints=(
        "To get from one heap to the other, $f$ must climb by the distance between them. How wide a stretch of $z$ does it "
        "need for that, at least?",
        "The stretch has width distance/slope. Where must it lie, so that equally many $z$ are to its left and to its right?",
        "From $-a$ to $a$, with $a$ half the width. The share of $N(0,1)$ in it is $2\\Phi(a)-1$; "
        "`torch.special.ndtr` is $\\Phi$.",
    ),
    then="Four times the slope, a quarter of the width in z: the share shrinks, and for heaps that are apart it is never 0.",
    again="the cell below the hints, which counts what two maps leave in between.",
    probes=(
        (torch.tensor([2.0, 2.0, 4.0]), torch.tensor([1.0, 2.0, 1.0])),  # within ±1, ±½ and ±2 standard deviations
        (torch.tensor([0.5, 3.0, 1.0, 0.0]), torch.tensor([10.0, 0.7, 0.1, 1.0])),
    ),
    tolerance=1e-4,
    mistakes=MISTAKES,
)
