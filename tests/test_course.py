"""The list of the course's pages agrees with the notebooks, their headings, their stated times, and the README."""

import re
from pathlib import Path

import nbformat
import pytest

from vae_helpers import course
from vae_helpers.exercises import NOTEBOOKS

ROOT = Path(__file__).parents[1]


def test_every_notebook_is_a_page():
    assert [page.file for page in course.PAGES] == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert [page.number for page in course.PAGES] == list(NOTEBOOKS)


@pytest.mark.parametrize("page", course.PAGES, ids=lambda page: page.number)
def test_a_page_opens_with_its_title_and_time(page):
    first = nbformat.read(ROOT / "notebooks" / page.file, as_version=4).cells[0].source
    assert first.startswith(f"# {int(page.number)}. {page.title}\n")
    assert f"**Time**: {page.minutes} minutes" in first


def test_the_readme_has_the_same_map():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(.+?)\]\(notebooks/(.+?)\) \| (.+?) \| (\d+) min \|$", readme, flags=re.MULTILINE)
    assert rows == [(page.name, page.file, page.question, str(page.minutes)) for page in course.PAGES]


# Of Doersch's tutorial, the sections that the seed summarizes: 2.1 the objective, 2.2 optimizing it, 2.3 the trained model,
# 2.4 its interpretation (2.4.1 the error term, 2.4.2 information, 2.4.3 regularization).
SECTIONS = {
    "01": {"1", "2"}, "02": {"2.1"}, "03": {"2.2"}, "04": {"2.2"}, "05": {"2.3"}, "06": {"2.4", "2.4.1", "2.4.2", "2.4.3"},
}  # fmt: skip


@pytest.mark.parametrize("number", SECTIONS)
def test_references_name_the_sections_that_a_page_follows(number):
    cells = nbformat.read(ROOT / "notebooks" / course.page(number).file, as_version=4).cells
    (end,) = (cell.source for cell in cells if cell.id == "end")
    (doersch,) = re.findall(r"Doersch 2016, arXiv 1606\.05908, (sections? .*?)\. [A-Z]", end)
    assert set(re.findall(r"\d(?:\.\d)*", doersch)) == SECTIONS[number]


def test_neighbors():
    first, last = course.PAGES[0], course.PAGES[-1]
    assert course.neighbors("00")[0] is None and course.neighbors(last.number)[1] is None
    assert course.neighbors("01") == (first, course.page("02"))
    with pytest.raises(ValueError, match="no notebook '99'"):
        course.page("99")


def test_three_predictions_are_dragged():
    """In an explorer that hides what it is about, between a text that asks and one that goes on from what was seen."""
    dragged = {}
    for page in course.PAGES:
        cells = nbformat.read(ROOT / "notebooks" / page.file, as_version=4).cells
        for before, cell, after in zip(cells, cells[1:], cells[2:], strict=False):
            if cell.cell_type == "code" and re.search(r"quiz=True|page\.hardest\(", cell.source):
                dragged[page.number] = cell.id
                assert before.cell_type == after.cell_type == "markdown", cell.id
                assert re.search(r"drag X|put Q|the other is yours", before.source, re.IGNORECASE), before.source
    assert dragged == {"01": "curve", "02": "drag", "06": "beat"}
