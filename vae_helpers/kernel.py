"""What a kernel adds to "name 'plots' is not defined": which cell of the notebook makes the name, and what to run.

An IPython extension, installed by importing `vae_helpers.exercises` and, once notebook 00 has run, by every kernel of the
virtual environment (`install_everywhere`). It imports only what Python and IPython bring, so that kernels start as before.
"""

import builtins
import difflib
import json
import os
import re
import symtable
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from IPython import get_ipython

ABOVE = "Click this cell, choose Run → Run All Above Selected Cell, then run it again."
SOMEWHERE = f"If a cell further up makes it, c{ABOVE[1:]}"
MARK = "# Made by vae_helpers"
CONFIGURATION = f"""{MARK}, a course on variational autoencoders, for the kernels of this virtual environment:
# where a name is not defined, they say which cell of the notebook makes it. You may delete this file.
try:
    import vae_helpers.kernel
except Exception:  # the course is gone or broken: kernels start without it
    pass
else:
    c.InteractiveShellApp.extensions.append("vae_helpers.kernel")
"""


@dataclass(frozen=True)
class Cell:
    """A code cell: its id, the heading that it stands under, whether it is the setup cell, and the names that it makes."""

    id: str
    heading: str
    setup: bool
    names: frozenset[str]


def load_ipython_extension(shell) -> None:
    """Report NameErrors from now on; a handler that somebody else has installed stays."""
    if not shell.custom_exceptions:
        shell.set_custom_exc((NameError,), report)


def install() -> None:
    """The same for the kernel in which this runs, if it is one."""
    shell = get_ipython()
    if hasattr(shell, "kernel"):
        load_ipython_extension(shell)


def report(shell, kind, error, trace, tb_offset=None) -> list[str]:
    """Show the error, and below it what is known about the name.

    Where another cell makes it, the line of the cell that asked for it says nothing more, and is left out.
    """
    lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    try:
        while trace.tb_next:
            trace = trace.tb_next
        frame = trace.tb_frame
        if kind is NameError and frame.f_globals is shell.user_ns:  # otherwise a library's own error
            path = notebook_path(shell)
            cells = read(path, shell.transform_cell) if path else None
            made = origin(error.name, cells or [], shell.get_parent().get("metadata", {}).get("cellId"))
            if made and frame.f_code.co_name == "<module>" and not error.__context__:
                lines = [line.rstrip("\n") for line in shell.InteractiveTB.get_exception_only(kind, error)]
            note = made or nearest(error.name, shell, cells or []) or (SOMEWHERE if cells is None else "")
            lines += [f"\n`{error.name}` is not defined in this kernel. {note}"] if note else []
    except Exception:
        pass  # whatever happens here, the learner's own error is shown
    error._render_traceback_ = lambda: lines
    shell.showtraceback((kind, error, trace))
    return lines


def origin(name: str, cells: list[Cell], running: str | None) -> str:
    """Which cell makes a name, for the cell of id `running`, and what to run; empty where none does."""
    ids = [cell.id for cell in cells]
    here = ids.index(running) if running in ids else len(ids)
    above = [cell for cell in cells[:here] if name in cell.names]
    below = [cell for cell in cells[here + 1 :] if name in cell.names]
    if above:
        place = "the setup cell, the first code cell of this notebook"
        return f"It is made in {place if above[-1].setup else f'a cell under “{above[-1].heading}”'}. {ABOVE}"
    return f"It is made further down, in a cell under “{below[0].heading}”: run that cell first." if below else ""


def nearest(name: str, shell, cells: list[Cell]) -> str:
    """The name that may have been meant, among those of the kernel, of Python and of the notebook; or nothing."""
    known = {each for each in {*shell.user_ns, *dir(builtins)} if not each.startswith("_")}
    near = difflib.get_close_matches(name, known.union(*(cell.names for cell in cells)), n=1, cutoff=0.75)
    return f"Did you mean `{near[0]}`?" if near else ""


def notebook_path(shell) -> Path | None:
    """The notebook's file, where Jupyter's server or VS Code told the kernel."""
    told = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    if not told or not told.endswith(".ipynb"):
        return None
    # A path may be relative to the server's folder; a kernel starts in its notebook's.
    return next((path for path in (Path(told), Path.cwd() / Path(told).name) if path.is_file()), None)


def read(path: Path, plain: Callable[[str], str] = str) -> list[Cell]:
    """The code cells of a notebook in order; `plain` turns a cell's text into Python without magics."""
    cells, heading = [], path.stem
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = ([heading, *re.findall(r"^#+ +(.+)$", source, re.MULTILINE)])[-1]
        elif cell["cell_type"] == "code":
            setup = "setup" in cell["metadata"].get("tags", []) and not cells
            cells.append(Cell(cell.get("id", ""), heading.replace("`", ""), setup, names(plain(source))))
    return cells


def names(source: str) -> frozenset[str]:
    """The names that code assigns, imports or defines, not counting those inside functions and classes."""
    try:
        table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    )


def install_everywhere() -> str:
    """Let every kernel of this virtual environment load the extension, by a file that IPython reads; returns what it did.

    A file there that is somebody else's stays as it is.
    """
    if sys.prefix == sys.base_prefix:
        return "not in a virtual environment: names are explained once a notebook's setup cell has run"
    path = Path(sys.prefix, "etc", "ipython", "ipython_kernel_config.py")
    try:
        if path.exists() and not path.read_text(encoding="utf-8").startswith(MARK):
            return f"{path} is your own and stays: names are explained once a notebook's setup cell has run"
        if not path.exists() or path.read_text(encoding="utf-8") != CONFIGURATION:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(CONFIGURATION, encoding="utf-8")
    except OSError:
        return f"cannot write {path}: names are explained once a notebook's setup cell has run"
    return f"where a name is not defined, kernels say which cell makes it ({path})"
