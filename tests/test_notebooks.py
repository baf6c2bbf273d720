"""The notebooks as files: nothing of a run in them, pictures that GitHub shows, and words for who has not installed them."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from vae_helpers import course
from vae_helpers.exercises import cells

PLAIN = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@pytest.fixture(params=course.PAGES, ids=lambda page: page.number)
def page(request):
    return request.param


@pytest.fixture
def notebook(page):
    return nbformat.read(cells.FOLDER / page.file, as_version=4)


def leftovers(notebook) -> list[str]:
    """The ids of cells that hold outputs or a count, those that nbval compares left out; "metadata" if that is not plain."""
    found = [] if notebook.metadata == PLAIN else ["metadata"]
    for cell in notebook.cells:
        compared = "nbval-check-output" in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and not compared and (cell.outputs or cell.execution_count is not None):
            found.append(cell.id)
        if {"execution", "ExecuteTime", "colab", "vscode"} & set(cell.metadata):
            found.append(cell.id)
    return found


def test_nothing_of_a_run_is_kept(notebook):
    assert leftovers(notebook) == [], "clear the outputs, and give the notebook the kernel named python3"


def test_what_a_run_leaves_is_noticed(notebook):
    counted, printed, timed = [cell for cell in notebook.cells if cell.cell_type == "code" and not cell.outputs][:3]
    counted.execution_count = 1
    printed.outputs = [nbformat.v4.new_output("stream", text="3")]
    timed.metadata["execution"] = {}
    notebook.metadata.kernelspec.name = "vae"
    assert leftovers(notebook) == ["metadata", counted.id, printed.id, timed.id]


def test_pictures_are_shown_by_github(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert "<img" not in cell.source, cell.id
            for alt, target in re.findall(r"!\[(.*?)\]\((.*?)\)", cell.source):
                assert len(alt) > 20 and (cells.FOLDER / target).is_file(), target


def test_a_kernel_without_the_course_is_told_what_to_do(notebook):
    (setup,) = (cell.source for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
    bare = [sys.executable, "-I", "-S", "-c", setup]  # with Python's own modules alone
    done = subprocess.run(bare, capture_output=True, encoding="utf-8", timeout=60)
    said = " ".join(done.stderr.split())
    assert done.returncode == 1 and "Traceback" not in said
    assert said.startswith(
        "vae_helpers is not installed for this kernel. In a terminal, in the course's folder, run pip"
    )
    assert "pip install -r requirements.txt" in said and "in Colab, in a new cell %pip install" in said


def test_with_a_public_address_a_page_leads_to_itself_elsewhere(page, notebook, monkeypatch):
    monkeypatch.setattr(course, "REPOSITORY", "https://github.com/OWNER/NAME")
    assert cells.synchronized(notebook, page) == ["nav-top", "check" if page.number == "00" else "setup"]
    top = notebook.cells[1].source
    (setup,) = (cell.source for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
    assert "%pip install git+https://github.com/OWNER/NAME\\n" in setup
    for address in (
        f"https://colab.research.google.com/github/OWNER/NAME/blob/main/notebooks/{page.file}",
        f"https://mybinder.org/v2/gh/OWNER/NAME/main?urlpath=lab/tree/notebooks/{page.file}",
        f"https://OWNER.github.io/NAME/notebooks/{Path(page.file).stem}.html",
    ):
        assert f"]({address})" in top
    assert cells.synchronized(notebook, page) == []


def test_without_one_it_leads_nowhere_else(page):
    if course.REPOSITORY == "":
        assert course.elsewhere(page) == []
