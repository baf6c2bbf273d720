"""What the browser tests do in common: run a cell, open a scratch notebook."""

from contextlib import contextmanager
from pathlib import Path

from tools import lab

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
CELLS = """() => {
    const { activeCellIndex, widgets } = jupyterapp.shell.currentWidget.content;
    return [activeCellIndex, widgets.length];
}"""


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
    notebook = lab.Notebook(context, address, lab.write(folder, f"{name}.ipynb", *cells))
    try:
        yield notebook
        assert notebook.complaints == []
    finally:
        notebook.close()
