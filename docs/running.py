"""Notebooks with their outputs: run here, or run before and read."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600  # for one cell, at most


class BuildError(Exception):
    """Why there is no site; its text says what to do."""


def run(notebook: NotebookNode, name: str) -> NotebookNode:
    """The notebook with the outputs of its cells and the states of its widgets. A reader's progress starts empty.

    Raises:
        BuildError: a cell failed; it is named, with its error.
    """
    with tempfile.TemporaryDirectory() as place:
        environment = os.environ | {"XDG_DATA_HOME": place, "PYTHONPATH": str(ROOT)}
        resources = {"metadata": {"path": str(ROOT / "notebooks")}}
        try:
            with ThreadPoolExecutor(1) as thread:  # where no event loop runs, not even that of a test
                thread.submit(
                    NotebookClient(notebook, timeout=SECONDS, resources=resources).execute, env=environment
                ).result()
        except CellExecutionError:
            pass  # its output says it
        except CellTimeoutError:
            raise BuildError(f"{name}: a cell ran for more than {SECONDS} s") from None
        except DeadKernelError:
            raise BuildError(f"{name}: Python died; the machine may be out of memory") from None
    _refuse_errors(notebook, name)
    return notebook


def executed_copy(notebook: NotebookNode, path: Path) -> NotebookNode:
    """The executed notebook at `path`, if it is the same notebook.

    Raises:
        BuildError: there is none, it cannot be read, it was another notebook, or one of its cells failed.
    """
    try:
        executed = nbformat.read(path, 4)
    except OSError:
        raise BuildError(f"{path} is missing: run that notebook too, or build without --executed") from None
    except (ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError):
        raise BuildError(f"{path} is no notebook") from None
    ran = {cell.id: cell for cell in executed.cells}
    for cell in notebook.cells:
        if cell.id not in ran or ran[cell.id].source != cell.source:
            raise BuildError(f"{path} was run before cell {cell.id} was changed: run it again")
        if cell.cell_type == "code" and cell.source.strip() and not ran[cell.id].execution_count:
            raise BuildError(f"{path} was never run to its cell {cell.id}: run it again")
    _refuse_errors(executed, path.name)
    return executed


def _refuse_errors(notebook: NotebookNode, name: str) -> None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise BuildError(f"{name}, cell {cell.get('id')}: {output.ename}: {output.evalue}")
