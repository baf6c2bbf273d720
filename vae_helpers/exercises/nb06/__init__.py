"""Notebook 06: what the objective means, measured."""

from vae_helpers.exercises.nb06 import (
    bits_per_pixel,
    count_active,
    free_bits_kl,
    gap_on_grid,
    kl_to_wide_prior,
    net_bits,
)
from vae_helpers.exercises.nb06.predictions import PREDICTIONS

EXERCISES = (
    gap_on_grid.EXERCISE,
    net_bits.EXERCISE,
    bits_per_pixel.EXERCISE,
    kl_to_wide_prior.EXERCISE,
    count_active.EXERCISE,
    free_bits_kl.EXERCISE,
)

__all__ = ["EXERCISES", "PREDICTIONS"]
