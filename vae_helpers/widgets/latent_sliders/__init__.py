"""LatentSliders: a latent space of any size, one slider a dimension, most used first (notebooks 05 and 06)."""

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import WithSliders

WALK_IMAGES = 200  # images sent to the page, to walk between
COLORS = {"use": plots.COLORS["blue"], "point": plots.COLORS["orange"]}


class LatentSliders(WithSliders):
    """Move z along each dimension, or along the straight line between the codes of two images, and watch f(z).

    The use of a dimension is its share of the bound's KL term, ½(σᵢ² + μᵢ² − 1 − log σᵢ²), averaged over the images:
    near 0 nats, Q ignores the dimension, and so does the decoder.

    Args:
        model: a VAE with any number L of latent dimensions.
        images: (N, D) to measure use by and to walk between (the first 200); drawn digits if left out.
    Attributes:
        z: the point, a list of L numbers in the model's order of dimensions; set it to move the sliders.
        show: "means", the mean of P(X|z), or "samples", a draw from it.
        use: mean KL of each dimension in nats, in the model's order.
        order: the dimensions, counted from 0, most used first; the order of the sliders.
    Raises:
        ValueError: for a model that the page cannot decode, images that it cannot take, or z out of range.
    """

    _esm = base.module("latent_sliders")
    show = traitlets.Enum(["means", "samples"], "means").tag(sync=True)
    likelihood = traitlets.Unicode().tag(sync=True)
    sigma = traitlets.Float(1.0).tag(sync=True)
    _shapes = traitlets.List().tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True)
    _codes = traitlets.Bytes().tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict(COLORS).tag(sync=True)
    _caption = traitlets.Unicode().tag(sync=True)

    def __init__(self, model, images: Tensor | None = None, **traits):
        inputs.model(model)
        kind = "drawn digits" if images is None else "images"
        images, _, _ = inputs.images(images, None, model)
        with torch.no_grad():
            q = model.encode(images)
        shapes, weights = base.network_bytes(model.decoder)
        self._model = model
        super().__init__(
            likelihood=model.likelihood,
            sigma=float(model.sigma) if model.likelihood == "gaussian" else 1.0,
            _shapes=shapes, _weights=weights, _codes=base.float_bytes(q.mean[:WALK_IMAGES]),
            _images=base.octet_bytes(images[:WALK_IMAGES].clamp(0, 1)),
            _caption=f"Most used first. Use: the dimension's mean KL over {len(images)} {kind}; near 0 nats, moving it "
            "changes nothing.",
            **(base.by_use(q) | traits),
        )  # fmt: skip

    @torch.no_grad()
    def decoded(self) -> Tensor:
        """The mean of P(X|z) at the present z, as torch computes it, (D,)."""
        return self._model.decode(torch.tensor(self.z)).mean

    def describe(self) -> str:
        first = self.order[0]
        return (
            f"LatentSliders explorer of {len(self.z)} latent dimensions; z{first + 1}, the most used "
            f"({self.use[first]:.2f} nats), is at {self.z[first]:.2f}; move it in JupyterLab"
        )

    def picture(self) -> Figure:
        figure = Figure(figsize=(7.6, max(2.8, 0.22 * len(self.z))), layout="constrained")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.3, 1, 1))
        left.imshow(self.decoded().reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        left.set_title("decoded at z")
        left.set_axis_off()
        rows = range(len(self.order))
        middle.barh(rows, [self.use[i] for i in self.order], color=COLORS["use"])
        middle.set(xlabel="use, nats")
        right.hlines(rows, -3, 3, color="0.8", linewidth=2)
        right.plot([self.z[i] for i in self.order], rows, "o", color=COLORS["point"])
        right.set(xlabel="z", xlim=(-3.3, 3.3))
        for axis in (middle, right):
            axis.grid(False)
            axis.set_yticks(rows, [f"$z_{{{i + 1}}}$" for i in self.order])
            axis.set_ylim(len(self.order) - 0.5, -0.5)
        return figure
