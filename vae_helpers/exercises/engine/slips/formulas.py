"""Slips in formulas: signs, factors, terms, squares, the order of operations."""

import ast
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.calls import GUARDS
from vae_helpers.exercises.engine.slips.naming import constant, describe, size
from vae_helpers.exercises.engine.slips.parentheses import (
    PLUS,
    TIMES,
    absorptions,
    operation,
    power_of_last,
    scopes,
    shares,
    with_parts,
)
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill


def products(node: ast.AST, source: Source) -> Iterator[Slip]:
    if operation(node, (ast.MatMult,)):
        yield from scopes(node, source)
    if not operation(node, TIMES):
        return
    left, right = describe(node.left, source), describe(node.right, source)
    at = node.first
    if isinstance(node.op, ast.Mult):
        if not operation(node.left, TIMES):
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
        for guard in GUARDS if constant(node.right) is None else ():
            yield Slip(
                f"{guard} is added to the divisor {right}",
                at,
                lambda n, g=guard: fill(f"L / (R + {g})", L=n.left, R=n.right),
                2,
            )
        yield Slip(f"{left} is divided by {right} twice", at, lambda n: fill("L / R / R", L=n.left, R=n.right), 2)
        if not operation(node.left, TIMES) and constant(node.left) != 1:
            yield Slip(f"{left} is missing as a factor", at, lambda n: fill("1 / R", R=n.right))
    yield from scopes(node, source)


def _negative(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _powers_of_products(node, left, source) -> Iterator[Slip]:
    """½ z² as (½ z)²."""
    if operation(node.right, (ast.Pow,)):
        words = f"the power covers {left} as well"
        yield Slip(words, node.first, with_parts("(L * A) ** B", "right"))


def sums(node: ast.AST, source: Source) -> Iterator[Slip]:
    if not operation(node, PLUS):
        return
    at, right = node.first, describe(node.right, source)
    minus = isinstance(node.op, ast.Sub)
    words = f"{right} is added instead of subtracted" if minus else f"{right} is subtracted instead of added"
    yield Slip(words, at, lambda n: fill("L + R" if minus else "L - R", L=n.left, R=n.right))
    yield Slip(f"{right} is missing", at, lambda n: n.left)
    left = describe(node.left, source)
    if not operation(node.left, PLUS):
        yield Slip(f"{left} is missing", at, lambda n: fill("-R", R=n.right) if minus else n.right)
        words = f"{left} and {right} are multiplied instead of {'subtracted' if minus else 'added'}"
        yield Slip(words, at, lambda n: fill("L * R", L=n.left, R=n.right), 2)
    if minus and not operation(node.left, PLUS):
        words = f"the sign of the difference between {left} and {right} is turned"
        yield Slip(words, at, lambda n: fill("R - L", L=n.left, R=n.right))
    yield Slip(
        f"{right} counts twice", at, lambda n: fill("L - 2 * R" if minus else "L + 2 * R", L=n.left, R=n.right), 2
    )
    yield Slip(
        f"{right} counts half", at, lambda n: fill("L - R / 2" if minus else "L + R / 2", L=n.left, R=n.right), 2
    )
    if not operation(node.left, PLUS):
        words = f"{left} is subtracted instead of added"
        yield Slip(words, at, lambda n: fill("-L - R" if minus else "-L + R", L=n.left, R=n.right))


def powers(node: ast.AST, source: Source) -> Iterator[Slip]:
    if _negative(node) and constant(node) is None:
        inner = describe(node.operand, source)
        yield Slip(f"the minus sign before {inner} is missing", node.first, lambda n: getattr(n, "operand", n))
    if not operation(node, (ast.Pow,)):
        return
    at, base = node.first, describe(node.left, source)
    done = {2: "squared", 0.5: "put under a root", -0.5: "put under a root and inverted"}.get(
        constant(node.right), "raised"
    )
    yield Slip(f"{base} is not {done}", at, lambda n: n.left)
    if operation(node.left, PLUS):
        left, right = describe(node.left.left, source), describe(node.left.right, source)
        mark = "+" if isinstance(node.left.op, ast.Add) else "-"
        words = f"only {right} is {done}, not the {'sum' if mark == '+' else 'difference'} of {left} and {right}"
        yield Slip(words, at, power_of_last(mark))
    if constant(node.right) == 2:
        yield Slip(f"{base} is doubled instead of squared", at, lambda n: fill("2 * A", A=n.left))
        yield Slip(
            f"the absolute value of {base} stands where its square belongs", at, lambda n: fill("abs(A)", A=n.left)
        )
        yield Slip(f"the root of {base} stands where its square belongs", at, lambda n: fill("A ** 0.5", A=n.left), 2)
        yield Slip(f"{base} is squared twice", at, lambda n: fill("A ** 4", A=n.left), 2)


MAKERS = (products, shares, sums, absorptions, powers)
