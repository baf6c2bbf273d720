"""What the learner has done, in one small file in the user's data folder."""

import html
import json
import os
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from vae_helpers import storage


def file() -> Path:
    """Where progress is kept for this user."""
    return platformdirs.user_data_path("vae-course", appauthor=False) / "progress.json"


def done() -> set[str]:
    """Names of the exercises solved so far; empty if the file is missing, and if it is damaged."""
    try:
        return _read(file())
    except (OSError, ValueError):
        return set()


def _read(path: Path) -> set[str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    names = content.get("done") if isinstance(content, dict) else None
    if not isinstance(names, list):
        raise ValueError(f"{path} does not hold a list of exercises")
    return {name for name in names if isinstance(name, str)}


def record(name: str) -> str | None:
    """Note that an exercise is solved. Returns a sentence for the learner if that could not be kept."""
    path = file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=5):  # another notebook may be writing, too
            if path.exists() and not _sound(path):
                os.replace(path, path.with_suffix(".damaged.json"))
            names = sorted(done() | {name})
            with storage.replacing(path) as beside:
                beside.write_text(json.dumps({"done": names}, indent=1), encoding="utf-8")
    except (OSError, Timeout) as problem:
        return f"(Your progress could not be saved in {path.parent}: {problem})"
    return None


def _sound(path: Path) -> bool:
    try:
        _read(path)
    except (OSError, ValueError):
        return False
    return True


class Progress:
    """Exercises done and open, by notebook; shows itself as a table."""

    def __init__(self, by_notebook: dict[str, list[str]]):
        solved = done()
        self.rows = [
            (notebook, [name for name in names if name in solved], [name for name in names if name not in solved])
            for notebook, names in by_notebook.items()
        ]

    def __str__(self) -> str:
        lines = []
        for notebook, ready, still in self.rows:
            lines.append(f"notebook {notebook}: {len(ready)} of {len(ready) + len(still)} done")
            lines += [f"    ✓ done  {name}" for name in ready] + [f"    ○ open  {name}" for name in still]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        cells = "".join(
            f"<tr><td>{notebook}</td><td>{len(ready)} of {len(ready) + len(still)}</td><td style='text-align:left'>"
            + ", ".join([f"✓ {html.escape(n)}" for n in ready] + [f"○ {html.escape(n)}" for n in still])
            + "</td></tr>"
            for notebook, ready, still in self.rows
        )
        head = "<tr><th>notebook</th><th>done</th><th style='text-align:left'>exercises (✓ done, ○ open)</th></tr>"
        return {"text/plain": str(self), "text/html": f"<table>{head}{cells}</table>"}
