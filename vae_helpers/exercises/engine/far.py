"""How far a wrong answer is right, by all probes: up to a constant, a factor, the sign, in some columns, in some cases."""

from collections.abc import Iterator

import torch
from torch import Tensor

from vae_helpers.exercises.engine.evidence import finite
from vae_helpers.exercises.engine.measure import recognized
from vae_helpers.exercises.engine.outcome import HUGE, Outcome, agree, comparable, parts
from vae_helpers.exercises.engine.showing import number

Case = tuple[tuple, Outcome, Outcome]  # the probe, what came, what was wanted
COARSE = 0.3  # how far off a search on a coarse grid ends
ORDINALS = ("first", "second", "third", "fourth", "fifth")


def how_far(names: list[str], cases: list[Case], tolerance: float, nearly: float = 0.0) -> str | None:
    """One sentence that holds on every probe, the first of several that does; None where none does."""
    pairs = [(probe, [_floats(part) for part in parts(got.value)], parts(want.value)) for probe, got, want in cases]
    if any(len(got) != len(want) or not all(map(_readable, got)) for _, got, want in pairs):
        return None
    if told := _the_same_throughout(pairs):
        return told
    if nearly and (told := _comes_close(pairs, nearly)):
        return told
    if len(pairs[0][2]) > 1:
        return _some_parts(pairs, tolerance)
    single = [(probe, got[0].detach().double(), want[0].detach().double()) for probe, got, want in pairs]
    if any(got.shape != want.shape for _, got, want in single):
        return None
    claims = (_sign, _factor, _constant, _columns, _order, _where, _cases, _entries, _shape_and_sign)
    return next((told for claim in claims for told in claim(names, single, tolerance)), None)


def _floats(part):
    """Truth values and whole numbers as floats: how far they are right does not depend on their type."""
    whole = type(part) is Tensor and part.dtype in (torch.bool, torch.uint8, torch.int16, torch.int32, torch.int64)
    return part.double() if whole and part.device.type == "cpu" and part.numel() < HUGE else part


def _readable(part) -> bool:
    return comparable(part) and part.numel() < HUGE


def _the_same_throughout(pairs) -> str | None:
    """That the arguments have no effect: one number, or row of numbers, in all of three cases or more."""
    if len(pairs) > 2 and all(agree(got, pairs[0][1], 1e-9) for _, got, _ in pairs) and pairs[0][1][0].isfinite().all():
        return f"It is the same in all {len(pairs)} cases that it is tried on, whatever it is given; what is expected is not."
    return None


def _comes_close(pairs, nearly: float) -> str | None:
    """Of a search: that it ends near the place where it should."""
    together = [pair for _, got, want in pairs for pair in zip(got, want, strict=True)]
    most = max(float((a - b).abs().max()) if a.shape == b.shape else torch.inf for a, b in together)
    if most > COARSE and not all(a.shape == b.shape and _close(a.double(), b.double(), nearly) for a, b in together):
        return None
    coarse = "Either the search is too coarse, or what it looks for is not quite right."
    advice = coarse if most > nearly else "Search on, more finely, around where it ends."
    return f"It comes close: it is off by at most {number(most)}, in all cases. {advice}"


def _some_parts(pairs, tolerance) -> str | None:
    right = [all(agree(got[i], want[i], tolerance) for _, got, want in pairs) for i in range(len(pairs[0][2]))]
    if not any(right):
        return None
    return f"The {' and the '.join(ORDINALS[i] for i, fits in enumerate(right) if fits)} of the {len(right)} results is right."


def _close(a: Tensor, b: Tensor, tolerance: float) -> bool:
    return torch.allclose(a, b, rtol=tolerance, atol=tolerance)


def _sign(names, cases, tolerance) -> Iterator[str]:
    if all(_close(got, -want, tolerance) for _, got, want in cases):
        yield "It is right but for the sign, in all cases."


def _factor(names, cases, tolerance) -> Iterator[str]:
    """Got is wanted times one number in each case, the same number or a size."""
    factors = []
    for _, got, want in cases:
        away = want.abs() > 1e-3
        if not away.any() or not finite([got]).numel() == got.numel():
            return
        factor = (got[away] / want[away]).median()
        if not _close(got, factor * want, max(tolerance, tolerance * abs(float(factor)))) or abs(factor) < 1e-3:
            return
        factors.append(float(factor))
    if sum(want.numel() for *_, want in cases) < 3:
        return
    told = recognized(names, cases, factors, 1.0, lambda a, size: a * size, lambda a, size: a / size)
    if told:
        yield f"It is right up to a factor: {told} times what is expected, in all cases."


def _constant(names, cases, tolerance) -> Iterator[str]:
    """Got is wanted plus one number in each case, the same number or a multiple of a size."""
    differences = []
    for _, got, want in cases:
        difference = (got - want).median()
        if not _close(got, want + difference, tolerance):
            return
        differences.append(float(difference))
    if sum(want.numel() for *_, want in cases) < 3:
        return
    told = recognized(names, cases, differences, 0.0, lambda a, size: a * size, None)
    if told:
        yield f"It is right up to a constant: {told} is added to what is expected, in all cases."


def _right(got: Tensor, want: Tensor, tolerance: float) -> Tensor:
    return torch.isclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)


def _columns(names, cases, tolerance) -> Iterator[str]:
    """In all cases the same end of a row is right: all but the last column, the first column."""
    masks = [_right(got, want, tolerance) for _, got, want in cases if want.dim() >= 1 and want.shape[-1] > 1]
    if not masks or len(masks) < sum(want.numel() > 1 for *_, want in cases):
        return
    what = (
        "column" if all(mask.dim() == 2 for mask in masks) else "number" if all(m.dim() == 1 for m in masks) else None
    )
    if what is None:
        return
    columns = [mask.reshape(-1, mask.shape[-1]).all(dim=0) for mask in masks]
    wrong = [~mask.reshape(-1, mask.shape[-1]).any(dim=0) for mask in masks]
    for words, good in (
        (f"all but the last {what}", lambda n: [*[True] * (n - 1), False]),
        (f"all but the first {what}", lambda n: [False, *[True] * (n - 1)]),
        (f"the first {what} only", lambda n: [True, *[False] * (n - 1)]),
        (f"the last {what} only", lambda n: [*[False] * (n - 1), True]),
    ):
        wanted = [torch.tensor(good(len(c))) for c in columns]
        if all(torch.equal(c, w) for c, w in zip(columns, wanted, strict=True)) and all(
            (w | b).all() for w, b in zip(wanted, wrong, strict=True)
        ):
            yield f"It is right in {words}, in all cases where there are several."
            return


def _cases(names, cases, tolerance) -> Iterator[str]:
    """Whole cases are right, and an argument that is a number tells which."""
    right = [bool(_right(got, want, tolerance).all()) for _, got, want in cases]
    if not any(right):
        return
    count = f"in {sum(right)} of the {len(cases)} cases that it is tried on"
    for i, name in enumerate(names):
        values = [_scalar(probe[i]) for probe, *_ in cases]
        inside = {value for value, fits in zip(values, right, strict=True) if fits}
        outside = {value for value, fits in zip(values, right, strict=True) if not fits}
        if None not in inside | outside and len(inside) == 1 and not inside & outside:
            yield f"It is right {count}: where `{name}` is {number(inside.pop())}."
            return
    yield f"It is right {count}."


def _scalar(value) -> float | None:
    if isinstance(value, Tensor):
        return value.item() if value.dim() == 0 else None
    return float(value) if isinstance(value, (int, float)) else None


def _where(names, cases, tolerance) -> Iterator[str]:
    """Numbers are right where an argument of the same shape is positive, negative, zero or one."""
    total = sum(want.numel() for *_, want in cases)
    right = [_right(got, want, tolerance) for _, got, want in cases]
    count = sum(int(mask.sum()) for mask in right)
    if not 0 < count < total or total < 6:
        return
    tests = {"positive": lambda v: v > 0, "negative": lambda v: v < 0, "0": lambda v: v == 0, "1": lambda v: v == 1}
    for i, name in enumerate(names):
        values = [probe[i] for probe, *_ in cases]
        if all(isinstance(v, Tensor) and v.shape == mask.shape for v, mask in zip(values, right, strict=True)):
            for words, test in tests.items():
                if all(torch.equal(test(v.detach()), mask) for v, mask in zip(values, right, strict=True)):
                    yield f"It is right where `{name}` is {words}, and nowhere else ({count} of {total} numbers)."
                    return


def _entries(names, cases, tolerance) -> Iterator[str]:
    masks = [_right(got, want, tolerance) for _, got, want in cases]
    count, total = sum(int(mask.sum()) for mask in masks), sum(mask.numel() for mask in masks)
    if 0 < count < total:
        yield f"{count} of {total} numbers are right."


def _order(names, cases, tolerance) -> Iterator[str]:
    flat = [(got.flatten(), want.flatten()) for _, got, want in cases]
    placed = all(_close(got, want, tolerance) for got, want in flat)  # the numbers stand as they should
    ordered = [(got.sort().values, want.sort().values) for got, want in flat]
    if not placed and any(len(want) > 2 for _, want in flat) and all(_close(a, b, tolerance) for a, b in ordered):
        yield "These are the right numbers in another order, in all cases."


def _shape_and_sign(names, cases, tolerance) -> Iterator[str]:
    if all(torch.equal(got.sign(), want.sign()) for _, got, want in cases):
        several = "s" if len({float(sign) for *_, want in cases for sign in want.sign().flatten()}) > 1 else ""
        yield f"Shape and sign{several} are right, in all cases; the sizes of the numbers are not."
