"""Judging: a sequence of checks, of which the first that has something to say speaks."""

import inspect
from collections.abc import Callable

import torch

from vae_helpers.exercises.engine import causes, wording
from vae_helpers.exercises.engine.exercise import Exercise, Feedback
from vae_helpers.exercises.engine.running import (
    Attempt,
    Outcome,
    agree,
    fits,
    parts,
    same,
    untouched,
)


def judge(exercise: Exercise, function: Callable) -> Feedback:
    """Feedback on a learner's function. The random numbers of whoever calls this go on as if it had not been called."""
    with torch.random.fork_rng(devices=[]):
        attempt = Attempt(exercise, function)
        return next(feedback for check in CHECKS if (feedback := check(attempt)))


def _say(attempt: Attempt, kind: str, text: str, shown: str = "", outcome: Outcome | None = None) -> Feedback:
    """Feedback, with what was printed in the run it is about."""
    printed = wording.quoted(outcome.printed) if outcome else ""
    return Feedback(kind, attempt.exercise.name, text, "\n".join(filter(None, [shown, printed])))


# ---- before it runs --------------------------------------------------------------------------------------------------


def ours(attempt: Attempt) -> Feedback | None:
    name = attempt.exercise.name
    if attempt.function is attempt.exercise.reference:
        return _say(
            attempt,
            "open",
            f"{name} is ours, which the last check put in place of yours. Run the cell that defines yours.",
        )


def no_function(attempt: Attempt) -> Feedback | None:
    name, function = attempt.exercise.name, attempt.function
    if isinstance(function, type) or not callable(function):
        what = "a class" if isinstance(function, type) else wording.kind(function)
        return _say(
            attempt,
            "error",
            f"{name} is {what}, not a function. Run the cell that defines it again, with def {name}(...).",
        )


def not_attempted(attempt: Attempt) -> Feedback | None:
    if untouched(inspect.unwrap(attempt.function), attempt.exercise.stub):
        return _say(
            attempt,
            "open",
            "Replace the dots by your code and run the cell again. Until then the page goes on with ours.",
        )


def other_parameters(attempt: Attempt) -> Feedback | None:
    try:
        _ = attempt.names
    except TypeError:
        wanted = ", ".join(inspect.signature(attempt.exercise.reference).parameters)
        return _say(
            attempt,
            "error",
            f"Your function takes {attempt.signature}, and is called with ({wanted}). Keep the first line that the cell "
            "came with.",
        )


# ---- how it ran ------------------------------------------------------------------------------------------------------


def stopped(attempt: Attempt) -> Feedback | None:
    last = attempt.runs[-1]
    if last.error is not None:
        return _say(attempt, "error", *wording.explain(last.error, attempt.function), last)


def changed_an_argument(attempt: Attempt) -> Feedback | None:
    last, probe = attempt.runs[-1], attempt.exercise.probes[(len(attempt.runs) - 1) % len(attempt.exercise.probes)]
    if last.changed:
        name = attempt.names[last.changed[0]]
        text = (
            f"Your function changes its argument {name}. Whoever calls it still needs that as it was: use operations that "
            "return a new tensor (x + 1, not x += 1 or x.add_(1))."
        )
        if all(torch.equal(probe[n], last.arguments[n]) for n in last.changed):
            text = (
                f"Your function switches gradients on for its argument {name}. Whoever calls it still needs that as it "
                "was: take a copy first, x = x.clone().requires_grad_()."
            )
        return _say(attempt, "wrong", text, outcome=last)


def returned_nothing(attempt: Attempt) -> Feedback | None:
    first = attempt.first
    if first.value is None or first.value is ...:
        hint = " It prints something, but a caller cannot use what is printed." if first.printed else ""
        what = "the dots (...)" if first.value is ... else "nothing (None)"
        text = f"Your function returns {what}.{hint} End it with the word return and the answer."
        return _say(attempt, "wrong", text, outcome=first)


def gave_two_answers(attempt: Attempt) -> Feedback | None:
    first, again = attempt.first, attempt.runs[-1]
    if fits(first.value, attempt.wanted[0].value) and not agree(again.value, first.value, 1e-9):
        return _say(
            attempt,
            "wrong",
            "Two calls with the same arguments gave two answers. Nothing here should be drawn inside the function, or "
            "remembered from call to call: what is random comes in as an argument.",
            outcome=first,
        )


# ---- what it answered ------------------------------------------------------------------------------------------------


def carries_gradients(attempt: Attempt) -> Feedback | None:
    got, want = parts(attempt.first.value), parts(attempt.wanted[0].value)
    if attempt.does(attempt.wanted) and any(a.requires_grad > b.requires_grad for a, b in zip(got, want, strict=True)):
        return _say(
            attempt,
            "wrong",
            "The numbers are right, but they require gradients, which ours do not: they carry their whole computation "
            "along. Return the answer with .detach().",
            outcome=attempt.first,
        )


def right(attempt: Attempt) -> Feedback | None:
    if attempt.does(attempt.wanted) or any(attempt.does(attempt.left_by(c)) for c in attempt.exercise.also_right):
        remark = wording.precision(attempt.first.value, attempt.wanted[0].value)
        text = f"It agrees with ours on every probe. From here on the page uses your function.{remark}"
        return _say(attempt, "right", text, outcome=attempt.first)


def known_mistake(attempt: Attempt) -> Feedback | None:
    by_value = None  # the first mistake with these values, and other effects
    for mistake in attempt.exercise.mistakes:
        made = attempt.left_by(mistake.code)
        if attempt.does(made):
            return _say(attempt, "mistake", mistake.message, outcome=attempt.first)
        if attempt.returns(made):
            by_value = by_value or mistake
    if by_value and not attempt.returns(attempt.wanted):
        text = f"{by_value.message}\n\nBesides, {attempt.exercise.effect_name} are not right."
        return _say(attempt, "mistake", text, outcome=attempt.first)


def slip(attempt: Attempt) -> Feedback | None:
    """A single small change of a right answer, by its numbers and effects."""
    if not attempt.all_fit or (attempt.has_right_numbers and not attempt.returns(attempt.wanted)):
        return None
    found = causes.single(attempt.exercise, attempt.does)
    if found:
        return _say(attempt, "mistake", wording.one_change(found), _smallest(attempt), attempt.first)
    if attempt.exercise.effect is None or attempt.returns(attempt.wanted):
        return None
    found = causes.single(attempt.exercise, attempt.returns)
    if found:
        text = f"{wording.one_change(found)}\n\nBesides, {attempt.exercise.effect_name} are not right."
        return _say(attempt, "mistake", text, _smallest(attempt), attempt.first)


def two_slips(attempt: Attempt) -> Feedback | None:
    """Two of them at once."""
    if not attempt.all_fit or (attempt.has_right_numbers and not attempt.returns(attempt.wanted)):
        return None
    found = causes.double(attempt.exercise, attempt.outcomes)
    if found and (text := wording.two_changes(found)):
        return _say(attempt, "mistake", text, _smallest(attempt), attempt.first)


def _smallest(attempt: Attempt) -> str:
    """The smallest case whose values differ, or if none do, whose effects."""
    tolerance = attempt.exercise.tolerance
    of_effect = attempt.returns(attempt.wanted)
    pick = (lambda left: left.effect) if of_effect else (lambda left: left.value)
    probe, got, want = next(case for case in attempt.cases if not agree(pick(case[1]), pick(case[2]), tolerance))
    return wording.comparison(attempt.names, probe, pick(got), pick(want))


def wrong_effect(attempt: Attempt) -> Feedback | None:
    if attempt.returns(attempt.wanted):
        tolerance, what = attempt.exercise.tolerance, attempt.exercise.effect_name
        probe, got, want = next(case for case in attempt.cases if not same(case[1], case[2], tolerance))
        shown = wording.comparison(attempt.names, probe, got.effect, want.effect)
        return _say(attempt, "wrong", f"The values are right, but not {what}, which are compared below.", shown, got)


def wrong_value(attempt: Attempt) -> Feedback:
    tolerance = attempt.exercise.tolerance
    probe, got, want = next(case for case in attempt.cases if not agree(case[1].value, case[2].value, tolerance))
    shown = wording.comparison(attempt.names, probe, got.value, want.value)
    return _say(attempt, "wrong", wording.form(got.value, want.value, attempt.has_right_numbers), shown, got)


CHECKS = (
    ours,
    no_function,
    not_attempted,
    other_parameters,
    stopped,
    changed_an_argument,
    returned_nothing,
    gave_two_answers,
    carries_gradients,
    right,
    known_mistake,
    slip,
    two_slips,
    wrong_effect,
    wrong_value,  # the last always has
)
