"""Notebook 04: the reparameterization trick, and a VAE of one's own."""

from vae_helpers.exercises.nb04 import (
    best_reconstruction,
    bound_per_image,
    implied_sigma,
    reparameterize,
    score_gradient,
    training_step,
)
from vae_helpers.exercises.nb04.predictions import PREDICTIONS

EXERCISES = (
    reparameterize.EXERCISE,
    score_gradient.EXERCISE,
    bound_per_image.EXERCISE,
    best_reconstruction.EXERCISE,
    training_step.EXERCISE,
    implied_sigma.EXERCISE,
)

__all__ = ["EXERCISES", "PREDICTIONS"]
