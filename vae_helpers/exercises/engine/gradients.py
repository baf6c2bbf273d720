"""Which gradients are missing or wrong, where the values are right."""

from torch import Tensor

from vae_helpers.exercises.engine.outcome import agree


def missing(names: list[str], probe: tuple, got, want) -> str | None:
    """Which gradients are missing, where the values are right: of effects that are gradients by the arguments."""
    leaves = [
        name for name, value in zip(names, probe, strict=True) if isinstance(value, Tensor) and value.requires_grad
    ]
    if len(leaves) != len(want.effect) or not leaves:
        return None
    if not got.value.requires_grad:
        return (
            "The values are right, but no gradient passes: your answer is not joined to what it was computed from. It was cut "
            "off (.detach(), .data, no_grad), or made anew from numbers (.item(), NumPy, torch.tensor)."
        )
    pairs = zip(leaves, got.effect, want.effect, strict=True)
    none = [f"`{name}`" for name, a, b in pairs if not a.any() and b.any()]
    return f"The values are right, but no gradient reaches {' and '.join(none)}." if none else None


def wrong(names: list[str], cases: list[tuple], tolerance: float) -> str | None:
    """Which gradients are wrong on some probe, where the values are right, and which are right on all."""
    leaves = [name for name, value in zip(names, cases[0][0], strict=True) if getattr(value, "requires_grad", False)]
    if len(leaves) < 2 or any(not len(got.effect) == len(want.effect) == len(leaves) for _, got, want in cases):
        return None
    fits = [all(agree(got.effect[i], want.effect[i], tolerance) for _, got, want in cases) for i in range(len(leaves))]
    right, wrong = (
        [f"`{name}`" for name, fit in zip(leaves, fits, strict=True) if fit == which] for which in (True, False)
    )
    if not right or not wrong:
        return None
    return (
        f"The values are right, and so is the gradient by {' and '.join(right)}. That by {' and '.join(wrong)} is not: a part of "
        "the graph is cut (.detach(), .data, no_grad), or joined where it should not be."
    )
