"""Notebook 00: one warm-up exercise, and a challenge."""

from vae_helpers.exercises.nb00 import best_z, log_prior
from vae_helpers.exercises.nb00.by_hand import BY_HAND
from vae_helpers.exercises.nb00.predictions import PREDICTIONS

EXERCISES = (log_prior.EXERCISE, best_z.EXERCISE)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
