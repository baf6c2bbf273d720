"""Rules that hold for the whole package."""

import importlib
import inspect
from pathlib import Path

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
