"""One JupyterLab for all browser tests, and notebook 00 open in it."""

import pytest
from steps import NOTEBOOK

from tools import lab


@pytest.fixture(scope="session")
def browser_session(lacking, chromium):
    """A browser context, the server's address and its folder; skips, or fails in CI, where something is missing."""
    if need := lab.missing():
        lacking(f"browser tests need {need}, which is not installed here")
    with lab.server() as (address, folder):
        yield chromium, address, folder


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
