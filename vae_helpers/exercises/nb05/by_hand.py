"""Questions by hand of notebook 05: importance sampling."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="log_p_x",
        text=(
            "At draws from Q(z|X), log P(X|z) = {log_p_x_given_z}, log P(z) = {log_p_z} and log Q(z|X) = {log_q}. "
            "Which log P(X) do they estimate?"
        ),
        arguments={
            "log_p_x_given_z": torch.tensor([[-3.0], [-5.0]]),
            "log_p_z": torch.tensor([[-2.0], [-1.0]]),
            "log_q": torch.tensor([[-1.0], [-1.0]]),
        },
        then="In code the draws may lie hundreds of nats apart, where exp gives 0.",
    ),
)
