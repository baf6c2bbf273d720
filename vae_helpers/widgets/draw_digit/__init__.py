"""DrawDigit: draw with the pointer, and see where the encoder puts the drawing (notebooks 02 and 05)."""

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from torch import Tensor

from vae_helpers import objective, plots
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import OnThePlane, WithNetworks


class DrawDigit(OnThePlane, WithNetworks):
    """Draw a digit and watch Q(z|X) move over the plane, with the reconstruction and both terms of the bound.

    The page makes of the strokes a 28×28 image as MNIST's makers did, and runs the encoder and the decoder itself; the
    image comes back to Python while it changes, about ten times a second. Images can be put on the pad as well.

    Args:
        model: a VAE with 2 latent dimensions.
        images: (N, D) to encode as the backdrop, and to put on the pad; drawn digits if left out.
        labels: (N,) classes 0 to 9.
    Attributes:
        pixels: the image the encoder sees, 784 bytes, 255 = ink, all 0 while nothing is drawn; set it to show an image.
        mu, sigma: mean and standard deviation of Q(z|X), two numbers each, empty while nothing is drawn.
    Raises:
        ValueError: for a model of another latent size, images it cannot take, labels that do not fit, or other pixels.
    """

    _esm = base.module("draw_digit")
    pixels = inputs.Pixels()
    mu = traitlets.List(traitlets.Float(), read_only=True)
    sigma = traitlets.List(traitlets.Float(), read_only=True)
    likelihood = traitlets.Unicode().tag(sync=True)
    pixel_sigma = traitlets.Float(1.0).tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)
    _image_labels = traitlets.Bytes().tag(sync=True)

    def __init__(self, model, images: Tensor | None = None, labels: Tensor | None = None, **traits):
        images, labels, placed = self._placed(model, images, labels)
        self._example = images[:1].clamp(0, 1)
        super().__init__(
            likelihood=model.likelihood,
            pixel_sigma=float(model.sigma) if model.likelihood == "gaussian" else 1.0,
            **(self._networks(model) | placed | base.for_the_pad(images, labels) | traits),
        )  # fmt: skip

    @traitlets.observe("pixels")
    def _encode(self, change):
        mu, sigma = self._code(self.image()) if any(self.pixels) else ([], [])
        self.set_trait("mu", mu)
        self.set_trait("sigma", sigma)

    @torch.no_grad()
    def _code(self, image: Tensor) -> tuple[list[float], list[float]]:
        mu, sigma = objective.mean_and_sigma(self._model.encode(image))
        return mu[0].tolist(), sigma[0].tolist()

    def image(self) -> Tensor:
        """What the encoder sees, (1, 784) in [0, 1]: blank while nothing is drawn."""
        return torch.from_numpy(np.frombuffer(self.pixels, np.uint8).astype(np.float32) / 255)[None]

    @torch.no_grad()
    def decoded(self) -> Tensor:
        """The reconstruction: the mean of P(X|z) at Q's mean for the present image, as torch computes it, (D,)."""
        return self._model.decode(self._model.encode(self.image()).mean[0]).mean

    def describe(self) -> str:
        if not self.mu:
            return "DrawDigit explorer, nothing drawn yet; draw in JupyterLab"
        return f"DrawDigit explorer; the drawing lies at z = ({self.mu[0]:.2f}, {self.mu[1]:.2f}); draw in JupyterLab"

    @torch.no_grad()
    def picture(self) -> Figure:
        drawn = any(self.pixels)
        image = self.image() if drawn else self._example  # an empty pad would say nothing where no widget runs
        mu, sigma = self._code(image)
        figure = Figure(figsize=(9.4, 4.2), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1.9, 1))
        left.imshow(image.reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        left.set_title("drawn" if drawn else "an example image")
        plots.latent_plane(self._points, self._classes, self.limit, middle)
        for deviations in (1, 2):
            size = [2 * deviations * s for s in sigma]
            middle.add_patch(Ellipse(mu, *size, fill=False, edgecolor="black", linewidth=1.5, zorder=3))
        middle.axhline(mu[1], color="black", linewidth=0.6)
        middle.axvline(mu[0], color="black", linewidth=0.6)
        right.imshow(self._model.decode(torch.tensor(mu)).mean.reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        right.set_title(f"f(μ), μ = ({mu[0]:.2f}, {mu[1]:.2f})")
        for axis in (left, right):
            axis.set_axis_off()
        return figure
