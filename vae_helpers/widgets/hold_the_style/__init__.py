"""HoldTheStyle: ten digits from one z, by sliders or by a digit of one's own (notebook 07)."""

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.conditional import SIDE, one_hot
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import WithNetworks, WithSliders

COLORS = {"use": plots.COLORS["blue"]}


class HoldTheStyle(WithSliders, WithNetworks):
    """Move z, or draw a digit that gives it, and see every class decoded from it.

    Whenever the drawing or its class change, z becomes the mean of Q(z|X, y); the page runs the encoder and the decoder
    itself. Moving the sliders leaves the drawing as it is.

    Args:
        model: a ConditionalVAE whose y is a class, as `conditional.one_hot` makes it.
        images: (N, 784) to measure the use of dimensions by, and to put on the pad; drawn digits if left out.
        labels: (N,) classes 0 to 9 of the images.
        traits: attributes to start from.
    Attributes:
        z: the style, a list of L numbers; set it to move the sliders.
        label: the class of what is drawn, 0 to 9.
        pixels: what is drawn, 784 bytes, 255 = ink, all 0 while nothing is; set it to show an image.
        use: mean KL of each dimension over the images in nats, in the model's order.
        order: the dimensions, counted from 0, most used first; the order of the sliders.
    Raises:
        ValueError: for another model, images it cannot take or that have no labels, or attributes out of range.
    """

    _esm = base.module("hold_the_style")
    label = inputs.Whole(3, 0, 9)
    pixels = inputs.Pixels()
    likelihood = traitlets.Unicode().tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)
    _image_labels = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict(COLORS).tag(sync=True)
    _caption = traitlets.Unicode().tag(sync=True)

    def __init__(self, model, images: Tensor | None = None, labels: Tensor | None = None, **traits):
        inputs.conditional(model, 10)
        if images is not None and labels is None:
            raise inputs.InputError("this explorer needs the classes of the images: give labels, too")
        kind = "drawn digits" if images is None else "images"
        images, labels, _ = inputs.images(images, labels, model.given(torch.zeros(1, 10)))
        with torch.no_grad():
            q = model.encode(images, one_hot(labels))
        self._model = model
        super().__init__(
            likelihood=model.likelihood,
            _caption=f"Most used dimensions first. Use: the mean KL over {len(images)} {kind}.",
            **(self._networks(model) | base.by_use(q) | base.for_the_pad(images, labels) | traits),
        )  # fmt: skip
        if "z" in traits:
            self.z = traits["z"]  # and not that of the pixels that were given

    @traitlets.observe("pixels", "label")
    def _follow(self, change):
        if any(self.pixels):
            z = self.style()
            if not torch.allclose(z, torch.tensor(self.z), atol=1e-3):  # the page has set it already, in its arithmetic
                self.z = z.tolist()

    def image(self) -> Tensor:
        """What is drawn, (1, 784) in [0, 1]."""
        return torch.from_numpy(np.frombuffer(self.pixels, np.uint8).astype(np.float32) / 255)[None]

    @torch.no_grad()
    def style(self) -> Tensor:
        """The mean of Q(z|X, y) of what is drawn, (L,)."""
        return self._model.encode(self.image(), one_hot(torch.tensor([self.label]))).mean[0]

    @torch.no_grad()
    def decoded(self) -> Tensor:
        """The ten digits: the mean of P(X|z, y) at the present z for each class, (10, 784)."""
        z = torch.tensor(self.z).expand(10, -1)
        return self._model.decode(z, one_hot(torch.arange(10))).mean

    def describe(self) -> str:
        drawn = f"the style of a drawn digit, class {self.label}" if any(self.pixels) else "nothing drawn yet"
        return f"HoldTheStyle explorer of {self.latent_size} latent dimensions, {drawn}; draw or move z in JupyterLab"

    def picture(self) -> Figure:
        shown, titles = self.decoded(), [f"y = {label}" for label in range(10)]
        if any(self.pixels):
            shown, titles = torch.cat([self.image(), shown]), ["drawn", *titles]
        return plots.digits(shown.reshape(-1, SIDE, SIDE), columns=11, titles=titles)
