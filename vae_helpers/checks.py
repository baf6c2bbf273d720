"""What a public function takes, said in one line above it: `@takes(mu=floats("(B, L)"), samples=whole())`.

A check looks at one argument and raises a ValueError for the learner: what was expected, what came. Defaults are trusted.
"""

import functools
import inspect
import math
import os
import reprlib
from collections.abc import Callable
from numbers import Integral, Real

import torch
from torch import Tensor
from torch.distributions import Normal

MANY = 10**6  # a whole number is at most this unless told: what is held at once, or done one after another
SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = SHORT.maxlong = 60
# A check is called with the argument's name, its value, and the sizes and dtype that arguments before it have settled.
Check = Callable[[str, object, dict], None]


def takes(**wanted: Check) -> Callable:
    """Look at these arguments, in this order, before the function begins."""

    def decorate(function: Callable) -> Callable:
        places = list(inspect.signature(function).parameters)
        plan = [(places.index(name), name, check) for name, check in wanted.items()]

        @functools.wraps(function)
        def checked(*given, **named):
            settled: dict = {}
            for place, name, check in plan:
                if place < len(given):
                    check(name, given[place], settled)
                elif name in named:
                    check(name, named[name], settled)
            return function(*given, **named)

        return checked

    return decorate


def refuse(name: str, wanted: str, value: object) -> None:
    """Raise the ValueError that says what was expected, and what came."""
    if isinstance(value, Tensor):
        came = f"{value.dtype} of shape {tuple(value.shape)}"
    else:
        plain = value is None or isinstance(value, (bool, Real, complex, str, bytes))
        came = SHORT.repr(value) if plain else type(value).__name__
    raise ValueError(f"{name} must be {wanted}, not {came}")


def whole(low: int = 1, high: int = MANY) -> Check:
    """A whole number from low to high."""

    def check(name: str, value: object, _=None) -> None:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < low:
            refuse(name, f"a whole number of {low} or more", value)
        if value > high:
            refuse(name, f"a whole number of at most {high:,}", value)

    return check


def seed(name: str, value: object, _=None) -> None:
    """What fixes random numbers: a whole number that torch takes for it."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not -(2**63) <= value < 2**63:
        refuse(name, "a whole number of less than 64 bits", value)


def number(name: str, value: object, _=None) -> None:
    """A finite real number."""
    if not is_number(value):
        refuse(name, "a finite number", value)


def positive(name: str, value: object, _=None) -> None:
    """A finite number above 0."""
    if not is_number(value) or not value > 0:
        refuse(name, "a positive number", value)


def not_negative(name: str, value: object, _=None) -> None:
    """A finite number of 0 or more."""
    if not is_number(value) or value < 0:
        refuse(name, "a number of 0 or more", value)


def is_number(value: object) -> bool:
    """Whether it is a finite real number."""
    try:
        return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    except OverflowError:  # a whole number beyond floating point
        return False


def flag(name: str, value: object, _=None) -> None:
    """True or False."""
    if not isinstance(value, bool):
        refuse(name, "True or False", value)


def text(name: str, value: object, _=None) -> None:
    """A str that is not empty."""
    if not isinstance(value, str) or not value:
        refuse(name, "a text", value)


def texts(name: str, value: object, _=None) -> None:
    """A list of str."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        refuse(name, "a list of texts", value)


def path(name: str, value: object, _=None) -> None:
    """The path of a file or folder."""
    if not isinstance(value, (str, os.PathLike)) or not str(value):
        refuse(name, "a path", value)


def generator(name: str, value: object, _=None) -> None:
    """A torch.Generator, or None for torch's own."""
    if value is not None and not isinstance(value, torch.Generator):
        refuse(name, "a torch.Generator or None", value)


def optional(check: Check) -> Check:
    """None, or what the check takes."""
    return lambda name, value, settled=None: None if value is None else check(name, value, settled)


def a(kind: type, words: str) -> Check:
    """An instance of a type, called `words`."""
    return lambda name, value, settled=None: None if isinstance(value, kind) else refuse(name, words, value)


def having(words: str, *names: str) -> Check:
    """An object, called `words`, that has these attributes; a class has not made them yet."""

    def check(name: str, value: object, _=None) -> None:
        if isinstance(value, type) or not all(hasattr(value, each) for each in names):
            refuse(name, f"{words}, with {', '.join(names)}", value)

    return check


def diagonal(name: str, value: object, _=None) -> None:
    """A diagonal Gaussian over (L,): Independent(Normal(mu, sigma), 1)."""
    if not isinstance(getattr(value, "base_dist", None), Normal):
        refuse(name, "a diagonal Gaussian, Independent(Normal(mu, sigma), 1)", value)


def sizes(least: int) -> Check:
    """A list or tuple of at least so many whole numbers of 1 or more."""

    def check(name: str, value: object, _=None) -> None:
        if not isinstance(value, (list, tuple)) or len(value) < least:
            refuse(name, f"a tuple of {least} or more widths such as (400, 400)", value)
        for each in value:
            whole()(f"each of {name}", each)

    return check


def floats(
    shape: str, low: float = -math.inf, high: float = math.inf, above: float | None = None, logs: bool = False
) -> Check:
    """A tensor of float32 or float64, finite and not empty.

    Args:
        shape: such as "(B, L)", "(..., 2)"; a letter, and what "..." stands for, is the same in all arguments of a call,
            and their dtype is one. "(*, L)" leaves what comes before L to broadcasting.
        low, high, above: the range of its numbers.
        logs: they are logarithms, of which −inf is one.
    """
    first, *sides = shape[1:-1].replace(",", " ").split()
    sides = sides if first in ("...", "*") else [first, *sides]
    limits = f"above {above:g}" if above is not None else f"in [{low:g}, {high:g}]" if low > -math.inf else "finite"

    def check(name: str, value: object, settled: dict) -> None:
        if not isinstance(value, Tensor) or value.dtype not in (torch.float32, torch.float64):
            refuse(name, f"a tensor of float32 or float64, {shape}", value)
        if settled.setdefault(Tensor, value.dtype) != value.dtype:
            refuse(name, f"{settled[Tensor]} as the others are", value)
        before = value.dim() - len(sides)
        if before < 0 or (before > 0 and first == sides[0]):
            refuse(name, f"of shape {shape}", value)
        sizes = [*zip(sides, value.shape[before:], strict=True)]
        for letter, size in [("...", tuple(value.shape[:before])), *sizes] if first == "..." else sizes:
            if settled.setdefault(letter, int(letter) if letter.isdecimal() else size) != size:
                refuse(name, f"of shape {shape} with {letter} = {settled[letter]}", value)
        _in_range(name, value.detach())

    def _in_range(name: str, value: Tensor) -> None:
        if value.numel() == 0:
            refuse(name, f"of shape {shape}, with something in it", value)
        least, most = (end.item() for end in value.aminmax())  # both are NaN if any number is
        if not (math.isfinite(least) or (logs and least == -math.inf)) or not (most < math.inf):
            raise ValueError(f"{name} must be finite, but contains NaN or infinite values")
        if least < low or most > high or (above is not None and least <= above):
            raise ValueError(f"{name} must be {limits}, but goes from {least:g} to {most:g}")

    return check


def integers(shape: str, low: int, high: int) -> Check:
    """A tensor of whole numbers from low to high, of one dimension or as the letters of `shape` say."""

    def check(name: str, value: object, settled: dict) -> None:
        kind = isinstance(value, Tensor) and not value.is_floating_point() and not value.is_complex()
        if not kind or value.dtype == torch.bool or value.dim() != 1 or len(value) == 0:
            refuse(name, f"a tensor of whole numbers, {shape}", value)
        if settled.setdefault(shape[1:2], len(value)) != len(value):
            refuse(name, f"of shape {shape} with {shape[1:2]} = {settled[shape[1:2]]}", value)
        if value.min() < low or value.max() > high:
            raise ValueError(
                f"{name} must be whole numbers from {low} to {high}, but go from {value.min()} to {value.max()}"
            )

    return check
