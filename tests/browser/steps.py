"""What the browser tests do in common: run a cell."""

from pathlib import Path

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
