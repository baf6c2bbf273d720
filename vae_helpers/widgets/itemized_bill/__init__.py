"""ItemizedBill: each pixel's bits under a model while one draws, beside z's and what gzip and PNG need (notebook 06)."""

import math
import zlib
from typing import NamedTuple

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import objective, plots
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import WithNetworks

COLORS = {"pixels": "green", "z": "orange", "model": "teal", "file": "gray"}


class Bill(NamedTuple):
    """What one picture costs, in bits.

    Attributes:
        pixels: −log₂ P(Xᵢ|z) at the mean of Q(z|X), (784,).
        latents: each latent's part of D[Q(z|X)‖P(z)], (L,).
        gzip, png: the compressed picture, without the frame of the file.
    """

    pixels: Tensor
    latents: Tensor
    gzip: int
    png: int

    @property
    def total(self) -> float:
        """What the model asks: pixels and latents."""
        return (self.pixels.sum() + self.latents.sum()).item()


class ItemizedBill(WithNetworks):
    """Draw a digit, and see what each of its pixels costs, what z costs, and what gzip and PNG would ask.

    The page makes the picture black and white, runs both networks, and compresses, all while one draws. A pixel of the bill
    can be chosen, by pointer or arrow keys, to read its price or to flip it.

    Args:
        model: a VAE with a Bernoulli likelihood.
        images: (N, D) to put on the pad; the first lies there at the start. Drawn digits if left out.
        labels: (N,) classes 0 to 9.
    Attributes:
        pixels: what lies on the pad, 784 bytes, 255 = ink; from 128 on a pixel counts as ink.
        pixel: the pixel whose price is read out, 0 to 783, row by row.
    Raises:
        ValueError: for another model, images it cannot take, labels that do not fit, or other pixels.
    """

    _esm = base.module("itemized_bill")
    pixels = inputs.Pixels()
    pixel = inputs.Whole(14 * 28 + 14, 0, 783)
    _images = traitlets.Bytes().tag(sync=True)
    _image_labels = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict({name: plots.COLORS[color] for name, color in COLORS.items()}).tag(sync=True)

    def __init__(self, model, images: Tensor | None = None, labels: Tensor | None = None, **traits):
        inputs.model(model)
        if model.likelihood != "bernoulli":
            raise inputs.InputError(
                f"this explorer prices black-and-white pixels, not those of a {model.likelihood} model"
            )
        images, labels, _ = inputs.images(images, labels, model)
        self._model = model
        start = {"pixels": base.octet_bytes(images[0].clamp(0, 1))}
        super().__init__(
            **(self._networks(model) | base.for_the_pad(images, labels) | start | traits),
        )  # fmt: skip

    def image(self) -> Tensor:
        """The picture that is billed, (1, 784) of 0 and 1."""
        return torch.from_numpy((np.frombuffer(self.pixels, np.uint8) > 127).astype(np.float32))[None]

    def bill(self) -> Bill:
        """What the present picture costs."""
        x = self.image()
        pixels, latents = bits(self._model, x)
        return Bill(pixels[0], latents[0], *file_bits(x[0]))

    def describe(self) -> str:
        costs = self.bill()
        return (
            f"ItemizedBill explorer: the picture on the pad costs {costs.total:.1f} bits under the model, gzip {costs.gzip}, "
            f"PNG {costs.png}; draw in JupyterLab"
        )

    def picture(self) -> Figure:
        costs = self.bill()
        figure = Figure(figsize=(9.4, 3.4), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.3))
        left.imshow(self.image().reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        left.set_title("X")
        middle.imshow((1 - 2**-costs.pixels).reshape(28, 28).numpy(), cmap="Greens", vmin=0, vmax=1)
        middle.set_title("bits of each pixel")
        for axis in (left, middle):
            axis.set_axis_off()
        names = ["X given z", "z", "the model", "gzip", "PNG", "as it is"]
        pixels, latents = costs.pixels.sum().item(), costs.latents.sum().item()
        lengths = [pixels, latents, costs.total, costs.gzip, costs.png, 784]
        colors = [plots.COLORS[COLORS[name]] for name in ("pixels", "z", "model", "file", "file", "file")]
        bars = right.barh(names, lengths, left=[0, pixels, 0, 0, 0, 0], color=colors)
        right.bar_label(bars, fmt="%.0f", padding=3, labels=[f"{length:.0f}" for length in lengths])
        right.invert_yaxis()
        right.set(xlabel="bits", xlim=(0, 1.15 * max(784, costs.total, costs.gzip, costs.png)))
        right.grid(False)
        return figure


@torch.no_grad()
def bits(model, x: Tensor) -> tuple[Tensor, Tensor]:
    """Of black-and-white pictures (B, 784): bits of each pixel at Q's mean, (B, 784), and of each latent, (B, L)."""
    mu, sigma = objective.mean_and_sigma(model.encode(x))
    logits = model.decoder(mu)
    pixels = torch.nn.functional.softplus(torch.where(x > 0, -logits, logits)) / math.log(2)
    return pixels, objective.kl_by_dimension(mu, sigma) / math.log(2)


def file_bits(x: Tensor) -> tuple[int, int]:
    """Of one picture (784,): bits of it in a gzip file, 8 pixels a byte, and in a PNG without filters, frames left out."""
    pixels = x.numpy().astype(np.uint8)
    rows = np.packbits(pixels.reshape(28, 28), axis=1)
    lines = np.concatenate([np.zeros((28, 1), np.uint8), rows], axis=1)  # 0: this line is not filtered
    gzip, png = (8 * (len(zlib.compress(content.tobytes())) - 6) for content in (np.packbits(pixels), lines))
    return gzip, png
