"""Running an answer on a copy of a probe, whatever it does."""

import contextlib
import copy
import dis
import math
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType

import torch
from torch import Tensor

from vae_helpers.exercises.engine.guard import Guard
from vae_helpers.exercises.engine.outcome import Outcome, comparable, parts

PLAIN = (Tensor, int, float, FunctionType, BuiltinFunctionType)


def run(function: Callable, arguments: tuple, effect: Callable | None = None, guard: Guard | None = None) -> Outcome:
    """Call a function on a copy of the arguments, catching whatever it does; with a guard, also for ever or to the kernel."""
    modules, draws = len(sys.modules), torch.get_rng_state()
    outcome = _once(function, arguments, effect, guard)
    if outcome.left and len(sys.modules) > modules:
        # The first optimizer of a kernel loads torch's compiler, which changes global state itself. The second run tells.
        torch.set_rng_state(draws)
        outcome = _once(function, arguments, effect, guard)
    return outcome


def _once(function: Callable, arguments: tuple, effect: Callable | None, guard: Guard | None) -> Outcome:
    own = copy.deepcopy(arguments)
    outcome = Outcome(own)
    try:
        with torch.enable_grad(), guard.watching(outcome) if guard else contextlib.nullcontext():
            outcome.value = _plain(function(*own))
            for number, (before, after) in enumerate(zip(arguments, own, strict=True)):
                if isinstance(before, Tensor) and not _same_bits(before, after):
                    outcome.changed.append(number)
            if effect is not None and not outcome.changed and comparable(outcome.value):
                outcome.effect = effect(outcome.value, own)
    except BaseException as error:  # the learner's function may also exit, or be interrupted
        outcome.error = error
    return outcome


def _plain(value):
    """A value whose parts can be looked at without running code of its class: no subclass of tuple, list or tensor."""
    if issubclass(type(value), (tuple, list)):
        base = tuple if issubclass(type(value), tuple) else list
        return base(_plain_tensor(part) for part in base.__iter__(value))
    return _plain_tensor(value)


def _plain_tensor(value):
    if issubclass(type(value), Tensor) and type(value) is not Tensor:
        with torch._C.DisableTorchFunctionSubclass():
            return value.as_subclass(Tensor)
    return value


def leaves(function: Callable, arguments: tuple, effect: Callable | None = None) -> Outcome:
    """The same for code of the course's own, which is trusted: quickly, and its exceptions go through.

    A class that says `keeps_nothing` is left as it is by all calls, and is not copied.
    """
    plain = all(isinstance(value, PLAIN) or getattr(value, "keeps_nothing", False) for value in arguments)
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


def untouched(function: Callable, stub: str) -> bool:
    """Whether a function's body still does what the stub's does, nothing, by its compiled code: comments do not count."""
    namespace: dict = {}
    exec(compile(stub, "<stub>", "exec"), {"torch": torch, "math": math, "Tensor": Tensor}, namespace)
    code = getattr(function, "__code__", None)
    return code is not None and _instructions(code) == _instructions(next(iter(namespace.values())).__code__)


def _instructions(code) -> list[tuple]:
    return [(step.opname, step.argval) for step in dis.get_instructions(code)]
