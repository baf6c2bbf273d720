"""The wrong answers of this session, so that hints are offered one at a time."""

from collections import defaultdict

from vae_helpers.exercises.engine import Exercise, Feedback, Fold

EVERY = 3  # different wrong answers after which the next hint is offered
_seen: dict[str, set[tuple[str, str]]] = defaultdict(set)


def hint(exercise: Exercise, feedback: Feedback) -> Fold | None:
    """The hint to offer after a wrong answer: the first, after the third different one the second, and so on."""
    if feedback.kind not in ("mistake", "wrong", "error"):
        return None
    wrong = _seen[exercise.name]
    wrong.add((feedback.text, feedback.shown))
    number = min(len(exercise.hints), 1 + len(wrong) // EVERY)
    return Fold(f"Hint {number}", exercise.hints[number - 1])


def forget() -> None:
    """As in a new session."""
    _seen.clear()
