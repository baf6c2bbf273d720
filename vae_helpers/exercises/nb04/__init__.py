"""Notebook 04: the reparameterization trick, and a VAE of one's own."""

from vae_helpers.exercises.nb04 import (
    best_reconstruction,
    bound_per_image,
    forward,
    implied_sigma,
    one_epoch,
    reparameterize,
    score_gradient,
    training_step,
)
from vae_helpers.exercises.nb04.by_hand import BY_HAND
from vae_helpers.exercises.nb04.predictions import PREDICTIONS

EXERCISES = (
    reparameterize.EXERCISE,
    score_gradient.EXERCISE,
    bound_per_image.EXERCISE,
    forward.EXERCISE,
    training_step.EXERCISE,
    one_epoch.EXERCISE,
    best_reconstruction.EXERCISE,
    implied_sigma.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
