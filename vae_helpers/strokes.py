"""Handwriting with known latents: (digit, thickness, slant, ...) -> a 28 x 28 image.

A world whose every cause is known, so that what a model infers can be held against the truth: z ~ P(z) is
`sample_latents`, and X = `render(z)` follows from z with no noise left over. In five steps, the same for all digits:

1. Each control point of the digit bends the pen path once: a quadratic Bezier arc between the midpoints of its two
   edges (together a quadratic B-spline), blended with the edges themselves by `sharpness`, cut into `STEPS` segments.
2. The path is stretched (`width`), leaned (`slant`) and turned (`rotation`).
3. Its center of ink, every segment weighing its length, goes to the center of the image, and from there by (`x`, `y`).
4. Each pixel measures the distance to the nearest segment.
5. Its intensity is clamp(thickness / 2 + 0.5 - distance, 0, 1): a round pen with an edge softened over one pixel.
"""

from itertools import pairwise
from typing import NamedTuple

import torch

from vae_helpers.checks import a, optional, takes, whole
from vae_helpers.checks import seed as a_seed

SIDE = 28  # pixels
HEIGHT = 17.0  # pixels from top to foot of a pen path: with a pen 3 wide this fills MNIST's box of 20
CENTER = 14.0  # MNIST puts the center of ink on pixel 14, counted from 0, of both axes
STEPS = 4  # segments per control point; even, so that at sharpness 1 a joint falls on the corner itself
CHUNK = 40  # images at once: 40 x 28 x 28 floats fit the cache, and are too few for torch to wait on threads (32768)

# digit -> strokes -> control points (x, y) in units of HEIGHT, y pointing down. A point said twice is a hard corner.
GLYPHS = {
    0: [[(0.40, 0.0), (0.14, 0.0), (0.0, 0.34), (0.0, 0.74), (0.16, 1.0), (0.52, 1.0), (0.70, 0.68), (0.70, 0.28),
         (0.58, 0.0), (0.40, 0.0)]],
    1: [[(0.0, 0.0), (0.0, 0.5), (0.0, 1.0)]],
    2: [[(0.03, 0.22), (0.12, 0.0), (0.56, -0.04), (0.63, 0.32), (0.34, 0.70), (0.0, 0.98), (0.0, 0.98),
         (0.32, 0.88), (0.74, 0.98)]],
    3: [[(0.02, 0.10), (0.20, -0.02), (0.58, -0.04), (0.60, 0.38), (0.22, 0.46), (0.22, 0.46), (0.66, 0.46),
         (0.68, 1.0), (0.24, 1.04), (0.0, 0.90)]],
    4: [[(0.10, 0.02), (0.02, 0.34), (0.0, 0.58), (0.0, 0.58), (0.34, 0.58), (0.74, 0.53)],
        [(0.60, 0.0), (0.56, 0.5), (0.51, 1.0)]],
    5: [[(0.68, 0.0), (0.16, 0.02), (0.16, 0.02), (0.10, 0.43), (0.10, 0.43), (0.34, 0.29), (0.66, 0.42), (0.64, 0.98),
         (0.22, 1.05), (0.0, 0.88)]],
    6: [[(0.48, 0.0), (0.14, 0.20), (-0.05, 0.66), (0.02, 1.02), (0.46, 1.05), (0.64, 0.74), (0.46, 0.46),
         (0.14, 0.56), (0.03, 0.80)]],
    7: [[(0.0, 0.06), (0.30, 0.06), (0.62, 0.0), (0.62, 0.0), (0.42, 0.42), (0.26, 1.0)]],
    8: [[(0.55, 0.12), (0.40, -0.05), (0.06, -0.02), (0.03, 0.34), (0.30, 0.48), (0.60, 0.66), (0.54, 1.04),
         (0.10, 1.04), (0.0, 0.70), (0.30, 0.50), (0.58, 0.30), (0.55, 0.12)]],
    9: [[(0.56, 0.18), (0.50, -0.02), (0.10, -0.04), (-0.04, 0.36), (0.20, 0.54), (0.50, 0.42), (0.58, 0.10),
         (0.58, 0.10), (0.55, 0.55), (0.46, 1.0)]],
}  # fmt: skip

# P(z): the digit is uniform; every other latent is an independent normal (mean, sigma), cut off at its range.
PRIOR = {
    "thickness": (2.7, 0.6),
    "slant": (8.0, 10.0),
    "rotation": (0.0, 5.0),
    "width": (1.0, 0.13),
    "sharpness": (0.2, 0.25),
    "x": (0.0, 0.5),
    "y": (0.0, 0.5),
}
RANGES = {
    "thickness": (1.5, 4.5),
    "slant": (-25.0, 40.0),
    "rotation": (-20.0, 20.0),
    "width": (0.6, 1.4),
    "sharpness": (0.0, 1.0),
    "x": (-3.0, 3.0),
    "y": (-3.0, 3.0),
}


class Latents(NamedTuple):
    """The known causes of a batch of digits: tensors of shape (N,); `render` also takes single numbers.

    digit      0 ... 9, int64
    thickness  width of the pen in pixels, above 0
    slant      lean (a shear) in degrees, positive to the right, between -90 and 90
    rotation   turn in degrees, positive clockwise
    width      horizontal scale, above 0; 1 is normal
    sharpness  from 0, round curves, to 1, the corners of the control polygon
    x, y       shift in pixels, to the right and down
    """

    digit: torch.Tensor | int
    thickness: torch.Tensor | float = 2.7
    slant: torch.Tensor | float = 0.0
    rotation: torch.Tensor | float = 0.0
    width: torch.Tensor | float = 1.0
    sharpness: torch.Tensor | float = 0.0
    x: torch.Tensor | float = 0.0
    y: torch.Tensor | float = 0.0


DEFAULTS = dict(Latents._field_defaults)  # name -> value where the sliders start


@takes(n=whole(), seed=a_seed, digit=optional(whole(0, 9)))
def sample_latents(n: int, seed: int = 0, digit: int | None = None) -> Latents:
    """Draw n latents from the prior P(z) of natural handwriting, `PRIOR` cut off at `RANGES`.

    Args: n, how many, at least 1; seed, an int; digit, 0 ... 9 to fix it (the other latents stay those of the seed).
    Returns: `Latents` of (n,) tensors: digit int64, the others float32.
    Raises: ValueError if n is no positive whole number or digit is not one of 0 ... 9.
    """
    generator = torch.Generator().manual_seed(seed)
    digits = torch.randint(10, (n,), generator=generator)
    values = {}
    for name, (mean, sigma) in PRIOR.items():
        low, high = torch.tensor(RANGES[name], dtype=torch.float64)
        cdf_low, cdf_high = torch.special.ndtr((low - mean) / sigma), torch.special.ndtr((high - mean) / sigma)
        u = torch.rand(n, generator=generator, dtype=torch.float64)
        z = mean + sigma * torch.special.ndtri(cdf_low + u * (cdf_high - cdf_low))  # inverse of the cut normal's cdf
        values[name] = z.clamp(low, high).float()
    return _batch(Latents(digits if digit is None else digit, **values))


@takes(latents=a(Latents, "Latents, as sample_latents draws them"))
def render(latents: Latents) -> torch.Tensor:
    """Draw the digits: X as a function of z.

    Args: latents, `Latents` of (N,) tensors or single numbers, which serve the whole batch.
    Returns: (N, 28, 28) float32 in [0, 1], 1 is ink, on the device of the latents.
    Raises: ValueError naming the latent that is out of bounds, not finite, or not as long as the others.
    """
    z = _batch(latents)
    distance = torch.empty(len(z.digit), SIDE, SIDE, device=z.digit.device)
    for digit in z.digit.unique().tolist():
        rows = (z.digit == digit).nonzero().squeeze(1)
        path = _pen_path(_arcs(digit), Latents(*(value[rows] for value in z)))
        distance[rows] = torch.cat([_squared_distance(segments) for segments in path.split(CHUNK)])
    distance.sqrt_()  # in place from here on, so that memory holds the images once
    return distance.neg_().add_(z.thickness[:, None, None] / 2 + 0.5).clamp_(0, 1)


def _arcs(digit):
    """The (start, control, end) of every arc of a digit, as nested lists (arcs, 3, 2)."""
    arcs = []
    for stroke in GLYPHS[digit]:
        joints = [[(a + b) / 2 for a, b in zip(p, q, strict=True)] for p, q in pairwise(stroke)]
        joints[0], joints[-1] = stroke[0], stroke[-1]  # a stroke begins and ends on its own end points
        arcs += [list(arc) for arc in zip(joints[:-1], stroke[1:-1], joints[1:], strict=True)]
    return arcs


def _pen_path(arcs, z):
    """The pen path in straight segments (N, segments, 5): middle x and y, half length, cos and sin of direction."""
    arcs = torch.tensor(arcs, device=z.digit.device) * HEIGHT  # (arcs, 3, 2)
    t = torch.linspace(0, 1, STEPS + 1, device=z.digit.device)
    bezier = torch.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], 1)
    edges = torch.stack([(1 - 2 * t).relu(), 1 - (1 - 2 * t).abs(), (2 * t - 1).relu()], 1)
    round_path, sharp_path = (torch.einsum("tk,akd->dat", basis, arcs) for basis in (bezier, edges))
    x, y = torch.lerp(round_path[:, None], sharp_path[:, None], z.sharpness[:, None, None])  # (N, arcs, STEPS + 1) each

    slant, turn, width = (v[:, None, None] for v in (z.slant.deg2rad(), z.rotation.deg2rad(), z.width))
    x = width * x - slant.tan() * y
    x, y = turn.cos() * x - turn.sin() * y, turn.sin() * x + turn.cos() * y
    points = torch.stack([x, y], -1)  # (N, arcs, STEPS + 1, 2)
    start, end = points[:, :, :-1].flatten(1, 2), points[:, :, 1:].flatten(1, 2)

    middle, (dx, dy) = (start + end) / 2, (end - start).unbind(-1)
    length = torch.hypot(dx, dy)
    direction = torch.atan2(dy, dx)  # 0 for a segment of no length, as in a hard corner: a dot
    center_of_ink = (length[:, :, None] * middle).sum(1) / length.sum(1, keepdim=True)
    middle = middle + (CENTER + torch.stack([z.x, z.y], -1) - center_of_ink)[:, None]
    return torch.stack([*middle.unbind(-1), length / 2, direction.cos(), direction.sin()], -1)


def _squared_distance(segments):
    """Squared distance (N, 28, 28), in pixels, from each pixel to the nearest of the segments (N, segments, 5)."""
    grid = torch.arange(SIDE, device=segments.device)
    nearest = torch.full((len(segments), SIDE, SIDE), torch.inf, device=segments.device)
    for segment in segments.unbind(1):
        x, y, half, cos, sin = segment[:, :, None].unbind(1)  # (N, 1) each
        right, down = grid - x, grid - y  # (N, 28) each: pixels from the middle of the segment
        along = (cos * right)[:, None, :] + (sin * down)[:, :, None]  # (N, 28, 28)
        across = (cos * down)[:, :, None] - (sin * right)[:, None, :]
        beyond = (along.abs() - half[:, :, None]).relu()  # past either end of the segment
        nearest = torch.minimum(nearest, across.square() + beyond.square())
    return nearest


def _batch(latents):
    """The same latents as tensors of one length on one device, or a ValueError for the learner."""
    device = next((value.device for value in latents if isinstance(value, torch.Tensor)), None)
    z = {}
    for name, value in latents._asdict().items():
        try:
            z[name] = torch.as_tensor(value, dtype=torch.float32, device=device)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"{name} must be a number or a tensor of numbers; got {value!r}.") from None
        if z[name].dim() > 1:
            raise ValueError(f"{name} must be a number or a tensor (N,); got shape {tuple(z[name].shape)}. Flatten it.")
        z[name] = z[name].reshape(-1)
        _require(name, z[name], z[name].isfinite(), "be finite; remove NaN and infinity")
    digits = z["digit"]
    whole = (digits == digits.round()) & (digits >= 0) & (digits <= 9)
    _require("digit", digits, whole, "be a whole number from 0 to 9")
    _require("thickness", z["thickness"], z["thickness"] > 0, "be above 0 pixels; try 1.5 to 4.5")
    _require("slant", z["slant"], z["slant"].abs() < 90, "lie between -90 and 90 degrees; try -25 to 40")
    _require("width", z["width"], z["width"] > 0, "be above 0; 1 is normal")
    _require("sharpness", z["sharpness"], (z["sharpness"] >= 0) & (z["sharpness"] <= 1), "lie in [0, 1]")
    lengths = {name: len(value) for name, value in z.items() if len(value) != 1}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"The latents must share one length N, or be single numbers; got lengths {lengths}.")
    n = next(iter(lengths.values()), 1)
    z["digit"] = digits.long()
    return Latents(*(value.expand(n).clone() for value in z.values()))


def _require(name, values, ok, rule):
    if not ok.all():
        position = int((~ok).nonzero()[0])
        raise ValueError(f"{name} must {rule}. Got {values[position].item():g} at position {position}.")
