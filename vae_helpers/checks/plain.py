"""Checks of numbers, texts, models and whatever else is no tensor."""

import inspect
import math
import os
from numbers import Real

import torch
from torch.distributions import Independent, Normal

from vae_helpers.checks.border import Check, refuse

LEAST = -(2**63)  # of what torch takes for a seed
MANY = 10**6  # a whole number is at most this unless told: what is held at once, or done one after another


def whole(low: int = 1, high: int = MANY) -> Check:
    """A whole number from low to high; Python's own, for torch and JSON take no other."""
    wanted = "a whole number" if low == LEAST else f"a whole number of {low} or more"
    wanted = f"a whole number from {low} to {high}" if high < 100 else wanted

    def check(name: str, value: object, _=None) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            refuse(name, wanted, value)
        if value > high:
            refuse(name, wanted if high < 100 else f"a whole number of at most {high:,}", value)

    return check


many = whole(high=10**9)  # of what is taken in pieces


def seed(name: str, value: object, _=None) -> None:
    """What fixes random numbers: a whole number that torch takes for it."""
    whole(LEAST, -LEAST - 1)(name, value)


def number(name: str, value: object, _=None) -> None:
    """A finite real number."""
    if not is_number(value):
        refuse(name, "a finite number", value)


def positive(name: str, value: object, _=None) -> None:
    """A finite number above 0."""
    if not is_number(value) or not value > 0:
        refuse(name, "a positive number", value)


def between(low: float, high: float) -> Check:
    """A number from low to high."""

    def check(name: str, value: object, _=None) -> None:
        if not is_number(value) or not low <= value <= high:
            refuse(name, f"a number from {low:g} to {high:g}", value)

    return check


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


def function(arguments: int) -> Check:
    """What can be called with so many arguments."""

    def check(name: str, value: object, _=None) -> None:
        fits = callable(value) and not isinstance(value, type)
        try:
            inspect.signature(getattr(value, "forward", value)).bind(*range(arguments))
        except TypeError:
            fits = False
        except ValueError:  # torch's own functions do not say what they take
            pass
        if not fits:
            refuse(name, f"a function of {arguments} argument{'s' if arguments > 1 else ''}", value)

    return check


def optional(check: Check) -> Check:
    """None, or what the check takes."""
    return lambda name, value, settled=None: None if value is None else check(name, value, settled)


def a(kind: type, words: str) -> Check:
    """An instance of a type, called `words`."""
    return lambda name, value, settled=None: None if isinstance(value, kind) else refuse(name, words, value)


def share(name: str, value: object, _=None) -> None:
    """(k, n): the k-th of n parts, counted from 0."""
    if not isinstance(value, tuple) or [type(each) for each in value] != [int, int] or not 0 <= value[0] < value[1]:
        refuse(name, "a pair (k, n) of whole numbers with 0 ≤ k < n", value)


def having(words: str, *names: str) -> Check:
    """An object, called `words`, that has these attributes; a class has not made them yet."""

    def check(name: str, value: object, settled: dict) -> None:
        if isinstance(value, type) or not all(hasattr(value, each) for each in names):
            refuse(name, f"{words}, with {', '.join(names)}", value)
        settled[name] = value

    return check


def diagonal(name: str, value: object, _=None) -> None:
    """A diagonal Gaussian over (L,): Independent(Normal(mu, sigma), 1)."""
    if not isinstance(value, Independent) or not isinstance(value.base_dist, Normal):
        refuse(name, "a diagonal Gaussian, Independent(Normal(mu, sigma), 1)", value)


def sizes(least: int) -> Check:
    """A list or tuple of at least so many whole numbers of 1 or more."""

    def check(name: str, value: object, _=None) -> None:
        if not isinstance(value, (list, tuple)) or len(value) < least:
            number = f"{least} or more " if least else ""
            refuse(name, f"a tuple of {number}widths such as (400, 400)", value)
        for each in value:
            whole()(f"each of {name}", each)

    return check
