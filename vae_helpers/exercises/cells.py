"""Keeps the notebooks in step with the exercises: `python -m vae_helpers.exercises.cells [--check]`.

An exercise is three cells of a notebook, whose ids are NAME-goal, NAME-stub and NAME-hints. Their text comes from here.
"""

import argparse
import sys
from pathlib import Path

import nbformat

from vae_helpers.exercises import catalogue
from vae_helpers.exercises.engine import Exercise

FOLDER = Path(__file__).parents[2] / "notebooks"


def sources(exercise: Exercise) -> dict[str, str]:
    """The text of an exercise's three cells, by cell id."""
    name = exercise.name
    return {
        f"{name}-goal": f"### Exercise: `{name}`\n\n{exercise.goal}",
        f"{name}-stub": f'{exercise.stub}\n\n\n{name} = check({name}, "{name}")',
        f"{name}-hints": hints(exercise),
    }


def hints(exercise: Exercise) -> str:
    """Three hints and the solution, folded one inside the other."""
    text = f"<details><summary>Solution</summary>\n\n```python\n{exercise.solution}\n```\n\n</details>"
    for number, hint in reversed(list(enumerate(exercise.hints, start=1))):
        text = f"<details><summary>Hint {number}</summary>\n\n{hint}\n\n{text}\n\n</details>"
    return text


def synchronized(notebook: nbformat.NotebookNode) -> list[str]:
    """Put the exercises' present text into a notebook; returns the ids of the cells that changed."""
    texts = {key: text for exercise in catalogue().values() for key, text in sources(exercise).items()}
    changed = []
    for cell in notebook.cells:
        if cell.id in texts and cell.source != texts[cell.id]:
            cell.source = texts[cell.id]
            changed.append(cell.id)
    return changed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a notebook is out of step")
    only_check = parser.parse_args().check
    stale = False
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if changed := synchronized(notebook):
            stale = True
            print(f"{path.name}: {', '.join(changed)}")
            if not only_check:
                nbformat.write(notebook, path)
    if stale and only_check:
        sys.exit("out of step; run: python -m vae_helpers.exercises.cells")


if __name__ == "__main__":
    main()
