"""Notebook 00: one warm-up exercise."""

from vae_helpers.exercises.nb00 import log_prior
from vae_helpers.exercises.nb00.predictions import PREDICTIONS

EXERCISES = (log_prior.EXERCISE,)

__all__ = ["EXERCISES", "PREDICTIONS"]
