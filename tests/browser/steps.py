"""What the browser tests do in common: wait, drag, open a scratch notebook."""

import json
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tools import lab

np.set_printoptions(threshold=20, precision=4, suppress=True)

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
CELLS = """() => {
    const { activeCellIndex, widgets } = jupyterapp.shell.currentWidget.content;
    return [activeCellIndex, widgets.length];
}"""


def eventually(answer, expected, seconds: float = 20, **tolerance):
    """Wait until answer() is close to `expected`."""
    end = time.monotonic() + seconds
    while not (close := np.allclose(got := answer(), expected, **tolerance)) and time.monotonic() < end:
        time.sleep(0.1)
    if not close:
        raise AssertionError(f"expected\n{np.asarray(expected)}\nand after {seconds} s still\n{np.asarray(got)}")


def drag(page, place, *stops):
    """Press, pass the stops (in fractions of the place's width and height), release, and let the page draw."""
    box = place.bounding_box()
    points = [(box["x"] + right * box["width"], box["y"] + down * box["height"]) for right, down in stops]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def start(page, number):
    """Run the cell of that number, as Shift+Enter would; window.ran is true when it has ended."""
    page.evaluate(
        """(number) => {
            const { content } = jupyterapp.shell.currentWidget;
            content.activeCellIndex = number;
            content.deselectAll();
            window.ran = undefined;
            jupyterapp.commands.execute("notebook:run-cell").finally(() => { window.ran = true; });
        }""",
        number,
    )


@contextmanager
def scratch(browser_session, name, *cells):
    """A new notebook of these cells, opened and not yet run; its console must hold no error in the end."""
    context, address, folder = browser_session
    made = [
        {"id": f"cell-{i}", "cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
        for i, code in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}
    (folder / f"{name}.ipynb").write_text(json.dumps(content))
    notebook = lab.Notebook(context, address, f"{name}.ipynb")
    try:
        yield notebook
        assert notebook.complaints == []
    finally:
        notebook.close()
