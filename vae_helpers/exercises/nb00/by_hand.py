"""Questions by hand of notebook 00: a warm-up."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="log_prior",
        text="P(z) = N(0, I) and z = {z}. How large is log P(z)? (log 2π = {log_2pi})",
        arguments={"z": torch.tensor([[1.0, -2.0]])},
        then=(
            "Now in code: any number of points and of coordinates, also far out, where P(z) itself is too small for a "
            "float."
        ),
    ),
)
