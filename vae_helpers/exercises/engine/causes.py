"""What may have led to a wrong answer: the slips, alone and in pairs, that leave the same on every probe."""

import time
from collections.abc import Callable

from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.running import Outcome, same
from vae_helpers.exercises.engine.workshop import Change, look, near, telling, workshop

BUDGET = 2.0  # seconds that the search for pairs may take


def single(exercise: Exercise, does: Callable[[list[Outcome]], bool]) -> list[Change]:
    """The slips whose outcomes pass a test, those that people make often first; rare ones only if no other passes."""
    found = [candidate.change for candidate in workshop(exercise).singles if does(candidate.outcomes)]
    least = min((change.rank for change in found), default=0)
    return _different([change for change in found if change.rank == least])


def double(exercise: Exercise, outcomes: list[Outcome]) -> list[Change]:
    """The pairs of slips, and of mistakes given as edits, that leave these outcomes, found within the budget."""
    if not telling(outcomes):
        return []
    shop = workshop(exercise)
    seen = look(outcomes[shop.decisive])
    deadline = time.monotonic() + BUDGET
    found = []
    for change, other in shop.pairs_until(deadline):
        if near(seen, other, exercise.tolerance):
            left = shop.left(change)
            if left and all(same(a, b, exercise.tolerance) for a, b in zip(outcomes, left, strict=True)):
                found.append(change)
    return _different(found)


def _different(changes: list[Change]) -> list[Change]:
    return list({change.words: change for change in changes}.values())
