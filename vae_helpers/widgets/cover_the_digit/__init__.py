"""CoverTheDigit: erase pixels of a digit, and see the posterior of z grow humps that no Q can follow (notebook 05)."""

import math

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from torch import Tensor

from vae_helpers import objective, plots
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import WithNetworks

POINTS, LIMIT = 81, 4.0  # of the grid of z along each axis, and how far it goes
COLORS = {"posterior": "blue", "q": "orange"}


class CoverTheDigit(WithNetworks):
    """Cover part of a digit, and see P(z|what is left) on the plane, its humps completed, and the encoder's Q.

    The page decodes a grid of z, which takes it a second or two, and keeps the logits of every pixel. It adds up
    log P(Xᵢ|z) of the pixels that are left, fills in between the grid's points by cubics, and finds the humps; it runs the
    encoder on the picture with covered pixels as paper.

    Args:
        model: a VAE with 2 latent dimensions and a Bernoulli likelihood.
        images: (N, D) to cover, the first at the start; drawn digits if left out.
        labels: (N,) classes 0 to 9.
    Attributes:
        pixels: the digit, 784 bytes; from 128 on a pixel counts as ink. Set it to take another.
        covered: 784 bytes, 255 where the digit is covered.
        pixel: the middle of the brush, 0 to 783, row by row.
    Raises:
        ValueError: for another model, images it cannot take, labels that do not fit, or other pixels.
    """

    _esm = base.module("cover_the_digit")
    pixels = inputs.Pixels()
    covered = inputs.Pixels()
    pixel = inputs.Whole(14 * 28 + 14, 0, 783)
    limit = traitlets.Float(LIMIT).tag(sync=True)
    _points = traitlets.Int(POINTS).tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)
    _image_labels = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict({name: plots.COLORS[color] for name, color in COLORS.items()}).tag(sync=True)

    def __init__(self, model, images: Tensor | None = None, labels: Tensor | None = None, **traits):
        inputs.model(model, latent_size=2)
        if model.likelihood != "bernoulli":
            raise inputs.InputError(
                f"this explorer covers black-and-white pixels, not those of a {model.likelihood} model"
            )
        images, labels, _ = inputs.images(images, labels, model)
        with torch.no_grad():
            field = model.decoder(grid())  # (G, 784)
        self._model, self._logits = model, field
        start = base.for_the_pad(images, labels) | {"pixels": base.octet_bytes(images[0].clamp(0, 1))}
        super().__init__(**(self._networks(model) | start | traits))

    def image(self) -> Tensor:
        """The whole digit, (1, 784) of 0 and 1."""
        return _over_half(self.pixels)

    def left(self) -> Tensor:
        """Which pixels are left, (1, 784) of 0 and 1."""
        return 1 - _over_half(self.covered)

    @torch.no_grad()
    def q(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of the encoder's Q for what is left, covered pixels as paper, (2,) each."""
        mu, sigma = objective.mean_and_sigma(self._model.encode(self.image() * self.left()))
        return mu[0], sigma[0]

    def posterior(self) -> Tensor:
        """P(z|what is left) at the grid's points, (81, 81), z₁ down the rows; shares that add up to 1."""
        return log_joint(self._logits, self.image(), self.left()).softmax(0).reshape(POINTS, POINTS)

    def describe(self) -> str:
        count = int((1 - self.left()).sum())
        mu, sigma = self.q()
        return (
            f"CoverTheDigit explorer, {count} pixels covered; the encoder answers z = ({mu[0]:.2f}, {mu[1]:.2f}) ± "
            f"({sigma[0]:.2f}, {sigma[1]:.2f}); cover in JupyterLab"
        )

    def picture(self) -> Figure:
        figure = Figure(figsize=(7.6, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
        shown = torch.where(self.left() > 0, self.image(), 0.25).reshape(28, 28)
        left.imshow(shown.numpy(), cmap="gray_r", vmin=0, vmax=1)
        left.set(title="what is left", xticks=[], yticks=[])
        left.spines[:].set_visible(True)  # where the paper ends
        left.grid(False)
        density = self.posterior().sqrt().T.numpy()
        right.imshow(density, origin="lower", extent=(-LIMIT, LIMIT, -LIMIT, LIMIT), cmap=plots.DENSITY)
        mu, sigma = self.q()
        for deviations in (1, 2):
            width, height = (2 * deviations * sigma).tolist()
            right.add_patch(
                Ellipse(mu.tolist(), width, height, fill=False, edgecolor=plots.COLORS["orange"], linewidth=2)
            )
        right.set(xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
        right.set_title("P(z|what is left), and Q")
        right.grid(False)
        return figure


def grid(points: int = POINTS) -> Tensor:
    """The points of the plane, (points², 2), z₁ the slower."""
    axis = torch.linspace(-LIMIT, LIMIT, points)
    return torch.cartesian_prod(axis, axis)


def log_joint(logits: Tensor, x: Tensor, left: Tensor) -> Tensor:
    """log P(what is left|z) + log P(z) at the points of a grid, (G,), from the logits there, (G, 784), x and left (1, 784)."""
    pixels = -torch.nn.functional.softplus(torch.where(x > 0, -logits, logits))
    z = grid(math.isqrt(len(logits)))
    return pixels @ left[0] - 0.5 * (z**2).sum(dim=1) - math.log(2 * math.pi)


def _over_half(pixels: bytes) -> Tensor:
    return torch.from_numpy((np.frombuffer(pixels, np.uint8) > 127).astype(np.float32))[None]
