"""A known mistake together with a second one where its code has no text that could be edited: one thing more is done."""

from collections.abc import Callable, Iterator

from vae_helpers.exercises.engine.changes import Change
from vae_helpers.exercises.engine.exercise import Exercise, Mistake
from vae_helpers.exercises.engine.outcome import Outcome, agree, parts, several
from vae_helpers.exercises.engine.slips import Source
from vae_helpers.exercises.engine.slips.throughout import parameters, results


def with_slips(exercise: Exercise, mistake: Mistake, results_wanted: int) -> Iterator[Change]:
    """A mistake, and a parameter read otherwise throughout, or something done to what comes out."""
    source = Source.of(_call(exercise, results_wanted), {"_mistaken": mistake.code}, exercise.probes)
    ends = (slip for slip in results(source.tree.body[-1], source) if slip.rank <= 2)
    frequent = (slip for slip in parameters(source.tree, source) if slip.rank <= 1)
    for slip in (*ends, *frequent):
        yield Change((mistake.message, slip.words), lambda slip=slip: source.built(slip), 1)


def _call(exercise: Exercise, results_wanted: int) -> str:
    """The text of a function that hands everything on to `_mistaken`, with the reference's docstring for the sizes."""
    names = exercise.reference.__code__.co_varnames[: exercise.reference.__code__.co_argcount]
    handed = f"_mistaken({', '.join(names)})"
    if results_wanted > 1:
        given = ", ".join(f"result{i}" for i in range(results_wanted))
        handed = f"{given} = {handed}\n    return {given}"
    else:
        handed = f"return {handed}"
    return exercise.stub.removesuffix("...") + handed


def of_parts(left: list[tuple[Mistake, list[Outcome]]], wanted: list[Outcome], tolerance: float) -> Iterator[Change]:
    """Of answers with two results: one mistake that is in the first result only, and one that is in the second only."""
    if len(parts(wanted[0].value)) != 2:
        return
    wrong = [(mistake, [_part_is_right(outcomes, wanted, i, tolerance) for i in (0, 1)]) for mistake, outcomes in left]
    for a, of_a in wrong:
        for b, of_b in wrong:
            if of_a == [False, True] and of_b == [True, False]:
                yield Change((a.message, b.message), lambda a=a, b=b: _joined(a.code, b.code), 0)


def _part_is_right(outcomes: list[Outcome], wanted: list[Outcome], i: int, tolerance: float) -> bool:
    pairs = zip(outcomes, wanted, strict=True)
    return all(several(a.value) and len(a.value) == 2 and agree(a.value[i], b.value[i], tolerance) for a, b in pairs)


def _joined(first: Callable, second: Callable) -> Callable:
    return lambda *arguments: (first(*arguments)[0], second(*arguments)[1])
