"""LatentPlane: the whole latent space of a two-dimensional VAE under the pointer (notebooks 00 and 05)."""

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import OnThePlane


class LatentPlane(OnThePlane):
    """Drag z over the plane and watch f(z); encoded images lie behind it, colored by class.

    The page decodes by itself; z comes back to Python while it moves, about ten times a second.

    Args:
        model: a VAE with 2 latent dimensions.
        images: (N, D) to encode as the backdrop; drawn digits if left out.
        labels: (N,) classes 0 to 9.
    Attributes:
        z: the point, a list of two numbers; set it to move the point.
        show: "means", the mean of P(X|z), or "samples", a draw from it.
    Raises:
        ValueError: for a model of another latent size, images it cannot take, labels that do not fit, or z out of range.
    """

    _esm = base.module("latent_plane")
    z = inputs.Numbers([0.0, 0.0], -100, 100)
    show = traitlets.Enum(["means", "samples"], "means").tag(sync=True)
    likelihood = traitlets.Unicode().tag(sync=True)
    sigma = traitlets.Float(1.0).tag(sync=True)
    _shapes = traitlets.List().tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True)

    def __init__(self, model, images: Tensor | None = None, labels: Tensor | None = None, **traits):
        _, _, placed = self._placed(model, images, labels)
        shapes, weights = base.network_bytes(model.decoder)
        super().__init__(
            likelihood=model.likelihood,
            sigma=float(model.sigma) if model.likelihood == "gaussian" else 1.0,
            _shapes=shapes, _weights=weights, **placed, **traits,
        )  # fmt: skip

    @torch.no_grad()
    def decoded(self) -> Tensor:
        """The mean of P(X|z) at the present z, as torch computes it, (D,)."""
        return self._model.decode(torch.tensor(self.z)).mean

    def describe(self) -> str:
        return f"LatentPlane explorer at z = ({self.z[0]:.2f}, {self.z[1]:.2f}); drag it in JupyterLab"

    def picture(self) -> Figure:
        figure = Figure(figsize=(7.6, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        plots.latent_plane(self._points, self._classes, self.limit, left)
        left.plot(*self.z, "k+", markersize=14, markeredgewidth=2)
        right.imshow(self.decoded().reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        right.set_title(f"z = ({self.z[0]:.2f}, {self.z[1]:.2f})")
        right.set_axis_off()
        return figure
