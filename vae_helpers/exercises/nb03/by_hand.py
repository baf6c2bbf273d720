"""Questions by hand of notebook 03: divergences of Gaussians."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="gaussian_kl",
        text=(
            "N₀ has mean {mean0} and variance {covariance0}, N₁ has mean {mean1} and variance {covariance1}. How "
            "large is D[N₀‖N₁]? (log 2 = {log_2})"
        ),
        arguments={
            "mean0": torch.tensor([1.0]),
            "covariance0": torch.tensor([[1.0]]),
            "mean1": torch.tensor([4.0]),
            "covariance1": torch.tensor([[4.0]]),
        },
        then="In code the variances are matrices, some so narrow that a determinant rounds to 0.",
    ),
    ByHand(
        name="kl_to_standard_normal",
        text="Q has μ = {mu} and logvar = {logvar}. How large is its divergence from N(0, I)?",
        arguments={"mu": torch.tensor([[3.0, 1.0]]), "logvar": torch.tensor([[0.0, 2.0]])},
        then="In code you write it for a whole batch, so that gradients reach both.",
    ),
    ByHand(
        name="kl_gradients",
        text="One latent has μ = {mu} and logvar = {logvar}. How large is ∂D/∂logvar?",
        arguments={"mu": torch.tensor([[1.0]]), "logvar": torch.tensor([[2.0]])},
        then="The code gives both derivatives, for each image and latent.",
        unit="",
        part=1,
    ),
)
