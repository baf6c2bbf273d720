"""Running an answer, and comparing what two runs left."""

import contextlib
import copy
import dis
import inspect
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import BuiltinFunctionType, FunctionType

import torch
from torch import Tensor

from vae_helpers.exercises.engine.exercise import Exercise


@dataclass
class Outcome:
    """What one call of a function left: its value, what it printed, the exception, the numbers of arguments it changed."""

    arguments: tuple = ()
    value: object = None
    effect: tuple = ()
    printed: str = ""
    error: BaseException | None = None
    changed: list[int] = field(default_factory=list)


def run(function: Callable, arguments: tuple, effect: Callable | None = None) -> Outcome:
    """Call a function on a copy of the arguments, catching whatever it does."""
    own, printed = copy.deepcopy(arguments), io.StringIO()
    outcome = Outcome(own)
    try:
        with contextlib.redirect_stdout(printed), torch.enable_grad():
            outcome.value = function(*own)
            for number, (before, after) in enumerate(zip(arguments, own, strict=True)):
                if isinstance(before, Tensor) and not _same_bits(before, after):
                    outcome.changed.append(number)
            if effect is not None and not outcome.changed and comparable(outcome.value):
                outcome.effect = effect(outcome.value, own)
    except BaseException as error:  # the learner's function may also exit, or be interrupted
        outcome.error = error
    outcome.printed = printed.getvalue()
    return outcome


def leaves(function: Callable, arguments: tuple, effect: Callable | None = None) -> Outcome:
    """The same for code of the course's own, which is trusted: quickly, and its exceptions go through."""
    plain = all(isinstance(value, (Tensor, int, float, FunctionType, BuiltinFunctionType)) for value in arguments)
    own = arguments if plain else copy.deepcopy(arguments)
    with torch.enable_grad():
        outcome = Outcome(own, function(*own))
        if effect is not None:
            outcome.effect = effect(outcome.value, own)
    if not all(comparable(part) for part in parts(outcome.value)):
        raise TypeError("this is no answer of tensors")
    return outcome


def _same_bits(a: Tensor, b: Tensor) -> bool:
    return (
        a.shape == b.shape and a.requires_grad == b.requires_grad and bool(((a == b) | (a.isnan() & b.isnan())).all())
    )


def parts(value) -> list:
    """The tensors of an answer: one, or those of a tuple."""
    return list(value) if isinstance(value, (tuple, list)) else [value]


def agree(got, expected, tolerance: float) -> bool:
    """Same shapes, and values alike within tolerance; the types of floating point may differ."""
    return fits(got, expected) and all(
        torch.allclose(a.detach().double(), b.detach().double(), rtol=tolerance, atol=tolerance, equal_nan=True)
        for a, b in zip(parts(got), parts(expected), strict=True)
    )


def same(got: Outcome, expected: Outcome, tolerance: float) -> bool:
    """Whether two calls left the same: values and effects alike."""
    return agree(got.value, expected.value, tolerance) and agree(got.effect, expected.effect, tolerance)


def fits(got, expected) -> bool:
    """Whether an answer has the form of another, whatever its values: as many tensors of the same shapes."""
    if isinstance(got, (tuple, list)) != isinstance(expected, (tuple, list)) or len(parts(got)) != len(parts(expected)):
        return False
    return all(
        comparable(a) and comparable(b) and a.shape == b.shape and a.device == b.device
        for a, b in zip(parts(got), parts(expected), strict=True)
    )


def comparable(value) -> bool:
    """Whether a value is an ordinary tensor of floating point numbers."""
    return (
        isinstance(value, Tensor)
        and value.is_floating_point()
        and value.layout == torch.strided
        and value.device.type != "meta"
    )


def untouched(function: Callable, stub: str) -> bool:
    """Whether a function's body still does what the stub's does, nothing, by its compiled code: comments do not count."""
    namespace: dict = {}
    exec(compile(stub, "<stub>", "exec"), {"torch": torch, "math": math, "Tensor": Tensor}, namespace)
    code = getattr(function, "__code__", None)
    return code is not None and _instructions(code) == _instructions(next(iter(namespace.values())).__code__)


def _instructions(code) -> list[tuple]:
    return [(step.opname, step.argval) for step in dis.get_instructions(code)]


def alike_but_for_shape(got, want, tolerance: float) -> bool:
    """Whether the numbers agree once each part has the shape it should have."""
    got, want = parts(got), parts(want)
    return len(got) == len(want) and all(
        comparable(a) and a.numel() == b.numel() and agree(a.reshape(b.shape), b, tolerance)
        for a, b in zip(got, want, strict=True)
    )


class Attempt:
    """An exercise, a learner's function, and what comes of running it: at first need, since some are not to be run."""

    def __init__(self, exercise: Exercise, function: Callable):
        self.exercise, self.function = exercise, function

    @cached_property
    def signature(self) -> inspect.Signature | None:
        """None for the callables that have none."""
        with contextlib.suppress(ValueError):
            return inspect.signature(self.function)

    @cached_property
    def names(self) -> list[str]:
        """Of the arguments: the learner's own, unless it is *args. TypeError if they cannot be called as the page does."""
        stub = list(inspect.signature(self.exercise.reference).parameters)
        own = self.signature.bind(*stub).arguments if self.signature else {}
        return list(own) if list(own.values()) == stub else stub

    @cached_property
    def runs(self) -> list[Outcome]:
        """One a probe, then the first probe again; the last one if it stopped or changed its arguments."""
        outcomes = []
        for probe in (*self.exercise.probes, self.exercise.probes[0]):
            torch.manual_seed(len(outcomes))
            outcomes.append(run(self.function, probe, self.exercise.effect))
            if outcomes[-1].error is not None or outcomes[-1].changed:
                break
        return outcomes

    @property
    def first(self) -> Outcome:
        return self.runs[0]

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """One a probe, of a function that ran on all."""
        return self.runs[:-1]

    @cached_property
    def wanted(self) -> list[Outcome]:
        """What the reference leaves, one a probe."""
        return self.left_by(self.exercise.reference)

    @property
    def cases(self) -> list[tuple[tuple, Outcome, Outcome]]:
        """Each probe, what came of it and what was wanted."""
        return list(zip(self.exercise.probes, self.outcomes, self.wanted, strict=True))

    @cached_property
    def has_right_numbers(self) -> bool:
        """Whether on every probe only the shape is not right."""
        tolerance = self.exercise.tolerance
        return all(alike_but_for_shape(got.value, want.value, tolerance) for _, got, want in self.cases)

    @cached_property
    def all_fit(self) -> bool:
        """Whether every answer is made of as many ordinary tensors as wanted, whatever their shapes."""
        return all(
            isinstance(got.value, (tuple, list)) == isinstance(want.value, (tuple, list))
            and len(parts(got.value)) == len(parts(want.value))
            and all(comparable(part) for part in parts(got.value))
            for _, got, want in self.cases
        )

    def left_by(self, code: Callable) -> list[Outcome]:
        return [run(code, probe, self.exercise.effect) for probe in self.exercise.probes]

    def does(self, others: list[Outcome]) -> bool:
        """Whether values and effects are those of other runs, on every probe."""
        return all(same(a, b, self.exercise.tolerance) for a, b in zip(self.outcomes, others, strict=True))

    def returns(self, others: list[Outcome]) -> bool:
        """Whether the values are those of other runs, on every probe, whatever the effects."""
        tolerance = self.exercise.tolerance
        return all(agree(a.value, b.value, tolerance) for a, b in zip(self.outcomes, others, strict=True))
