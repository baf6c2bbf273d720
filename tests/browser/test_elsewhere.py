"""Other front ends than the JupyterLab of the other tests: a first start of it, with nothing set, and Notebook 7."""

import json
from pathlib import Path

import pytest
from steps import NOTEBOOK, drag

from tools import lab

DEFAULTS = Path(lab.__file__).parents[1] / "vae_helpers" / "jupyterlab.json"


@pytest.mark.parametrize("shipped", [True, False])
def test_no_question_stands_before_the_first_page(chromium, lacking, tmp_path, shipped):
    """With the file that the course installs; without it JupyterLab asks, or this test would see nothing either way."""
    if need := lab.missing():
        lacking(f"browser tests need {need}, which is not installed here")
    if shipped:
        (tmp_path / "overrides.d").mkdir()
        (tmp_path / "overrides.d" / DEFAULTS.name).write_bytes(DEFAULTS.read_bytes())
    with lab.server(settings={}, options=(f"--LabApp.app_settings_dir={tmp_path}",)) as (address, folder):
        notebook = lab.Notebook(chromium, address, lab.copy(NOTEBOOK, folder))
        notebook.page.wait_for_timeout(5000)
        assert (notebook.page.get_by_text("Jupyter news").count() == 0) is shipped
        assert notebook.page.locator(".jp-Dialog").count() == 0
        notebook.close()


def test_notebook_7_runs_a_page_and_its_explorer_follows_the_pointer(chromium, lacking):
    if need := lab.missing(("playwright", "notebook", "ipykernel")):
        lacking(f"this test needs {need}, which is not installed here")
    with lab.server("notebook") as (address, folder):
        page, complaints = chromium.new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/notebooks/{lab.copy(NOTEBOOK, folder)}")
        page.locator(".jp-NotebookKernelStatus, .jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        plane = page.locator(".vae-plane").first
        plane.wait_for(timeout=120_000)
        plane.scroll_into_view_if_needed()
        readout = page.locator(".vae-readout").first
        before = readout.inner_text()
        drag(page, plane, (0.5, 0.5), (0.8, 0.3))
        page.wait_for_function("([node, text]) => node.innerText !== text", arg=[readout.element_handle(), before])
        assert "z = " in readout.inner_text() and complaints == []
        page.close()
