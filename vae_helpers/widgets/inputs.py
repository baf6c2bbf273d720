"""What an explorer may be given: numbers within a range, images, models; one rule and one message for all of them."""

from numbers import Real

import torch
import traitlets
from torch import Tensor, nn

from vae_helpers.models import ConditionalVAE

WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


class InputError(traitlets.TraitError, ValueError):
    """Raised for an input out of range, at construction and at any later setting alike."""


def number(name: str, value, low: float, high: float) -> float:
    """A finite number from low to high as a float; booleans are none.

    Raises:
        InputError: what was expected, and what came.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= value <= high:
        raise InputError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def whole(name: str, value, low: int, high: int) -> int:
    """A whole number from low to high as an int.

    Raises:
        InputError: what was expected, and what came.
    """
    if number(name, value, low, high) != int(value):
        raise InputError(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return int(value)


class Number(traitlets.Float):
    """A trait: one number from `low` to `high`, shared with the page."""

    def __init__(self, default: float, low: float, high: float):
        super().__init__(default)
        self.low, self.high = low, high
        self.tag(sync=True)

    def validate(self, obj, value):
        return number(self.name, value, self.low, self.high)


class Whole(traitlets.Int):
    """A trait: one whole number from `low` to `high`, or to what the attribute of that name says, shared with the page."""

    def __init__(self, default: int, low: int, high: int | str):
        super().__init__(default)
        self.low, self.high = low, high
        self.tag(sync=True)

    def validate(self, obj, value):
        high = getattr(obj, self.high) if isinstance(self.high, str) else self.high
        return whole(self.name, value, self.low, high)


class Numbers(traitlets.List):
    """A trait: a list of `least` to `most` numbers from `low` to `high`, shared with the page; tensors are taken, too.

    With `size`, the name of an attribute of the explorer, there are as many numbers as it says.
    """

    def __init__(
        self, default: list[float], low: float, high: float, least: int | None = None, most: int | None = None,
        size: str | None = None,
    ):  # fmt: skip
        super().__init__(default_value=default)
        self.low, self.high, self.size = low, high, size
        self.least, self.most = least or len(default), most or len(default)
        self.tag(sync=True)

    def validate(self, obj, value):
        given = value.tolist() if hasattr(value, "tolist") else value
        least, most = [getattr(obj, self.size)] * 2 if self.size else (self.least, self.most)
        count = f"{least}" if least == most else f"{least} to {most}"
        if isinstance(given, (list, tuple)) and least <= len(given) <= most:
            try:
                return [number(self.name, v, self.low, self.high) for v in given]
            except InputError:
                pass
        s = "" if count == "1" else "s"
        raise InputError(f"{self.name} must be {count} number{s} from {self.low:g} to {self.high:g}, not {value!r}")


def ranges(**traits: Number | Numbers) -> traitlets.Dict:
    """A trait that tells the page how far each of the given ones goes: {name: [low, high]}."""
    return traitlets.Dict({name: [trait.low, trait.high] for name, trait in traits.items()}).tag(sync=True)


class OneOf(traitlets.Float):
    """A trait: one of the numbers in an attribute of the explorer, shared with the page."""

    def __init__(self, attribute: str):
        super().__init__()
        self.attribute = attribute
        self.tag(sync=True)

    def validate(self, obj, value):
        known = getattr(obj, self.attribute)
        if isinstance(value, bool) or not isinstance(value, Real) or value not in known:
            raise InputError(f"{self.name} must be one of {', '.join(f'{v:g}' for v in known)}, not {value!r}")
        return float(value)


class Pixels(traitlets.Bytes):
    """A trait: an image of 28×28 pixels, a byte each, 255 = ink, shared with the page; blank at first."""

    def __init__(self):
        super().__init__(bytes(784))
        self.tag(sync=True, from_json=lambda value, widget: bytes(value))

    def validate(self, obj, value):
        if not isinstance(value, bytes) or len(value) != 784:
            given = f"{len(value)}" if isinstance(value, bytes) else type(value).__name__
            raise InputError(f"{self.name} must be 784 bytes, one a pixel, not {given}")
        return value


def model(given, latent_size: int | None = None) -> None:
    """Refuse a model that the page cannot decode to 28×28 pixels.

    Raises:
        InputError: what was expected, and what came.
    """
    if not isinstance(getattr(given, "decoder", None), nn.Sequential):
        raise InputError(f"this explorer needs a vae_helpers.models.VAE, not {type(given).__name__}")
    if latent_size is not None and given.latent_size != latent_size:
        raise InputError(f"this explorer needs {latent_size} latent dimensions, and the model has {given.latent_size}")
    if given.data_size != 784:
        raise InputError(f"this explorer shows images of 28×28 = 784 pixels, and the model's have {given.data_size}")


def conditional(given, condition_size: int) -> None:
    """Refuse all but a conditional model of 28×28 pixels whose y has so many numbers.

    Raises:
        InputError: what was expected, and what came.
    """
    if not isinstance(given, ConditionalVAE):
        raise InputError(f"this explorer needs a vae_helpers.models.ConditionalVAE, not {type(given).__name__}")
    model(given)
    if given.condition_size != condition_size:
        raise InputError(
            f"this explorer needs a y of {condition_size} numbers, and the model's has {given.condition_size}"
        )


def images(given: Tensor | None, labels: Tensor | None, vae) -> tuple[Tensor, Tensor, str]:
    """The given images (N, 784) and labels (N,), or drawn digits in their stead; and a caption that says which.

    Raises:
        ValueError: for images that the model cannot take.
        InputError: for labels that do not fit, or labels without images.
    """
    if given is None:
        if labels is not None:
            raise InputError("labels came without images: give both, or neither for drawn digits")
        from vae_helpers import data

        drawn = data.load("strokes", n=1200)
        return drawn.train_images, drawn.train_labels, "Points: Q's mean for 1200 drawn digits, by class."
    vae.check(given)
    if labels is None:
        labels = torch.zeros(len(given), dtype=torch.long)
        return given, labels, f"Points: Q's mean for {len(given)} images."
    whole = isinstance(labels, Tensor) and labels.shape == (len(given),) and labels.dtype in WHOLE
    if not whole or not 0 <= int(labels.min()) <= int(labels.max()) <= 9:
        raise InputError(f"labels must be whole numbers 0 to 9, one for each of the {len(given)} images")
    return given, labels, f"Points: Q's mean for {len(given)} images, by class."
