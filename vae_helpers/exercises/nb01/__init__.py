"""Notebook 01: latent variable models."""

from vae_helpers.exercises.nb01 import gaussian_log_likelihood, log_mean_exp, ring, to_exponential
from vae_helpers.exercises.nb01.predictions import PREDICTIONS

EXERCISES = (
    gaussian_log_likelihood.EXERCISE,
    ring.EXERCISE,
    to_exponential.EXERCISE,
    log_mean_exp.EXERCISE,
)

__all__ = ["EXERCISES", "PREDICTIONS"]
