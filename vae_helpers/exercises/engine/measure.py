"""A constant or factor by name: ½ log 2π, 2, the number of columns of x."""

from collections.abc import Callable, Iterator

from torch import Tensor

from vae_helpers.exercises.engine.showing import number
from vae_helpers.exercises.engine.slips.naming import NUMBERS
from vae_helpers.exercises.engine.slips.naming import number as named_number


def recognized(names, cases, found: list[float], neutral: float, *by_size: Callable | None) -> str | None:
    """In words, one number for all cases, or one number and a size of an argument; None if there is none."""
    if _all_alike(found):
        value = found[0]
        return None if abs(value - neutral) < 1e-6 else _told(value)
    for words, sizes in _sizes(names, [probe for probe, *_ in cases]):
        for rule, how in zip(by_size, ("times", "divided by"), strict=False):
            if rule is not None:
                bases = [rule(1.0, size) for size in sizes]
                ratios = [value / base for value, base in zip(found, bases, strict=True)]
                if _all_alike(ratios):
                    one = abs(ratios[0] - 1) < 1e-3 and neutral == 1.0
                    text = words if how == "times" else f"1 / ({words})"
                    return text if one else f"{_told(ratios[0])} {how} {words}"
    return None


def _told(value: float) -> str:
    """A number, and what it is if it is known."""
    digits, name = number(value), named_number(_known(value))
    return (
        digits
        if name in (digits, digits.replace("-", "−")) or not any(c in name for c in "πlo½¼√")
        else f"{digits} = {name}"
    )


def _known(value: float) -> float:
    """A known constant that a measured number is close to, else the number."""
    near = [known for known in NUMBERS if abs(abs(value) - known) < 2e-4 * known]
    return (near[0] if value > 0 else -near[0]) if near else value


def _all_alike(values: list[float]) -> bool:
    return all(abs(value - values[0]) <= 1e-3 * max(1e-3, abs(values[0])) for value in values)


def _sizes(names: list[str], probes: list[tuple]) -> Iterator[tuple[str, list[float]]]:
    """Sizes of arguments that differ from probe to probe, with words, and arguments that are numbers."""
    for i, name in enumerate(names):
        values = [probe[i] for probe in probes]
        if all(isinstance(value, Tensor) for value in values):
            for axis, what in enumerate(("rows", "columns")):
                if all(value.dim() > axis for value in values):
                    sizes = [float(value.shape[axis]) for value in values]
                    if len(set(sizes)) > 1:
                        kind = what if any(value.dim() > 1 for value in values) else "numbers"
                        yield f"the number of {kind} of `{name}`", sizes
        elif all(isinstance(value, (int, float)) and value for value in values) and len(set(values)) > 1:
            yield f"`{name}`", [float(value) for value in values]
