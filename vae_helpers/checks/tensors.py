"""Checks of tensors: their dtype, their shape beside those of the other arguments, and the range of their numbers."""

import math

import torch
from torch import Tensor

from vae_helpers.checks.border import Check, refuse


def floats(
    shape: str,
    low: float = -math.inf,
    high: float = math.inf,
    above: float | None = None,
    logs: bool = False,
    empty: bool = False,
) -> Check:
    """A tensor of float32 or float64, finite and, unless `empty`, not empty.

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
                told = "" if letter.isdecimal() else f" with {letter} = {settled[letter]}"
                refuse(name, f"of shape {shape}{told}", value)
        _in_range(name, value.detach())

    def _in_range(name: str, value: Tensor) -> None:
        if value.numel() == 0:
            if empty:
                return
            refuse(name, f"of shape {shape}, with something in it", value)
        least, most = (end.item() for end in value.aminmax())  # both are NaN if any number is
        if not (math.isfinite(least) or (logs and least == -math.inf)) or not (most < math.inf):
            raise ValueError(f"{name} must be finite, but contains NaN or infinite values")
        if least < low or most > high or (above is not None and least <= above):
            raise ValueError(f"{name} must be {limits}, but goes from {least:g} to {most:g}")

    return check


def named(name: str, value: object, _=None) -> None:
    """A dict of tensors by name, with something in it."""
    if not isinstance(value, dict) or not value or not all(isinstance(each, Tensor) for each in value.values()):
        refuse(name, "a dict of tensors by name", value)


def integers(shape: str, low: int, high: int, empty: bool = False) -> Check:
    """A tensor of whole numbers from low to high, of one dimension or as the letters of `shape` say; with `empty` of none."""

    def check(name: str, value: object, settled: dict) -> None:
        kind = isinstance(value, Tensor) and not value.is_floating_point() and not value.is_complex()
        if not kind or value.dtype == torch.bool or value.dim() != 1 or (len(value) == 0 and not empty):
            refuse(name, f"a tensor of whole numbers, {shape}", value)
        if settled.setdefault(shape[1:2], len(value)) != len(value):
            refuse(name, f"of shape {shape} with {shape[1:2]} = {settled[shape[1:2]]}", value)
        if len(value) and (value.min() < low or value.max() > high):
            raise ValueError(
                f"{name} must be whole numbers from {low} to {high}, but go from {value.min()} to {value.max()}"
            )

    return check
