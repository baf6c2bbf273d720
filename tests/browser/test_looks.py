"""Every notebook run by somebody who answers its exercises, its outputs as a learner sees them, with the explorers in use.

Accessible, uncut, in the page's colors, on a laptop in both themes, at 200 % zoom and on a phone; then after a restart of the
kernel, and the next day. The tests of a notebook run in order. $VAE_COURSE_SCREENSHOTS names a folder for pictures of the
pages, $VAE_COURSE_EXECUTED one for the notebooks as they are after a run, of which `python -m docs.build` makes the site.
"""

import json
import os
from pathlib import Path

import answered
import nbformat
import pytest
from hands import eventually, take_hold
from looks import OUTPUTS, cut, inked_edges, objections, overlaps, settle, unlike_the_page
from steps import NOTEBOOK

from tools import lab

SCREENS = {"laptop": (1280, 720), "zoomed": (640, 500), "phone": (390, 844)}
PAGES = sorted(NOTEBOOK.parent.glob("*.ipynb"))


def use(notebook):
    """Answer every prediction and every question by hand, and take hold of every explorer: ask for what it hides, drag, or move a slider to its end."""
    page = notebook.page
    page.evaluate("(selector) => document.querySelectorAll(selector).forEach((row) => { row.open = true; })",
                  f"{OUTPUTS} .vae-quiz details:first-of-type")  # fmt: skip
    explorers = page.locator(f"{OUTPUTS} .vae-explorer:has([aria-live], .vae-pencil)")
    for number in range(explorers.count()):
        take_hold(page, explorers.nth(number))


def faults(notebook, axe: str) -> list[str]:
    """What is wrong with the outputs of a notebook that has run."""
    page, found = notebook.page, []
    before = page.viewport_size
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        settle(page, OUTPUTS)
        found += [f"{screen}: {one}" for one in cut(page, f"{OUTPUTS} .vae-explorer") + overlaps(page, OUTPUTS)]
    page.set_viewport_size(before)
    for dark in (False, True):
        notebook.theme(dark)
        settle(page, OUTPUTS)
        where = "dark: " if dark else "light: "
        found += [where + one for one in objections(page, axe, OUTPUTS) + unlike_the_page(page, f"{OUTPUTS} img", dark)]
    return found + inked_edges(page, f"{OUTPUTS} .vae-picture img")


def photograph(notebook, name: str) -> None:
    """The page in both themes, if a folder is given for that."""
    if folder := os.environ.get("VAE_COURSE_SCREENSHOTS"):
        before = notebook.page.viewport_size
        notebook.page.set_viewport_size({"width": 1280, "height": 3000})
        for theme in ("light", "dark"):
            notebook.theme(theme == "dark")
            assert notebook.photograph(Path(folder) / f"{name}-{theme}")
        notebook.page.set_viewport_size(before)


def after_a_restart(notebook) -> list[str]:
    """What is marked as broken in the open page once its kernel has restarted."""
    page = notebook.page
    page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }")
    settle(page, OUTPUTS)
    return page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((node) => {
            const { content, display } = getComputedStyle(node, "::before");
            return display !== "none" && !["none", "normal"].includes(content);
        }).map((node) => node.className)""",
        f"{OUTPUTS} .vae-explorer, {OUTPUTS} .jupyter-widgets, {OUTPUTS}.jupyter-widgets",
    )


def the_next_day(notebook, expected: int) -> list[str]:
    """What the page opened again shows in place of a still, once it shows a still for every widget."""
    page = notebook.page
    errors = """(selector) => [...document.querySelectorAll(selector)].filter((node) =>
        /Error displaying|model not found/.test(node.textContent))"""
    eventually(lambda: page.evaluate(f"(s) => ({errors})(s).length", OUTPUTS) >= expected, True)  # they come, unseen
    eventually(lambda: page.locator(".vae-still:visible").count(), expected)
    return page.evaluate(
        f"(s) => ({errors})(s).filter((node) => node.checkVisibility()).map((node) => node.innerText)", OUTPUTS
    )


class Visit:
    """A notebook with answers in it, opened, run, and opened again the next day."""

    def __init__(self, desk, folder: Path, path: Path, records: Path):
        self.path, self.number, self.records, self.desk = path, path.name[:2], records, desk
        self.name = lab.copy(path, folder)
        nbformat.write(answered.notebook(path, records / "another"), folder / self.name)
        self.notebook = desk(self.name)
        self.notebook.python(f"import os; os.environ['XDG_DATA_HOME'] = {str(records)!r}")
        self.errors = self.notebook.run_all()
        self.executed = nbformat.from_dict(self.notebook.saved())
        if place := os.environ.get("VAE_COURSE_EXECUTED"):  # for the site
            Path(place).mkdir(parents=True, exist_ok=True)
            nbformat.write(answered.as_shipped(self.executed, path), Path(place) / path.name)

    def the_next_day(self) -> int:
        """Save, close, open again; how many stills the page holds."""
        stills = self.notebook.page.locator(".vae-still").count()
        self.notebook.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
        self.notebook.close()
        self.notebook = self.desk(self.name)
        return stills


@pytest.fixture(scope="module", params=PAGES, ids=lambda path: path.name[:2])
def visit(request, browser_session, desk, tmp_path_factory):
    """Each notebook in turn."""
    visit = Visit(desk, browser_session[2], request.param, tmp_path_factory.mktemp("records"))
    yield visit
    visit.notebook.close()


def test_every_cell_runs_and_every_answer_is_told_what_it_is(visit):
    assert visit.errors == []
    assert answered.faults(visit.executed, visit.number) == []
    kept = json.loads((visit.records / "vae-course" / "progress.json").read_text())["done"]
    assert kept == sorted(exercise.name for exercise in answered.of(visit.number)) and kept
    assert not (visit.records / "another").exists()


def test_the_page_looks_well_with_its_explorers_in_use(visit, axe):
    use(visit.notebook)
    assert faults(visit.notebook, axe) == []
    photograph(visit.notebook, visit.path.stem)


def test_a_restart_marks_nothing_as_broken(visit):
    assert after_a_restart(visit.notebook) == []
    assert visit.notebook.complaints == []


def test_the_next_day_a_still_stands_for_every_widget(visit):
    stills = visit.the_next_day()
    assert the_next_day(visit.notebook, stills) == []
