"""Notebook 03: the KL divergence."""

from vae_helpers.exercises.nb03 import forward_fit, gaussian_kl, information, kl_gradients, kl_to_standard_normal
from vae_helpers.exercises.nb03.by_hand import BY_HAND
from vae_helpers.exercises.nb03.predictions import PREDICTIONS

EXERCISES = (
    gaussian_kl.EXERCISE,
    kl_to_standard_normal.EXERCISE,
    kl_gradients.EXERCISE,
    forward_fit.EXERCISE,
    information.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
