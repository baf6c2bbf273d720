"""Questions by hand of notebook 02: the posterior, its divergence, and the Q without a gap."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="posterior_on_grid",
        text=(
            "On a grid of spacing {spacing}, log P(X|z) + log P(z) is {log_joint}. How large is the posterior density "
            "at the second point?"
        ),
        arguments={"log_joint": torch.tensor([-3.0, -1.0, -2.0]), "spacing": 0.5},
        then="In code the logarithms may all lie near −1000, where exp gives 0 and 0/0 no density.",
        unit="",
        part=1,
    ),
    ByHand(
        name="divergence_from_posterior",
        text=(
            "At draws from Q, log Q(z) = {log_q}, log P(X|z) = {log_p_x_given_z} and log P(z) = {log_p_z}; log P(X) = "
            "{log_p_x}. Which D[Q(z)‖P(z|X)] do they estimate?"
        ),
        arguments={
            "log_q": torch.tensor([-1.0, -2.0]),
            "log_p_x_given_z": torch.tensor([-3.0, -2.0]),
            "log_p_z": torch.tensor([-2.0, -1.5]),
            "log_p_x": torch.tensor(-2.25),
        },
        then="In code it is one line, which the page then runs beside the misprinted one.",
    ),
    ByHand(
        name="closing_q",
        text="X = {x}, w = {w}, b = {b} and σ = {sigma}. What is the mean of the Q(z|X) that closes the gap?",
        arguments={
            "x": torch.tensor([[2.0, 3.0]]),
            "w": torch.tensor([1.0, 2.0]),
            "b": torch.tensor([0.0, 1.0]),
            "sigma": 2.0,
        },
        then="The code returns the variance as well, and takes many X at once.",
        unit="",
    ),
)
