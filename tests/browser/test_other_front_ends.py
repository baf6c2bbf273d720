"""Other front ends than the JupyterLab of the other tests: a first start of it, with nothing set, and Notebook 7."""

import sys
import time
from pathlib import Path

from hands import drag
from steps import NOTEBOOK

from tools import lab

DEFAULTS = Path(sys.prefix, "share", "jupyter", "lab", "settings", "overrides.d", "vae_helpers.json")


def test_no_question_stands_before_the_first_page(chromium, lacking, tmp_path):
    """With the file that installing the course brings. Without it JupyterLab does ask, and so long is waited with it."""
    if need := lab.missing():
        lacking(f"browser tests need {need}, which is not installed here")
    if not DEFAULTS.is_file():
        lacking(f"there is no {DEFAULTS}: run `pip install -r requirements.txt` again")
    with lab.server(settings={}, options=(f"--LabApp.app_settings_dir={tmp_path}",)) as (address, folder):
        notebook, began = lab.Notebook(chromium, address, lab.copy(NOTEBOOK, folder)), time.monotonic()
        notebook.page.get_by_text("Jupyter news").first.wait_for(timeout=20_000)
        took = time.monotonic() - began
        notebook.close()
    with lab.server(settings={}) as (address, folder):
        notebook = lab.Notebook(chromium, address, lab.copy(NOTEBOOK, folder))
        notebook.page.wait_for_timeout(1000 * (1 + 2 * took))
        assert notebook.page.get_by_text("Jupyter news").count() == 0
        assert notebook.page.locator(".jp-Dialog").count() == 0
        notebook.close()


def test_notebook_7_runs_a_page_and_its_explorer_follows_the_pointer(chromium, lacking):
    if need := lab.missing(("playwright", "notebook", "ipykernel")):
        lacking(f"this test needs {need}, which is not installed here")
    with lab.server("notebook") as (address, folder):
        notebook = lab.Notebook(chromium, address, lab.copy(NOTEBOOK, folder), app="notebook")
        notebook.complaints.clear()  # Notebook's own, from its start
        assert notebook.run_all() == []
        plane = notebook.page.locator(".vae-plane").first
        plane.scroll_into_view_if_needed()
        readout = notebook.page.locator(".vae-readout").first
        before = readout.inner_text()
        drag(notebook.page, plane, (0.5, 0.5), (0.8, 0.3))
        notebook.page.wait_for_function(
            "([node, text]) => node.innerText !== text", arg=[readout.element_handle(), before]
        )
        assert "z = " in readout.inner_text() and notebook.complaints == []
        notebook.close()
