"""Notebook 07: conditional VAEs."""

from vae_helpers.exercises.nb07 import conditional_bound, decoder_input, energy_score, kl_to_prior
from vae_helpers.exercises.nb07.by_hand import BY_HAND
from vae_helpers.exercises.nb07.predictions import PREDICTIONS

EXERCISES = (
    kl_to_prior.EXERCISE,
    conditional_bound.EXERCISE,
    decoder_input.EXERCISE,
    energy_score.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
