"""Notebook 08: where to go next."""

from vae_helpers.exercises.nb08 import (
    draw_mixture,
    full_covariance_draw,
    k_sample_gradient,
    nearest_code,
    noised,
    two_level_kl,
)
from vae_helpers.exercises.nb08.predictions_a import PREDICTIONS_A
from vae_helpers.exercises.nb08.predictions_b import PREDICTIONS_B

EXERCISES = (
    k_sample_gradient.EXERCISE,
    full_covariance_draw.EXERCISE,
    draw_mixture.EXERCISE,
    two_level_kl.EXERCISE,
    nearest_code.EXERCISE,
    noised.EXERCISE,
)
PREDICTIONS = (*PREDICTIONS_A, *PREDICTIONS_B)

__all__ = ["EXERCISES", "PREDICTIONS"]
