"""What may have led to a wrong answer: the slips, alone and in pairs, that leave the same on every probe."""

import math

from vae_helpers.exercises.engine.changes import Change
from vae_helpers.exercises.engine.evidence import look, near, telling
from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.outcome import Outcome, agree, same
from vae_helpers.exercises.engine.workshop import workshop

BUDGET = 1.0  # seconds of computing that the search for slips may take, and then that for pairs of them
FURTHER = 500  # pairs that are tried after the first that fits: others may fit as well


def single(exercise: Exercise, outcomes: list[Outcome], effects: bool = True) -> list[Change]:
    """The slips of one right answer that leave these outcomes, or only these values. Rare ones only if no frequent one does.

    Where slips of several right answers do, those of the first are told: "added instead of subtracted" in one may be
    "subtracted instead of added" in the next.
    """
    if not telling(outcomes):
        return []
    shop, tolerance = workshop(exercise), exercise.tolerance
    seen, found = look(outcomes[shop.decisive]), []
    for candidate in shop.slips.within(BUDGET):
        if found and candidate.rank > found[0].rank:
            break
        if near(seen[0], candidate.look, tolerance) and candidate.outcomes is not None:
            pairs = zip(outcomes, candidate.outcomes, strict=True)
            if all(_alike(a, b, tolerance, effects) for a, b in pairs):
                found.append(candidate)
    own = next((source for source in shop.sources if any(c.source is source for c in _least(found))), None)
    return _likeliest([candidate.change for candidate in found if candidate.source is own])


def double(exercise: Exercise, outcomes: list[Outcome]) -> list[Change]:
    """The pairs of slips, and of mistakes given as edits, that leave these outcomes, found within the budget."""
    if exercise.nearly or not telling(outcomes):
        return []
    shop, tolerance = workshop(exercise), exercise.tolerance
    seen, found, last = look(outcomes[shop.decisive])[0], [], math.inf
    for number, (change, other) in enumerate(shop.pairs.within(BUDGET)):
        if number > last:
            break
        if near(seen, other, tolerance):
            left = shop.left(change)
            if left and all(same(a, b, tolerance) for a, b in zip(outcomes, left, strict=True)):
                found.append(change)
                last = min(last, number + FURTHER)
    return _likeliest(found)


def _alike(a: Outcome, b: Outcome, tolerance: float, effects: bool) -> bool:
    return same(a, b, tolerance) if effects else agree(a.value, b.value, tolerance)


def _least(found: list) -> list:
    """Those of the lowest rank."""
    return [one for one in found if one.rank == min(other.rank for other in found)]


def _likeliest(changes: list[Change]) -> list[Change]:
    """Those of the lowest rank, the same words once."""
    return list({change.words: change for change in _least(changes)}.values())
