"""Notebook 05: using the model."""

from vae_helpers.exercises.nb05 import (
    attribute_direction,
    equal_mass_grid,
    log_mixture,
    log_p_x,
    sample_images,
    score_threshold,
    slerp,
)
from vae_helpers.exercises.nb05.by_hand import BY_HAND
from vae_helpers.exercises.nb05.predictions import PREDICTIONS

EXERCISES = (
    sample_images.EXERCISE,
    equal_mass_grid.EXERCISE,
    slerp.EXERCISE,
    attribute_direction.EXERCISE,
    log_p_x.EXERCISE,
    log_mixture.EXERCISE,
    score_threshold.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
