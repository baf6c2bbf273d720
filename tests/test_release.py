"""`python -m tools.release`: no reference stands in the notebooks of the copy, and the copy's checks work."""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest

from tools import release
from vae_helpers.exercises import catalogue


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    out = tmp_path_factory.mktemp("release") / "course"
    release.release(out)
    return out


def python(folder, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=os.environ | {"PYTHONPATH": ""}, capture_output=True, text=True
    )


def test_no_reference_stands_in_a_released_notebook(copy):
    assert release.leaks(copy / "notebooks") == []
    ours = {found.split(": ")[1] for found in release.leaks(release.ROOT / "notebooks")}
    assert ours == {*catalogue(), "a fold named Solution"}  # what is looked for is found where it stands


def test_the_hints_are_there_and_announce_no_solution(copy):
    told = ""
    for path in sorted((copy / "notebooks").glob("*.ipynb")):
        cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        for exercise in catalogue().values():
            if exercise.notebook == path.name[:2]:
                (output,) = cells[f"{exercise.name}-hints"].outputs
                assert all(hint in output.data["text/markdown"] for hint in exercise.hints)
                assert (
                    output.data["text/markdown"].count("<details>")
                    == output.data["text/markdown"].count("</details>")
                    == 3
                )
        told += "\n".join(release._texts([*cells.values()]))
    assert not re.search(r"hints and (a|the) solution", told, re.IGNORECASE)
    assert "three hints unfold one after the other" in told


def test_the_copy_is_in_step_and_its_kernel_shows_what_its_pages_hold(copy):
    assert python(copy, "-m", release.CHECK, "--check").returncode == 0
    code = """
import json
import nbformat
from pathlib import Path
from vae_helpers import exercises
from vae_helpers.pages import nb02, nb04_hints
shown = []
for module in (exercises, nb02, nb04_hints):
    module.display = lambda data, raw=False: shown.append(data)
exercises.hints("ring")
nb02.hints()
nb04_hints.lab()
stored = {}
for path in Path("notebooks").glob("*.ipynb"):
    stored |= {(path.name[:2], cell.id): cell for cell in nbformat.read(path, 4).cells}
names = ("01", "ring-hints"), ("02", "challenge-folds"), ("04", "lab-folds")
print(json.dumps([shown == [stored[name].outputs[0].data for name in names], shown[0]["text/plain"]]))
"""
    run = python(copy, "-c", code)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [True, "Hints of ring unfold in Jupyter."]


def test_checks_work_in_the_copy(copy):
    code = """
import json, torch, vae_helpers
from vae_helpers.exercises import catalogue, engine
e = catalogue()["ring"]
told = [engine.judge(e, f).kind for f in (
    lambda z: 0.1 * z + torch.nn.functional.normalize(z, dim=1), lambda z: z / 10 + z, lambda z: ...)]
print(json.dumps([vae_helpers.__file__, told]))
"""
    where, told = json.loads(python(copy, "-c", code).stdout)
    assert where.startswith(str(copy)) and told[0] == "right" and "right" not in told[1:]


def test_answers_and_outputs_of_somebody_do_not_come_along(tmp_path, copy):
    """The tests, in which answers are, stay behind, and so does what a teacher ran or tried."""
    assert not (copy / "tests").exists() and not list(copy.rglob("__pycache__/*tests*"))
    path = tmp_path / "01.ipynb"
    notebook = nbformat.read(copy / "notebooks" / "01_latent_variable_models.ipynb", as_version=4)
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text=catalogue()["ring"].solution)]
    nbformat.write(notebook, path)
    assert release.leaks(tmp_path) == ["01.ipynb: ring"]
    release.clear(path)
    assert release.leaks(tmp_path) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("kept")
    run = subprocess.run([sys.executable, "-m", "tools.release", str(tmp_path)], capture_output=True, text=True)
    assert run.returncode == 1 and "File exists" in run.stderr and "Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
