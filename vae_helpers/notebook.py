"""The code cells of the notebook that a kernel runs: where each stands, which names it makes, and which it takes.

Imports only what Python brings, for `kernel`.
"""

import dis
import json
import os
import re
import symtable
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType


@dataclass(frozen=True)
class Cell:
    """A code cell: its id, the heading that it stands under, whether it is the setup cell, and the names that it makes."""

    id: str
    heading: str
    setup: bool
    names: frozenset[str]

    @property
    def place(self) -> str:
        """Where to look for it."""
        return (
            "the setup cell, the first code cell of this notebook" if self.setup else f"a cell under “{self.heading}”"
        )


def cells_of(shell) -> list[Cell] | None:
    """The code cells of the notebook that the kernel runs, if its file is known; read again when it has changed."""
    path = notebook_path(shell)
    return _read_once(path, path.stat().st_mtime_ns, shell.transform_cell) if path else None


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


_read_once = lru_cache(maxsize=1)(lambda path, _changed, plain: read(path, plain))


def names(source: str) -> frozenset[str]:
    """The names that code assigns, imports or defines, not counting those inside functions and classes."""
    return _names(source, lambda table, symbol: symbol.is_assigned() or symbol.is_imported(), inside=False)


def uses(source: str) -> frozenset[str]:
    """The names that code takes from outside, by itself or in its functions, before or without making them."""
    made = names(source)
    return _names(source, lambda table, symbol: symbol.is_referenced() and symbol.is_global()) - made


def reached(taken: Iterable[str], known: dict) -> set[str]:
    """Names, and those that the notebook's own functions and classes behind them take in turn; `known` says what they hold."""
    found, new = set(), set(taken)
    while new:
        name = new.pop()
        found.add(name)
        value = known.get(name)
        kind = value if isinstance(value, type) else type(value)
        own = [*vars(kind).values()] if kind.__module__ == "__main__" else [value]
        codes = [each.__code__ for each in own if isinstance(each, FunctionType) and each.__module__ == "__main__"]
        for code in codes:  # which grows
            codes += [each for each in code.co_consts if isinstance(each, CodeType)]
            new |= {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"} - found
    return found


def _names(source: str, wanted: Callable, inside: bool = True) -> frozenset[str]:
    try:
        tables = [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, ValueError):
        return frozenset()
    if inside:
        for table in tables:  # which grows
            tables += table.get_children()
    return frozenset(symbol.get_name() for table in tables for symbol in table.get_symbols() if wanted(table, symbol))
