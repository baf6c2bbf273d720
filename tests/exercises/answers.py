"""Ways to write an answer, and the exercises to answer."""

import inspect
import warnings

import pytest
import torch

from vae_helpers import exercises

CATALOGUE = exercises.catalogue()
EACH = pytest.mark.parametrize("exercise", CATALOGUE.values(), ids=CATALOGUE.keys())
LOG_PRIOR = CATALOGUE["log_prior"]
ANSWER = "(-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(1)"


def define(body, signature="z", name="log_prior", before=""):
    """A function without source: its text is nowhere for linecache to find."""
    namespace = {"torch": torch, "math": __import__("math"), "np": __import__("numpy"), "warnings": warnings}
    lines = "\n    ".join(body.splitlines())
    exec(f"{before}\ndef {name}({signature}):\n    {lines}", namespace)
    return namespace[name]


def like(exercise, change):
    """The reference with something done to its arguments and its answer."""

    def function(*arguments):
        return change(exercise, arguments)

    function.__name__ = exercise.name
    return function


def first_tensor(exercise):
    """Number and name of the first argument that is a tensor; skips an exercise without any."""
    numbers = [i for i, value in enumerate(exercise.probes[0]) if isinstance(value, torch.Tensor)]
    if not numbers:
        pytest.skip(f"{exercise.name} takes no tensor")
    number = numbers[0]
    return number, list(inspect.signature(exercise.reference).parameters)[number]


def each_part(answer, change):
    return tuple(change(part) for part in answer) if isinstance(answer, tuple) else change(answer)
