"""CompleteTheDigit: a strip of a digit, one answer by a regressor, many by a conditional VAE (notebook 07)."""

import torch
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from vae_helpers import data, plots
from vae_helpers.conditional import SIDE, WIDTH, Network, strip
from vae_helpers.widgets import base, inputs

MOST, DRAWS = 30, 6  # digits sent to the page; completions side by side
COLORS = {"known": plots.COLORS["orange"]}


class CompleteTheDigit(base.Explorer):
    """Drag a strip over a digit; only its pixels are given, and both models complete the rest.

    The page runs the networks itself. The draws hold their noise ε while the strip moves: z = μ(y) + σ(y)·ε, with μ and
    σ of P(z|y), and decoded to the mean of P(X|z, y).

    Args:
        model: a ConditionalVAE whose y is a strip, as `conditional.strip` makes it.
        regressor: from the same y to the logits of the digit.
        images: (N, 784), the first 30 of them shown, gray ones drawn black and white; drawn digits if left out.
        labels: (N,) classes 0 to 9, to name the digits by.
        traits: attributes to start from.
    Attributes:
        left: the strip's first column, 0 to 22.
        digit: which of the images, counted from 0.
        eps: the draws' noise, 6 · L numbers, draw after draw.
    Raises:
        ValueError: for other models, images they cannot take, labels that do not fit, or attributes out of range.
    """

    _esm = base.module("complete_the_digit")
    left = inputs.Whole(11, 0, SIDE - WIDTH)
    digit = inputs.Whole(0, 0, "last")
    eps = inputs.Numbers([], -100, 100, size="noise_size")
    latent_size = traitlets.Int().tag(sync=True)
    width = traitlets.Int(WIDTH).tag(sync=True)
    likelihood = traitlets.Unicode().tag(sync=True)
    _decoder_shapes = traitlets.List().tag(sync=True)
    _decoder = traitlets.Bytes().tag(sync=True)
    _prior_shapes = traitlets.List().tag(sync=True)  # empty for P(z|y) = N(0, I)
    _prior = traitlets.Bytes().tag(sync=True)
    _regressor_shapes = traitlets.List().tag(sync=True)
    _regressor = traitlets.Bytes().tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)
    _labels = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.Dict(COLORS).tag(sync=True)

    def __init__(self, model, regressor, images: Tensor | None = None, labels: Tensor | None = None, **traits):
        inputs.conditional(model, SIDE**2)
        sizes = regressor.config["sizes"] if isinstance(regressor, Network) else []
        if [*sizes[:1], *sizes[-1:]] != [SIDE**2, SIDE**2]:
            came = f"one of sizes {sizes}" if sizes else type(regressor).__name__
            raise inputs.InputError(f"the regressor must be a conditional.Network from 784 to 784 numbers, not {came}")
        named = images is None or labels is not None
        images, labels, _ = inputs.images(images, labels, model.given(torch.zeros(1, SIDE**2)))
        self._model, self._network, self.latent_size = model, regressor, model.latent_size
        self._digits = data.binarize(images[:MOST])  # (N, 784)
        decoder_shapes, decoder = base.network_bytes(model.decoder)
        prior_shapes, prior = base.network_bytes(model.prior_network or [])
        regressor_shapes, network = base.network_bytes(regressor.layers)
        super().__init__(
            latent_size=model.latent_size, likelihood=model.likelihood,
            _decoder_shapes=decoder_shapes, _decoder=decoder, _prior_shapes=prior_shapes, _prior=prior,
            _regressor_shapes=regressor_shapes, _regressor=network, _images=base.octet_bytes(self._digits),
            _labels=base.octet_bytes(labels[:MOST]) if named else b"", **traits,
        )  # fmt: skip

    @property
    def last(self) -> int:
        """The last digit, counted from 0."""
        return len(self._digits) - 1

    @property
    def noise_size(self) -> int:
        """Numbers in eps."""
        return DRAWS * self._model.latent_size

    @traitlets.default("eps")
    def _noise(self):
        return torch.randn(self.noise_size, generator=torch.Generator().manual_seed(0)).tolist()

    def known(self) -> Tensor:
        """y: what the strip tells of the present digit, (1, 784)."""
        return strip(self._digits[self.digit : self.digit + 1], self.left)

    @torch.no_grad()
    def answer(self) -> Tensor:
        """The regressor's mean of the digit, (784,)."""
        return self._network(self.known())[0].sigmoid()

    @torch.no_grad()
    def draws(self) -> Tensor:
        """The six completions: the mean of P(X|z, y) at each z, (6, 784)."""
        y, eps = self.known(), torch.tensor(self.eps).reshape(DRAWS, -1)
        prior = self._model.prior(y)
        return self._model.decode(prior.mean + prior.stddev * eps, y).mean

    def describe(self) -> str:
        return (
            f"CompleteTheDigit explorer; of digit {self.digit + 1} of {len(self._digits)}, columns {self.left + 1} to "
            f"{self.left + WIDTH} are known; drag the strip in JupyterLab"
        )

    def picture(self) -> Figure:
        shown = torch.cat([self._digits[self.digit][None], self.answer()[None], self.draws()])
        figure = plots.digits(shown, columns=8, scale=1.1, titles=["digit", "regressor", *["CVAE"] * DRAWS])
        (axis,) = figure.axes
        for left, right, bottom, top in [image.get_extent() for image in axis.images]:
            pixel = (right - left) / SIDE
            corner, size = (left + self.left * pixel, bottom), (WIDTH * pixel, top - bottom)
            axis.add_patch(Rectangle(corner, *size, fill=False, edgecolor=COLORS["known"], linewidth=1.5))
        return figure
