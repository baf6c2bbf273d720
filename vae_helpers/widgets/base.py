"""What every explorer shares: its module joined from two files, a network as bytes, a picture where no widget runs."""

import re
from pathlib import Path

import anywidget
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from vae_helpers import plots

STATIC = Path(__file__).parent / "static"


def module(name: str) -> str:
    """static/core.js and static/NAME.js as the one module that anywidget loads, without the import between them."""
    own = (STATIC / f"{name}.js").read_text(encoding="utf-8")
    own = re.sub(r'^import \{[^}]*\} from "\./core\.js";\n', "", own, flags=re.MULTILINE)
    return (STATIC / "core.js").read_text(encoding="utf-8") + own


def network_bytes(layers: nn.Sequential) -> tuple[list[list[int]], bytes]:
    """Shapes [[out, in], ...] and float32 bytes (weight, bias, weight, bias, ...) of a multilayer perceptron."""
    linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
    parts = [array for linear in linears for array in (linear.weight, linear.bias)]
    return [list(linear.weight.shape) for linear in linears], b"".join(float_bytes(part) for part in parts)


def float_bytes(values: Tensor) -> bytes:
    """Little-endian float32, row by row, as typed arrays in the page read it."""
    return values.detach().cpu().numpy().astype("<f4").tobytes()


def octet_bytes(values: Tensor) -> bytes:
    """One byte a number: labels as they are, pixels in [0, 1] as 0 to 255."""
    if values.is_floating_point():
        values = (values * 255).round()
    return values.detach().cpu().numpy().astype(np.uint8).tobytes()


def check_model(model, latent_size: int | None = None) -> None:
    """Refuse a model that the page cannot decode."""
    if not isinstance(getattr(model, "decoder", None), nn.Sequential):
        raise ValueError(f"this explorer needs a vae_helpers.models.VAE, not {type(model).__name__}")
    if latent_size is not None and model.latent_size != latent_size:
        raise ValueError(f"this explorer needs {latent_size} latent dimensions, and the model has {model.latent_size}")


class Explorer(anywidget.AnyWidget):
    """A widget whose answers are computed in the page, and whose `picture` stands in where widgets cannot run."""

    _css = STATIC / "explorers.css"

    def picture(self) -> Figure:
        """The explorer's present state as a figure."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["image/png"] = plots.png(self.picture(), dpi=80)
        data["text/plain"] = self.describe()
        return data, metadata

    def describe(self) -> str:
        """One line of text for terminals and screen readers."""
        return f"{type(self).__name__} explorer"


def as_images(images: Tensor | None, labels: Tensor | None, size: int) -> tuple[Tensor, Tensor, str]:
    """The given images and labels, checked, or drawn digits in their stead; and a caption that says which."""
    if images is None:
        from vae_helpers import data

        drawn = data.load("strokes", n=1200)
        return drawn.train_images, drawn.train_labels, "Points: Q's mean for 1200 drawn digits, by class."
    if labels is None:
        labels = torch.zeros(len(images), dtype=torch.long)
        caption = f"Points: Q's mean for {len(images)} images."
    else:
        caption = f"Points: Q's mean for {len(images)} images, by class."
    if labels.shape != (len(images),) or labels.is_floating_point() or not 0 <= int(labels.min()) <= labels.max() <= 9:
        raise ValueError(f"labels must be whole numbers 0 to 9, one for each of the {len(images)} images")
    return images, labels, caption
