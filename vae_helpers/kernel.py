"""What a kernel adds to "name 'plots' is not defined": which cell of the notebook makes the name, and what to run.

The same where a cell fails on a name that is there, but was not made by the cell above that makes it: cells run out of
order, or a learner's own `x`. For this it notes, after every cell that ran well, which names the cell has made.

An IPython extension, installed by importing `vae_helpers.exercises` and, once notebook 00 has run, by every kernel of the
virtual environment (`install_everywhere`). It imports only what Python and IPython bring, so that kernels start as before.
"""

import builtins
import contextlib
import ctypes
import difflib
import sys
from pathlib import Path

from IPython import get_ipython

from vae_helpers.notebook import Cell, cells_of, names, reached, uses

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
MAKERS: dict[str, str] = {}  # name: id of the cell that made it last, of what the cells above it had made
COUNTS: dict[str, int] = {}  # id of a cell: its number when it ran last, as in Out[3]


def load_ipython_extension(shell) -> None:
    """Report errors from now on; a handler that somebody else has installed stays."""
    if not shell.custom_exceptions:
        shell.set_custom_exc((Exception,), report)
        shell.events.register("post_run_cell", note_names)
        shell.events.register("post_run_cell", forget)
        shell.events.register("post_run_cell", give_back)


def install() -> None:
    """The same for the kernel in which this runs, if it is one."""
    shell = get_ipython()
    if hasattr(shell, "kernel"):
        load_ipython_extension(shell)


def note_names(result) -> None:
    """After a cell: which names it has made. One that failed, or worked on others' names, has not made them as it should."""
    with contextlib.suppress(Exception):  # whatever happens here, the learner's cell has run
        shell, cell = get_ipython(), result.info.cell_id
        source = shell.transform_cell(result.info.raw_cell)
        well = result.success and not others(source, cells_of(shell) or [], cell, shell.user_ns)
        MAKERS.update(dict.fromkeys(names(source), cell if well else ""))


def forget(result) -> None:
    """After a cell that ran before: let go of what it returned then (Out[3], _3), whose place on the page is taken."""
    with contextlib.suppress(Exception):  # whatever happens here, the learner's cell has run
        shell, cell, count = get_ipython(), result.info.cell_id, result.execution_count
        if cell and count:
            before = COUNTS.get(cell)
            shell.user_ns["_oh"].pop(before, None)
            for space in (shell.user_ns, shell.user_ns_hidden):
                space.pop(f"_{before}", None)
            COUNTS[cell] = count


def give_back(_=None) -> None:
    """After a cell: hand the memory that it has freed back to the system, which glibc does not by itself.

    It keeps what lies between pieces still in use, and a kernel would grow by some 50 MB whenever a notebook is run again.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another system's library has no such function
        ctypes.CDLL(None).malloc_trim(0)


def report(shell, kind, error, trace, tb_offset=None) -> list[str]:
    """Show the error, and below it what is known about the names of its cell."""
    with contextlib.suppress(Exception):  # whatever happens here, the learner's own error is shown
        explain = missing if kind is NameError else foreign
        note, traced = explain(shell, error, trace, cells_of(shell))
        if note:
            formatter = shell.InteractiveTB
            lines = formatter.structured_traceback(kind, error, trace, tb_offset=tb_offset) if traced else [
                line.rstrip("\n") for line in formatter.get_exception_only(kind, error)
            ]  # fmt: skip
            error._render_traceback_ = lambda: [*lines, f"\n{note}"]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)
    return []


def missing(shell, error: NameError, trace, cells: list[Cell] | None) -> tuple[str, bool]:
    """What to say of a name that is not defined, and whether to show the lines that asked for it.

    Where another cell makes the name, the line of the cell that asked for it says nothing more, and is left out.
    """
    while trace.tb_next:
        trace = trace.tb_next
    frame = trace.tb_frame
    if frame.f_globals is not shell.user_ns:  # a library's own error
        return "", True
    made = origin(error.name, cells or [], running(shell))
    note = made or nearest(error.name, shell, cells or []) or (SOMEWHERE if cells is None else "")
    traced = not made or frame.f_code.co_name != "<module>" or error.__context__ is not None
    return f"`{error.name}` is not defined in this kernel. {note}" if note else "", traced


def foreign(shell, error: Exception, trace, cells: list[Cell] | None) -> tuple[str, bool]:
    """What to say of another error in a cell that takes what was made out of order; its lines are shown."""
    source = shell.transform_cell(shell.get_parent()["content"]["code"])
    taken = others(source, cells or [], running(shell), shell.user_ns)
    listed = ", ".join(f"`{name}` in {maker.place}" for name, maker in taken[:3])
    note = f"This cell needs names as other cells make them, and now they hold something else: {listed}. {ABOVE}"
    return note if taken else "", True


def running(shell) -> str | None:
    """The id of the cell that runs, if the front end tells it."""
    return shell.get_parent().get("metadata", {}).get("cellId")


def others(source: str, cells: list[Cell], cell: str | None, known: dict) -> list[tuple[str, Cell]]:
    """Names that a cell, or a function that it calls, takes from cells above it, and that others than those made last.

    Args:
        source: the cell's Python.
        cell: its id.
        known: the kernel's names and what they hold; one that holds nothing is missing, and not meant here.
    Returns:
        Each name with the cell that should have made it.
    """
    ids = [each.id for each in cells]
    if cell not in ids:
        return []
    makers = {name: each for each in cells[: ids.index(cell)] for name in each.names}  # of several the last
    taken = sorted(reached(uses(source), known) & makers.keys() & known.keys() - names(source))
    return [(name, makers[name]) for name in taken if MAKERS.get(name) != makers[name].id]


def origin(name: str, cells: list[Cell], running: str | None) -> str:
    """Which cell makes a name, for the cell of id `running`, and what to run; empty where none does."""
    ids = [cell.id for cell in cells]
    here = ids.index(running) if running in ids else len(ids)
    above = [cell for cell in cells[:here] if name in cell.names]
    below = [cell for cell in cells[here + 1 :] if name in cell.names]
    if above:
        return f"It is made in {above[-1].place}. {ABOVE}"
    return f"It is made further down, in a cell under “{below[0].heading}”: run that cell first." if below else ""


def nearest(name: str, shell, cells: list[Cell]) -> str:
    """The name that may have been meant, among those of the kernel, of Python and of the notebook; or nothing."""
    known = {each for each in {*shell.user_ns, *dir(builtins)} if not each.startswith("_")}
    near = difflib.get_close_matches(name, known.union(*(cell.names for cell in cells)), n=1, cutoff=0.75)
    return f"Did you mean `{near[0]}`?" if near else ""


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
