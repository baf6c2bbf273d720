"""Hints and answers on every page: stored output, folded, and what the hidden code beside them shows."""

import sys

import nbformat
import pytest
from IPython.display import display

from vae_helpers.exercises import cells

PAGES = sorted(cells.FOLDER.glob("*.ipynb"))


def read(path):
    return nbformat.read(path, as_version=4).cells


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name[:2])
def test_no_hint_stands_in_markdown_where_a_double_click_shows_all(path):
    found = [cell.id for cell in read(path) if cell.cell_type == "markdown" and "<details" in cell.source]
    assert found == []


@pytest.mark.parametrize("number", ["02", "03", "04", "05", "06"])
def test_folds_are_stored_as_the_page_shows_them(number, monkeypatch):
    (path,) = (path for path in PAGES if path.name.startswith(number))
    shown = []
    found = [cell for cell in read(path) if cell.id.endswith("-folds")]
    for cell in found:
        exec(cell.source.rsplit("\n", 1)[0], {})  # imports the page's module
    for module in [module for name, module in sys.modules.items() if name.startswith("vae_helpers.pages")]:
        if getattr(module, "display", None) is display:
            monkeypatch.setattr(module, "display", lambda data, raw: shown.append(data))
    for cell in found:
        assert cell.metadata.jupyter.source_hidden and "nbval-check-output" in cell.metadata.tags
        exec(cell.source, {})
    assert found and shown == [output.data for cell in found for output in cell.outputs]
    for data in shown:
        text = data["text/markdown"]
        opened, closed = text.count("<details>"), text.count("</details>")
        assert text.startswith("<details>") and opened == closed > 0 and text.endswith("</details>")
        assert text.count('<summary data-lm-suppress-shortcuts="true">') == opened
