"""One JupyterLab and one Chromium for all browser tests, and notebook 00 open in them."""

import os
from pathlib import Path

import pytest

from tools import lab

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"


@pytest.fixture(scope="session")
def browser_session():
    """A browser context, the server's address and its folder; skips, or fails in CI, where something is missing."""
    if lacking := lab.missing():
        give_up = pytest.skip if os.environ.get("CI", "").lower() in ("", "0", "false") else pytest.fail
        give_up(f"browser tests need {lacking}, which is not installed here")
    with lab.server() as (address, folder), lab.chromium() as context:
        yield context, address, folder


@pytest.fixture(scope="module")
def started(browser_session):
    """Notebook 00, opened once for the module and run, and the errors of its cells."""
    context, address, folder = browser_session
    notebook = lab.Notebook(context, address, lab.copy(NOTEBOOK, folder))
    errors = notebook.run_all()
    yield notebook, errors
    notebook.close()


@pytest.fixture
def notebook(started):
    """The running notebook in the light theme; the browser's console must hold no new error when the test ends."""
    notebook, _ = started
    notebook.theme(dark=False)
    yield notebook
    complaints, notebook.complaints[:] = list(notebook.complaints), []
    assert complaints == []
