"""Notebook 02: the objective."""

from vae_helpers.exercises.nb02 import (
    best_q,
    closing_q,
    divergence_from_posterior,
    monte_carlo_bound,
    posterior_on_grid,
)
from vae_helpers.exercises.nb02.predictions import PREDICTIONS

EXERCISES = (
    divergence_from_posterior.EXERCISE,
    monte_carlo_bound.EXERCISE,
    best_q.EXERCISE,
    posterior_on_grid.EXERCISE,
    closing_q.EXERCISE,
)

__all__ = ["EXERCISES", "PREDICTIONS"]
