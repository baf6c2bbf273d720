"""A notebook in which somebody answers every exercise, wrongly at first and then rightly."""

from pathlib import Path

import nbformat

from vae_helpers import exercises
from vae_helpers.exercises.engine.feedback import GOES_ON

CATALOGUE = exercises.catalogue()


def of(number: str) -> list:
    """The exercises of the notebook with this number."""
    return [exercise for exercise in CATALOGUE.values() if exercise.notebook == number]


def tried(exercise) -> list[int]:
    """Which of its mistakes are tried in a cell; that each draws its message is for test_mistakes to show."""
    return sorted({0, len(exercise.mistakes) - 1})


def notebook(path: Path, elsewhere: Path) -> nbformat.NotebookNode:
    """The notebook at `path` with cells added after each stub: the first and the last known mistake, then the reference.

    Every one ends with the check as shipped. After a mistake the page has the course's answer, as it has with the stub
    untouched, and after the last a learner's own. Where the page counts what is done, its reader is one whose record lies in
    the folder `elsewhere` and is empty, so that the page's own cells show what they show to a newcomer.
    """
    book, found = nbformat.read(path, as_version=4), []
    for cell in book.cells:
        if cell.id == "progress":
            away = f"import os\n\n_mine, os.environ['XDG_DATA_HOME'] = os.environ['XDG_DATA_HOME'], {str(elsewhere)!r}"
            back = "os.environ['XDG_DATA_HOME'] = _mine"
            found += [nbformat.v4.new_code_cell(away), cell, nbformat.v4.new_code_cell(back)]
            continue
        found.append(cell)
        if cell.id.endswith("-stub"):
            found += _answers(CATALOGUE[cell.id.removesuffix("-stub")], cell.source)
    book.cells = found
    return book


def _answers(exercise, stub: str) -> list[nbformat.NotebookNode]:
    check = stub.removeprefix(f"{exercise.stub}\n\n\n")
    assert check.startswith(f"{exercise.name} = check(")
    answers = [
        "from vae_helpers.exercises import catalogue\n\n\n"
        f"def {exercise.name}(*arguments):\n"
        f"    return catalogue()['{exercise.name}'].mistakes[{index}].code(*arguments)"
        for index in tried(exercise)
    ]
    return [
        nbformat.v4.new_code_cell(f"{answer}\n\n\n{check}", id=f"{exercise.name}-try-{number}")
        for number, answer in enumerate([*answers, exercise.solution])
    ]


def faults(executed: nbformat.NotebookNode, number: str) -> list[str]:
    """What checks in an executed one said otherwise than they should."""
    by_id, found = {cell.id: cell for cell in executed.cells}, []
    for exercise in of(number):
        wanted = [
            f"✗ Not yet: a known mistake: {exercise.name}\n{exercise.mistakes[i].message}" for i in tried(exercise)
        ]
        for place, start in enumerate([*wanted, f"✓ Right: {exercise.name}\n"]):
            told = _said(by_id[f"{exercise.name}-try-{place}"])
            if not told.startswith(start) or (place < len(wanted) and GOES_ON not in told):
                found.append(f"{exercise.name}, answer {place}: {told}")
        if not (told := _said(by_id[f"{exercise.name}-stub"])).startswith("○ Not attempted yet"):
            found.append(f"{exercise.name}, the stub: {told}")
    return found


def _said(cell: nbformat.NotebookNode) -> str:
    """What a cell's check said, in plain text."""
    (text,) = (output.data["text/plain"] for output in cell.outputs if output.output_type == "display_data")
    return text


def as_shipped(executed: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """An executed one without what was added to the notebook at `path`."""
    ours = {cell.id for cell in nbformat.read(path, as_version=4).cells}
    return nbformat.from_dict(executed | {"cells": [cell for cell in executed.cells if cell.id in ours]})
