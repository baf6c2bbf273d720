"""Slips in sums, means and their like: another dimension, all of them, one kept."""

import ast
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.calls import REDUCTIONS, short, with_keyword, without
from vae_helpers.exercises.engine.slips.naming import constant, describe, function_name, is_method, operand
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill


def reductions(node: ast.AST, source: Source) -> Iterator[Slip]:
    name = function_name(node)
    if name not in REDUCTIONS or operand(node, source) is None or not isinstance(node.func, ast.Attribute):
        return
    at, method, what = node.first, is_method(node, source), short(name)
    dim = _dim(node, method)
    if name not in ("softmax", "log_softmax"):
        words = f"{what} over {_along(dim)} is not taken"
        yield Slip(words, at, lambda n: operand(n, source) if isinstance(n, ast.Call) else n)
    if dim is not None:
        other = {0: 1, 1: 0, -1: 0}.get(dim, 0)
        words = f"{what} runs over dimension {other} instead of {dim}"
        yield Slip(words, at, lambda n: _over(n, method, other))
        yield Slip(f"{what} runs over everything instead of over dimension {dim}", at, lambda n: _over(n, method, None))
        if any(word.arg == "keepdim" for word in node.keywords):
            yield Slip(f"keepdim is missing from {what}", at, lambda n: without(n, "keepdim"))
        else:
            words = f"{what} keeps its dimension (keepdim)"
            yield Slip(words, at, lambda n: with_keyword(n, "keepdim", True))
    else:
        for other in (0, 1):
            words = f"{what} runs over dimension {other} only instead of over everything"
            yield Slip(words, at, lambda n, other=other: _over(n, method, other))
        if name in ("sum", "mean"):
            words = f"the first number alone is taken instead of {what}"
            yield Slip(words, at, lambda n: fill("A.flatten()[0]", A=operand(n, source)), 2)
    inner = operand(node, source)
    if method and isinstance(inner, ast.BinOp):
        words = f"{what} is taken of {describe(inner.right, source)} only, not of {describe(inner.left, source)}"
        yield Slip(words, at, _last_only)
    if name in ("var", "std"):
        words = f"{what} divides by N instead of N − 1 (correction=0)"
        yield Slip(words, at, lambda n: with_keyword(n, "correction", 0))


def _last_only(call: ast.Call) -> ast.AST:
    """a + b.sum() for (a + b).sum()."""
    inner = call.func.value
    if not isinstance(inner, ast.BinOp):
        return call
    last = ast.Call(ast.Attribute(inner.right, call.func.attr, ast.Load()), call.args, call.keywords)
    return ast.BinOp(inner.left, inner.op, last)


def _along(dim: int | None) -> str:
    return "everything" if dim is None else f"dimension {dim}"


def _dim(call: ast.Call, method: bool) -> int | None:
    given = [word.value for word in call.keywords if word.arg == "dim"] or call.args[0 if method else 1 :][:1]
    value = constant(given[0]) if given else None
    return value if isinstance(value, int) else None


def _over(call: ast.Call, method: bool, dim: int | None) -> ast.Call:
    """A reduction over another dimension, or over everything."""
    fresh = without(call, "dim")
    fresh.args = call.args[: 0 if method else 1]
    return without(fresh, "keepdim") if dim is None else with_keyword(fresh, "dim", dim)


MAKERS = (reductions,)
