"""Who solved what, from the progress files that learners hand in: `python -m tools.roll_up FOLDER [--csv FILE]`.

A learner is FOLDER/NAME.json, FOLDER/NAME/progress.json, or a home folder, FOLDER/NAME/.local/share/vae-course/progress.json.
Anybody can write anything into such a file, so it says what its learner says; nothing in it is run, and of what it holds only
the names of exercises count. A file that is no progress file is named, with the reason, and left out.
"""

import argparse
import csv
import json
import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path

from vae_helpers.exercises import NOTEBOOKS

LARGEST = 64 * 1024  # bytes; all exercises of the course take 2,000
PLACES = "*.json", "*/progress.json", "*/.local/share/vae-course/progress.json"
EXERCISES = {number: [each.name for each in notebook.EXERCISES] for number, notebook in NOTEBOOKS.items()}
KNOWN = {name for names in EXERCISES.values() for name in names}
FEWEST = 5  # exercises named as those fewest have solved


@dataclass
class Handed:
    """What a folder holds.

    Attributes:
        solved: names of the course's exercises, by learner.
        unknown: how many other names, by learner.
        skipped: files that are none, with the reason.
    """

    solved: dict[str, set[str]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def collect(folder: Path) -> Handed:
    """Read what learners handed in. A learner with several files has what is in any of them."""
    handed = Handed()
    for path in sorted(path for place in PLACES for path in folder.glob(place)):
        inside = path.relative_to(folder)
        learner = printable(inside.parts[0].removesuffix(".json") if len(inside.parts) == 1 else inside.parts[0])
        try:
            names = read(path)
        except (OSError, ValueError, RecursionError) as problem:
            handed.skipped.append((printable(str(inside)), printable(why(problem))))
            continue
        handed.solved[learner] = handed.solved.get(learner, set()) | (names & KNOWN)
        handed.unknown[learner] = handed.unknown.get(learner, 0) + len(names - KNOWN)
    return handed


def read(path: Path) -> set[str]:
    """The names in a progress file.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is no plain file, is too large, or does not hold a list of names.
    """
    # A link could lead to a file of somebody else, and a pipe would never end.
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a plain file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 1024} KB")
    found = json.loads(content)
    names = found.get("done") if isinstance(found, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("does not hold a list of exercises")
    return set(names)


def why(problem: Exception) -> str:
    """In a few words."""
    if isinstance(problem, (json.JSONDecodeError, UnicodeDecodeError, RecursionError)):
        return "damaged: not JSON"
    return getattr(problem, "strerror", None) or str(problem)


def printable(text: str) -> str:
    """A name that somebody else chose, as text: nothing in it moves the cursor or turns the line around."""
    short = text if len(text) <= 60 else f"{text[:60]}…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in short)


def rows(handed: Handed) -> list[list[str]]:
    """The table: a learner a row, a notebook a column, solved of all; names that the course does not know at the end."""
    table = [["learner", *EXERCISES, "all", "unknown"]]
    for learner, solved in sorted(handed.solved.items()):
        counts = [f"{len(solved.intersection(names))}/{len(names)}" for names in EXERCISES.values()]
        table.append([learner, *counts, f"{len(solved)}/{len(KNOWN)}", str(handed.unknown[learner])])
    return table


def report(handed: Handed) -> str:
    """The table, the exercises that fewest have solved, and the files left out."""
    table, names = rows(handed), [name for names in EXERCISES.values() for name in names]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    counts = sorted(
        (sum(name in solved for solved in handed.solved.values()), names.index(name), name) for name in names
    )
    if handed.solved:
        fewest = ", ".join(f"{name} ({count} of {len(handed.solved)})" for count, _, name in counts[:FEWEST])
        lines += ["", f"Solved by fewest: {fewest}"]
    lines += ["", *(f"left out: {name}: {reason}" for name, reason in handed.skipped)] if handed.skipped else []
    return "\n".join(lines)


def write_csv(path: Path, handed: Handed) -> None:
    """A learner a row, an exercise a column, 1 for solved. A name that a spreadsheet would take for a formula gets a '."""
    names = [(number, name) for number, names in EXERCISES.items() for name in names]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["learner", *(f"{number} {name}" for number, name in names), "unknown"])
        for learner, solved in sorted(handed.solved.items()):
            cell = f"'{learner}" if learner.startswith(("=", "+", "-", "@")) else learner
            writer.writerow([cell, *(int(name in solved) for _, name in names), handed.unknown[learner]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the files are; a class's home folders are in /home")
    parser.add_argument("--csv", type=Path, help="also write a table, a column an exercise, to this file")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        sys.exit(f"{arguments.folder} is not a folder")
    handed = collect(arguments.folder)
    print(report(handed))
    if arguments.csv:
        write_csv(arguments.csv, handed)


if __name__ == "__main__":
    main()
