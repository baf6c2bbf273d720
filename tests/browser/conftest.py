"""One JupyterLab for all browser tests, and notebook 00 open in it."""

from contextlib import contextmanager

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


@pytest.fixture(scope="session")
def desk(browser_session):
    """desk("notebooks/00_start_here.ipynb"): a notebook, light and on a laptop, in one page for all; close it in the end."""
    context, address, _ = browser_session
    page = lab.desk(context, address)

    def opened(name):
        page.set_viewport_size({"width": 1280, "height": 1000})
        notebook = lab.Notebook(context, address, name, desk=page)
        notebook.theme(dark=False)
        return notebook

    return opened


@pytest.fixture(scope="session")
def scratch(browser_session, desk):
    """scratch("strings", cell, cell): a new notebook of these cells, opened and not yet run; its console must hold no error in the end."""

    @contextmanager
    def opened(name, *cells):
        notebook = desk(lab.write(browser_session[2], f"{name}.ipynb", *cells))
        try:
            yield notebook
            assert notebook.complaints == []
        finally:
            notebook.close()

    return opened


@pytest.fixture(scope="module")
def started(browser_session, desk):
    """Notebook 00, opened once for the module and run, and the errors of its cells."""
    notebook = desk(lab.copy(NOTEBOOK, browser_session[2]))
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
