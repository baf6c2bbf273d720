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
from hands import take_hold
from looks import cut, inked_edges, objections, overlaps, unlike_the_page
from steps import NOTEBOOK

from tools import lab

OUTPUTS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"
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
        page.wait_for_timeout(600)
        found += [f"{screen}: {one}" for one in cut(page, f"{OUTPUTS} .vae-explorer") + overlaps(page, OUTPUTS)]
    page.set_viewport_size(before)
    for dark in (False, True):
        notebook.theme(dark)
        page.wait_for_timeout(600)
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
    page.wait_for_timeout(1500)
    return page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((node) => {
            const { content, display } = getComputedStyle(node, "::before");
            return display !== "none" && !["none", "normal"].includes(content);
        }).map((node) => node.className)""",
        f"{OUTPUTS} .vae-explorer, {OUTPUTS} .jupyter-widgets, {OUTPUTS}.jupyter-widgets",
    )


def the_next_day(notebook, expected: int) -> list[str]:
    """What is missing from the page opened again: a still for every widget, and no error in its place."""
    page = notebook.page
    page.locator(".vae-still").first.wait_for(state="visible", timeout=20_000)
    page.wait_for_timeout(2500)
    stills = page.locator(".vae-still:visible").count()
    found = [] if stills == expected else [f"{stills} stills are seen, of {expected}"]
    return found + page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].map((node) => node.checkVisibility() && node.innerText)
            .filter((text) => text && /Error displaying|model not found/.test(text))""",
        OUTPUTS,
    )


class Visit:
    """A notebook with answers in it, opened, run, and opened again the next day."""

    def __init__(self, context, address: str, folder: Path, path: Path, records: Path):
        self.path, self.number, self.records, self.place = path, path.name[:2], records, (context, address)
        self.name = lab.copy(path, folder)
        nbformat.write(answered.notebook(path, records / "another"), folder / self.name)
        self.notebook = lab.Notebook(*self.place, self.name)
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
        self.notebook.page.wait_for_timeout(1500)
        self.notebook.close()
        self.notebook = lab.Notebook(*self.place, self.name)
        return stills


@pytest.fixture(scope="module", params=PAGES, ids=lambda path: path.name[:2])
def visit(request, browser_session, tmp_path_factory):
    """Each notebook in turn."""
    visit = Visit(*browser_session, request.param, tmp_path_factory.mktemp("records"))
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


def test_a_formula_counts_where_it_is_seen(notebook):
    """Not where its text for screen readers lies, cut to a pixel: at 200 % that reaches into the line above."""
    page, before = notebook.page, notebook.page.viewport_size
    page.set_viewport_size({"width": 640, "height": 500})
    page.wait_for_timeout(600)
    question = page.locator(".vae-quiz > p").filter(has=page.locator("mjx-math")).first
    assert overlaps(page, f"{OUTPUTS} .vae-quiz > p") == []
    formula = question.locator("mjx-container").first
    formula.evaluate("(node) => { node.style.top = '-22px'; }")
    assert overlaps(page, f"{OUTPUTS} .vae-quiz > p") == [
        "<mjx-math z> lies over Predict, then open the answer you chose."
    ]
    formula.evaluate("(node) => { node.style.top = ''; }")
    page.set_viewport_size(before)


def test_pictures_that_are_cut_or_white_are_noticed(notebook):
    """A picture with ink on its edge, one on white, one without a description."""
    page = notebook.page
    page.evaluate("""() => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 40;
        canvas.getContext("2d").fillRect(0, 10, 20, 20);
        const image = document.createElement("img");
        image.id = "bad"; image.src = canvas.toDataURL(); image.style.background = "white";
        document.body.append(image);
    }""")
    page.wait_for_function("document.querySelector('#bad').naturalWidth === 40")
    assert len(unlike_the_page(page, "#bad", dark=True)) == 2 and len(inked_edges(page, "#bad")) == 1
    page.evaluate("document.querySelector('#bad').remove()")
