"""`takes`, which looks at a function's arguments, and `refuse`, which says what was expected and what came."""

import functools
import inspect
import reprlib
from collections.abc import Callable
from numbers import Complex

from torch import Tensor

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
        came = f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    else:
        plain = value is None or isinstance(value, (Complex, str, bytes))
        came = SHORT.repr(value) if plain else type(value).__name__
    raise ValueError(f"{name} must be {wanted}, not {came}")
