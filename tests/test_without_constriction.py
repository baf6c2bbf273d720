"""Without constriction, as on Linux on ARM, everything but bits-back coding runs, and what does not says why."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

from vae_helpers import course
from vae_helpers.coder import MISSING

ROOT = Path(__file__).parents[1]
BITS_BACK = {"walk", "net-check", "receive", "compress", "sentence", "sentence-back"}  # the cells of 06 that code


@pytest.fixture
def blocked(tmp_path):
    """The environment of a process that cannot import constriction."""
    (tmp_path / "constriction.py").write_text("raise ImportError('blocked by a test')")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}


def test_the_installation_is_sound_and_the_first_use_says_what_is_missing(blocked):
    code = """
import torch
from vae_helpers import bits_back, checkup, coder, weights
assert not coder.HERE
print("without constriction" in checkup.packages())
for use in (lambda: bits_back.Stack().bits, lambda: bits_back.Stack.from_text("a").to_text(),
            lambda: bits_back.compress(weights.load("mnist-2d"), torch.zeros(1, 784))):
    try:
        use()
    except RuntimeError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], env=blocked, capture_output=True, encoding="utf-8", timeout=120)
    assert done.stdout.splitlines() == ["True", MISSING, MISSING, MISSING], done.stderr


def test_every_module_of_the_package_is_imported(blocked):
    code = """
import importlib, pkgutil, vae_helpers
for found in pkgutil.walk_packages(vae_helpers.__path__, "vae_helpers."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(vae_helpers.coder.HERE)
"""
    done = subprocess.run([sys.executable, "-c", code], env=blocked, capture_output=True, encoding="utf-8", timeout=120)
    assert done.stdout.splitlines()[-1:] == ["False"], done.stderr


def test_every_other_cell_of_notebook_06_runs(blocked, monkeypatch):
    """To the end of section 6.2. What follows asks nothing of the coder, and runs in the tests of the notebooks."""
    monkeypatch.setenv("PYTHONPATH", blocked["PYTHONPATH"])
    folder = ROOT / "notebooks"
    notebook = nbformat.read(folder / course.page("06").file, as_version=4)
    (end,) = (number for number, cell in enumerate(notebook.cells) if cell.source.startswith("## 6.3 "))
    after = "\n".join(cell.source for cell in notebook.cells[end:] if cell.cell_type == "code")
    assert not re.search(r"bits_back|Stack|\bcoder|compress", after)
    del notebook.cells[end:]
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources, allow_errors=True).execute()
    errors = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                errors[cell.id] = f"{output['ename']}: {output['evalue']}"
    assert set(errors) <= BITS_BACK, errors
    said = [cell for cell, error in errors.items() if error == f"RuntimeError: {MISSING}"]
    assert {"walk", "net-check", "receive", "compress", "sentence"} <= set(said), errors
