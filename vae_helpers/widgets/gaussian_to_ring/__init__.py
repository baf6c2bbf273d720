"""GaussianToRing: a deterministic map bends a Gaussian cloud into a ring (the seed's output_prob, notebook 01)."""

import math

import numpy as np
import torch
import traitlets
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.one_dimension import ring
from vae_helpers.widgets import base, inputs

NEAREST = 0.05  # how close z may come to the origin, where g is undefined
POINTS = 600


def cyclic_colors(n: int = 72) -> list[str]:
    """n colors around the hue circle, for angles from −π: lightness rises and falls once, so that hue is not alone."""
    angle = 2 * np.pi * np.arange(n) / n
    lightness, a, b = 0.66 - 0.12 * np.cos(angle - 0.6), 0.125 * np.cos(angle), 0.125 * np.sin(angle)
    # From Oklab to linear sRGB (Ottosson 2020).
    cone = np.stack([lightness + 0.3963377774 * a + 0.2158037573 * b, lightness - 0.1055613458 * a - 0.0638541728 * b,
                     lightness - 0.0894841775 * a - 1.2914855480 * b]) ** 3  # fmt: skip
    to_rgb = np.array([[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
                       [-0.0041960863, -0.7034186147, 1.7076147010]])  # fmt: skip
    linear = (to_rgb @ cone).clip(0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return ["#" + "".join(f"{round(255 * v):02x}" for v in color) for color in rgb.T]


class GaussianToRing(base.Explorer):
    """A Gaussian cloud and its image under g(z) = z/10 + z/‖z‖: drag z, and a disc around it, and bend the cloud.

    Args:
        traits: attributes to start from.
    Attributes:
        z: the point, a list of two numbers from −3.5 to 3.5, at least 0.05 away from the origin.
        amount: a in z ↦ (1 − a) z + a g(z), from 0, the cloud, to 1, the ring.
        radius: of the disc around z, from 0.05 to 1.
    Raises:
        ValueError: for numbers out of range.
    """

    _esm = base.module("gaussian_to_ring")
    z = inputs.Numbers([1.2, 0.8], -3.5, 3.5)
    amount = inputs.Number(1.0, 0, 1)
    radius = inputs.Number(0.4, 0.05, 1)
    _ranges = traitlets.Dict({
        "z": [z.low, z.high], "amount": [amount.low, amount.high], "radius": [radius.low, radius.high],
    }).tag(sync=True)  # fmt: skip
    _nearest = traitlets.Float(NEAREST).tag(sync=True)
    _cloud = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.List(cyclic_colors()).tag(sync=True)

    def __init__(self, **traits):
        self._points = torch.randn(POINTS, 2, generator=torch.Generator().manual_seed(0))
        super().__init__(_cloud=base.float_bytes(self._points), **traits)

    @traitlets.validate("z")
    def _away_from_origin(self, proposal):
        z = proposal.value
        if math.hypot(*z) < NEAREST * (1 - 1e-6):
            raise inputs.InputError(
                f"z must be at least {NEAREST:g} away from the origin, where g(z) is undefined, not {z}"
            )
        return z

    def bend(self, z: Tensor) -> Tensor:
        """(1 − a) z + a g(z) at the present amount a, for points (..., 2)."""
        return torch.lerp(z, ring(z), self.amount)

    def describe(self) -> str:
        image = ring(torch.tensor(self.z))
        return (
            f"GaussianToRing explorer at z = ({self.z[0]:.2f}, {self.z[1]:.2f}), g(z) = ({image[0]:.2f}, "
            f"{image[1]:.2f}), ‖g(z)‖ = {image.norm():.2f}; move it in JupyterLab"
        )

    def picture(self) -> Figure:
        """The cloud and its image, colored by angle, with the disc around z and the disc's image."""
        figure = Figure(figsize=(8, 4), layout="constrained")
        share = (torch.atan2(self._points[:, 1], self._points[:, 0]) / (2 * math.pi) + 0.5) % 1
        colors = [self._colors[int(v * len(self._colors)) % len(self._colors)] for v in share]
        turn = torch.linspace(0, 2 * math.pi, 181)[:-1]
        circle = torch.stack([turn.cos(), turn.sin()], dim=-1)
        z = torch.tensor(self.z)
        disc = z + self.radius * circle
        disc[disc.norm(dim=-1) < 1e-6] = 1e-6  # an edge through the origin, where g is undefined
        image = [self.bend(disc)]
        if z.norm() < self.radius and self.amount > 0:
            image.append(self.amount * circle)  # what lies around the origin comes to lie around a hole
        limit = self._ranges["z"][1]
        far = limit * (1 - 0.9 * self.amount) + self.amount
        bent = ("g(z)", "g(z)") if self.amount == 1 else ("image", f"(1 − a) z + a g(z), a = {self.amount:.2f}")
        for axis, points, edges, at, end, (name, title) in (
            (figure.add_subplot(1, 2, 1), self._points, [disc], z, limit, ("z", "z ~ N(0, I)")),
            (figure.add_subplot(1, 2, 2), self.bend(self._points), image, self.bend(z), 1.05 * far, bent),
        ):
            axis.scatter(*points.T.numpy(), c=colors, s=6, linewidths=0)
            outlines = [edge.tolist() for edge in edges]
            edge = {"facecolor": "none", "edgecolor": plots.COLORS["ink"], "linewidth": 1.5}
            axis.add_collection(PolyCollection(outlines, **edge))
            axis.plot(*at.tolist(), "k+", markersize=12, markeredgewidth=2)
            axis.set(
                xlim=(-end, end), ylim=(-end, end), aspect="equal", title=title, xlabel=f"{name}₁", ylabel=f"{name}₂"
            )
        return figure
