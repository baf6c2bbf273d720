"""Notebook 08: where to go next."""

from vae_helpers.exercises.nb08 import nearest_code, noised, two_level_kl
from vae_helpers.exercises.nb08.predictions_b import PREDICTIONS_B

EXERCISES = (
    two_level_kl.EXERCISE,
    nearest_code.EXERCISE,
    noised.EXERCISE,
)
PREDICTIONS = (*PREDICTIONS_B,)

__all__ = ["EXERCISES", "PREDICTIONS"]
