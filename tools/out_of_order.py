"""A notebook's cells in random orders: what fails, whether the error names the cell to run, and what memory it takes.

    python -m tools.out_of_order notebooks/02_the_objective.ipynb --orders 10 --mine
    python -m tools.out_of_order notebooks/06_interpreting_the_model.ipynb --in-order --passes 4

Every order begins in a new kernel with the setup cell, and is run twice (--passes). Linux only, for /proc.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from vae_helpers import kernel

ROOT = Path(__file__).parents[1]
MINE = "x = model = check = math = 'my own'"
TOLD = re.compile(r"Run All Above Selected Cell, then run it again\.|: run that cell first\.")
COLLECT = "import gc as _gc; _gc.collect(); None"


@dataclass
class Told:
    """What came of one order: cells that ran well and that failed, by kind, and megabytes at the end of each pass."""

    cells: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    peak: float = 0.0
    seconds: float = 0.0

    def add(self, cell: str, error: str) -> None:
        """An error names the cell to run, for a name that is missing or was made by another cell, or it is a fault."""
        kind = "ran" if not error else "fault" if not TOLD.search(error) else "told"
        if kind == "told":
            kind = "missing" if "is not defined in this kernel" in error else "another's"
        self.cells[kind] += 1
        if kind == "fault":
            self.faults.append(f"{cell}: {' '.join(error.strip().splitlines()[-1:])[:200]}")

    def __str__(self) -> str:
        cells = ", ".join(f"{count} {kind}" for kind, count in self.cells.most_common())
        passes = " ".join(f"{size:.0f}" for size in self.resident)
        return f"{cells}; MB after each pass {passes}, at most {self.peak:.0f}; {self.seconds:.0f} s"


class Kernel:
    """A running kernel that takes cells, one at a time."""

    def __init__(self, manager, client):
        self.client, self.process = client, manager.provisioner.pid

    def run(self, code: str, cell: str, seconds: float = 300) -> str:
        """Run code as the cell of that id; returns the error's text without colors, "" if there is none."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "stop_on_error": False}
        request = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(request)
        error = ""
        while True:
            message = self.client.get_iopub_msg(timeout=seconds)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["msg_type"] == "error":
                error = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(message["content"]["traceback"])) or "an empty error"
            if message["content"].get("execution_state") == "idle":
                return error

    def megabytes(self, what: str) -> float:
        """VmRSS, resident now, or VmHWM, the most so far."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1000


@contextmanager
def kernel_of(notebook: Path, threads: int):
    """A new kernel for a notebook, as JupyterLab starts one, with folders of its own and the environment's extension."""
    with tempfile.TemporaryDirectory(prefix="order-", ignore_cleanup_errors=True) as home:
        profile = Path(home, "profile_default")
        profile.mkdir()
        (profile / "ipython_kernel_config.py").write_text(kernel.CONFIGURATION, encoding="utf-8")
        environment = os.environ | {
            "JPY_SESSION_NAME": str(notebook.resolve()), "IPYTHONDIR": home, "XDG_DATA_HOME": home,
            "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=home)
        try:
            yield Kernel(manager, client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def code_cells(notebook: Path) -> list[tuple[str, str]]:
    """Ids and code of a notebook's code cells, in order; the first is the setup cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [(cell["id"], "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]


def run(notebook: Path, seed: int | None, passes: int = 2, mine: bool = False, threads: int = 1) -> Told:
    """One order in a new kernel: the setup cell, then the others, shuffled anew for every pass.

    Args:
        seed: of the order; None for the notebook's own.
        mine: whether names of the learner's own are set before the setup cell, and once more before the last pass.
    """
    told, draw, start = Told(), random.Random(seed), time.monotonic()
    (setup, first), *others = code_cells(notebook)
    with kernel_of(notebook, threads) as running:
        if mine:
            running.run(MINE, "mine")
        told.add(setup, running.run(first, setup))
        for number in range(passes):
            if mine and number == passes - 1 > 0:
                running.run(MINE, "mine")
            if seed is not None:
                draw.shuffle(others)
            for cell, code in others:
                told.add(cell, running.run(code, cell))
            running.run(COLLECT, "collect")
            told.resident.append(running.megabytes("VmRSS"))
        told.peak = running.megabytes("VmHWM")
    told.seconds = time.monotonic() - start
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("notebooks", type=Path, nargs="+")
    add("--orders", type=int, default=10, help="how many (default: 10)")
    add("--first", type=int, default=0, help="seed of the first order (default: 0)")
    add("--in-order", action="store_true", help="one order, the notebook's own")
    add("--passes", type=int, default=2, help="how often each is run in its kernel (default: 2)")
    add("--mine", action="store_true", help=f"with the learner's own: {MINE}")
    add("--threads", type=int, default=1, help="of torch (default: 1)")
    options = parser.parse_args()
    failed = False
    for notebook in options.notebooks:
        seeds = [None] if options.in_order else range(options.first, options.first + options.orders)
        for seed in seeds:
            told = run(notebook, seed, options.passes, options.mine, options.threads)
            print(f"{notebook.stem[:2]} order {seed}: {told}", *told.faults, sep="\n    ", flush=True)
            failed |= bool(told.faults)
    sys.exit(failed)


if __name__ == "__main__":
    main()
