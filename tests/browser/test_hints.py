"""The hints of a page that has not been run: they unfold by mouse and keyboard, and a double click opens no editor."""

import pytest
from steps import NOTEBOOK

from tools import lab

SOLUTION = "return (-0.5 * z**2"


@pytest.fixture
def page(browser_session, desk):
    """Notebook 00 as a learner finds it."""
    notebook = desk(lab.copy(NOTEBOOK, browser_session[2]))
    yield notebook.page
    notebook.close()
    assert notebook.complaints == []


def shown(page, title):
    return page.get_by_text(title, exact=True).first.is_visible()  # the first exercise of the page


def test_hints_unfold_one_at_a_time_and_a_double_click_opens_no_editor(page):
    first, solution = page.get_by_text("Hint 1", exact=True).first, page.get_by_text(SOLUTION).first
    first.scroll_into_view_if_needed()
    for _ in range(2):  # opens and closes
        first.dblclick()
    page.wait_for_timeout(500)
    assert page.get_by_text("<details>").count() == 0, "the raw text is shown"
    assert first.evaluate("(node) => !node.isContentEditable") and not page.locator(".jp-mod-editMode").count()
    assert not shown(page, "Hint 2") and not solution.is_visible()
    first.click()
    assert shown(page, "Hint 2") and not shown(page, "Hint 3")
    page.get_by_text("Hint 2", exact=True).first.focus()
    page.keyboard.press("Enter")
    assert shown(page, "Hint 3") and not solution.is_visible()
    page.get_by_text("Hint 3", exact=True).first.click()
    page.get_by_text("Solution", exact=True).first.click()
    assert solution.is_visible()
