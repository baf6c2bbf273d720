"""Global state that an answer may leave changed: remembered before, compared after, put back, and named."""

import builtins
import contextlib
import copy
import math
import operator
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Watched:
    """One piece of global state.

    Attributes:
        words: what it is called on the card.
        read, write: get a copy of it, and put that back.
        changes: whether a change is to be named; otherwise it is only put back.
        shown: whether its new value is to be named.
    """

    words: str
    read: Callable
    write: Callable
    changes: Callable = lambda before, after: before != after
    shown: bool = False


def _write_filters(filters: list) -> None:
    warnings.filters[:] = filters
    warnings._filters_mutated()


def _write_environment(variables: dict) -> None:
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update({name: value for name, value in variables.items() if os.environ.get(name) != value})


def _write_device(device: torch.device) -> None:
    torch.set_default_device(None if device.type == "cpu" else device)


def _attribute(module, name: str, words: str) -> Watched:
    return Watched(words, lambda: getattr(module, name), lambda value: setattr(module, name, value), _other)


def _other(before, after) -> bool:
    return before is not after


def _write_folder(path: str) -> None:
    with contextlib.suppress(OSError):
        os.chdir(path)


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it has been removed
        return ""


_PRINTING = torch._tensor_str.PRINT_OPTS
WATCHED = (
    Watched("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype, shown=True),
    Watched("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
    Watched("torch's default device", torch.get_default_device, _write_device, shown=True),
    Watched(
        "torch's deterministic algorithms",
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        lambda on: torch.use_deterministic_algorithms(on[0], warn_only=on[1]),
    ),
    Watched("torch's number of threads", torch.get_num_threads, torch.set_num_threads, shown=True),
    Watched(
        "torch's print options", lambda: copy.copy(vars(_PRINTING)), lambda options: vars(_PRINTING).update(options)
    ),
    Watched("NumPy's print options", np.get_printoptions, lambda options: np.set_printoptions(**options)),
    Watched("NumPy's treatment of errors", np.geterr, lambda errors: np.seterr(**errors)),
    Watched("the filters of warnings", lambda: list(warnings.filters), _write_filters),
    _attribute(sys, "stdout", "sys.stdout"),
    _attribute(sys, "stderr", "sys.stderr"),
    Watched("the current folder", _folder, _write_folder, shown=True),
    Watched("the environment variables", lambda: dict(os.environ), _write_environment),
    Watched("torch's seed", torch.initial_seed, lambda seed: None),  # see random_numbers_kept
)
MODULES = (
    torch, torch.Tensor, torch.nn.functional, torch.special, torch.linalg, torch.distributions, torch.distributions.Normal,
    torch.distributions.Bernoulli, torch.nn.Module, torch.optim.Optimizer, torch.autograd, np, math, random, builtins,
)  # fmt: skip


@contextlib.contextmanager
def random_numbers_kept() -> Iterator[None]:
    """Whoever draws after this draws what would have been drawn without it: by torch, NumPy and Python."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002


@contextlib.contextmanager
def seeds_noted(noted: list[str]) -> Iterator[None]:
    """Note, in words, whose seed is set: a generator's state doesn't tell a seed from a draw."""
    before = [(module, module.seed) for module in (random, np.random)]
    for (module, seed), words in zip(before, ("Python's seed", "NumPy's seed"), strict=True):
        module.seed = _noting(seed, noted, words)
    try:
        yield
    finally:
        for module, seed in before:
            module.seed = seed


def _noting(function: Callable, noted: list[str], words: str) -> Callable:
    def call(*arguments, **options):
        noted.append(words)
        return function(*arguments, **options)

    return call


class State:
    """The global state at one moment."""

    def __init__(self):
        self.values = [watched.read() for watched in WATCHED]
        self.modules = [dict(vars(module)) for module in MODULES]

    def put_back(self) -> list[str]:
        """Make all as it was; returns what had been changed, in words."""
        found = [self._renewed(watched, before) for watched, before in zip(WATCHED, self.values, strict=True)]
        return [words for words in found if words] + self._functions_put_back()

    @staticmethod
    def _renewed(watched: Watched, before) -> str | None:
        after = watched.read()
        changed = watched.changes(before, after)
        if changed:
            watched.write(before)
        return f"{watched.words}{f' (to {after})' if watched.shown else ''}" if changed else None

    def _functions_put_back(self) -> list[str]:
        """Functions of torch and others in whose place something else had been put."""
        found = []
        for module, before in zip(MODULES, self.modules, strict=True):
            now = dict(vars(module))
            if now.keys() == before.keys() and all(map(operator.is_, now.values(), before.values())):
                continue  # nearly always, and quicker to see as a whole
            for name in [name for name, value in before.items() if now.get(name) is not value and name != "_"]:
                setattr(module, name, before[name])
                found.append(f"`{module.__name__}.{name}`")
            # A class's new name may hide what it inherits; a module's may come from a part of it that was imported.
            for name in set(now) - set(before) if isinstance(module, type) else ():
                delattr(module, name)
                found.append(f"`{module.__name__}.{name}`")
        return found
