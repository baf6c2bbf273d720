"""Notebook 08: where to go next."""

from vae_helpers.exercises.nb08 import draw_mixture, full_covariance_draw, k_sample_gradient
from vae_helpers.exercises.nb08.predictions_a import PREDICTIONS_A

EXERCISES = (
    k_sample_gradient.EXERCISE,
    full_covariance_draw.EXERCISE,
    draw_mixture.EXERCISE,
)
PREDICTIONS = (*PREDICTIONS_A,)

__all__ = ["EXERCISES", "PREDICTIONS"]
