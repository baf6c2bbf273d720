"""Notebook 00 saved, its kernel ended, opened again; and after a kernel's restart in the open page.

The tests run in order, as a learner's second day does: look, answer, run all, restart, go on in the middle.
"""

import re
import sys

import numpy as np
import pytest
from hands import drag, eventually
from steps import CELLS, NOTEBOOK, start

from tools import lab

# What the saved page's manager says of a widget whose kernel has ended; the picture stands in for it.
EXPECTED = "widget model not found"
SEEN = """() => {  // the largest height at which a still is seen, frame after frame
    window.seen = 0;
    const look = () => {
        for (const still of document.querySelectorAll(".vae-still")) {
            if (still.checkVisibility({ visibilityProperty: true })) {
                window.seen = Math.max(window.seen, still.getBoundingClientRect().height);
            }
        }
        requestAnimationFrame(look);
    };
    look();
}"""


@pytest.fixture(scope="module")
def second_day(browser_session):
    """The notebook as it comes up the next day: run and saved, its kernel and its page gone, opened again."""
    context, address, folder = browser_session
    name = lab.copy(NOTEBOOK, folder)
    first = lab.Notebook(context, address, name)
    first.page.evaluate(SEEN)
    assert first.run_all() == []
    assert first.page.locator(".vae-explorer").count() == 2  # the plane, and a question by hand
    first.page.wait_for_timeout(2000)
    assert first.page.evaluate("window.seen") == 0, "the still flashed up before its explorer"
    first.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    eventually(lambda: "vae-still" in (folder / name).read_text(encoding="utf-8"), True)
    first.close()
    again = lab.Notebook(context, address, name)
    yield again
    again.close()
    assert [complaint for complaint in again.complaints if EXPECTED not in complaint] == []


@pytest.fixture
def page(second_day):
    return second_day.page


def number_of(page, key):
    """Which cell has this id."""
    return page.evaluate(
        "(key) => jupyterapp.shell.currentWidget.content.widgets.findIndex((cell) => cell.model.id === key)", key
    )


def rows(page):
    """The answers of the first prediction, and whether each is open."""
    found = page.locator(".vae-quiz").first.locator("details")
    return found, lambda: found.evaluate_all("(rows) => rows.map((row) => row.open)")


def test_the_picture_stands_where_the_explorer_was(second_day, page):
    still = page.locator(".vae-still:has([alt^=LatentPlane])")
    still.wait_for(state="visible", timeout=10_000)
    for dark, name in ((True, "vae-dark"), (False, "vae-light")):
        second_day.theme(dark)
        picture = still.locator("img:visible")
        picture.scroll_into_view_if_needed()
        assert picture.get_attribute("class") == name
        assert picture.evaluate("(img) => [img.naturalWidth > 300, img.clientHeight > 200]") == [True, True]
        assert picture.get_attribute("alt").startswith("LatentPlane explorer at z = (0.00, 0.00)")
    assert still.locator("p").inner_text() == "The explorer wakes when its cell is run: Run → Run All Cells."
    output = page.locator(".jp-OutputArea").filter(has=still)
    eventually(lambda: output.get_by_text("Error displaying widget").count(), 1)  # it has come, and is not seen
    assert output.inner_text().strip() == still.locator("p").inner_text()
    assert page.locator(".vae-explorer").count() == 0
    question = page.locator(".vae-still:has([alt^=Pencil]) img:visible")
    assert question.get_attribute("alt").startswith("Pencil question: P(z) = N(0, I) and z = (1, −2).")


def test_predictions_answer_to_the_mouse_anywhere_in_a_row(page):
    answers, opened = rows(page)
    answers.nth(0).locator("summary span").click()
    assert opened()[:2] == [True, False] and answers.nth(0).locator("p").is_visible()
    answers.nth(1).scroll_into_view_if_needed()
    box = answers.nth(1).locator("summary").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert opened()[:2] == [False, True] and answers.nth(1).locator("p").inner_text()[0] in "✓✗"


def test_predictions_answer_to_the_keyboard_and_keep_its_letters(page):
    answers, opened = rows(page)
    answers.nth(0).locator("summary").focus()
    cells = page.evaluate(CELLS)
    for key in ("b", "a", "x", "d", "d", "m"):  # in command mode each would change the notebook
        page.keyboard.press(key)
    assert page.evaluate(CELLS) == cells
    page.keyboard.press("Enter")
    assert opened()[0]
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert opened()[:2] == [False, True]


def test_running_all_wakes_the_explorer(second_day, page):
    assert second_day.run_all() == []
    for kind in (".vae-latent", ".vae-pencil"):
        page.locator(f".vae-explorer {kind}").wait_for(timeout=20_000)
    eventually(lambda: page.locator(".vae-still:visible").count(), 0)


def test_hints_keep_letters_once_the_page_has_run(page):
    hint = page.get_by_text("Hint 1", exact=True).first
    hint.focus()
    cells = page.evaluate(CELLS)
    page.keyboard.press("b")
    assert page.evaluate(CELLS) == cells


def test_after_a_restart_explorer_and_predictions_go_on_answering(second_day, page):
    page.evaluate("() => { jupyterapp.commands.execute('notebook:restart-kernel'); }")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    eventually(lambda: second_day.value("'plane' in globals()"), False)
    root = page.locator(".vae-explorer:has(.vae-plane)")
    plane, readout = root.locator(".vae-plane"), root.locator(".vae-readout").first
    plane.scroll_into_view_if_needed()
    before = readout.inner_text()
    drag(page, plane, (0.5, 0.5), (0.6, 0.6), (0.8, 0.3))
    assert readout.inner_text() != before
    over = """(node) => {
        const { x, y, width, height } = node.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === node;
    }"""
    assert plane.evaluate(over), "something covers the explorer"
    icon = "(node) => getComputedStyle(node, '::before').content"
    assert root.evaluate(icon) == "none" and not page.locator(".vae-still:visible").count()
    answers, opened = rows(page)
    answers.nth(2).locator("summary span").click()
    assert np.array_equal(opened()[:3], [False, False, True])


def test_a_later_cell_run_first_names_the_cell_that_comes_before(second_day, page, lacking):
    if sys.prefix == sys.base_prefix:
        lacking("notebook 00 writes the kernels' file into a virtual environment only, and this is none")
    number = number_of(page, "sample")
    start(page, number)
    page.wait_for_function("window.ran !== undefined")
    said = page.locator(".jp-Cell").nth(number).locator(".jp-OutputArea").inner_text()
    assert re.sub(r"\s+", " ", said).strip() == (
        "NameError: name 'torch' is not defined `torch` is not defined in this kernel. It is made in a cell under “0.2 Drag a "
        "point, get a digit”. Click this cell, choose Run → Run All Above Selected Cell, then run it again."
    )
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-above')")  # what the menu's entry runs
    start(page, number)
    page.wait_for_function("window.ran !== undefined")
    eventually(lambda: page.locator(".jp-Cell").nth(number).locator(".jp-OutputArea img").count(), 1)
