"""Questions that come before an answer is compared: is it a function, was it attempted, how did it run."""

import inspect

import torch

from vae_helpers.exercises.engine import errors, showing, wording
from vae_helpers.exercises.engine.attempt import Attempt
from vae_helpers.exercises.engine.feedback import Feedback, quoted
from vae_helpers.exercises.engine.outcome import Outcome, agree, fits
from vae_helpers.exercises.engine.running import untouched


def say(attempt: Attempt, kind: str, text: str, shown: str = "", outcome: Outcome | None = None, **more) -> Feedback:
    """Feedback, with what was printed in the run it is about, and what all runs left changed."""
    printed = showing.printed(outcome.printed) if outcome else ""
    notes = (wording.put_back(attempt.left),) if outcome and attempt.left else ()
    return Feedback(kind, attempt.exercise.name, text, "\n".join(filter(None, [shown, printed])), notes=notes, **more)


def the_courses(attempt: Attempt) -> Feedback | None:
    name = attempt.exercise.name
    if attempt.function is attempt.exercise.reference:
        text = f"{name} is the course's answer, which the last check put in place of yours. Run the cell that defines yours."
        return say(attempt, "open", text)


def no_function(attempt: Attempt) -> Feedback | None:
    name, function = attempt.exercise.name, attempt.function
    if isinstance(function, type) or not callable(function):
        what = "a class" if isinstance(function, type) else wording.kind(function)
        text = f"{name} is {what}, not a function. Run the cell that defines it again, with def {name}(...)."
        return say(attempt, "error", text)


def not_attempted(attempt: Attempt) -> Feedback | None:
    if untouched(errors.unwrapped(attempt.function), attempt.exercise.stub):
        return say(attempt, "open", "Replace the dots by your code and run the cell again.")


def other_parameters(attempt: Attempt) -> Feedback | None:
    try:
        _ = attempt.names
    except TypeError:
        wanted = ", ".join(inspect.signature(attempt.exercise.reference).parameters)
        takes = quoted(attempt.signature).strip("`")
        text = (
            f"Your function takes {takes}, and is called with ({wanted}). Keep the first line that the cell came with."
        )
        return say(attempt, "error", text)


def stopped(attempt: Attempt) -> Feedback | None:
    last = attempt.runs[-1]
    if last.refused and not isinstance(last.error, errors.Refused):
        last.error = errors.Refused(last.refused[0])  # it was caught, but happened
    if last.error is not None:
        text, shown, raised = errors.explain(last.error, attempt.function, last.arguments)
        text = f"{text}\n\n{raised}" if raised else text
        return say(attempt, "error", text, shown, last, raised=raised)


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
        return say(attempt, "wrong", text, outcome=last)


def returned_nothing(attempt: Attempt) -> Feedback | None:
    first = attempt.first
    if first.value is None or first.value is ...:
        hint = " It prints something, but a caller cannot use what is printed." if first.printed else ""
        what = "the dots (...)" if first.value is ... else "nothing (None)"
        text = f"Your function returns {what}.{hint} End it with the word return and the answer."
        return say(attempt, "wrong", text, outcome=first)


def gave_two_answers(attempt: Attempt) -> Feedback | None:
    first, again = attempt.first, attempt.runs[-1]
    if fits(first.value, attempt.wanted[0].value) and not agree(again.value, first.value, 1e-9):
        text = (
            "Two calls with the same arguments gave two answers. Nothing here should be drawn inside the function, or "
            "remembered from call to call: what is random comes in as an argument."
        )
        return say(attempt, "wrong", text, outcome=first)


QUESTIONS = (
    the_courses,
    no_function,
    not_attempted,
    other_parameters,
    stopped,
    changed_an_argument,
    returned_nothing,
    gave_two_answers,
)
