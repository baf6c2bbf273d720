"""From a bound to the unit of compressors."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def bits_per_pixel(elbo, pixels):
    """The length of the file that a bound promises, for each pixel of an image.

    elbo: bound of each image, in nats, (N,). pixels: of one image, a whole number.
    Returns bits per pixel, averaged over all images, ().
    """
    return -elbo.mean() / (pixels * math.log(2))


def _oracle(elbo, pixels):
    # All images at once: the total number of bits, over the total number of pixels.
    total = sum(-value * math.log2(math.e) for value in elbo.double().tolist())
    return torch.tensor(total / (pixels * len(elbo)))


EXERCISE = Exercise(
    notebook="06",
    goal="Turn a bound in nats per image into the unit of compressors.",
    reference=bits_per_pixel,
    oracle=_oracle,
    hints=(
        "Three changes: from a gain to a cost, from nats to bits, from images to pixels.",
        "The cost is minus the bound. One nat is $1/\\ln 2$ bits. Divide by the pixels of one image.",
        "`-elbo.mean() / (pixels * math.log(2))`",
    ),
    probes=(
        (torch.tensor([-100.0, -140.0]), 100),
        (torch.tensor([-80.0, -95.5, -120.25]), 784),
        (torch.tensor([-10.0, -12.0]), 16),
    ),
    mistakes=(
        Mistake(
            "nats",
            "These are nats per pixel; divide by ln 2 for bits.",
            lambda elbo, pixels: -elbo.mean() / pixels,
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. There are more bits than nats: divide.",
            lambda elbo, pixels: -elbo.mean() * math.log(2) / pixels,
        ),
        Mistake(
            "per image",
            "These are bits per image; divide by the number of pixels.",
            lambda elbo, pixels: -elbo.mean() / math.log(2),
        ),
        Mistake(
            "sign", "A length is positive: minus the bound.", lambda elbo, pixels: elbo.mean() / (pixels * math.log(2))
        ),
        Mistake(
            "sum",
            "You add up all images. The length is that of one pixel: take the mean over the images.",
            lambda elbo, pixels: -elbo.sum() / (pixels * math.log(2)),
        ),
        Mistake(
            "each image",
            "You give one length per image; one number for all is wanted, (): the mean.",
            lambda elbo, pixels: -elbo / (pixels * math.log(2)),
        ),
        Mistake(
            "probability",
            "You took the bound out of the logarithm. exp(−100) is no length; the logarithm is what counts bits.",
            lambda elbo, pixels: elbo.exp().mean() / (pixels * math.log(2)),
        ),
    ),
)
