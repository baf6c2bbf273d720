"""Questions by hand of notebook 01: log-densities, averages of them, and maps."""

import torch

from vae_helpers.exercises.engine import ByHand

BY_HAND = (
    ByHand(
        name="gaussian_log_likelihood",
        text=(
            "A Gaussian has mean {mean} and the standard deviation σ = {sigma} in each coordinate. How large is its "
            "log-density at x = {x}? (log 2 = {log_2}, log 2π = {log_2pi})"
        ),
        arguments={"x": torch.tensor([[5.0, 1.0]]), "mean": torch.tensor([[1.0, -1.0]]), "sigma": 2.0},
        then="In code σ may be tiny and the coordinates hundreds, so that the density itself is no float any more.",
    ),
    ByHand(
        name="log_mean_exp",
        text="Draws of z gave log P(X|z) = {log_p_x_given_z}. Which log P(X) do they estimate?",
        arguments={"log_p_x_given_z": torch.tensor([[-2.0], [-3.0], [-3.0]])},
        then="In code the logarithms may lie near −1000, where exp gives 0.",
    ),
    ByHand(
        name="ring",
        text="Where does the map of the ring send z = {z}? Give the first coordinate.",
        arguments={"z": torch.tensor([[3.0, 4.0]])},
        then="In code each point of a batch has a length of its own.",
        unit="",
    ),
    ByHand(
        name="to_exponential",
        text=(
            "Which exponential number, with the rate λ = {rate}, does the rising map make of z = {z}? (Φ(1) = {Phi_1})"
        ),
        arguments={"z": torch.tensor([1.0]), "rate": 2.0},
        then="In code z goes up to 4, where 1 − Φ(z) has few digits left and Φ(−z) has all of them.",
        unit="",
    ),
    ByHand(
        name="least_between",
        text=(
            "The heaps are {distance} apart, and f is nowhere steeper than {slope}. Which share of the draws falls "
            "between them, at the least? (Φ(1) = {Phi_1})"
        ),
        arguments={"distance": torch.tensor([4.0]), "slope": torch.tensor([2.0])},
        then="In code you get it for any distance and slope, and can see how slowly it shrinks.",
        unit="",
    ),
)
