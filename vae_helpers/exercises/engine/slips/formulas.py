"""Slips in formulas: signs, factors, terms, squares, the order of operations."""

import ast
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.naming import constant, describe, size
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill

PLUS = (ast.Add, ast.Sub)
TIMES = (ast.Mult, ast.Div)


def _is(node: ast.AST, operators: tuple) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, operators)


def products(node: ast.AST, source: Source) -> Iterator[Slip]:
    if _is(node, (ast.MatMult,)):
        yield from _scopes(node, source)
    if not _is(node, TIMES):
        return
    left, right = describe(node.left, source), describe(node.right, source)
    at = node.first
    if isinstance(node.op, ast.Mult):
        if not _is(node.left, TIMES):
            yield Slip(f"{left} is missing as a factor", at, lambda n: n.right)
            yield Slip(
                f"{right} is divided by {left} instead of multiplied", at, lambda n: fill("R / L", L=n.left, R=n.right)
            )
        if _negative(node.left):
            bare = describe(node.left.operand, source)
            yield Slip(f"{bare} is missing as a factor (its sign is there)", at, lambda n: fill("-R", R=n.right))
        yield Slip(f"{right} is missing as a factor", at, lambda n: n.left)
        yield Slip(
            f"{left} is divided by {right} instead of multiplied", at, lambda n: fill("L / R", L=n.left, R=n.right)
        )
        rare = 0 if size(node.right, source) else 2
        yield Slip(f"{right} occurs twice as a factor", at, lambda n: fill("L * R * R", L=n.left, R=n.right), rare)
        rare = 0 if size(node.left, source) else 2
        yield Slip(f"{left} occurs twice as a factor", at, lambda n: fill("L * L * R", L=n.left, R=n.right), rare)
        words = f"{left} and {right} are added instead of multiplied"
        yield Slip(words, at, lambda n: fill("L + R", L=n.left, R=n.right), 2)
        yield from _powers_of_products(node, left, source)
    else:
        yield Slip(f"the division by {right} is missing", at, lambda n: n.left)
        yield Slip(
            f"{left} is multiplied by {right} instead of divided", at, lambda n: fill("L * R", L=n.left, R=n.right)
        )
        words = f"the quotient of {left} and {right} is upside down"
        yield Slip(words, at, lambda n: fill("R / L", L=n.left, R=n.right))
        for guard in ("1e-8", "1e-6") if constant(node.right) is None else ():
            yield Slip(
                f"{guard} is added to the divisor {right}",
                at,
                lambda n, g=guard: fill(f"L / (R + {g})", L=n.left, R=n.right),
                2,
            )
        yield Slip(f"{left} is divided by {right} twice", at, lambda n: fill("L / R / R", L=n.left, R=n.right), 2)
        if _is(node.right, (ast.Pow,)):
            words = f"it is divided by {describe(node.right.left, source)} and multiplied by the exponent, where its square divides"
            yield Slip(words, at, _inner("L / A * B", "right"))
        if not _is(node.left, TIMES) and constant(node.left) != 1:
            yield Slip(f"{left} is missing as a factor", at, lambda n: fill("1 / R", R=n.right))
    yield from _scopes(node, source)


def _negative(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _powers_of_products(node, left, source) -> Iterator[Slip]:
    """½ z² as (½ z)²."""
    if _is(node.right, (ast.Pow,)):
        words = f"the power covers {left} as well"
        yield Slip(words, node.first, _inner("(L * A) ** B", "right"))


def _scopes(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A factor or divisor that covers a part only: a / 2 * b for a / (2 b), c a + b for c (a + b)."""
    at = node.first
    if isinstance(node.op, ast.Div) and _is(node.right, (ast.Mult,)):
        inner = node.right
        words = f"only {describe(inner.left, source)} divides, and {describe(inner.right, source)} multiplies: a / b * c is (a / b) * c"
        yield Slip(words, at, _inner("L / A * B", "right"))
    for side, other in (("left", "right"), ("right", "left")):
        inner = getattr(node, side)
        if not _is(inner, PLUS) or (isinstance(node.op, ast.Div) and side == "right"):
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
        yield Slip(f"{covers} {first}, not {second}", at, _inner(f"{near_first} {sign} B", side))
        yield Slip(f"{covers} {second}, not {first}", at, _inner(f"A {sign} {near_second}", side))


def _inner(template: str, side: str):
    """A make that takes A and B from one side of an operation; where that has been edited into something else, none."""

    def make(node):
        inner = getattr(node, side)
        if not isinstance(inner, ast.BinOp):
            return node
        return fill(template, L=node.left, R=node.right, A=inner.left, B=inner.right)

    return make


def sums(node: ast.AST, source: Source) -> Iterator[Slip]:
    if not _is(node, PLUS):
        return
    at, right = node.first, describe(node.right, source)
    minus = isinstance(node.op, ast.Sub)
    words = f"{right} is added instead of subtracted" if minus else f"{right} is subtracted instead of added"
    yield Slip(words, at, lambda n: fill("L + R" if minus else "L - R", L=n.left, R=n.right))
    yield Slip(f"{right} is missing", at, lambda n: n.left)
    left = describe(node.left, source)
    if not _is(node.left, PLUS):
        yield Slip(f"{left} is missing", at, lambda n: fill("-R", R=n.right) if minus else n.right)
        words = f"{left} and {right} are multiplied instead of {'subtracted' if minus else 'added'}"
        yield Slip(words, at, lambda n: fill("L * R", L=n.left, R=n.right), 2)
    if minus and not _is(node.left, PLUS):
        words = f"the sign of the difference between {left} and {right} is turned"
        yield Slip(words, at, lambda n: fill("R - L", L=n.left, R=n.right))
    yield Slip(
        f"{right} counts twice", at, lambda n: fill("L - 2 * R" if minus else "L + 2 * R", L=n.left, R=n.right), 2
    )
    yield Slip(
        f"{right} counts half", at, lambda n: fill("L - R / 2" if minus else "L + R / 2", L=n.left, R=n.right), 2
    )
    if not _is(node.left, PLUS):
        words = f"{left} is subtracted instead of added"
        yield Slip(words, at, lambda n: fill("-L - R" if minus else "-L + R", L=n.left, R=n.right))


def absorptions(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A factor or divisor that covers more than it should: (a + b) / c for a + b / c."""
    if not _is(node, PLUS):
        return
    sign = "+" if isinstance(node.op, ast.Add) else "-"
    for side, other in (("right", "left"), ("left", "right")):
        inner = getattr(node, side)
        if not _is(inner, TIMES):
            continue
        rest = describe(getattr(node, other), source)
        first, second = ("R", "A") if side == "left" else ("L", "A")
        both = f"(A {sign} {first})" if side == "left" else f"({first} {sign} {second})"
        mark, acts = ("*", "multiplies") if isinstance(inner.op, ast.Mult) else ("/", "divides")
        words = f"{describe(inner.right, source)} {acts} {rest} as well"
        yield Slip(words, node.first, _inner(f"{both} {mark} B", side))
        if mark == "*":
            words = f"{describe(inner.left, source)} multiplies {rest} as well"
            yield Slip(words, node.first, _inner(f"A * {both.replace('A', 'B')}", side))


def powers(node: ast.AST, source: Source) -> Iterator[Slip]:
    if _negative(node) and constant(node) is None:
        inner = describe(node.operand, source)
        yield Slip(f"the minus sign before {inner} is missing", node.first, lambda n: getattr(n, "operand", n))
    if not _is(node, (ast.Pow,)):
        return
    at, base = node.first, describe(node.left, source)
    done = {2: "squared", 0.5: "put under a root", -0.5: "put under a root and inverted"}.get(
        constant(node.right), "raised"
    )
    yield Slip(f"{base} is not {done}", at, lambda n: n.left)
    if constant(node.right) == 2:
        yield Slip(f"{base} is doubled instead of squared", at, lambda n: fill("2 * A", A=n.left))
        yield Slip(
            f"the absolute value of {base} stands where its square belongs", at, lambda n: fill("abs(A)", A=n.left)
        )
        yield Slip(f"the root of {base} stands where its square belongs", at, lambda n: fill("A ** 0.5", A=n.left), 2)
        yield Slip(f"{base} is squared twice", at, lambda n: fill("A ** 4", A=n.left), 2)


MAKERS = (products, sums, absorptions, powers)
