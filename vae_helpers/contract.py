"""What the course asks of a model, `Generative` and `Model`, and what a model refuses: inputs of the wrong kind.

A class of your own that has these names is a model of the course: nothing has to be inherited.
"""

import math
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.distributions import Distribution

from vae_helpers.checks import having


@runtime_checkable
class Generative(Protocol):
    """P(z) and P(X|z): a latent variable model, with nothing yet that infers z from X (notebook 01).

    Attributes:
        latent_size: dimensions L of z.
        data_size: numbers D in an example X; pixels, for images.
    """

    latent_size: int
    data_size: int

    @property
    def prior(self) -> Distribution:
        """P(z), a diagonal Gaussian over (L,), `Independent(Normal(mean, sigma), 1)`."""

    def decode(self, z: Tensor) -> Distribution:
        """P(X|z) for latents (..., L): an `Independent` Bernoulli or Normal over (D,), with batch shape (...).

        A Normal has one σ, the same for every X and every number in it.
        """

    def check(self, x: Tensor) -> None:
        """Refuse examples that are not (B, D), or not of the kind the model describes, with a ValueError in words."""


@runtime_checkable
class Model(Generative, Protocol):
    """P(z), P(X|z) and Q(z|X): all that the bound (5) is made of (notebooks 02 and 04)."""

    def encode(self, x: Tensor) -> Distribution:
        """Q(z|X) for examples (B, D): a diagonal Gaussian, `Independent(Normal(mu, sigma), 1)`, with batch shape (B,).

        Raises:
            ValueError: for examples that `check` refuses.
        """


is_generative = having("a model of the course", "decode", "check")
is_model = having("a model of the course", "encode", "decode", "check")


def examples(name: str, x: Tensor, settled: dict) -> None:
    """X, (B, D), that the model among the arguments before it takes."""
    settled["model"].check(x)
    settled |= {"B": len(x), Tensor: x.dtype}


def check_images(x: Tensor, size: int, dtype: torch.dtype, low: float = 0.0, high: float = 1.0) -> None:
    """Refuse anything but a batch of flattened images of the model's dtype, with finite pixels in [low, high].

    Raises:
        ValueError: what was expected, what came, and how to mend it.
    """
    if not isinstance(x, Tensor):
        raise ValueError(f"images must be a torch tensor, not {type(x).__name__}; wrap them in torch.as_tensor(...)")
    if x.dim() != 2 or x.shape[1] != size:
        hint = f"reshape them with images.reshape(-1, {size})" if x.numel() % size == 0 else "look at images.shape"
        raise ValueError(f"images must have shape (batch, {size}), not {tuple(x.shape)}; {hint}")
    if len(x) == 0:
        raise ValueError("there are no images in this batch: its first dimension is 0")
    if not x.is_floating_point():
        raise ValueError(f"images must be floating point, not {x.dtype}; use images.float() and scale to [0, 1]")
    if x.dtype != dtype:
        raise ValueError(f"images are {x.dtype}, but the model computes in {dtype}; use images.to({dtype})")
    smallest, largest = torch.stack(x.detach().aminmax()).tolist()  # both are NaN if any pixel is
    if not math.isfinite(smallest) or not math.isfinite(largest):
        raise ValueError("images contain NaN or infinite values; look for a division by zero before this call")
    if smallest < low or largest > high:
        hint = "; divide bytes by 255" if largest > 1 else ""
        raise ValueError(f"pixels must lie in [{low:g}, {high:g}], but go from {smallest:g} to {largest:g}{hint}")


def check_latents(z: Tensor, size: int, dtype: torch.dtype) -> None:
    """Refuse anything but finite latent vectors of the model's dtype whose last dimension is `size`.

    Raises:
        ValueError: what was expected and what came.
    """
    if not isinstance(z, Tensor) or not z.is_floating_point():
        kind = z.dtype if isinstance(z, Tensor) else type(z).__name__
        raise ValueError(f"z must be a floating point tensor, not {kind}")
    if z.dim() == 0 or z.shape[-1] != size:
        raise ValueError(f"z must end in this model's {size} latent dimensions, but its shape is {tuple(z.shape)}")
    if z.dtype != dtype:
        raise ValueError(f"z is {z.dtype}, but the model computes in {dtype}; use z.to({dtype})")
    if z.numel() == 0:
        raise ValueError(f"there are no z in this batch: its shape is {tuple(z.shape)}")
    if not torch.isfinite(z).all():
        raise ValueError("z contains NaN or infinite values")
