"""`python -m docs.build` where something is wrong: it says what, and the old site stays as it was."""

import shutil

import nbformat
import pytest
from nbformat import v4

from docs import build as builder
from docs.running import ROOT, BuildError
from docs.source import slug
from docs.without_kernel import STATE, VIEW


@pytest.fixture
def course(tmp_path):
    """course(*sources): a folder with one notebook, of cells c0, c1, ..., and an index."""

    def make(*sources):
        folder = tmp_path / "course"
        for name in ("notebooks", "docs/site"):
            (folder / name).mkdir(parents=True)
        shutil.copy(ROOT / "docs" / "site" / "conf.py", folder / "docs" / "site")
        (folder / "docs" / "site" / "index.md").write_text("# Index\n\n```{toctree}\n:glob:\nnotebooks/*\n```\n")
        cells = [v4.new_markdown_cell("# One", id="title"),
                 *(v4.new_code_cell(text, id=f"c{i}") for i, text in enumerate(sources))]  # fmt: skip
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(
            v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "notebooks" / "one.ipynb"
        )
        return folder

    return make


@pytest.fixture
def old(tmp_path):
    """A site of an earlier day; when the test ends, it is as it was, and nothing half written lies beside it."""
    out = tmp_path / "public" / "site"
    out.mkdir(parents=True)
    for name in (".buildinfo", "index.html"):
        (out / name).write_text("old")
    yield out
    assert sorted(path.name for path in out.iterdir()) == [".buildinfo", "index.html"]
    assert (out / "index.html").read_text() == "old"
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def executed(folder, tmp_path, change):
    """A folder with the notebook as if it had been run, after `change(notebook)`."""
    notebook = nbformat.read(folder / "notebooks" / "one.ipynb", 4)
    for number, cell in enumerate(notebook.cells[1:], start=1):
        cell.execution_count = number
    change(notebook)
    place = tmp_path / "executed"
    place.mkdir()
    nbformat.write(notebook, place / "one.ipynb")
    return place


def test_a_failing_cell_is_named_with_its_error(site_packages, course, old):
    with pytest.raises(BuildError, match=r"one\.ipynb, cell c1: ZeroDivisionError: division by zero"):
        builder.build(old, None, course("x = 0", "1 / x", "raise ValueError"))


def test_executed_notebooks_must_be_the_course_s_own(site_packages, course, old, tmp_path):
    folder = course("1 + 1")
    with pytest.raises(BuildError, match=r"one\.ipynb is missing: run that notebook too"):
        builder.build(old, tmp_path, folder)

    def edit(notebook):
        notebook.cells[1].source = "1 + 2"

    with pytest.raises(BuildError, match="was run before cell c0 was changed"):
        builder.build(old, executed(folder, tmp_path, edit), folder)


def test_a_notebook_run_in_part_is_refused(site_packages, course, old, tmp_path):
    folder = course("1 + 1", "2 + 2")

    def forget(notebook):
        notebook.cells[2].execution_count = None

    with pytest.raises(BuildError, match="never run to its cell c1"):
        builder.build(old, executed(folder, tmp_path, forget), folder)


def test_widgets_without_their_states_are_refused(site_packages, course, old, tmp_path):
    folder = course("widget")

    def lose(notebook):
        notebook.metadata.widgets = {STATE: {"state": {}}}
        view = {"model_id": "gone", "version_major": 2, "version_minor": 0}
        notebook.cells[1].outputs = [v4.new_output("display_data", {VIEW: view})]

    with pytest.raises(BuildError, match=r"one\.ipynb was executed without saving the states of its widgets"):
        builder.build(old, executed(folder, tmp_path, lose), folder)


def test_what_sphinx_complains_of_is_said(site_packages, course, old):
    folder = course("1 + 1")
    (folder / "docs" / "text.md").write_text("# Text\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(BuildError, match=r"Sphinx complains:\n(?s:.*)docs/text\.md.*nowhere\.md"):
        builder.build(old, None, folder)


def test_a_folder_that_holds_something_else_is_left_alone(site_packages, course, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("dear")
    with pytest.raises(BuildError, match="holds something other than a site"):
        builder.build(tmp_path / "letters", None, course("1 + 1"))
    assert (tmp_path / "letters" / "one.txt").read_text() == "dear"


def test_a_site_takes_the_old_one_s_place(site_packages, course, tmp_path):
    folder, out = course("print(6 * 7)"), tmp_path / "public" / "site"
    (folder / "docs" / "site" / "index.md").write_text(
        "# Index\n\n[the code](../../code.py)\n\n```{code-cell}\nprint(7 * 9)\n```\n\n```{toctree}\nnotebooks/one\n```\n"
    )
    (folder / "code.py").write_text("answer = 42\n")
    for _ in range(2):
        builder.build(out, None, folder)
    assert "42" in (out / "notebooks" / "one.html").read_text(encoding="utf-8")
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "63" in index and "7 * 9" not in index and 'href="code.py.html"' in index
    assert "answer" in (out / "code.py.html").read_text(encoding="utf-8")
    assert [path.name for path in out.parent.iterdir()] == ["site"]


def test_what_is_missing_is_named(course, old, monkeypatch):
    monkeypatch.setitem(builder.NEEDED, "furo", "a_package_that_nobody_has")
    with pytest.raises(BuildError, match=r"is not installed: pip install -r requirements-site\.txt"):
        builder.build(old, None, course("1 + 1"))


def test_headings_of_notebooks_are_found_by_jupyterlab_s_names():
    assert slug("#0.5-Map-of-the-course") == "#05-map-of-the-course"
