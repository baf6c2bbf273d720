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


def _all_at_once(elbo, pixels):
    bits = -elbo.sum() / math.log(2)
    return bits / (len(elbo) * pixels)


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
    then="In this unit a model with a bound stands beside any compressor of pictures.",
    again="the cell below the question, which makes the file.",
    probes=(
        (torch.tensor([-100.0, -140.0, -150.0]), 100),
        (torch.tensor([-80.0, -95.5, -120.25, -101.0]), 784),
        (torch.tensor([-10.0, -12.0, -11.5, -17.0]), 16),
    ),
    alternatives=(_all_at_once,),
    mistakes=(
        Mistake(
            "nats", "These are nats per pixel; divide by ln 2 for bits.", edit=(("(pixels * math.log(2))", "pixels"),)
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. There are more bits than nats: divide.",
            edit=(("/ (pixels * math.log(2))", "/ pixels * math.log(2)"),),
        ),
        Mistake("halved", "You divide by 2. From nats to bits it is ln 2 = 0.693.", edit=(("math.log(2)", "2"),)),
        Mistake(
            "base 10",
            "You divide by ln 10. Bits are counted with the logarithm to base 2: ln 2.",
            edit=(("math.log(2)", "math.log(10)"),),
        ),
        Mistake(
            "bytes",
            "These are bytes per pixel. One byte is 8 bits; wanted are bits.",
            edit=(("(pixels * math.log(2))", "(8 * pixels * math.log(2))"),),
        ),
        Mistake(
            "per image",
            "These are bits per image; divide by the number of pixels.",
            edit=(("pixels * math.log(2)", "math.log(2)"),),
        ),
        Mistake(
            "images for pixels",
            "You divide by the number of images, len(elbo), where the pixels of one image belong; the mean has "
            "taken care of the images.",
            edit=(("pixels * math.log(2)", "len(elbo) * math.log(2)"),),
        ),
        Mistake(
            "images twice",
            "The mean has divided by the number of images already; you divide by it again.",
            edit=(("pixels * math.log(2)", "len(elbo) * pixels * math.log(2)"),),
        ),
        Mistake("sign", "A length is positive: minus the bound.", edit=(("-elbo", "elbo"),)),
        Mistake(
            "sum",
            "You add up all images. The length is that of one pixel: take the mean over the images.",
            edit=(("mean()", "sum()"),),
        ),
        Mistake(
            "total",
            "These are the bits of the whole file. Divide by the images and by the pixels of one.",
            edit=(
                ("mean()", "sum()"),
                ("pixels * math.log(2)", "math.log(2)"),
            ),
        ),
        Mistake(
            "each image",
            "You give one length per image; one number for all is wanted, (): the mean.",
            edit=((".mean()", ""),),
        ),
        Mistake(
            "median",
            "You take the median. The file holds every image, so its length follows from the mean.",
            edit=(("mean()", "median()"),),
        ),
        Mistake(
            "best image",
            "You take the one image with the highest bound. The file holds every image: take the mean.",
            edit=(("mean()", "max()"),),
        ),
        Mistake(
            "probability",
            "You took the bound out of the logarithm. exp(−100) is no length; the logarithm is what counts bits.",
            edit=(("-elbo.mean()", "elbo.exp().mean()"),),
        ),
        Mistake(
            "logarithm of the bound",
            "You take a logarithm of the bound. It is a logarithm already; only its base is to be changed.",
            edit=(("-elbo.mean() / (pixels * math.log(2))", "torch.log2(-elbo.mean()) / pixels"),),
        ),
        Mistake(
            "log of the mean probability",
            "You average probabilities and take the logarithm after. Each image has a length of its own, and "
            "lengths are averaged.",
            edit=(
                (
                    "-elbo.mean() / (pixels * math.log(2))",
                    "-(elbo.logsumexp(0) - math.log(len(elbo))) / (pixels * math.log(2))",
                ),
            ),
        ),
        Mistake("percent", "You give percent. Bits per pixel are a plain number.", edit=(("-elbo", "-100 * elbo"),)),
        Mistake(
            "log10 of 2",
            "You divide by log₁₀ 2. From nats to bits it is the natural logarithm: ln 2 = 0.693, math.log(2).",
            edit=(("math.log(2)", "math.log10(2)"),),
        ),
        Mistake(
            "times the pixels",
            "You multiply by the number of pixels. The length is that of one pixel: divide.",
            lambda elbo, pixels: -elbo.mean() * pixels / math.log(2),
        ),
        Mistake(
            "logarithm to base 2 of the bound",
            "You take log₂ of the bound. It is a logarithm already, in nats: to get bits, divide it by ln 2.",
            lambda elbo, pixels: torch.log2(-elbo).mean() / pixels,
        ),
    ),
)
