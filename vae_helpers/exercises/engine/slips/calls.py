"""Slips in calls: a function left out or taken for its neighbor, a reduction over another dimension, arguments exchanged."""

import ast
import copy
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.naming import (
    SAID,
    constant,
    describe,
    function_name,
    is_method,
    number,
    operand,
)
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill

GUARDS = ("1e-3", "1e-4", "1e-5", "1e-6", "1e-7", "1e-8", "1e-10", "1e-12")  # what people add where a 0 might be

REDUCTIONS = {
    "sum": ("mean",), "mean": ("sum",), "logsumexp": ("sum", "mean", "amax"), "max": ("mean",), "amax": ("mean",),
    "norm": (), "var": ("std",), "std": ("var",), "quantile": (), "prod": ("sum",), "softmax": (), "log_softmax": (),
}  # fmt: skip
NEIGHBORS = {
    "exp": ("log",), "log": ("log2", "log10", "log1p", "exp"), "sqrt": ("square",), "square": ("abs", "sqrt"),
    "sigmoid": ("exp", "tanh"), "softplus": ("sigmoid", "relu", "logsigmoid"), "ndtr": ("ndtri",), "ndtri": ("ndtr",),
    "sin": ("cos",), "cos": ("sin",), "arccos": ("cos", "arcsin"), "log2": ("log",),
}  # fmt: skip
UNLIKELY = {"log10", "log1p", "tanh", "arcsin"}
PLAIN = {*NEIGHBORS, "abs", "flip", "float", "clamp", "xlogy", "detach", "cumsum"}
WORDS = {**SAID, "amax": "the largest of", "log2": "the logarithm to base 2 of", "log10": "the logarithm to base 10 of",
         "log1p": "log(1 + ·) of", "tanh": "the hyperbolic tangent of", "relu": "the positive part of", "prod": "the product of",
         "arcsin": "the arcsine of"}  # fmt: skip


def short(name: str) -> str:
    """ "the sum", "the mean", for use without what it is of."""
    return WORDS.get(name, f"`{name}` of").removesuffix(" of")


def functions(node: ast.AST, source: Source) -> Iterator[Slip]:
    """One that is left out, applied twice, or taken for its neighbor."""
    name = function_name(node)
    inner = operand(node, source) if name else None
    if inner is None or constant(node) is not None or name not in PLAIN | set(REDUCTIONS):
        return
    said = describe(inner, source)
    if name in PLAIN:
        words = f"{short(name)} of {said} is not taken" if name in WORDS else f"`{name}` is missing"
        yield Slip(words, node.first, lambda n: operand(n, source) if isinstance(n, ast.Call) else n)
    for other in (*NEIGHBORS.get(name, ()), *REDUCTIONS.get(name, ())):
        of = "" if name in REDUCTIONS and _occurs(name, source) == 1 else f" of {said}"
        words = f"{short(other)}{of} is taken instead of {short(name)}"
        yield Slip(words, node.first, renamed(other), 2 if other in UNLIKELY else 0)
    if name in NEIGHBORS:
        yield Slip(f"{short(name)} of {said} is taken twice", node.first, _twice(source), 0 if name == "sigmoid" else 2)
        words = f"the sign of {said} is turned before {short(name)} is taken"
        yield Slip(words, node.first, _on_operand("-A", source), 2)
    if name == "norm":
        words = f"the square of {short(name)} of {said} is taken"
        yield Slip(words, node.first, lambda n: fill("A ** 2", A=n))
        words = f"the sum of {said} is taken instead of {short(name)}"
        yield Slip(words, node.first, renamed("sum"))
    if name == "log":
        for guard in GUARDS:
            words = f"{guard} is added to {said} under the logarithm"
            yield Slip(words, node.first, _on_operand(f"A + {guard}", source), 2)
            yield Slip(f"{said} is kept above {guard}", node.first, _on_operand(f"_above(A, {guard})", source), 2)


def bases(node: ast.AST, source: Source) -> Iterator[Slip]:
    """log 2π to another base."""
    if function_name(node) == "log" and constant(node) is not None and len(node.args) == 1:
        for name, base in (("log2", 2), ("log10", 10)):
            words = f"the logarithm of {number(constant(node.args[0]))} is taken to base {base}"
            yield Slip(words, node.first, renamed(name), 2)


def unapplied(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A parameter that is a function of one thing, left out: z for f(z)."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        if source.kinds.get(node.func.id) == "other":
            words = f"`{node.func.id}` is not applied to {describe(node.args[0], source)}"
            yield Slip(words, node.first, lambda n: n.args[0] if isinstance(n, ast.Call) else n)


def _occurs(name: str, source: Source) -> int:
    return sum(function_name(node) == name for node in source.nodes())


def renamed(name: str):
    def make(call):
        fresh = copy.copy(call)
        fresh.func = ast.Attribute(call.func.value, name, ast.Load())
        return fresh

    return make


def _twice(source: Source):
    return lambda call: _with_operand(call, call, source)


def _on_operand(template: str, source: Source):
    return lambda call: _with_operand(call, fill(template, A=operand(call, source)), source)


def _with_operand(call: ast.Call, new: ast.AST, source: Source) -> ast.Call:
    fresh = copy.copy(call)
    if is_method(call, source):
        fresh.func = ast.Attribute(new, call.func.attr, ast.Load())
    else:
        fresh.args = [new, *call.args[1:]]
    return fresh


def orders(node: ast.AST, source: Source) -> Iterator[Slip]:
    """Two steps in the other order, two arguments exchanged, min for max, True for False."""
    if not isinstance(node, ast.Call):
        return
    at, name, inner = node.first, function_name(node), operand(node, source)
    if (
        name in PLAIN | set(REDUCTIONS)
        and isinstance(inner, ast.Call)
        and is_method(node, source)
        and is_method(inner, source)
    ):
        words = f"{short(name)} is taken before {short(function_name(inner))}, not after it"
        yield Slip(words, at, _swapped_steps)
    if len(node.args) >= 2 and name not in REDUCTIONS:
        for i in range(len(node.args) - 1):
            first, second = describe(node.args[i], source), describe(node.args[i + 1], source)
            words = f"{first} and {second} are exchanged in a call of {name}"
            yield Slip(words, at, lambda n, i=i: _exchanged(n, i))
    for word in node.keywords:
        if word.arg == "dim" and name not in REDUCTIONS and (dim := constant(word.value)) in (0, 1):
            yield Slip(
                f"dim={1 - dim} stands where dim={dim} belongs in {name}",
                at,
                lambda n, d=dim: with_keyword(n, "dim", 1 - d),
            )
        if word.arg in ("min", "max"):
            other = "max" if word.arg == "min" else "min"
            words = f"{describe(word.value, source)} is given as {other}= instead of {word.arg}="
            make = lambda n, old=word.arg, new=other: _rename_keyword(n, old, new)  # noqa: E731
            yield Slip(words, at, make)
        if isinstance(word.value, ast.Constant) and isinstance(word.value.value, bool) and word.arg != "keepdim":
            other = not word.value.value
            yield Slip(
                f"{word.arg}={other} stands in the call of {name}",
                at,
                lambda n, w=word.arg, v=other: with_keyword(n, w, v),
            )
    if neighbor := {"repeat": "repeat_interleave", "repeat_interleave": "repeat"}.get(name):
        yield Slip(f"{neighbor} stands where {name} belongs", at, renamed(neighbor))


def without(call: ast.Call, *names: str) -> ast.Call:
    fresh = copy.copy(call)
    fresh.keywords = [word for word in call.keywords if word.arg not in names]
    return fresh


def with_keyword(call: ast.Call, name: str, value) -> ast.Call:
    fresh = without(call, name)
    fresh.keywords.append(ast.keyword(name, ast.Constant(value)))
    return fresh


def _swapped_steps(outer: ast.Call) -> ast.Call:
    inner = outer.func.value
    if not (isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute)):
        return outer
    first = ast.Call(ast.Attribute(inner.func.value, outer.func.attr, ast.Load()), outer.args, outer.keywords)
    return ast.Call(ast.Attribute(first, inner.func.attr, ast.Load()), inner.args, inner.keywords)


def _exchanged(call: ast.Call, i: int) -> ast.Call:
    fresh = copy.copy(call)
    fresh.args = [*call.args[:i], call.args[i + 1], call.args[i], *call.args[i + 2 :]]
    return fresh


def _rename_keyword(call: ast.Call, old: str, new: str) -> ast.Call:
    fresh = copy.copy(call)
    fresh.keywords = [ast.keyword(new if word.arg == old else word.arg, word.value) for word in call.keywords]
    return fresh


MAKERS = (functions, bases, unapplied, orders)
