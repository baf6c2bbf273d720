"""LatentPlane: the whole latent space of a two-dimensional VAE under the pointer (notebooks 00, 05 and 08)."""

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor
from torch.distributions import Distribution

from vae_helpers import plots
from vae_helpers.widgets import base, inputs
from vae_helpers.widgets.shared import OnThePlane

GRID = 121  # points of a density along each axis


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
        prior: after `over`, the name of the density that lies behind the points.
    Raises:
        ValueError: for a model of another latent size, images it cannot take, labels that do not fit, or z out of range.
    """

    _esm = base.module("latent_plane")
    z = inputs.Numbers([0.0, 0.0], -100, 100)
    prior = traitlets.Unicode("").tag(sync=True)
    _priors = traitlets.List().tag(sync=True)  # names, in the order of the grids in _densities
    _densities = traitlets.Bytes().tag(sync=True)
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

    @traitlets.validate("prior")
    def _known(self, proposal):
        if proposal["value"] not in (self._priors or [""]):
            raise inputs.InputError(f"prior must be one of {', '.join(self._priors)}, not {proposal['value']!r}")
        return proposal["value"]

    @torch.no_grad()
    def over(self, priors: dict[str, Distribution]) -> "LatentPlane":
        """Lay densities of z behind the points, one at a time: the first, then whichever the learner chooses.

        Args:
            priors: distributions over (2,), by name.
        Returns:
            The explorer itself.
        Raises:
            ValueError: if there are none.
        """
        if not priors:
            raise inputs.InputError("give at least one density")
        axis = torch.linspace(-self.limit, self.limit, GRID)
        self._logs = {name: prior.log_prob(torch.cartesian_prod(axis, axis)) for name, prior in priors.items()}  # (G²,)
        self._densities = base.float_bytes(torch.stack(list(self._logs.values())))
        self._priors = list(priors)
        self.prior = self._priors[0]
        return self

    @torch.no_grad()
    def decoded(self) -> Tensor:
        """The mean of P(X|z) at the present z, as torch computes it, (D,)."""
        return self._model.decode(torch.tensor(self.z)).mean

    def describe(self) -> str:
        return f"LatentPlane explorer at z = ({self.z[0]:.2f}, {self.z[1]:.2f}); drag it in JupyterLab"

    def picture(self) -> Figure:
        figure = Figure(figsize=(7.6, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        if self._priors:
            axis = torch.linspace(-self.limit, self.limit, GRID)
            shade = (self._logs[self.prior] / 3).exp().reshape(GRID, GRID).T  # a root, as in the page
            levels = torch.linspace(0.02, 1, 13).mul(shade.max()).tolist()
            left.contourf(axis, axis, shade, levels=levels, cmap=plots.DENSITY)
            left.set_title(f"behind the points: {self.prior}", fontsize=10)
        plots.latent_plane(self._points, self._classes, self.limit, left)
        left.plot(*self.z, "k+", markersize=14, markeredgewidth=2)
        right.imshow(self.decoded().reshape(28, 28).numpy(), cmap="gray_r", vmin=0, vmax=1)
        right.set_title(f"z = ({self.z[0]:.2f}, {self.z[1]:.2f})")
        right.set_axis_off()
        return figure
