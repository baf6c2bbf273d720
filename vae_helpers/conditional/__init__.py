"""What notebook 07 works with: a digit of which a strip is known, its models, and how completions are measured.

The models ship with the course; how they were made, and how good they are: README.md in this folder.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from vae_helpers import weights
from vae_helpers.checks import flag, floats, integers, sizes, takes, whole
from vae_helpers.checks import seed as a_seed
from vae_helpers.models import ConditionalVAE, mlp

FOLDER = Path(__file__).parent
SIDE, WIDTH = 28, 6  # pixels along an image; columns in a strip


class Network(nn.Module):
    """A multilayer perceptron that can be stored: the regressor (784 numbers to 784 logits) and the classifier (to 10)."""

    @takes(sizes=sizes(2), seed=a_seed)
    def __init__(self, sizes: list[int], seed: int = 0):
        super().__init__()
        self.config = {"sizes": list(sizes)}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = mlp(list(sizes))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


@takes(x=floats("(B, 784)", 0, 1), width=whole(1, SIDE))
def strip(x: Tensor, left: int | Tensor, width: int = WIDTH) -> Tensor:
    """What is known of images when one sees only a vertical strip: +1 ink, −1 paper, 0 not known.

    Args:
        x: images (B, 784) in [0, 1].
        left: the strip's first column, 0 to 28 − width; a number, or one for each image, (B,).
        width: columns in the strip.
    Returns:
        y, (B, 784): 2x − 1 in the strip, 0 elsewhere.
    Raises:
        ValueError: for images of another size or a strip that is not inside them.
    """
    left = left if isinstance(left, Tensor) else _one_column(left)
    if left.is_floating_point() or left.is_complex() or left.dtype == torch.bool or left.shape not in ((), (len(x),)):
        raise ValueError(
            f"left must be a whole number or one for each image, ({len(x)},), not {left.dtype} {tuple(left.shape)}"
        )
    left = left.to(x.device).expand(len(x))
    if left.min() < 0 or left.max() > SIDE - width:
        raise ValueError(f"a strip of {width} columns begins at 0 to {SIDE - width}, not {left.min()} to {left.max()}")
    column = torch.arange(SIDE**2, device=x.device) % SIDE
    known = (column >= left[:, None]) & (column < left[:, None] + width)  # (B, 784)
    return torch.where(known, 2 * x - 1, 0.0)


def _one_column(left: int) -> Tensor:
    whole(0, SIDE)("left", left)
    return torch.tensor(int(left))


@takes(labels=integers("(B,)", 0, 9))
def one_hot(labels: Tensor) -> Tensor:
    """Classes (B,) as conditions (B, 10): 1 for the class, 0 for the others."""
    return nn.functional.one_hot(labels.long(), 10).float()


@takes(learned_prior=flag)
def completer(learned_prior: bool = True) -> ConditionalVAE:
    """Completes a digit from a strip: y as `strip` makes it, 16 latents, P(z|y) learned, or N(0, I)."""
    name = "completer" if learned_prior else "completer-standard"
    return weights.read(FOLDER / f"{name}.safetensors", ConditionalVAE)


def by_class() -> ConditionalVAE:
    """Draws a digit of a given class: y as `one_hot` makes it, 8 latents, P(z|y) = N(0, I)."""
    return weights.read(FOLDER / "by-class.safetensors", ConditionalVAE)


def regressor() -> Network:
    """Completes a digit by one answer: from `strip`'s y to the logits of 784 pixels."""
    return weights.read(FOLDER / "regressor.safetensors", Network)


def classifier() -> Network:
    """From a black-and-white digit (B, 784) to the logits of ten classes; its accuracy stands in the model card."""
    return weights.read(FOLDER / "classifier.safetensors", Network)
