"""Rules that hold for the whole package."""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import vae_helpers

CORE = ["models", *sorted(path.stem for path in Path(vae_helpers.__file__).parent.glob("[a-z]*.py"))]


def public(name):
    """The functions and classes that a module of the core defines."""
    module = importlib.import_module(f"vae_helpers.{name}")
    for attribute, value in vars(module).items():
        callable_ = inspect.isfunction(value) or inspect.isclass(value)
        if callable_ and f"{value.__module__}.".startswith(f"{module.__name__}.") and not attribute.startswith("_"):
            yield f"{name}.{attribute}", value


def test_steps_take_a_generator_and_wholes_take_a_seed():
    """The rule in the package's docstring, without exception."""
    takes = {"seed": set(), "generator": set()}
    for module in CORE:
        for name, value in public(module):
            if isinstance(value, type) and issubclass(value, Exception):
                continue
            parameters = inspect.signature(value).parameters
            for kind in takes:
                if kind in parameters:
                    takes[kind].add(name)
                    assert parameters[kind].annotation == (int if kind == "seed" else torch.Generator | None), name
    assert not takes["seed"] & takes["generator"]
    assert {name for name in takes["generator"] if name.split(".")[0] not in ("objective", "likelihood")} == {
        "data.draw_pixels", "measure.terms"
    }  # fmt: skip
    assert {name.split(".")[0] for name in takes["seed"]}.isdisjoint({"objective", "likelihood"})
    assert {"data.load", "data.binarize", "models.VAE", "training.fit", "measure.evaluate"} <= takes["seed"]


def test_every_public_name_says_what_it_is():
    for module in CORE:
        for name, value in public(module):
            assert inspect.getdoc(value), name


@pytest.mark.parametrize(
    ("own", "expected"),
    [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "PASSIVE"}, "None")],
)
def test_waiting_threads_leave_the_cores_to_another_notebook_unless_the_user_says_otherwise(own, expected):
    clean = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    code = "import os, vae_helpers; print(os.environ.get('GOMP_SPINCOUNT'))"
    run = subprocess.run([sys.executable, "-c", code], env=clean | own, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == expected


def test_each_notebook_loads_the_package_before_torch():
    for path in sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        first = re.search(r"^\s*(?:import|from) (torch|vae_helpers)", code, re.MULTILINE)
        assert first[1] == "vae_helpers", path.name


def test_a_notebook_opens_without_torchs_compiler():
    """It takes two seconds and 180 MB, and the first optimizer loads it: none is made before a learner asks for it."""
    code = """if True:
        import importlib, pkgutil, sys, vae_helpers
        for module in pkgutil.walk_packages(vae_helpers.__path__, "vae_helpers."):
            importlib.import_module(module.name)
        assert "vae_helpers.exercises.nb04.training_step" in sys.modules
        print("torch._dynamo" in sys.modules)"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
