"""Notebook 01: latent variable models."""

from vae_helpers.exercises.nb01 import (
    few_draws,
    gaussian_log_likelihood,
    least_between,
    log_mean_exp,
    maximize_likelihood,
    ring,
    to_exponential,
)
from vae_helpers.exercises.nb01.by_hand import BY_HAND
from vae_helpers.exercises.nb01.predictions import PREDICTIONS

EXERCISES = (
    gaussian_log_likelihood.EXERCISE,
    log_mean_exp.EXERCISE,
    maximize_likelihood.EXERCISE,
    ring.EXERCISE,
    to_exponential.EXERCISE,
    least_between.EXERCISE,
    few_draws.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
