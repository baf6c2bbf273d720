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
    probes=(
        (torch.tensor([[0.1, 2.0], [0.3, 1.0]]).requires_grad_(), 0.5),
        (torch.tensor([[0.1, 0.02], [0.05, 0.03]]).requires_grad_(), 0.5),
        ((gaussian(6, 5, seed=81).abs() * torch.tensor([0.1, 3.0, 0.5, 0.7, 0.2])).requires_grad_(), 0.4),
    ),
    mistakes=(
        Mistake(
            "floor for each image",
            "You apply the floor to each image before averaging. Then an image that needs nothing of a dimension still "
            "counts as using it; the floor is on the mean over the batch.",
            lambda kl, floor: kl.clamp(min=floor).mean(0).sum(),
        ),
        Mistake(
            "ceiling",
            "You keep what is below the floor: that is min. A dimension is free below the floor, and pays above it.",
            lambda kl, floor: kl.mean(0).clamp(max=floor).sum(),
        ),
        Mistake(
            "floor on the sum",
            "You apply the floor to the sum over dimensions. Then one busy dimension pays for all, and the others may "
            "collapse as before.",
            lambda kl, floor: kl.mean(0).sum().clamp(min=floor),
        ),
        Mistake(
            "subtracted",
            "You subtract the floor. Its gradient is the same, but the number is no longer comparable: what is wanted is "
            "the larger of the two.",
            lambda kl, floor: (kl.mean(0) - floor).clamp(min=0).sum(),
        ),
        Mistake(
            "no floor",
            "The floor does not appear: this is the ordinary KL term.",
            lambda kl, floor: kl.mean(0).sum(),
        ),
        Mistake(
            "mean over dimensions",
            "You average over the dimensions; the divergence is their sum.",
            lambda kl, floor: kl.mean(0).clamp(min=floor).mean(),
        ),
        Mistake(
            "sum over the batch",
            "You add up the batch before the floor. With more images the floor would mean less and less.",
            lambda kl, floor: kl.sum(0).clamp(min=floor).sum(),
        ),
        Mistake(
            "no gradient",
            "The value is right, but no gradient passes: .item(), .tolist(), .detach() or a tensor made anew cuts the graph, "
            "and the KL term would not be trained at all.",
            lambda kl, floor: kl.mean(0).clamp(min=floor).sum().detach(),
        ),
        Mistake(
            "zero below the floor",
            "Below the floor a dimension counts as the floor, not as 0; otherwise switching off would be rewarded again.",
            lambda kl, floor: torch.where(kl.mean(0) > floor, kl.mean(0), 0.0).sum(),
        ),
        Mistake(
            "one mean for all",
            "You average over batch and dimensions at once. First one number for each dimension, then the floor.",
            lambda kl, floor: kl.mean().clamp(min=floor),
        ),
        Mistake(
            "over the latents",
            "You average over the latents, one number for each image. The mean is over the batch, dim=0.",
            lambda kl, floor: kl.mean(1).clamp(min=floor).sum(),
        ),
    ),
)
