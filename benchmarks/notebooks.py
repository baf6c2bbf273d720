"""How long each notebook runs: `python -m benchmarks.notebooks [NUMBER ...]`.

Runs copies one after the other, each in a fresh kernel as a learner's "restart and run all" does, and prints seconds
from the first cell to the last, the longest cell, the memory that its kernel holds after the last and the most that it
held, and what notebook 04 says about the VAE that the learner has trained.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

import nbclient
import nbformat

FOLDER = Path(__file__).parents[1] / "notebooks"
MEMORY = """import psutil as _p, resource as _r, sys as _s
print(_p.Process().memory_info().rss, _r.getrusage(_r.RUSAGE_SELF).ru_maxrss * (1 if _s.platform == "darwin" else 1024))"""


def seconds(cell) -> float:
    """How long the kernel worked on a cell."""
    times = cell.metadata.get("execution", {})
    start, end = (datetime.fromisoformat(times[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
    return (end - start).total_seconds()


def printed(cell) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="such as 04; all if left out")
    numbers = parser.parse_args().numbers
    paths = [path for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")) if not numbers or path.name[:2] in numbers]
    if not paths:
        sys.exit(f"no notebook has the number {', '.join(numbers)}")
    print(
        "| notebook | seconds | longest cell | its seconds | kernel after it, GB | at most |\n|---|---|---|---|---|---|"
    )
    remarks, whole = [], 0
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.append(memory := nbformat.v4.new_code_cell(MEMORY))
        nbclient.NotebookClient(
            notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
        ).execute()
        cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code" and "execution" in cell.metadata}
        cells.pop(memory.id)
        times = {name: seconds(cell) for name, cell in cells.items()}
        longest = max(times, key=times.get)
        spent, (after, most) = sum(times.values()), (int(number) / 1e9 for number in printed(memory).split())
        whole += spent
        print(
            f"| {path.stem} | {spent:.0f} | {longest} | {times[longest]:.0f} | {after:.1f} | {most:.1f} |", flush=True
        )
        if path.name.startswith("04"):
            remarks += [
                f"training: {printed(cells['train']).splitlines()[-1]}",
                next(line for line in printed(cells["train-check"]).splitlines() if line.startswith("test digits")),
            ]
    print(f"| together | {whole:.0f} | | | | |")
    print(*["", *remarks], sep="\n")


if __name__ == "__main__":
    main()
