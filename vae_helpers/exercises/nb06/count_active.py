"""The dimensions through which anything passes."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def count_active(mu, threshold):
    """The number of active units: latent dimensions whose mean follows the image.

    mu: means of Q(z|X) for N images, (N, L). threshold: a dimension is active if the
    variance of its mean over the images is larger.
    Returns how many are active, a float tensor, ().
    """
    return (mu.var(dim=0, correction=0) > threshold).sum().float()


def _oracle(mu, threshold):
    count = 0
    for column in mu.double().T.tolist():
        mean = math.fsum(column) / len(column)
        count += math.fsum((value - mean) ** 2 for value in column) / len(column) > threshold
    return torch.tensor(float(count))


def _codes(sds, means, n, seed):
    noise = gaussian(n, len(sds), seed=seed)
    noise = (noise - noise.mean(dim=0)) / noise.std(dim=0)
    return torch.tensor(means) + noise * torch.tensor(sds)


EXERCISE = Exercise(
    notebook="06",
    goal="Count the dimensions through which anything about X passes.",
    reference=count_active,
    oracle=_oracle,
    hints=(
        "A dimension that ignores X has the same mean for every image. So look at how $\\mu_i$ varies from image to image.",
        "`mu.var(dim=0, correction=0)` is one variance for each dimension, over the images: the mean squared deviation.",
        "`(mu.var(dim=0, correction=0) > threshold).sum().float()`",
    ),
    probes=(
        # by hand: the first dimension has variance 8/3, the second 0.98/3, and only its root is above the threshold
        (torch.tensor([[0.0, 5.0], [2.0, 5.7], [4.0, 4.3]]), 0.5),
        (
            _codes(
                [0.5, 0.005, 0.04, 0.02, 2.0, 0.015, 0.0008, 0.011, 0.004, 0.001],
                [0.0, 1.0, -2.0, 0.5, 3.0, 0.0, 0.0, 0.0, 0.0, 2.0],
                40,
                72,
            ),
            0.01,
        ),
        (
            _codes(
                [0.9, 0.52, 0.3, 0.23, 0.05, 0.15, 0.07, 0.6, 0.03, 0.002],
                [0.0, 0.0, 0.0, 2.0, 0.15, 0.0, 0.0, -1.0, 0.0, 1.0],
                30,
                73,
            ),
            0.04,
        ),
    ),
    mistakes=(
        Mistake(
            "standard deviation",
            "You compare the standard deviation with the threshold. The threshold is on the variance; on the standard deviation "
            "it would be its root.",
            lambda mu, threshold: (mu.std(0) > threshold).sum().float(),
        ),
        Mistake(
            "mean square",
            "You take the mean of μ², not its variance. A dimension whose mean is 1 for every image says nothing about X.",
            lambda mu, threshold: ((mu**2).mean(0) > threshold).sum().float(),
        ),
        Mistake(
            "over the latents",
            "You take the variance over the latent dimensions, one for each image. It is over the images, dim=0.",
            lambda mu, threshold: (mu.var(1) > threshold).sum().float(),
        ),
        Mistake(
            "share",
            "You give the share of active units; the count is wanted.",
            lambda mu, threshold: (mu.var(0) > threshold).float().mean(),
        ),
        Mistake(
            "collapsed ones",
            "You count the units that are not active.",
            lambda mu, threshold: (mu.var(0) <= threshold).sum().float(),
        ),
        Mistake(
            "size of the mean",
            "You look at the average of |μ|, which is large also for a dimension that is stuck away from 0.",
            lambda mu, threshold: (mu.abs().mean(0) > threshold).sum().float(),
        ),
        Mistake(
            "sum of squares",
            "You add up the squared deviations without dividing by their number: with more images every dimension would "
            "become active.",
            lambda mu, threshold: (((mu - mu.mean(0)) ** 2).sum(0) > threshold).sum().float(),
        ),
        Mistake(
            "fixed threshold",
            "The threshold is an argument; you compare with 0.01 whatever it is.",
            lambda mu, threshold: (mu.var(0) > 0.01).sum().float(),
        ),
        Mistake(
            "mask",
            "You return one flag for each dimension; add them up.",
            lambda mu, threshold: (mu.var(0) > threshold).float(),
        ),
    ),
)
