"""All benchmarks, or those named, and their record: `python -m benchmarks [NAME ...]`.

Each runs in a process of its own. What its tables say goes into results.json, with machine, versions and date, and from
there into README.md. `--tables` only writes README.md again.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS, README = FOLDER / "results.json", FOLDER / "README.md"
NAMES = ("opening", "drag", "explorers", "draw", "notebooks", "train", "together", "scaling", "growth", "bits_back")
APART = ("peers", "classroom")  # run only if named: one asks PyPI, the other needs root and a JupyterHub
PACKAGES = ("torch", "jupyterlab", "ipywidgets", "anywidget")
HEADING = "## Measured\n"
ROW = re.compile(r"\|(.*)\|$")


def machine() -> dict:
    """What the figures depend on."""
    processor = platform.processor() or platform.machine()
    if (facts := Path("/proc/cpuinfo")).exists():
        processor = next(
            (line.split(":")[1].strip() for line in facts.open() if line.startswith("model name")), processor
        )
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {"system": platform.system(), "processor": processor, "cores": os.cpu_count(), "load average": load}


def tables(printed: str) -> list[dict]:
    """The Markdown tables in what a benchmark printed: columns, and rows of texts."""
    found, lines = [], printed.splitlines()
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in row[1].split("|")] if (row := ROW.match(line.strip())) else None
        if cells is None or set(line) <= set("|-"):
            continue
        if number + 1 < len(lines) and set(lines[number + 1]) == set("|-"):
            found.append({"columns": cells, "rows": []})
        elif found:
            found[-1]["rows"].append(cells)
    return found


def measured(name: str) -> dict:
    """Run one benchmark; its record. RuntimeError if it failed or printed no table."""
    before, printed = machine(), ""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=FOLDER.parent) as running:
        for line in running.stdout:
            print(line, end="", flush=True)
            printed += line
    found = tables(printed)
    if running.returncode or not found:
        raise RuntimeError(f"{name} ended with {running.returncode} and {len(found)} tables")
    versions = {package: version(package) for package in PACKAGES} | {"Python": platform.python_version()}
    return {"date": date.today().isoformat(), "machine": before, "versions": versions, "tables": found}


def section(results: dict) -> str:
    """The end of README.md: every benchmark's tables, each under what it was measured on."""
    text = [f"{HEADING}\nWritten by `python -m benchmarks` from [results.json](results.json)."]
    for name in filter(results.get, NAMES + APART):
        one, on = results[name], results[name]["machine"]
        text.append(f"### `{name}`\n\n{one['date']}; {on['processor']}, {on['cores']} cores; torch {one['versions']['torch']}; "
                    f"load average at the start {on['load average']}.")  # fmt: skip
        for table in one["tables"]:
            lines = [table["columns"], ["---"] * len(table["columns"]), *table["rows"]]
            text.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(text) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names", nargs="*", choices=[*NAMES, *APART, []], metavar="NAME", help=f"of {', '.join(NAMES + APART)}"
    )
    parser.add_argument("--tables", action="store_true", help="run nothing, only write README.md again")
    arguments = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in [] if arguments.tables else arguments.names or NAMES:
        print(f"== {name}", flush=True)
        results[name] = measured(name)
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    above = README.read_text(encoding="utf-8").split(HEADING)[0]
    README.write_text(above + section(results), encoding="utf-8")


if __name__ == "__main__":
    main()
