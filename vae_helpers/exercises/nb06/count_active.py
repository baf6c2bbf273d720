"""The dimensions through which anything passes."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian, uniform


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


def _codes(latents, images, seed):
    """Means with standard deviations from 0.01 to 3, around 0 and elsewhere."""
    sd = 0.01 * 300 ** uniform(latents, seed=seed)
    center = gaussian(latents, seed=seed + 1) * (uniform(latents, seed=seed + 2) < 0.4)
    return center + sd * gaussian(images, latents, seed=seed + 3)


def _by_hand(mu, threshold):
    centered = mu - mu.mean(0)
    variance = (centered**2).sum(0) / len(mu)
    return (variance > threshold).sum().float()


EXERCISE = Exercise(
    notebook="06",
    goal="Count the dimensions whose mean follows X.",
    reference=count_active,
    oracle=_oracle,
    hints=(
        "A dimension that ignores X has the same mean for every image. So look at how $\\mu_i$ varies from image to "
        "image.",
        "`mu.var(dim=0, correction=0)` is one variance for each dimension, over the images: the mean squared "
        "deviation.",
        "`(mu.var(dim=0, correction=0) > threshold).sum().float()`",
    ),
    then="A dimension whose mean and width are the same for every image tells nothing about X, however narrow Q is along it. "
    "The usual count looks at the mean alone.",
    again="the comparison of the cures, after the next exercise.",
    probes=(
        # by hand: the first dimension has variance 8/3, the second 0.98/3, and only its root is above the threshold
        (torch.tensor([[0.0, 5.0], [2.0, 5.7], [4.0, 4.3]]), 0.5),
        (torch.tensor([[2.0, 5.0], [2.0, 5.5], [2.0, 4.0]]), 0.0),  # the first does not vary at all
        (_codes(17, 30, seed=450), 0.01),
        (_codes(24, 40, seed=1580), 0.04),
        (_codes(11, 12, seed=2000), 0.5),
        *(
            (_codes(14, 25, seed=seed), threshold)
            for seed, threshold in ((2300, 0.02), (2310, 0.1), (2320, 0.3), (2330, 1.0))
        ),
    ),
    alternatives=(_by_hand,),
    mistakes=(
        Mistake(
            "standard deviation",
            "You compare the standard deviation with the threshold, or, which is the same, the variance with its "
            "square. The "
            "threshold is on the variance.",
            edit=(("mu.var", "mu.std"),),
        ),
        Mistake(
            "mean square",
            "You take the mean of μ², not its variance. A dimension whose mean is 1 for every image says nothing "
            "about X.",
            edit=(("mu.var(dim=0, correction=0)", "(mu**2).mean(dim=0)"),),
        ),
        Mistake(
            "over the latents",
            "You take the variance over the latent dimensions, one for each image. It is over the images, dim=0.",
            edit=(("dim=0", "dim=1"),),
        ),
        Mistake(
            "over everything",
            "You take one variance over images and dimensions together. Each dimension has its own, over the "
            "images: dim=0.",
            edit=(("dim=0, ", ""),),
        ),
        Mistake(
            "share",
            "You give the share of active units; the count is wanted.",
            edit=(("sum().float()", "float().mean()"),),
        ),
        Mistake(
            "percent",
            "You give the share of active units in percent; the count is wanted.",
            edit=(("sum().float()", "float().mean() * 100"),),
        ),
        Mistake("collapsed ones", "You count the units that are not active.", edit=((">", "<="),)),
        Mistake(
            "size of the mean",
            "You look at the average of |μ|, which is large also for a dimension that is stuck away from 0.",
            edit=(("mu.var(dim=0, correction=0)", "mu.abs().mean(dim=0)"),),
        ),
        Mistake(
            "the mean itself",
            "You look at the average of μ, which says where a dimension lies, not whether it moves.",
            edit=(("mu.var(dim=0, correction=0)", "mu.mean(dim=0)"),),
        ),
        Mistake(
            "absolute deviation",
            "You take the mean absolute deviation. The variance is the mean of the squared one.",
            edit=(("mu.var(dim=0, correction=0)", "(mu - mu.mean(dim=0)).abs().mean(dim=0)"),),
        ),
        Mistake(
            "range",
            "You take the range, largest minus smallest, which grows with the number of images. Wanted is the "
            "variance.",
            edit=(("mu.var(dim=0, correction=0)", "mu.amax(dim=0) - mu.amin(dim=0)"),),
        ),
        Mistake(
            "sum of squares",
            "You add up the squared deviations without dividing by their number: with more images every dimension "
            "would become active.",
            edit=(("mu.var(dim=0, correction=0)", "((mu - mu.mean(dim=0)) ** 2).sum(dim=0)"),),
        ),
        Mistake(
            "one center for all",
            "You subtract one mean over images and dimensions together. Each dimension has its own: mu.mean(dim=0).",
            edit=(("mu.var(dim=0, correction=0)", "((mu - mu.mean()) ** 2).mean(dim=0)"),),
        ),
        Mistake(
            "center of each image",
            "You subtract each image's mean over the dimensions. The deviation is from a dimension's mean over the "
            "images.",
            edit=(("mu.var(dim=0, correction=0)", "((mu - mu.mean(dim=1, keepdim=True)) ** 2).mean(dim=0)"),),
        ),
        Mistake(
            "variance squared",
            "You square the variance. It is a mean of squares already.",
            edit=(("mu.var(dim=0, correction=0)", "mu.var(dim=0, correction=0) ** 2"),),
        ),
        Mistake(
            "fixed threshold",
            "The threshold is an argument; you compare with 0.01 whatever it is.",
            edit=(("> threshold", "> 0.01"),),
        ),
        Mistake(
            "entries",
            "You count entries of mu above the threshold. What counts is how a dimension varies over the images.",
            edit=(("mu.var(dim=0, correction=0)", "mu"),),
        ),
        Mistake(
            "any",
            "You say whether any unit is active. Wanted is how many are.",
            edit=((".sum().float()", ".any().float()"),),
        ),
        Mistake(
            "which",
            "You give the index of an active unit; wanted is how many there are.",
            edit=((".sum().float()", ".float().argmax().float()"),),
        ),
        Mistake(
            "sum of variances",
            "You add up the variances of the active units; wanted is how many there are.",
            edit=(
                (
                    "(mu.var(dim=0, correction=0) > threshold).sum().float()",
                    "mu.var(dim=0, correction=0)[mu.var(dim=0, correction=0) > threshold].sum()",
                ),
            ),
        ),
        Mistake("mask", "You return one flag for each dimension; add them up.", edit=((".sum().float()", ".float()"),)),
        Mistake(
            "variances added",
            "You add up the variances. Wanted is how many of them are above the threshold.",
            lambda mu, threshold: mu.var(0).sum(),
        ),
        Mistake(
            "distance of the mean from 0",
            "You look at how far a dimension's mean is from 0. What counts is how it varies over the images.",
            lambda mu, threshold: (mu.mean(0).abs() > threshold).sum().float(),
        ),
        Mistake(
            "any image",
            "You count dimensions in which some image has a mean above the threshold. What counts is the variance over the images.",
            lambda mu, threshold: (mu.abs() > threshold).any(0).sum().float(),
        ),
    ),
)
