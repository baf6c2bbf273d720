"""From a bound to the unit of compressors."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def bits_per_pixel(elbo, pixels):
    """The rate that a bound promises: minus its mean over the images, in bits per pixel.

    elbo: bound of each image, in nats, (N,). pixels: number of pixels D of each. Returns bits per pixel, ().
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
        "Cost = −bound. One nat is 1/ln 2 bits. An image has D pixels.",
        "−elbo.mean() / (pixels · ln 2)",
    ),
    probes=(
        (torch.tensor([-100.0]), 784),
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
            "sign", "A rate is positive: minus the bound.", lambda elbo, pixels: elbo.mean() / (pixels * math.log(2))
        ),
        Mistake(
            "sum",
            "You add up all images. The rate is per pixel of one image: take the mean.",
            lambda elbo, pixels: -elbo.sum() / (pixels * math.log(2)),
        ),
        Mistake(
            "each image",
            "You give one rate per image; one number for all is wanted, (): the mean.",
            lambda elbo, pixels: -elbo / (pixels * math.log(2)),
        ),
        Mistake(
            "probability",
            "You took the bound out of the logarithm. exp(−100) is no rate; the logarithm is what counts bits.",
            lambda elbo, pixels: elbo.exp().mean() / (pixels * math.log(2)),
        ),
    ),
)
