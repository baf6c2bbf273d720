"""Exercises that know your mistake: a folder a notebook, a file an exercise, one machine (`engine`) that checks them all.

In a notebook: `check(function)` after a function's definition, `predict("name")` before a surprise, `progress()` at the end.
"""

from collections.abc import Callable
from dataclasses import replace

from IPython.display import display

from vae_helpers import kernel
from vae_helpers.exercises import (
    consequences,
    engine,
    folded,
    ledger,
    nb00,
    nb01,
    nb02,
    nb03,
    nb04,
    nb05,
    nb06,
    nb07,
    nb08,
    tries,
)
from vae_helpers.exercises.consequences import made_by  # noqa: F401  a learner's, to look at what a mistake makes
from vae_helpers.exercises.progress_map import Progress

kernel.install()  # every notebook's setup cell imports this package

NOTEBOOKS = {"00": nb00, "01": nb01, "02": nb02, "03": nb03, "04": nb04, "05": nb05, "06": nb06, "07": nb07, "08": nb08}


def catalogue() -> dict[str, engine.Exercise]:
    """Every exercise by the name of its function, in the order of the course."""
    return {exercise.name: exercise for notebook in NOTEBOOKS.values() for exercise in notebook.EXERCISES}


def check(function: Callable, name: str | None = None) -> Callable:
    """Judge a learner's function, show what came of it, and return the function to go on with.

    Args:
        function: the learner's.
        name: of the exercise; left out, the function's own name.
    Returns:
        The learner's function if it is right; the course's otherwise, so that the page runs on.
    Raises:
        ValueError: if no exercise has that name.
    """
    name = name or getattr(function, "__name__", None)
    if name not in catalogue():
        raise ValueError(f"no exercise is called {name!r}; keep the name that the cell came with")
    exercise = catalogue()[name]
    feedback = engine.judge(exercise, function)
    offered = filter(None, (consequences.fold(feedback), tries.hint(exercise, feedback)))
    display(replace(feedback, folds=(*feedback.folds, *offered)))
    if feedback.kind == "right" and (note := ledger.record(name)):
        print(note)
    return function if feedback.kind == "right" else exercise.reference


def hints(name: str) -> None:
    """Show the hints and the solution of an exercise, folded one inside the other."""
    display(folded.bundle(catalogue()[name]), raw=True)


def predict(name: str):
    """The prediction of that name, to be displayed."""
    questions = {question.name: question for notebook in NOTEBOOKS.values() for question in notebook.PREDICTIONS}
    if name not in questions:
        raise ValueError(f"no prediction is called {name!r}; there are: {', '.join(questions)}")
    return questions[name]


def by_hand() -> dict[str, engine.ByHand]:
    """The questions by hand, by the name of their exercise."""
    return {question.name: question for notebook in NOTEBOOKS.values() for question in getattr(notebook, "BY_HAND", ())}


def progress(here: str | None = None) -> Progress:
    """Exercises done and open, as a map of the course.

    Args:
        here: number of the notebook that shows it, "01".
    """
    names = {number: [exercise.name for exercise in notebook.EXERCISES] for number, notebook in NOTEBOOKS.items()}
    return Progress(names, here)
