"""What one call of a function left, and whether two calls left the same."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

HUGE = 10**6  # numbers that a tensor may have to be looked at one by one


@dataclass
class Outcome:
    """What one call of a function left.

    Attributes:
        arguments: its own copy of them.
        value: what it returned.
        effect: see `Exercise.effect`.
        printed: the beginning of what it printed.
        error: the exception that it ended in.
        changed: numbers of the arguments that it changed.
        left: global state that it left changed, in words; all has been put back.
        refused: what it tried and was not allowed, in words.
    """

    arguments: tuple = ()
    value: object = None
    effect: tuple = ()
    printed: str = ""
    error: BaseException | None = None
    changed: list[int] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def parts(value) -> list:
    """The tensors of an answer: one, or those of a tuple."""
    return list(value) if several(value) else [value]


def several(value) -> bool:
    """Whether an answer is a tuple or list. By its type: what an object says of its class is the learner's code, too."""
    return type(value) in (tuple, list)


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
    if several(got) != several(expected) or len(parts(got)) != len(parts(expected)):
        return False
    return all(
        comparable(a) and comparable(b) and a.shape == b.shape and a.device == b.device
        for a, b in zip(parts(got), parts(expected), strict=True)
    )


def comparable(value) -> bool:
    """Whether a value is an ordinary tensor of floating point numbers."""
    return (
        type(value) in (Tensor, nn.Parameter)
        and value.is_floating_point()
        and value.layout == torch.strided
        and value.device.type != "meta"
    )


def alike_but_for_shape(got, want, tolerance: float) -> bool:
    """Whether the numbers agree once each part has the shape it should have."""
    got, want = parts(got), parts(want)
    return len(got) == len(want) and all(
        comparable(a) and a.numel() == b.numel() and agree(a.reshape(b.shape), b, tolerance)
        for a, b in zip(got, want, strict=True)
    )
