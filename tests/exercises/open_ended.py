"""Exercises that ask for a search: any that comes close enough is right, so what is accepted is tried on fresh problems."""

import functools

import torch

from vae_helpers.exercises import engine
from vae_helpers.exercises.nb00.best_z import Sigmoids
from vae_helpers.exercises.nb01.hidden import SIZE, Hidden
from vae_helpers.exercises.numbers import gaussian


def _decoder(seed, z):
    decoder = Sigmoids(seed, 30)
    return decoder, decoder.drawn(z, seed=seed)


def _hump(mean, sd):
    """The joint of one hump, on a grid as fine as the narrowest that the page searches."""
    z = torch.linspace(-5, 5, 101)
    return z, -0.5 * ((z - mean) / sd) ** 2 + 3.0, 0.1


FRESH = {  # arguments that no probe has; the exercise's oracle knows the answers
    "best_z": (_decoder(101, [0.5, -1.0]), _decoder(107, [1.0, 2.0])),
    "few_draws": tuple((Hidden(seed), gaussian(1000, SIZE, seed=900 + seed)) for seed in range(10, 13)),
    "best_q": (_hump(-1.37, 0.63), _hump(2.71, 0.35), _hump(0.23, 0.12)),
}


@functools.cache
def _answers(exercise: engine.Exercise) -> list:
    return [exercise.oracle(*problem) for problem in FRESH[exercise.name]]


def holds(exercise: engine.Exercise, code) -> bool:
    """Whether a search that was accepted also ends close enough on problems that it was not judged by."""
    for problem, answer in zip(FRESH[exercise.name], _answers(exercise), strict=True):
        outcome = engine.run(code, problem)
        if outcome.error or not engine.agree(outcome.value, answer, exercise.tolerance):
            return False
    return True
