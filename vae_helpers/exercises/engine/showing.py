"""Numbers on a card: the case that shows a mistake, each number labelled, long vectors also as a picture."""

import math

import torch
from torch import Tensor

from vae_helpers.exercises.engine.outcome import comparable, parts

MOST = 12  # numbers that are printed of a tensor
CURVE = 9  # from so many on a vector is also drawn
BARS = "▁▂▃▄▅▆▇█"


def comparison(names: list[str], probe: tuple, got, want, tolerance: float = 1e-4) -> str:
    """The arguments of a case, what came and what was expected, a line each; before these where they differ first."""
    lines = [f"{name} = {brief(value)}" for name, value in zip(names, probe, strict=True)]
    lines += _first_difference(got, want, tolerance) + _curves(got, want)
    return "\n".join([*lines, f"got      {brief(got)}", f"expected {brief(want)}"])


def brief(value, depth: int = 2) -> str:
    """A value in one line, however large or odd."""
    if type(value) in (tuple, list):
        if depth == 0:
            return "..."
        more = ", ..." if len(value) > MOST else ""
        return "(" + ", ".join(brief(part, depth - 1) for part in value[:MOST]) + f"{more})"
    if (
        type(value) is Tensor
        and value.layout == torch.strided
        and value.device.type != "meta"
        and not value.is_quantized
    ):
        return _nested(value.detach()) + (f"  shape {tuple(value.shape)}" if value.dim() else "")
    try:
        text = getattr(value, "__name__", None) or " ".join(repr(value).split())
    except BaseException:  # its own __repr__ may fail, or leave Python
        text = f"a {type(value).__name__}"
    text = str(text)
    return text if len(text) <= 100 else text[:100] + "..."


def _nested(tensor: Tensor) -> str:
    """[[1, 2], [3, 4]]; of what is large, the beginning in one row."""
    if tensor.dim() == 0:
        return number(tensor.item())
    if tensor.dim() == 1 or tensor.numel() > MOST or tensor.numel() == 0:
        start = tensor[tuple(slice(MOST) for _ in tensor.shape)].flatten()[:MOST]  # the rest may be huge
        return "[" + ", ".join(map(number, start.tolist())) + (", ...]" if tensor.numel() > MOST else "]")
    return "[" + ", ".join(_nested(row) for row in tensor) + "]"


def number(value) -> str:
    """Five digits; truth values as they are."""
    return str(value) if isinstance(value, (bool, complex)) else f"{value:.5g}"


def _first_difference(got, want, tolerance: float) -> list[str]:
    """Of long answers: where they differ first."""
    lines = []
    pairs = list(zip(parts(got), parts(want), strict=False))
    for i, (a, b) in enumerate(pairs):
        if not (comparable(a) and comparable(b)) or a.shape != b.shape or a.numel() <= MOST or a.dim() == 0:
            continue
        far = ~torch.isclose(a.detach().double(), b.detach().double(), rtol=tolerance, atol=tolerance, equal_nan=True)
        if far.any():
            place = far.nonzero()[0].tolist()
            name = f"answer{f'[{i}]' if len(pairs) > 1 else ''}{place}"
            lines.append(
                f"first difference: {name} is {number(a[tuple(place)].item())}, expected {number(b[tuple(place)].item())}"
            )
    return lines


def _curves(got, want) -> list[str]:
    """Vectors over a grid, as a row of bars each, on one scale."""
    lines = []
    for a, b in zip(parts(got), parts(want), strict=False):
        if comparable(a) and comparable(b) and a.shape == b.shape and a.dim() == 1 and len(a) >= CURVE:
            low, high = _range(torch.cat([a.detach().double(), b.detach().double()]))
            scale = f"(from {number(low)} to {number(high)})"
            lines += [f"curve got      {_bars(a, low, high)}", f"curve expected {_bars(b, low, high)}  {scale}"]
    return lines


def _range(numbers: Tensor) -> tuple[float, float]:
    finite = numbers[numbers.isfinite()]
    return (finite.min().item(), finite.max().item()) if len(finite) else (0.0, 0.0)


def _bars(curve: Tensor, low: float, high: float, width: int = 60) -> str:
    values = curve.detach().double()
    if len(values) > width:
        values = values[torch.linspace(0, len(values) - 1, width).round().long()]
    return "".join(_bar(value, low, high) for value in values.tolist())


def _bar(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return "?"
    share = (value - low) / (high - low) if high > low else 0.0
    return BARS[min(len(BARS) - 1, int(share * len(BARS)))]


def printed(text: str, most: int = 12) -> str:
    """The first lines of what a function printed."""
    lines = [line[:100] for line in text.strip().splitlines()]
    return "\n".join(["printed:", *lines[:most], *["..."][: len(lines) > most]]) if lines else ""
