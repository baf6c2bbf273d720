"""Notebook 02: the objective."""

from vae_helpers.exercises.nb02 import (
    best_q,
    closing_q,
    divergence_from_posterior,
    monte_carlo_bound,
    posterior_on_grid,
)
from vae_helpers.exercises.nb02.by_hand import BY_HAND
from vae_helpers.exercises.nb02.predictions import PREDICTIONS

EXERCISES = (
    posterior_on_grid.EXERCISE,
    divergence_from_posterior.EXERCISE,
    best_q.EXERCISE,
    monte_carlo_bound.EXERCISE,
    closing_q.EXERCISE,
)

__all__ = ["BY_HAND", "EXERCISES", "PREDICTIONS"]
