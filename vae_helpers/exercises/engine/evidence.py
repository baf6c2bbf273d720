"""What outcomes are evidence of: whether they could be any, and a quick look that rules out most comparisons."""

import math

import torch

from vae_helpers.exercises.engine.outcome import Outcome, parts


def telling(outcomes: list[Outcome]) -> bool:
    """Whether outcomes could be evidence of anything: values finite somewhere, and not one number throughout."""
    values = finite([part for left in outcomes for part in parts(left.value)])
    effects = finite([part for left in outcomes for part in left.effect])
    return len(values) > 0 and len({*values.tolist(), *effects.tolist()}) > 1


def speaking(left: Outcome) -> bool:
    """Whether one outcome could be evidence: it has a finite number, and not the same one throughout if there are several."""
    values = finite(parts(left.value))
    return len(values) == 1 or len(set(values.tolist())) > 1


def finite(tensors: list[torch.Tensor]) -> torch.Tensor:
    numbers = torch.cat([torch.empty(0).double(), *(part.detach().double().flatten() for part in tensors)])
    return numbers[numbers.isfinite()]


def look(left: Outcome) -> tuple:
    """Of the value and of the effect: shapes, and three numbers of each part. Cheap to keep, and rules out nearly all."""
    return tuple(tuple(_seen(part) for part in some) for some in (parts(left.value), left.effect))


def _seen(part: torch.Tensor) -> tuple:
    flat = part.detach().flatten()
    return part.shape, *(float(flat[i]) for i in sorted({0, len(flat) // 2, len(flat) - 1}) if len(flat))


def near(a: tuple, b: tuple, tolerance: float) -> bool:
    """Whether what looks so could be the same: no, if not."""
    return len(a) == len(b) and all(
        x[0] == y[0] and all(_close(p, q, tolerance) for p, q in zip(x[1:], y[1:], strict=True))
        for x, y in zip(a, b, strict=True)
    )


def _close(p: float, q: float, tolerance: float) -> bool:
    return p == q or abs(p - q) <= 2 * tolerance * (1 + abs(q)) or (math.isnan(p) and math.isnan(q))
