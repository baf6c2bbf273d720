"""Notebook 06: what the objective means, measured."""

from vae_helpers.exercises.nb06 import (
    bits_per_pixel,
    code_information,
    count_active,
    free_bits_kl,
    gap_on_grid,
    kl_to_wide_prior,
    net_bits,
    pull_image,
    push_image,
)
from vae_helpers.exercises.nb06.by_hand import BY_HAND
from vae_helpers.exercises.nb06.predictions import PREDICTIONS

EXERCISES = (
    gap_on_grid.EXERCISE,
    push_image.EXERCISE,
    net_bits.EXERCISE,
    pull_image.EXERCISE,
    bits_per_pixel.EXERCISE,
    code_information.EXERCISE,
    kl_to_wide_prior.EXERCISE,
    count_active.EXERCISE,
    free_bits_kl.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
