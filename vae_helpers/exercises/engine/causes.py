"""What may have led to a wrong answer: the slips, alone and in pairs, that leave the same on every probe."""

import time

from vae_helpers.exercises.engine.evidence import look, near, telling
from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.outcome import Outcome, agree, same
from vae_helpers.exercises.engine.workshop import Change, workshop

BUDGET = 2.0  # seconds that the search for pairs may take


def single(exercise: Exercise, outcomes: list[Outcome], effects: bool = True) -> list[Change]:
    """The slips that leave these outcomes, or only these values. Rare ones only if no frequent one does."""
    shop, tolerance = workshop(exercise), exercise.tolerance
    seen = look(outcomes[shop.decisive])
    found = [
        candidate.change
        for candidate in shop.singles
        if near(seen[0], candidate.look[0], tolerance)
        and all(_alike(a, b, tolerance, effects) for a, b in zip(outcomes, candidate.outcomes, strict=True))
    ]
    return _likeliest(found)


def double(exercise: Exercise, outcomes: list[Outcome]) -> list[Change]:
    """The pairs of slips, and of mistakes given as edits, that leave these outcomes, found within the budget."""
    if exercise.nearly or not telling(outcomes):
        return []
    shop, tolerance = workshop(exercise), exercise.tolerance
    seen, found = look(outcomes[shop.decisive])[0], []
    for change, other in shop.pairs_until(time.monotonic() + BUDGET):
        if near(seen, other, tolerance):
            left = shop.left(change)
            if left and all(same(a, b, tolerance) for a, b in zip(outcomes, left, strict=True)):
                found.append(change)
    return _likeliest(found)


def _alike(a: Outcome, b: Outcome, tolerance: float, effects: bool) -> bool:
    return same(a, b, tolerance) if effects else agree(a.value, b.value, tolerance)


def _likeliest(changes: list[Change]) -> list[Change]:
    """Those of the lowest rank, the same words once."""
    least = min((change.rank for change in changes), default=0)
    return list({change.words: change for change in changes if change.rank == least}.values())
