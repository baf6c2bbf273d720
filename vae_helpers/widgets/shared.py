"""What several explorers have in common: codes on the plane of two latents, sliders for any number, both networks."""

import math

import torch
import traitlets
from torch import Tensor

from vae_helpers import plots
from vae_helpers.widgets import base, inputs


class OnThePlane(base.Explorer):
    """An explorer of a model with two latents, over the codes of images."""

    limit = traitlets.Float().tag(sync=True)
    _codes = traitlets.Bytes().tag(sync=True)
    _labels = traitlets.Bytes().tag(sync=True)
    _colors = traitlets.List(plots.CLASS_COLORS).tag(sync=True)
    _caption = traitlets.Unicode().tag(sync=True)

    def _placed(self, model, images: Tensor | None, labels: Tensor | None) -> tuple[Tensor, Tensor, dict]:
        """The images and labels to use, and the traits of their codes; keeps model, codes and classes for the picture."""
        inputs.model(model, latent_size=2)
        images, labels, caption = inputs.images(images, labels, model)
        with torch.no_grad():
            codes = model.encode(images).mean  # (N, 2)
        self._model, self._points, self._classes = model, codes, labels
        limit = float(min(6, max(3.5, math.ceil(2 * codes.abs().quantile(0.995).item()) / 2)))
        sent = {"_codes": base.float_bytes(codes), "_labels": base.octet_bytes(labels), "_caption": caption}
        return images, labels, {"limit": limit} | sent


class WithSliders(base.Explorer):
    """An explorer with a slider for every latent of a model, the most used first."""

    z = inputs.Numbers([], -100, 100, size="latent_size")
    use = traitlets.List(traitlets.Float()).tag(sync=True)
    order = traitlets.List(traitlets.Int()).tag(sync=True)

    @property
    def latent_size(self) -> int:
        """Dimensions of z."""
        return self._model.latent_size

    @traitlets.default("z")
    def _origin(self):
        return [0.0] * self.latent_size


class WithNetworks(base.Explorer):
    """An explorer whose page runs the encoder and the decoder."""

    _encoder_shapes = traitlets.List().tag(sync=True)
    _encoder = traitlets.Bytes().tag(sync=True)
    _decoder_shapes = traitlets.List().tag(sync=True)
    _decoder = traitlets.Bytes().tag(sync=True)

    def _networks(self, model) -> dict:
        """Both networks as traits."""
        (encoder_shapes, encoder), (decoder_shapes, decoder) = map(base.network_bytes, (model.encoder, model.decoder))
        return {
            "_encoder_shapes": encoder_shapes, "_encoder": encoder,
            "_decoder_shapes": decoder_shapes, "_decoder": decoder,
        }  # fmt: skip
