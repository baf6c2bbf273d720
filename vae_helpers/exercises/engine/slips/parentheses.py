"""Slips in parentheses: a factor, a divisor or a power that covers less than it should, or more."""

import ast
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.naming import describe
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill

PLUS = (ast.Add, ast.Sub)
TIMES = (ast.Mult, ast.Div)


def operation(node: ast.AST, operators: tuple) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, operators)


def scopes(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A factor or divisor that covers a part only: a / 2 * b for a / (2 b), c a + b for c (a + b)."""
    at = node.first
    if isinstance(node.op, ast.Div) and operation(node.right, (ast.Mult,)):
        inner = node.right
        words = f"only {describe(inner.left, source)} divides, and {describe(inner.right, source)} multiplies: a / b * c is (a / b) * c"
        yield Slip(words, at, with_parts("L / A * B", "right"))
    for side, other in (("left", "right"), ("right", "left")):
        inner = getattr(node, side)
        if not operation(inner, PLUS) or (isinstance(node.op, ast.Div) and side == "right"):
            continue
        acts = "divides" if isinstance(node.op, ast.Div) else "multiplies"
        covers = f"{describe(getattr(node, other), source)} {acts} only"
        sign = "+" if isinstance(inner.op, ast.Add) else "-"
        mark = {ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}[type(node.op)]
        letter = "L" if side == "right" else "R"
        first, second = describe(inner.left, source), describe(inner.right, source)
        ordered = ("{part} {mark} {other}" if side == "left" else "{other} {mark} {part}").format
        near_first = ordered(part="A", mark=mark, other=letter)
        near_second = ordered(part="B", mark=mark, other=letter)
        yield Slip(f"{covers} {first}, not {second}", at, with_parts(f"{near_first} {sign} B", side))
        yield Slip(f"{covers} {second}, not {first}", at, with_parts(f"A {sign} {near_second}", side))
        if side == "right" and operation(inner.left, PLUS):
            words = f"{covers} {describe(_leftmost(inner), source)}, not the terms behind it"
            yield Slip(words, at, _on_leftmost)


def shares(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A factor of a sum, c * (a + b + d) or c * (a + b + d).sum(), that one term lacks, or one term alone has."""
    if not operation(node, (ast.Mult,)):
        return
    for side, other in (("right", "left"), ("left", "right")):
        terms = _terms(_summed(getattr(node, side)))
        if len(terms) < 2:
            continue
        factor = describe(getattr(node, other), source)
        reduced = getattr(node, side) is not _summed(getattr(node, side))
        for i, (_, term) in enumerate(terms):
            said = describe(term, source)
            if reduced or len(terms) > 2:
                yield Slip(
                    f"{factor} multiplies only {said}, not the other terms", node.first, _shared(side, other, [i])
                )
                rest = [j for j in range(len(terms)) if j != i]
                yield Slip(f"{factor} does not multiply {said}", node.first, _shared(side, other, rest))


def _summed(node: ast.AST) -> ast.AST:
    """a + b of (a + b).sum(), or the node itself."""
    call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("sum", "mean")
    return node.func.value if call and operation(node.func.value, PLUS) else node


def _terms(node: ast.AST) -> list[tuple[ast.operator, ast.AST]]:
    """Those of a sum, each with its sign."""
    if not operation(node, PLUS):
        return [(ast.Add(), node)]
    return [*_terms(node.left), (node.op, node.right)]


def _shared(side: str, other: str, which: list[int]):
    """A make that multiplies some of the terms only."""

    def make(node):
        whole = getattr(node, side, None)
        if whole is None or not operation(_summed(whole), PLUS):
            return node
        terms, factor = _terms(_summed(whole)), getattr(node, other)
        parts = [(sign, ast.BinOp(factor, ast.Mult(), t) if i in which else t) for i, (sign, t) in enumerate(terms)]
        total = parts[0][1]
        for sign, part in parts[1:]:
            total = ast.BinOp(total, sign, part)
        if whole is _summed(whole):
            return total
        return ast.Call(ast.Attribute(total, whole.func.attr, ast.Load()), whole.args, whole.keywords)

    return make


def _leftmost(node: ast.AST) -> ast.AST:
    """The first term of a sum."""
    return _leftmost(node.left) if operation(node, PLUS) else node


def _on_leftmost(node: ast.BinOp) -> ast.BinOp:
    """c * a + b − d for c * (a + b − d)."""

    def without_parentheses(part):
        if operation(part, PLUS):
            return ast.BinOp(without_parentheses(part.left), part.op, part.right)
        return ast.BinOp(node.left, node.op, part)

    return without_parentheses(node.right) if isinstance(node, ast.BinOp) else node


def with_parts(template: str, side: str):
    """A make that takes A and B from one side of an operation; where that has been edited into something else, none."""

    def make(node):
        inner = getattr(node, side)
        if not isinstance(inner, ast.BinOp):
            return node
        return fill(template, L=node.left, R=node.right, A=inner.left, B=inner.right)

    return make


def absorptions(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A factor or divisor that covers more than it should: (a + b) / c for a + b / c."""
    if not operation(node, PLUS):
        return
    sign = "+" if isinstance(node.op, ast.Add) else "-"
    for side, other in (("right", "left"), ("left", "right")):
        inner = getattr(node, side)
        if not operation(inner, TIMES):
            continue
        rest = describe(getattr(node, other), source)
        first, second = ("R", "A") if side == "left" else ("L", "A")
        both = f"(A {sign} {first})" if side == "left" else f"({first} {sign} {second})"
        mark, acts = ("*", "multiplies") if isinstance(inner.op, ast.Mult) else ("/", "divides")
        words = f"{describe(inner.right, source)} {acts} {rest} as well"
        yield Slip(words, node.first, with_parts(f"{both} {mark} B", side))
        if mark == "*":
            words = f"{describe(inner.left, source)} multiplies {rest} as well"
            yield Slip(words, node.first, with_parts(f"A * {both.replace('A', 'B')}", side))


def power_of_last(mark: str):
    """a − b ** 2 for (a − b) ** 2."""

    def make(node):
        inner = getattr(node, "left", None)
        if not isinstance(inner, ast.BinOp):
            return node
        return fill(f"A {mark} B ** C", A=inner.left, B=inner.right, C=node.right)

    return make
