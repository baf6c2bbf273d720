"""Small edits of a learner's own text, as a person would make them who looks for the mistake: likely ones first."""

import ast
from collections.abc import Iterator

from vae_helpers.exercises.engine.own_text import Edit, Text
from vae_helpers.exercises.engine.slips.calls import NEIGHBORS, REDUCTIONS

OPERATORS = {
    ast.Add: ("+", "-", "*"), ast.Sub: ("-", "+", "/"), ast.Mult: ("*", "/", "+"), ast.Div: ("/", "*", "-"),
    ast.Pow: ("**", "*"), ast.MatMult: ("@", "*"),
}  # fmt: skip
COMPARISONS = {
    ast.Gt: (">", "<", ">="),
    ast.Lt: ("<", ">", "<="),
    ast.GtE: (">=", ">", "<="),
    ast.LtE: ("<=", "<", ">="),
}
CONSTANTS = {0: ("1", "-1"), 1: ("0", "2", "0.5"), 2: ("1", "4", "0.5"), 0.5: ("1", "2", "0.25"), -1: ("0", "1")}
CALLS = {
    **{name: (*NEIGHBORS.get(name, ()), *REDUCTIONS.get(name, ())) for name in {*NEIGHBORS, *REDUCTIONS}},
    "min": ("max",), "argmax": ("argmin",), "argmin": ("argmax",), "expm1": ("exp",), "log1p": ("log",), "square": ("sqrt", "abs"),
    "repeat": ("repeat_interleave",), "repeat_interleave": ("repeat",), "relu": ("softplus",),
    "log2": ("log",), "log10": ("log",), "tanh": ("sigmoid",), "cumsum": ("sum",), "median": ("mean",), "abs": ("square",),
}  # fmt: skip
WRAPS = (
    "-{}", "{}**2", "2 * {}", "{} / 2", "torch.log({})", "torch.exp({})", "{}**0.5", "1 / {}", "1 - {}", "{} - 1", "{} + 1",
    "{}.sum()", "{}.sum(0)", "{}.sum(1)", "{}.sum(-1)", "{}.mean()", "{}.mean(0)", "{}.mean(1)", "math.log({})", "math.exp({})",
    "{}[:, None]", "{}.T", "{} / math.log(2)", "{} * math.log(2)", "{} / 100", "{}.detach()", "torch.sigmoid({})",
)  # fmt: skip
ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)


def edits_of(text: Text) -> list[Edit]:
    """All single ones, likely ones first, each new text once."""
    found: dict[str, Edit] = {}
    for node in text.body():
        for make in MAKERS:
            for new, rank in make(node, text):
                edit = Edit(*text.span(node), new, rank)
                found.setdefault(edit.on(text.text), edit)
    found.pop(text.text, None)
    return sorted(found.values(), key=lambda edit: edit.rank)


def _operations(node: ast.AST, text: Text) -> Iterator[tuple[str, int]]:
    """Another sign, one side alone, the sides exchanged, other parentheses."""
    if not isinstance(node, ast.BinOp) or type(node.op) not in OPERATORS:
        return
    (start, end), (_, after), (before, _) = text.span(node), text.span(node.left), text.span(node.right)
    sign, *others = OPERATORS[type(node.op)]
    left, between, right = text.text[start:after], text.text[after:before], text.text[before:end]
    if between.count(sign) != 1:  # sides in parentheses, which belong to neither
        left, between, right = f"({text.of(node.left)})", f" {sign} ", f"({text.of(node.right)})"
    for other in others:
        yield left + between.replace(sign, other) + right, 0
    yield text.of(node.left), 0
    yield text.of(node.right), 0
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow)):
        yield f"({right.strip()} {sign} {left.strip()})", 0
    if isinstance(node.left, ast.BinOp) and type(node.left.op) in OPERATORS:  # a / b * c as a / (b * c)
        first, second = text.of(node.left.left), text.of(node.left.right)
        outer = OPERATORS[type(node.left.op)][0]
        yield f"{first} {outer} ({second} {sign} {text.of(node.right)})", 0
        if isinstance(node.op, (ast.Mult, ast.Div, ast.Pow)):  # (a - b) * c as a - b * c
            yield f"{first} {outer} {second} {sign} {text.of(node.right)}", 0
    if isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Pow):  # a - b**2 as (a - b)**2
        yield f"({text.of(node.left)} {sign} {text.of(node.right.left)})**{text.of(node.right.right)}", 0
    if isinstance(node.right, ast.Call) and isinstance(node.right.func, ast.Attribute):  # a - b.sum() as (a - b).sum()
        base = text.of(node.right.func.value)
        yield f"({text.of(node.left)} {sign} {base}){text.of(node.right)[len(base) :]}", 0


def _signs(node: ast.AST, text: Text) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield text.of(node.operand), 0
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield text.of(node.value), 0
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        _, *others = COMPARISONS[type(node.ops[0])]
        for other in others:
            yield f"{text.of(node.left)} {other} {text.of(node.comparators[0])}", 0


def _constants(node: ast.AST, text: Text) -> Iterator[tuple[str, int]]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield str(not value), 0
    elif isinstance(value, (int, float)):
        yield from ((other, 0) for other in CONSTANTS.get(value, ()))
        yield f"(-{text.of(node)})", 1
        yield from ((f"{other:g}", 1) for other in (value / 2, 2 * value, value - 1, value + 1))
        if value and value != 1:
            yield f"{1 / value:g}", 1


def _names(node: ast.AST, text: Text) -> Iterator[tuple[str, int]]:
    parent = text.parents[node]
    if (
        isinstance(node, ast.Name)
        and node.id in text.names
        and not (isinstance(parent, ast.Call) and parent.func is node)
    ):
        yield from ((name, 0) for name in text.names if name != node.id)


def _calls(node: ast.AST, text: Text) -> Iterator[tuple[str, int]]:
    """A function's neighbor, or none; other dimensions; arguments exchanged or left out."""
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2:
        yield ", ".join(text.of(part) for part in reversed(node.elts)), 0
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    whole, called = text.of(node), text.of(node.func)
    rest = whole[len(called) :]
    for other in CALLS.get(name, ()):
        yield called[: len(called) - len(name)] + other + rest, 0
    if isinstance(node.func, ast.Attribute):
        method = not (isinstance(node.func.value, ast.Name) and node.func.value.id in ("torch", "math", "F", "np"))
        if method:
            yield text.of(node.func.value), 0
        elif node.args:
            yield text.of(node.args[0]), 0
        yield from _dimensions(node, text, called, method, name)
    given = [text.of(argument) for argument in node.args]
    if len(given) >= 2:
        yield f"{called}({', '.join([given[1], given[0], *given[2:], *map(text.of, node.keywords)])})", 0
    for word in node.keywords:
        kept = [*given, *(text.of(other) for other in node.keywords if other is not word)]
        yield f"{called}({', '.join(kept)})", 0


def _dimensions(node: ast.Call, text: Text, called: str, method: bool, name: str) -> Iterator[tuple[str, int]]:
    if name not in {*REDUCTIONS, "cumsum", "flip", "sort", "argsort", "argmax", "argmin", "min"}:
        return
    first = [] if method else [text.of(node.args[0])] if node.args else []
    if len(node.args) == len(first) and not any(word.arg == "dim" for word in node.keywords):
        for dim in ("0", "1", "-1"):
            yield f"{called}({', '.join([*first, dim, *map(text.of, node.keywords)])})", 0
    else:
        yield f"{called}({', '.join(first)})", 0
    if not any(word.arg == "keepdim" for word in node.keywords):
        yield f"{called}({', '.join([*map(text.of, node.args), *map(text.of, node.keywords), 'keepdim=True'])})", 0


def _wraps(node: ast.AST, text: Text) -> Iterator[tuple[str, int]]:
    """Something done to a part: squared, halved, its logarithm taken, summed."""
    parent = text.parents[node]
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    if isinstance(node, (*ATOMS, ast.BinOp, ast.UnaryOp)) and not isinstance(parent, ast.Slice):
        inside = text.of(node) if isinstance(node, ATOMS) else f"({text.of(node)})"
        whole = isinstance(parent, (ast.Return, ast.Assign, ast.Tuple))
        for template in WRAPS:
            if template.endswith(".T") and text.of(node).endswith(".T"):
                continue
            new = template.format(text.of(node) if "({})" in template else inside)
            yield new if whole else f"({new})", 1


MAKERS = (_operations, _signs, _constants, _names, _calls, _wraps)
