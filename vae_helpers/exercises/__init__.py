"""Exercises that know your mistake: one module a notebook, one machine (`engine`) that checks them all.

In a notebook: `check(function)` after a function's definition, `predict("name")` before a surprise, `progress()` at the end.
"""

from collections.abc import Callable

from IPython.display import display

from vae_helpers.exercises import engine, nb00, nb01, nb02, nb03, nb04, nb05, nb06
from vae_helpers.exercises import progress as _progress

_NOTEBOOKS = (nb00, nb01, nb02, nb03, nb04, nb05, nb06)


def catalogue() -> dict[str, engine.Exercise]:
    """Every exercise by the name of its function, in the order of the course."""
    return {exercise.name: exercise for module in _NOTEBOOKS for exercise in module.EXERCISES}


def check(function: Callable, name: str | None = None) -> Callable:
    """Judge a learner's function, show what came of it, and return the function to go on with.

    Args:
        function: the learner's.
        name: of the exercise; left out, the function's own name.
    Returns:
        The learner's function if it is right; ours otherwise, so that the page runs on.
    Raises:
        ValueError: if no exercise has that name.
    """
    name = name or getattr(function, "__name__", None)
    if name not in catalogue():
        raise ValueError(f"no exercise is called {name!r}; keep the name that the cell came with")
    exercise = catalogue()[name]
    feedback = engine.judge(exercise, function)
    note = _progress.record(name) if feedback.kind == "right" else None
    display(feedback)
    if note:
        print(note)
    return function if feedback.kind == "right" else exercise.reference


def predict(name: str):
    """The prediction of that name, to be displayed."""
    questions = {question.name: question for module in _NOTEBOOKS for question in module.PREDICTIONS}
    if name not in questions:
        raise ValueError(f"no prediction is called {name!r}; there are: {', '.join(questions)}")
    return questions[name]


def progress() -> _progress.Progress:
    """Exercises done and open, by notebook."""
    by_notebook: dict[str, list[str]] = {}
    for exercise in catalogue().values():
        by_notebook.setdefault(exercise.notebook, []).append(exercise.name)
    return _progress.Progress(by_notebook)
