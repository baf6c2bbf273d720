"""Slips in what a formula is made of: numbers, variables, sizes, shapes, comparisons."""

import ast
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.naming import NOUNS, constant, describe, number, place, size, size_name
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill


def constants(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A number with another value. Where it is a factor or term, that it is missing is said elsewhere."""
    if not isinstance(node, ast.Constant) or constant(node) is None:
        return
    value, at = node.value, node.first
    others = {2: (1, 4, 0.5, 3), 1: (2, 0.5), 0.5: (0.25, 1, 2), 0: (1,), 10: (100, 5)}.get(
        value, (2 * value, value / 2)
    )
    for other in others:
        words = f"{number(other)} stands where {number(value)} belongs"
        yield Slip(words, at, lambda n, other=other: ast.Constant(other), 2)
    yield Slip(f"{number(value)} has the wrong sign", at, lambda n: ast.UnaryOp(ast.USub(), ast.Constant(value)), 2)


def names(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A variable's square, root, exponential, logarithm in its place, or another variable."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    kind = source.kinds.get(node.id, "tensor" if node.id in {*source.locals, *source.unpacked} else "other")
    if (
        kind == "other"
        or size(node.parent, source)
        or (isinstance(node.parent, ast.Attribute) and node.parent.attr == "shape")
    ):
        return
    at, said = node.first, describe(node, source)
    belongs = f"stands where {said} belongs{place(node, source)}" if len(said) < 80 else "is taken instead of it"
    spread, logarithm = _sounds(node.id, "sigma", "sd", "scale", "var"), _sounds(node.id, "log")
    yield Slip(f"the square of {said} {belongs}", at, lambda n: fill("A ** 2", A=n), 0 if spread else 2)
    yield Slip(f"the root of {said} {belongs}", at, lambda n: fill("_root(A)", A=n), 0 if spread or logarithm else 2)
    if kind != "count":  # a tensor with exp(20) numbers would fill the memory
        yield Slip(f"the exponential of {said} {belongs}", at, lambda n: fill("_exp(A)", A=n), 0 if logarithm else 2)
    yield Slip(f"the logarithm of {said} {belongs}", at, lambda n: fill("_log(A)", A=n), 2)
    yield Slip(f"twice {said} {belongs}", at, lambda n: fill("2 * A", A=n), 0 if logarithm else 2)
    yield Slip(f"half of {said} {belongs}", at, lambda n: fill("A / 2", A=n), 0 if logarithm else 2)
    yield Slip(f"{said} has the wrong sign", at, lambda n: ast.UnaryOp(ast.USub(), n), 2)
    for other in source.kinds:
        if other != node.id and node.id in source.kinds and source.kinds[other] != "other":
            rank = 0 if alike(other, node.id, source) else 2
            yield Slip(f"`{other}` {belongs}", at, lambda n, other=other: ast.Name(other, ast.Load()), rank)

    for other in sorted(source.unpacked & set(NOUNS) - {node.id}) if node.id in source.unpacked else ():
        yield Slip(f"{NOUNS[other]} {belongs}", at, lambda n, other=other: ast.Name(other, ast.Load()))


def _sounds(name: str, *words: str) -> bool:
    return any(name.startswith(word) for word in words)


def alike(a: str, b: str, source: Source) -> bool:
    """Whether two parameters could stand for each other: numbers both, or tensors of the same shapes."""
    if source.kinds[a] in ("number", "count"):
        return source.kinds[b] in ("number", "count")
    return source.kinds[a] == source.kinds[b] == "tensor" and source.shapes[a] == source.shapes[b]


def given(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A function that the answer was given, called with something else: decoder(mu) for decoder(z)."""
    root = node.func if isinstance(node, ast.Call) else None
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or source.kinds.get(root.id) != "other":
        return
    tensors = [name for name, kind in source.kinds.items() if kind == "tensor"]
    for i, argument in enumerate(node.args):
        said = describe(argument, source)
        for other in (*tensors, *sorted(source.unpacked & set(NOUNS))):
            if not (isinstance(argument, ast.Name) and argument.id == other):
                words = f"{describe(ast.Name(other), source)} is given to `{ast.unparse(node.func)}` instead of {said}"
                yield Slip(words, node.first, _with_argument(i, other))


def _with_argument(i: int, name: str):
    def make(call: ast.Call) -> ast.AST:
        return ast.Call(call.func, [*call.args[:i], ast.Name(name, ast.Load()), *call.args[i + 1 :]], call.keywords)

    return make


def unpackings(node: ast.AST, source: Source) -> Iterator[Slip]:
    """The two results of a call in the other order."""
    targets = node.targets[0].elts if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) else []
    values = node.value.elts if targets and isinstance(node.value, ast.Tuple) else []
    for pair, value in [(node.targets[0], node.value), *zip(targets, values, strict=False)] if targets else []:
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and not isinstance(value, ast.Tuple):
            first, second = (describe(name, source) for name in pair.elts)
            yield Slip(f"{first} and {second} are exchanged", pair.first, _turned)


def _turned(pair: ast.Tuple) -> ast.Tuple:
    return ast.Tuple(pair.elts[::-1], ast.Store())


def comparisons(node: ast.AST, source: Source) -> Iterator[Slip]:
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    turned = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
    loosened = {ast.Lt: ast.LtE, ast.Gt: ast.GtE, ast.LtE: ast.Lt, ast.GtE: ast.Gt}
    left, right = describe(node.left, source), describe(node.comparators[0], source)
    kind = type(node.ops[0])
    if kind in turned:
        yield Slip(f"the comparison of {left} and {right} is turned", node.first, _compared(turned[kind]))
        equal = "does not count" if kind in (ast.LtE, ast.GtE) else "counts as well"
        yield Slip(f"where {left} equals {right}, it {equal}", node.first, _compared(loosened[kind]))


def entries(node: ast.AST, source: Source) -> Iterator[Slip]:
    """mean[1] for mean[0]."""
    if isinstance(node, ast.Subscript) and not size(node, source) and (index := constant(node.slice)) in (0, 1):
        words = (
            "the second entry of {} stands where the first belongs",
            "the first entry of {} stands where the second belongs",
        )
        make = lambda n: ast.Subscript(n.value, ast.Constant(1 - index), ast.Load())  # noqa: E731
        yield Slip(words[index].format(describe(node.value, source)), node.first, make)


def sizes(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A size taken for another, or for 1."""
    said = size(node, source)
    if said is None:
        return
    tensors = [name for name, shapes in source.shapes.items() if all(len(shape) for shape in shapes)]
    seen = {said}
    for name in tensors:
        for axis in range(min(len(shape) for shape in source.shapes[name])):
            other = size_name(name, axis, source)
            if other not in seen:
                seen.add(other)
                make = lambda n, name=name, axis=axis: fill(f"{name}.shape[{axis}]")  # noqa: E731
                yield Slip(f"{other} stands where {said} belongs", node.first, make)
    yield Slip(f"{said} − 1 stands where {said} belongs", node.first, lambda n: fill("A - 1", A=n), 2)


def shapes(node: ast.AST, source: Source) -> Iterator[Slip]:
    """[:, None] left out or made [None, :]; a transposition left out."""
    if isinstance(node, ast.Subscript) and "None" in ast.unparse(node.slice):
        said = describe(node.value, source)
        yield Slip(f"{said} gets no new dimension ([:, None])", node.first, lambda n: n.value)
        yield Slip(
            f"{said} gets its new dimension on the other side", node.first, lambda n: fill("A[None, :]", A=n.value)
        )
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield Slip(f"{describe(node.value, source)} is not transposed", node.first, lambda n: n.value)


def _compared(kind: type):
    return lambda n: ast.Compare(n.left, [kind()], n.comparators)


MAKERS = (constants, names, given, unpackings, comparisons, entries, sizes, shapes)
