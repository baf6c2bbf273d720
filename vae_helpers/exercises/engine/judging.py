"""Judging: a sequence of checks, of which the first that has something to say speaks."""

from collections.abc import Callable

from vae_helpers.exercises.engine import before, causes, far, gradients, repairs, showing, wording
from vae_helpers.exercises.engine.attempt import Attempt
from vae_helpers.exercises.engine.before import say
from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.feedback import Feedback, Fold, quoted
from vae_helpers.exercises.engine.outcome import parts
from vae_helpers.exercises.engine.state import random_numbers_kept
from vae_helpers.exercises.engine.workshop import source_of, workshop


def judge(exercise: Exercise, function: Callable) -> Feedback:
    """Feedback on a learner's function. The random numbers of whoever calls this go on as if it had not been called."""
    with random_numbers_kept():
        attempt = Attempt(exercise, function)
        try:
            return next(feedback for check in CHECKS if (feedback := check(attempt)))
        except Exception as error:  # of an answer made to be unreadable; no card may end in a traceback
            return unreadable(attempt, error)


def unreadable(attempt: Attempt, error: Exception) -> Feedback:
    kind = type(attempt.first.value).__name__
    text = (
        f"Your answer ({quoted(kind)}) cannot be looked at: reading or comparing it fails with {type(error).__name__}."
    )
    return Feedback("wrong", attempt.exercise.name, text)


def carries_gradients(attempt: Attempt) -> Feedback | None:
    got, want = parts(attempt.first.value), parts(attempt.wanted[0].value)
    if attempt.does(attempt.wanted) and any(a.requires_grad > b.requires_grad for a, b in zip(got, want, strict=True)):
        text = (
            "The numbers are right, but they require gradients, which the course's answer does not: they carry their whole "
            "computation along. Return the answer with .detach()."
        )
        return say(attempt, "wrong", text, outcome=attempt.first)


def left_something_changed(attempt: Attempt) -> Feedback | None:
    if attempt.does(attempt.wanted) and attempt.left:
        text = (
            "The numbers are right, but your function leaves something changed that all later cells would feel. Leave that "
            "line out."
        )
        return say(attempt, "wrong", text, outcome=attempt.first)


def the_same_in_every_run(attempt: Attempt) -> Feedback | None:
    """Right in each run, but with what should be drawn anew."""
    across = attempt.exercise.across
    if across and attempt.does(attempt.wanted) and (text := across([run.arguments for run in attempt.runs])):
        return say(attempt, "mistake", text, outcome=attempt.first)


def right(attempt: Attempt) -> Feedback | None:
    if any(attempt.does(left) for left in (attempt.wanted, *workshop(attempt.exercise).also)):
        exercise = attempt.exercise
        remark = wording.precision(attempt.first.value, attempt.wanted[0].value)
        agrees = "It agrees with the course's answer in every case that it was tried on."
        again = f"Run again, to see your own function at work: {exercise.again}" if exercise.again else ""
        text = [f"{agrees} From here on the page uses your function.{remark}", exercise.then, again]
        folds = tuple(Fold("Another right answer", source_of(f).strip(), is_code=True) for f in exercise.alternatives)
        return say(attempt, "right", "\n\n".join(filter(None, text)), outcome=attempt.first, folds=folds)


def known_mistake(attempt: Attempt) -> Feedback | None:
    by_value = (
        None  # the first mistake with these values, and other effects, unless its message calls the effects right
    )
    for mistake, made in workshop(attempt.exercise).mistakes:
        if attempt.does(made):
            return say(attempt, "mistake", mistake.message, outcome=attempt.first, mistake=mistake.name)
        if attempt.returns(made) and ("right" not in mistake.message or not attempt.has_wanted_effects(made)):
            by_value = by_value or mistake
    if by_value and not attempt.returns(attempt.wanted):
        text = by_value.message + attempt.besides
        return say(attempt, "mistake", text, outcome=attempt.first, mistake=by_value.name)


def nearly_a_known_mistake(attempt: Attempt) -> Feedback | None:
    """Of a search that ends nowhere near what is wanted, and near one known mistake only."""
    nearly = attempt.exercise.nearly
    if not nearly or attempt.returns(attempt.wanted, nearly):
        return None
    all_made = workshop(attempt.exercise).mistakes
    found = [m for m, made in all_made if attempt.returns(made, nearly) and attempt.is_much_closer_to(made)]
    if len(found) == 1:
        text = f"Your numbers are close to those of a known mistake, in all cases. That one: {found[0].message}"
        return say(attempt, "mistake", text, _smallest(attempt), attempt.first)


def missing_gradients(attempt: Attempt) -> Feedback | None:
    if attempt.returns(attempt.wanted):
        probe, got, want = attempt.smallest_case()
        if text := gradients.missing(attempt.names, probe, got, want):
            return say(attempt, "mistake", text, _smallest(attempt), got)


def slip(attempt: Attempt) -> Feedback | None:
    """A single small change of a right answer, by its numbers and effects."""
    if not attempt.may_be_a_slip:
        return None
    if found := causes.single(attempt.exercise, attempt.outcomes):
        return say(attempt, "mistake", wording.one_change(found), _smallest(attempt), attempt.first)
    if attempt.exercise.effect is None or attempt.returns(attempt.wanted):
        return None
    if found := causes.single(attempt.exercise, attempt.outcomes, effects=False):
        return say(attempt, "mistake", wording.one_change(found) + attempt.besides, _smallest(attempt), attempt.first)


def repaired(attempt: Attempt) -> Feedback | None:
    """A small edit of the learner's own text is all that is missing; not where a search has only stopped early."""
    nearly = attempt.exercise.nearly
    comes_close = nearly and attempt.returns(attempt.wanted, nearly)
    if attempt.may_be_a_slip and not comes_close and (found := repairs.repairs(attempt)):
        return say(attempt, "mistake", repairs.told(found), _smallest(attempt), attempt.first)


def two_slips(attempt: Attempt) -> Feedback | None:
    """Two of them at once."""
    if attempt.may_be_a_slip:
        found = causes.double(attempt.exercise, attempt.outcomes)
        if found and (text := wording.two_changes(found)):
            return say(attempt, "mistake", text, _smallest(attempt), attempt.first)


def wrong_effect(attempt: Attempt) -> Feedback | None:
    if attempt.returns(attempt.wanted):
        told = gradients.wrong(attempt.names, attempt.cases, attempt.exercise.tolerance)
        if facts := attempt.wrong_facts:
            told = f"The value is right. But {'; and '.join(facts)}."
        text = told or f"The values are right, but not {attempt.exercise.effect_name}, which are compared below."
        return say(attempt, "wrong", text, _smallest(attempt), attempt.smallest_case()[1])


def wrong_value(attempt: Attempt) -> Feedback:
    _, got, want = attempt.smallest_case()
    another_type = wording.of_another_type([(got.value, want.value) for _, got, want in attempt.cases])
    text = wording.form(got.value, want.value, attempt.has_right_numbers, another_type)
    if not attempt.has_right_numbers:
        text += wording.reduced(attempt.cases, attempt.exercise.tolerance) or ""
    near = attempt.exercise.nearly
    extent = None if another_type else far.how_far(attempt.names, attempt.cases, attempt.exercise.tolerance, near)
    return say(attempt, "wrong", "\n\n".join(filter(None, [text, extent])), _smallest(attempt), got)


def _smallest(attempt: Attempt) -> str:
    """The smallest case whose values differ, or if none do, whose effects."""
    of_effect = attempt.returns(attempt.wanted)
    probe, got, want = attempt.smallest_case()
    pair = (got.effect, want.effect) if of_effect else (got.value, want.value)
    return showing.comparison(attempt.names, probe, *pair, attempt.exercise.tolerance)


CHECKS = (
    *before.QUESTIONS,
    carries_gradients,
    left_something_changed,
    the_same_in_every_run,
    right,
    known_mistake,
    nearly_a_known_mistake,
    missing_gradients,
    slip,
    repaired,
    two_slips,
    wrong_effect,
    wrong_value,  # the last always has
)
