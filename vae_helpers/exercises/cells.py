"""Keeps the notebooks in step with the exercises: `python -m vae_helpers.exercises.cells [--check]`.

An exercise is three cells of a notebook, whose ids are NAME-goal, NAME-stub and NAME-hints. What is in them comes from here.
Where it has a question by hand, NAME-pencil stands before the stub.
The hints are stored output: a double click on it opens no editor, as it would on Markdown, with all hints and the solution
in it, and it is read and unfolded without a kernel. The cells nav-top and nav-foot lead to the pages before and after. A
setup cell begins with an import that says what to do where the course is not installed; its words come from here too.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from vae_helpers import course
from vae_helpers.exercises import by_hand, catalogue, folded
from vae_helpers.exercises.engine import Exercise

FOLDER = Path(__file__).parents[2] / "notebooks"
WIDTH = 88  # characters that a line of code on a page may have


def cells(exercise: Exercise) -> list[nbformat.NotebookNode]:
    """An exercise's cells, in order: three, or four with a question by hand."""
    name = exercise.name
    code = f'# Three hints and a solution\nfrom vae_helpers.exercises import hints\n\nhints("{name}")'
    return [
        new_markdown_cell(f"### Exercise: `{name}`\n\n{exercise.goal}", id=f"{name}-goal"),
        *([new_code_cell(f'by_hand("{name}")', id=f"{name}-pencil")] if name in by_hand() else []),
        new_code_cell(f"{exercise.stub}\n\n\n{_checked(name)}", id=f"{name}-stub"),
        new_code_cell(
            code, id=f"{name}-hints", execution_count=1, outputs=[new_output("display_data", folded.bundle(exercise))],
            metadata={"jupyter": {"source_hidden": True}, "tags": ["nbval-check-output"]},
        ),
    ]  # fmt: skip


def _checked(name: str) -> str:
    """The line that checks a learner's function, in parts where it is wider than a page."""
    line = f'{name} = check({name}, "{name}")'
    return line if len(line) <= WIDTH else f'{name} = check(\n    {name},\n    "{name}",\n)'


def navigation(page: course.Page) -> list[nbformat.NotebookNode]:
    """The links at the top and at the foot of a page, to its neighbors and to the map."""
    before, after = course.neighbors(page.number)
    links = [f"[← {before.name}]({before.file})"] if before else []
    links.append(f"[map of the course]({course.PAGES[0].file}#0.5-Map-of-the-course)")
    links += [f"[{after.name} →]({after.file})"] if after else []
    text = " · ".join(links)
    elsewhere = [f"[{name}]({address})" for name, address in course.elsewhere(page)]
    top = "\n\n".join([text, *filter(None, [" · ".join(elsewhere)])])
    return [new_markdown_cell(top, id="nav-top"), new_markdown_cell(f"---\n\n{text}", id="nav-foot")]


def guarded(setup: str) -> str:
    """A setup cell's code with the present words for a kernel that lacks the course; other code stays as it is."""
    install = f"git+{course.REPOSITORY}" if course.REPOSITORY else "PATH_OF_THE_COURSE"
    words = (
        "{missing.name} is not installed for this kernel. In a terminal,\\n",
        "in the course's folder, run\\n    pip install -r requirements.txt\\n",
        f"or, in Colab, in a new cell\\n    %pip install {install}\\n",
        "and restart the kernel. More: docs/elsewhere.md",
    )
    said = "".join(f'        {"f" * (not at)}"{line}"\n' for at, line in enumerate(words))
    return re.sub(
        r"(?<=    raise SystemExit\(\n).*?(?=    \) from None\n)", lambda _: said, setup, count=1, flags=re.DOTALL
    )


def synchronized(notebook: nbformat.NotebookNode, page: course.Page | None = None) -> list[str]:
    """Put the exercises' present cells, and the page's links, into a notebook; returns the ids of the cells that changed."""
    wanted = {cell.id: cell for exercise in catalogue().values() for cell in cells(exercise)}
    wanted |= {cell.id: cell for cell in navigation(page)} if page else {}
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            wanted[cell.id] = nbformat.from_dict(cell | {"source": guarded(cell.source)})
    now = [offered(wanted.get(cell.id, cell)) for cell in notebook.cells]
    changed = [cell.id for cell, new in zip(notebook.cells, now, strict=True) if cell != new]
    notebook.cells = now
    return changed


def offered(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A cell without solutions in its source and in its stored folds, where the course shows none."""
    now = nbformat.from_dict(cell | {"source": folded.offered(cell.source)})
    for output in now.get("outputs", []):
        if "text/markdown" in output.get("data", {}):
            output.data.update({kind: folded.offered(text) for kind, text in output.data.items()})
    return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a notebook is out of step")
    only_check = parser.parse_args().check
    stale = False
    for page in course.PAGES:
        path = FOLDER / page.file
        notebook = nbformat.read(path, as_version=4)
        if changed := synchronized(notebook, page):
            stale = True
            print(f"{path.name}: {', '.join(changed)}")
            if not only_check:
                nbformat.write(notebook, path)
    if stale and only_check:
        sys.exit("out of step; run: python -m vae_helpers.exercises.cells")


if __name__ == "__main__":
    main()
