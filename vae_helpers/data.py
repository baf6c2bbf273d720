"""Digits as tensors: MNIST where it can be had, or drawn digits ("strokes") anywhere.

`load("mnist")` looks in $VAE_COURSE_DATA, then in the user's cache folder, then downloads.
With no network it says so and returns the drawn digits, so that every notebook runs offline.
"""

from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_helpers import mnist, storage, strokes
from vae_helpers.checks import optional, takes, text, whole
from vae_helpers.checks import seed as a_seed

STROKES_TRAINING = 12_000


@dataclass(frozen=True)
class Digits:
    """A data set of 28×28 digits.

    Attributes:
        name: "mnist" or "strokes".
        train_images, test_images: (N, 784) float32 in [0, 1], 1 = ink.
        train_labels, test_labels: (N,) int64, 0 to 9.
        train_latents, test_latents: for strokes, the `strokes.Latents` that drew each image; None for MNIST.
    """

    name: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    train_latents: strokes.Latents | None = None
    test_latents: strokes.Latents | None = None


@takes(name=text, n=optional(whole(6)), seed=a_seed)
def load(name: str = "mnist", n: int | None = None, seed: int = 0) -> Digits:
    """Digits to train and test on.

    Args:
        name: "mnist" or "strokes".
        n: how many training images. Of MNIST the first n, 60,000 at most and unless told, and all 10,000 test images; of strokes
            n are drawn (12,000 unless told) and n // 6 test images besides.
        seed: for strokes, fixes which digits are drawn.
    Returns:
        Digits; its `name` says which of the two came. Where strokes come in MNIST's stead, there are 12,000.
    Raises:
        ValueError: for an unknown name, n < 6, or a damaged file in $VAE_COURSE_DATA.
    """
    if name == "strokes":
        return _draw(STROKES_TRAINING if n is None else n, seed)
    if name != "mnist":
        raise ValueError(f'the data sets are "mnist" and "strokes", not {name!r}')
    if folder := mnist.own_folder() or mnist.cached_folder():
        return _read(folder, n)
    try:
        return _read(mnist.download(), n)
    except (OSError, RuntimeError, ValueError, HTTPException) as problem:
        print(f"MNIST could not be downloaded ({storage.reason(problem)}); going on with drawn digits (strokes).")
        return _draw(STROKES_TRAINING, seed)


@takes(seed=a_seed)
def binarize(images: Tensor, seed: int = 0) -> Tensor:
    """Black-and-white images: each pixel is 1 with probability equal to its gray value.

    A Bernoulli likelihood describes pixels that are 0 or 1; this turns gray levels into such pixels
    (Salakhutdinov and Murray 2008).

    Raises:
        ValueError: for anything but floating point gray values in [0, 1].
    """
    if not isinstance(images, Tensor) or not images.is_floating_point() or images.numel() == 0:
        kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images must be a floating point tensor, not {kind}; divide bytes by 255")
    least, most = images.aminmax()  # NaN if there is one
    if not (least >= 0 and most <= 1):
        raise ValueError("gray values must lie in [0, 1], without NaN: each is the probability of a white pixel")
    return draw_pixels(images, torch.Generator(images.device).manual_seed(seed))


def draw_pixels(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """The draw of `binarize`, unchecked: what a training step does with every batch."""
    return torch.rand(images.shape, generator=generator, device=images.device).lt_(images).to(images.dtype)


@takes(text=text)
def letters(text: str = "ABCDEFGHJKLMNPQRTUVWXYZ") -> Tensor:
    """Black-and-white letters of a printed font, (len(text), 784): images made like digits that are none."""
    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(findfont("DejaVu Sans"), 24)  # capitals about 18 pixels tall
    images = []
    for letter in text:
        image = Image.new("L", (28, 28))
        ImageDraw.Draw(image).text((14, 14), letter, fill=255, font=font, anchor="mm")
        images.append(torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8))
    return (torch.stack(images) > 127).float()


def _draw(n: int, seed: int) -> Digits:
    latents = strokes.sample_latents(n + n // 6, seed=seed)
    images = strokes.render(latents).flatten(1)  # (N, 784)
    train, test = (strokes.Latents(*(column[part] for column in latents)) for part in (slice(n), slice(n, None)))
    return Digits("strokes", images[:n], train.digit, images[n:], test.digit, train, test)


def _read(folder: Path, n: int | None) -> Digits:
    def array(file: str, header: int) -> Tensor:
        return torch.from_numpy(np.fromfile(folder / file, np.uint8, offset=header))

    def images(part: str, n: int | None = None) -> Tensor:
        return array(f"{part}-images-idx3-ubyte", 16).reshape(-1, 784)[:n].float().div_(255)

    def labels(part: str, n: int | None = None) -> Tensor:
        return array(f"{part}-labels-idx1-ubyte", 8)[:n].long()

    return Digits("mnist", images("train", n), labels("train", n), images("t10k"), labels("t10k"))
