"""The exercises' cells in the notebooks. With answers in them the notebooks run in browser/test_looks.py."""

import ast

import nbformat
import pytest
from answers import CATALOGUE, EACH

from vae_helpers import course, exercises
from vae_helpers.exercises import NOTEBOOKS, cells, folded

PAGES = {path.name[:2]: path for path in sorted(cells.FOLDER.glob("[0-9][0-9]_*.ipynb"))}
WITH_EXERCISES = [number for number in PAGES if number in {exercise.notebook for exercise in CATALOGUE.values()}]


def read(number):
    return nbformat.read(PAGES[number], as_version=4)


def test_the_notebooks_that_build_the_theory_are_there():
    assert set(NOTEBOOKS) <= set(PAGES)


@pytest.mark.parametrize("number", PAGES)
def test_notebooks_are_in_step_with_the_exercises(number):
    assert cells.synchronized(read(number), course.page(number)) == [], "run: python -m vae_helpers.exercises.cells"


@pytest.mark.parametrize("number", PAGES)
def test_a_page_leads_to_its_neighbors_at_the_top_and_at_the_foot(number):
    page, (before, after) = read(number), course.neighbors(number)
    assert page.cells[0].source.startswith("# ") and page.cells[1].id == "nav-top" and page.cells[-1].id == "nav-foot"
    for cell in (page.cells[1], page.cells[-1]):
        for neighbor in filter(None, (before, after)):
            assert f"]({neighbor.file})" in cell.source and neighbor.name in cell.source
    assert sum(cell.source.count("[map of the course]") for cell in page.cells) == 2


@pytest.mark.parametrize("number", PAGES)
def test_every_exercise_of_a_notebook_stands_in_it_once(number):
    ids = [cell.id for cell in read(number).cells]
    for exercise in CATALOGUE.values():
        parts = (
            ("goal", "pencil", "stub", "hints") if exercise.name in exercises.by_hand() else ("goal", "stub", "hints")
        )
        wanted = [f"{exercise.name}-{part}" for part in parts]
        if exercise.notebook == number:
            assert [key for key in ids if key in wanted] == wanted
            first = ids.index(wanted[0])
            assert ids[first : first + len(parts)] == wanted
        else:
            assert not set(ids) & set(wanted)


def test_a_notebook_out_of_step_is_noticed_and_mended():
    number = next(iter(WITH_EXERCISES))
    notebook = read(number)
    stub = next(cell for cell in notebook.cells if cell.id.endswith("-stub"))
    stub.source += " "
    assert cells.synchronized(notebook) == [stub.id]
    assert cells.synchronized(notebook) == []


@pytest.mark.parametrize("number", PAGES)
def test_questions_by_hand_are_asked_where_the_exercise_stands(number):
    asked = {cell.id: cell for cell in read(number).cells if cell.cell_type == "code" and "by_hand(" in cell.source}
    names = [name for name in exercises.by_hand() if CATALOGUE[name].notebook == number]
    assert {key: cell.source for key, cell in asked.items()} == {
        f"{name}-pencil": f'by_hand("{name}")' for name in names
    }


@EACH
def test_hints_and_solution_are_folded_one_inside_the_other(exercise):
    text = folded.text(exercise)
    summaries = ["Hint 1", "Hint 2", "Hint 3", "Solution"]
    fold = '<details><summary data-lm-suppress-shortcuts="true">{}</summary>\n\n'
    places = [text.index(fold.format(summary)) for summary in summaries]
    assert places == sorted(places)
    assert text.count("<details>") == text.count("</details>") == 4
    assert text.endswith("</details>\n\n</details>\n\n</details>\n\n</details>")
    for place, hint in zip(places, exercise.hints, strict=False):
        assert text.index(hint) > place
    assert text.index(f"```python\n{exercise.solution}\n```\n\n</details>") > places[-1]
    before_the_fold = text[: places[0]]
    assert before_the_fold == ""


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_hints_are_stored_output_and_what_their_hidden_code_shows(number, monkeypatch):
    shown = []
    monkeypatch.setattr(exercises, "display", lambda data, raw: shown.append(data))
    found = [
        cell for cell in read(number).cells if cell.id.removesuffix("-hints") in CATALOGUE and cell.id[-6:] == "-hints"
    ]
    for cell in found:
        assert cell.cell_type == "code" and cell.metadata.jupyter.source_hidden
        exec(cell.source, {})
    assert shown == [output.data for cell in found for output in cell.outputs] and found


def test_a_notebook_whose_hints_are_markdown_or_have_been_run_is_mended():
    notebook = read("00")
    nbformat.validate(notebook)
    place = [cell.id for cell in notebook.cells].index("log_prior-hints")
    as_shipped = notebook.cells[place]
    notebook.cells[place] = nbformat.v4.new_markdown_cell("<details>", id=as_shipped.id)
    assert cells.synchronized(notebook) == [as_shipped.id] and notebook.cells[place] == as_shipped
    notebook.cells[place] = nbformat.from_dict(as_shipped | {"execution_count": 3})
    assert cells.synchronized(notebook) == [as_shipped.id] and notebook.cells[place] == as_shipped


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_stubs_as_shipped_are_not_attempted_and_the_page_has_ours(number, monkeypatch):
    shown = []
    monkeypatch.setattr(exercises, "display", shown.append)
    stubs = [
        cell for cell in read(number).cells if cell.id.removesuffix("-stub") in CATALOGUE and cell.id[-5:] == "-stub"
    ]
    for cell in stubs:
        namespace = {"check": exercises.check}
        exec(cell.source, namespace)
        name = cell.id.removesuffix("-stub")
        assert namespace[name] is CATALOGUE[name].reference
    assert [str(feedback).split(":")[0] for feedback in shown] == ["○ Not attempted yet"] * len(stubs)
    assert stubs


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_pages_call_a_learners_function_by_position(number):
    """A learner may rename the parameters."""
    for cell in read(number).cells:
        if cell.cell_type == "code" and not cell.id.endswith("-stub"):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) in CATALOGUE:
                    assert not node.keywords, f"{cell.id}: {ast.unparse(node)}"


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_pages_ask_their_predictions(number):
    source = "\n".join(cell.source for cell in read(number).cells if cell.cell_type == "code")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    asked = [call.args[0].value for call in calls if getattr(call.func, "id", None) == "predict"]
    assert len(asked) >= 2
    assert sorted(asked) == sorted(question.name for question in NOTEBOOKS[number].PREDICTIONS)
