"""Free bits: no reward for switching a dimension off."""

import math

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def free_bits_kl(kl, floor):
    """The KL term with free bits: no dimension gains by saying less than the floor.

    kl: D of each image and latent dimension, (B, L), in nats. floor: what a dimension
    may spend for free, on average over the batch, in nats, a float.
    Returns (), in nats: the ordinary KL term of the batch if every dimension spends
    more than the floor, L times the floor if none does. Gradients must reach kl.
    """
    return kl.mean(dim=0).clamp(min=floor).sum()


def _oracle(kl, floor):
    total = 0.0
    for column in kl.detach().double().T.tolist():
        mean = math.fsum(column) / len(column)
        total += mean if mean > floor else floor
    return torch.tensor(total)


def _chosen(kl, floor):
    mean = kl.mean(0)
    return torch.where(mean > floor, mean, floor).sum()


def _excess(kl, floor):
    return floor * kl.shape[1] + torch.relu(kl.mean(0) - floor).sum()


EXERCISE = Exercise(
    notebook="06",
    goal="Take away the reward for switching a dimension off.",
    reference=free_bits_kl,
    oracle=_oracle,
    effect=gradients,
    effect_name="the gradients by kl",
    hints=(
        "First one number for each dimension: the mean over the batch. Then the floor, then the sum over dimensions.",
        "The larger of a tensor's numbers and a floor is `value.clamp(min=floor)`.",
        "`kl.mean(dim=0).clamp(min=floor).sum()`",
    ),
    then="Below the floor no gradient passes, so that nothing pushes such a dimension further toward the prior.",
    again="the two cells below the hints.",
    probes=(
        (torch.tensor([[0.1, 2.0], [0.3, 1.0]]).requires_grad_(), 0.5),
        (torch.tensor([[0.1, 0.02, 0.0], [0.05, 0.03, 0.1]]).requires_grad_(), 0.5),
        (torch.tensor([[0.1, 0.2], [2.0, 0.3]]).requires_grad_(), 0.5),  # one image below the floor in all
        ((gaussian(6, 5, seed=81).abs() * torch.tensor([0.1, 3.0, 0.5, 0.7, 0.2])).requires_grad_(), 0.4),
    ),
    alternatives=(_chosen, _excess),
    mistakes=(
        Mistake(
            "floor for each image",
            "You apply the floor to each image before averaging. Then an image that needs nothing of a dimension "
            "still counts as using it; the floor is on the mean over the batch.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.clamp(min=floor).mean(dim=0).sum()"),),
        ),
        Mistake(
            "floor for each image, nothing averaged",
            "You apply the floor to each image and add all up. The floor is on a dimension's mean over the batch.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.clamp(min=floor).sum()"),),
        ),
        Mistake(
            "ceiling",
            "You keep what is below the floor: that is min. A dimension is free below the floor, and pays above it.",
            edit=(("min=floor", "max=floor"),),
        ),
        Mistake(
            "floor on the sum",
            "You apply the floor to the sum over dimensions. Then one busy dimension pays for all, and the others "
            "may collapse as before.",
            edit=((".clamp(min=floor).sum()", ".sum().clamp(min=floor)"),),
        ),
        Mistake(
            "L floors on the sum",
            "You compare the sum over dimensions with L floors. Then one busy dimension pays for all, and the "
            "others may collapse as before.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.mean(dim=0).sum().clamp(min=floor * kl.shape[1])"),),
        ),
        Mistake(
            "floor on each image's sum",
            "You compare each image's sum over dimensions with L floors. The floor is for each dimension by itself, "
            "on its mean over the batch.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.sum(dim=1).clamp(min=floor * kl.shape[1]).mean()"),),
        ),
        Mistake(
            "one floor on each image's sum",
            "You apply the floor to each image's sum over dimensions. It is for each dimension by itself, on its "
            "mean over the batch.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.sum(dim=1).clamp(min=floor).mean()"),),
        ),
        Mistake(
            "subtracted",
            "You subtract the floor. Its gradient is the same, but the number is no longer comparable: what is "
            "wanted is the larger of the two.",
            edit=(("kl.mean(dim=0).clamp(min=floor)", "(kl.mean(dim=0) - floor).clamp(min=0)"),),
        ),
        Mistake(
            "one floor added back",
            "You subtract the floor from every dimension and add it back once. Below the floor every dimension "
            "counts as the floor.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "(kl.mean(dim=0) - floor).clamp(min=0).sum() + floor"),),
        ),
        Mistake(
            "only subtracted",
            "You subtract the floor whatever a dimension spends. Then spending less still lowers the loss, below "
            "zero even.",
            edit=(("kl.mean(dim=0).clamp(min=floor)", "(kl.mean(dim=0) - floor)"),),
        ),
        Mistake(
            "distance from the floor",
            "You take the distance from the floor. Below it a dimension is to count as the floor, whatever it spends.",
            edit=(("kl.mean(dim=0).clamp(min=floor)", "(kl.mean(dim=0) - floor).abs()"),),
        ),
        Mistake(
            "added",
            "You add the floor to every dimension. A constant changes no gradient: switching off would be rewarded "
            "as before.",
            edit=(("kl.mean(dim=0).clamp(min=floor)", "(kl.mean(dim=0) + floor)"),),
        ),
        Mistake(
            "no floor", "The floor does not appear: this is the ordinary KL term.", edit=((".clamp(min=floor)", ""),)
        ),
        Mistake(
            "mean over dimensions",
            "You average over the dimensions; the divergence is their sum.",
            edit=(("floor).sum()", "floor).mean()"),),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch before the floor. With more images the floor would mean less and less.",
            edit=(("kl.mean(", "kl.sum("),),
        ),
        Mistake(
            "median over the batch",
            "You take the median over the batch. The KL term is a mean over images.",
            edit=(("kl.mean(dim=0)", "kl.median(dim=0).values"),),
        ),
        Mistake(
            "no gradient",
            "The value is right, but no gradient passes: .item(), .tolist(), .detach() or a tensor made anew cuts "
            "the graph, and the KL term would not be trained at all.",
            edit=(("floor).sum()", "floor).sum().detach()"),),
        ),
        Mistake(
            "zero below the floor",
            "Below the floor a dimension counts as the floor, not as 0; otherwise switching off would be rewarded "
            "again.",
            edit=(
                (
                    "kl.mean(dim=0).clamp(min=floor).sum()",
                    "torch.where(kl.mean(dim=0) > floor, kl.mean(dim=0), 0.0).sum()",
                ),
            ),
        ),
        Mistake(
            "only what exceeds, image by image",
            "You drop what lies below the floor, image by image. The floor is on a dimension's mean over the batch, "
            "and below it the floor counts.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl[kl > floor].sum() / len(kl)"),),
        ),
        Mistake(
            "one mean for all",
            "You average over batch and dimensions at once. First one number for each dimension, then the floor.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.mean().clamp(min=floor)"),),
        ),
        Mistake(
            "one mean with the floor first",
            "You apply the floor to every entry and average over everything. First the mean over the batch, then "
            "the floor, then the sum.",
            edit=(("kl.mean(dim=0).clamp(min=floor).sum()", "kl.clamp(min=floor).mean()"),),
        ),
        Mistake(
            "over the latents",
            "You average over the latents, one number for each image. The mean is over the batch, dim=0.",
            edit=(("kl.mean(dim=0)", "kl.mean(dim=1)"),),
        ),
        Mistake("sign", "The sign is turned: this is a cost, added to the loss.", edit=(("return kl", "return -kl"),)),
        Mistake(
            "not added up",
            "You give one number a dimension; the divergence is their sum, ().",
            edit=(("floor).sum()", "floor)"),),
        ),
        Mistake(
            "divided by the batch again",
            "The mean has divided by the number of images; you divide by it again.",
            edit=(("floor).sum()", "floor).sum() / len(kl)"),),
        ),
    ),
)
