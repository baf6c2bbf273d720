"""What the learner has done, in one small file in the user's data folder."""

import json
import os
from pathlib import Path

from filelock import FileLock

from vae_helpers import storage


def file() -> Path:
    """Where progress is kept for this user. OSError if there is no home directory."""
    return storage.own_folder("data") / "progress.json"


def done() -> set[str]:
    """Names of the exercises solved so far; empty if the file is missing, cannot be read or is damaged."""
    try:
        return _read(file())
    except (OSError, ValueError, RuntimeError):
        return set()


def _read(path: Path) -> set[str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    names = content.get("done") if isinstance(content, dict) else None
    if not isinstance(names, list):
        raise ValueError(f"{path} does not hold a list of exercises")
    return {name for name in names if isinstance(name, str)}


def record(name: str) -> str | None:
    """Note that an exercise is solved. Returns a sentence for the learner if that could not be kept."""
    where = ""
    try:
        path = file()
        where = f" in {path.parent}"
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=5):  # another notebook may be writing, too
            names = sorted(_kept(path) | {name})
            with storage.replacing(path) as beside:
                beside.write_text(json.dumps({"done": names}, indent=1), encoding="utf-8")
    except (OSError, RuntimeError) as problem:  # the second of a file system without locks
        return f"(Your progress could not be saved{where}: {storage.reason(problem)})"
    return None


def _kept(path: Path) -> set[str]:
    """What the file holds. A damaged one is set aside; one that cannot be read, OSError, is left alone."""
    try:
        return _read(path)
    except FileNotFoundError:
        return set()
    except (ValueError, RecursionError):
        os.replace(path, path.with_suffix(".damaged.json"))
        return set()
