"""The course as a teacher hands it out, without solutions: `python -m tools.release OUT`.

Writes a copy into the new folder OUT. Its notebooks fold hints and no solution, and neither does `hints(name)`, as the copy
has `course.SOLUTIONS = False`; every exercise is at its stub again, and outputs that are not the course's are gone. The
tests stay behind, as answers are in them. The package comes along whole: its checks compare with the references, so whoever
reads its source finds them.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from vae_helpers import course
from vae_helpers.exercises import catalogue

ROOT = Path(__file__).parents[1]
PARTS = """README.md CONTRIBUTING.md CITATION.cff LICENSE pyproject.toml requirements.txt requirements-classroom.txt
    requirements-site.txt benchmarks docs images notebooks tools vae_helpers""".split()
IGNORED = shutil.ignore_patterns("__pycache__", ".*", "*.part", "*.pyc", "*.egg-info")
CHECK = "vae_helpers.exercises.cells"


def release(out: Path) -> None:
    """Write the course without solutions to `out`.

    Raises:
        FileExistsError: if `out` is there already.
        ValueError: if this is a release already, or if a solution is left in a notebook, as where somebody wrote it into
            another cell than its own.
    """
    if not course.SOLUTIONS:
        raise ValueError("this copy of the course is a release: it has no solutions in its notebooks")
    out.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, out / part, ignore=IGNORED)
        else:
            shutil.copyfile(source, out / part)
    switch = out / "vae_helpers" / "course.py"
    text = switch.read_text(encoding="utf-8")
    switch.write_text(text.replace("\nSOLUTIONS = True\n", "\nSOLUTIONS = False\n"), encoding="utf-8")
    for path in sorted((out / "notebooks").glob("*.ipynb")):
        clear(path)
    # In the copy's own folder, so that the copy's package is imported.
    subprocess.run(
        [sys.executable, "-m", CHECK],
        cwd=out,
        env=os.environ | {"PYTHONPATH": ""},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    if found := leaks(out / "notebooks"):
        raise ValueError(f"solutions are left in {', '.join(found)}; look at these notebooks in {out}")


def clear(path: Path) -> None:
    """Take away the outputs that a notebook does not come with."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "nbval-check-output" not in cell.metadata.get("tags", []):
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, path)


def leaks(folder: Path) -> list[str]:
    """Where a solution's fold or a reference's body stands in a notebook, as "FILE: EXERCISE"; white space is ignored."""
    secrets = {name: _squeezed(body(each)) for name, each in catalogue().items()}
    secrets["a fold named Solution"] = "olution</summary>"
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        whole = _squeezed("\n".join(_texts(nbformat.read(path, as_version=4))))
        found += [f"{path.name}: {name}" for name, secret in secrets.items() if secret in whole]
    return found


def body(exercise) -> str:
    """A reference without the lines that its stub has, too."""
    return exercise.solution.removeprefix(exercise.stub.removesuffix("..."))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _texts(part) -> list[str]:
    """Every text in a notebook, or in a part of it."""
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [text for each in parts for text in _texts(each)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="a folder that is not there yet")
    out = parser.parse_args().out
    try:
        release(out)
    except (OSError, ValueError) as problem:
        sys.exit(str(problem))
    print(f"{out}: the course without solutions, to be handed out")


if __name__ == "__main__":
    main()
