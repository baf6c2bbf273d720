"""Questions by hand of notebook 07: a prior that is told y, and a score."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="kl_to_prior",
        text=(
            "Q has μ = {mu} and logvar = {logvar}, the prior has the mean {prior_mu} and the log-variance "
            "{prior_logvar}. How large is D[Q‖P]?"
        ),
        arguments={
            "mu": torch.tensor([[3.0]]),
            "logvar": torch.tensor([[-1.0]]),
            "prior_mu": torch.tensor([[1.0]]),
            "prior_logvar": torch.tensor([[1.0]]),
        },
        then="In code each image has a prior of its own, and several latents.",
    ),
    ByHand(
        name="energy_score",
        text="The draws are {draws}, and the truth is {x}. How large is the energy score?",
        arguments={"draws": torch.tensor([[[3.0, 4.0]], [[0.0, 0.0]]]), "x": torch.tensor([[6.0, 8.0]])},
        then="In code there are many images, and any number of draws for each.",
        unit="",
    ),
)
