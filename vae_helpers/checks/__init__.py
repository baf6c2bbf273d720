"""What a public function takes, said in one line above it: `@takes(mu=floats("(B, L)"), samples=whole())`.

A check looks at one argument and raises a ValueError for the learner: what was expected, what came. Defaults are trusted.
"""

from vae_helpers.checks.border import Check, refuse, takes
from vae_helpers.checks.plain import (
    MANY,
    a,
    between,
    diagonal,
    flag,
    function,
    generator,
    having,
    is_number,
    many,
    not_negative,
    number,
    optional,
    path,
    positive,
    seed,
    share,
    sizes,
    text,
    texts,
    whole,
)  # fmt: skip
from vae_helpers.checks.tensors import floats, integers, named

__all__ = [
    "MANY", "Check", "a", "between", "diagonal", "flag", "floats", "function", "generator", "having", "integers",
    "is_number", "many", "named", "not_negative", "number", "optional", "path", "positive", "refuse", "seed", "share",
    "sizes", "takes", "text", "texts", "whole",
]  # fmt: skip
