"""Questions by hand of notebook 04: a draw, a gradient, a bound, and what a loss has chosen."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="reparameterize",
        text="μ = {mu}, logvar = {logvar} and ε = {eps}. Which z is that?",
        arguments={"mu": torch.tensor([[1.0]]), "logvar": torch.tensor([[-2.0]]), "eps": torch.tensor([[0.5]])},
        then="The code is judged by the gradients as well, which must reach μ and logvar.",
        unit="",
    ),
    ByHand(
        name="score_gradient",
        text=(
            "Q has μ = {mu} and σ = {sigma}. Its draws z = {z} had the losses {losses}. Which gradient by μ do they "
            "estimate, by the score function?"
        ),
        arguments={
            "losses": torch.tensor([4.0, 1.0]),
            "z": torch.tensor([[2.0], [0.5]]),
            "mu": torch.tensor([1.0]),
            "sigma": torch.tensor([0.5]),
        },
        then="In code z has several coordinates, each with a gradient of its own.",
        unit="nats per unit of μ",
    ),
    ByHand(
        name="bound_per_image",
        text=(
            "An image has the pixels x = {x}. The decoder gives the logits {logits}, the encoder μ = {mu} and logvar "
            "= {logvar}. How large is the bound?"
        ),
        arguments={
            "x": torch.tensor([[1.0, 0.0]]),
            "logits": torch.tensor([[2.0, -1.0]]),
            "mu": torch.tensor([[1.0]]),
            "logvar": torch.tensor([[1.0]]),
        },
        then="In code the logits may be hundreds, where the sigmoid is exactly 1 and log(1 − 1) is −∞.",
    ),
    ByHand(
        name="best_reconstruction",
        text="The pixels are gray: x = {x}. How large can a Bernoulli log P(X|z) be at most?",
        arguments={"x": torch.tensor([[0.5, 0.2]])},
        then="In code some pixels are black or white, and 0 · log 0 has to come out as 0.",
    ),
    ByHand(
        name="implied_sigma",
        text="A loss is MSE + w · KL, with w = {weight}, for images of {pixels} pixels. Which σ has it chosen?",
        arguments={"weight": torch.tensor(0.02), "pixels": 784},
        then="The code is as short, and holds for any weight and any size.",
        unit="",
    ),
)
