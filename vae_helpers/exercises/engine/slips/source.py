"""The source of a right answer as a tree that small edits are made on: `Source.built` gives the edited function."""

import ast
import functools
import math
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from vae_helpers.exercises.engine.slips.assignments import assigned, made_of, unpacked


@dataclass(frozen=True)
class Slip:
    """One small change of a right answer, and the words for it: what is different, as a clause without a full stop.

    Attributes:
        words: such as "the factor ½ is missing".
        at: number of the node that it replaces.
        make: from that node, whose own parts may have been edited already, its replacement; for a statement also a list.
        rank: 0 for what people do often in one place, 1 for what they do throughout, 2 and 3 for the rest, which isn't tried in
            pairs of slips.
    """

    words: str
    at: int
    make: Callable[[ast.AST], ast.AST | list]
    rank: int = 0


@dataclass
class Source:
    """A function's tree, its nodes numbered in the order of reading, and what its names stand for.

    Attributes:
        tree: the definition, without its docstring.
        scope: the names it is run with.
        kinds: of each parameter, "tensor", "number", "count" (whole numbers) or "other".
        shapes: of each parameter that is a tensor, one shape a probe.
        letters: sizes by the docstring, {"x": ("B", "D")}.
        locals: what is assigned inside, {"kl": its expression}.
        unpacked: what is assigned inside from a call that gives several.
    """

    tree: ast.FunctionDef
    scope: dict
    kinds: dict[str, str]
    shapes: dict[str, list[torch.Size]]
    letters: dict[str, tuple[str, ...]]
    locals: dict[str, ast.AST] = field(default_factory=dict)
    unpacked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, text: str, scope: dict, probes: tuple[tuple, ...]) -> "Source":
        """Of a definition's text, with the probes it is to be tried on."""
        tree = ast.parse(textwrap.dedent(text)).body[0]
        docstring = ast.get_docstring(tree) or ""
        if docstring:
            del tree.body[0]
        names = [argument.arg for argument in tree.args.args]
        values = {name: [probe[i] for probe in probes] for i, name in enumerate(names)}
        kinds = {name: _kind(given) for name, given in values.items()}
        shapes = {name: [value.shape for value in values[name]] for name in names if kinds[name] == "tensor"}
        source = cls(tree, {**scope, **HELPERS}, kinds, shapes, _letters(docstring, shapes))
        _number(tree, None, 0)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                source.locals.update({n: v for n, v in assigned(*node.targets, node.value).items() if n not in kinds})
                source.unpacked |= unpacked(*node.targets, node.value) - set(kinds)
        for name in [name for name in source.locals if name in made_of(name, source.locals)]:
            del source.locals[name]  # made of itself, as in a loop: it cannot be looked through
        return source

    def nodes(self) -> Iterator[ast.AST]:
        """All, in the order of reading."""
        return _walk(self.tree)

    def built(self, *slips: Slip) -> Callable:
        """The function with these edits, inner ones first. SyntaxError where they make no program."""
        edits: dict[int, list] = {}
        for slip in slips:
            edits.setdefault(slip.at, []).append(slip.make)
        edited = _edited(self.tree, edits)
        exec(compile(ast.Module([edited], []), f"<{self.tree.name}>", "exec"), self.scope)
        return self.scope[self.tree.name]


@functools.cache
def _template(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def fill(template: str, **parts: ast.AST) -> ast.AST:
    """An expression from its text, capital letters standing for given nodes: fill("A / B", A=..., B=...)."""
    return _filled(_template(template), parts)


def _filled(node: ast.AST, parts: dict[str, ast.AST]) -> ast.AST:
    """A copy of a template with its letters replaced."""
    if isinstance(node, ast.Name) and node.id in parts:
        return parts[node.id]
    return _rebuilt(node, lambda child: _filled(child, parts))


def _edited(node: ast.AST, edits: dict[int, list]) -> ast.AST | list:
    """A tree with edits; what they leave alone is shared with the original, so that a thousand edited trees cost little."""
    first, last = getattr(node, "first", 0), getattr(node, "last", -1)
    if not any(first <= number <= last for number in edits):
        return node
    fresh = _rebuilt(node, lambda child: _edited(child, edits))
    for make in edits.get(first, ()):
        fresh = make(fresh)
        for new in _as_list(fresh):
            _locate(ast.copy_location(new, node), node)
    return fresh


def _rebuilt(node: ast.AST, change: Callable[[ast.AST], ast.AST | list]) -> ast.AST:
    """A copy of a node whose parts are what `change` makes of each."""
    fresh = type(node).__new__(type(node))
    vars(fresh).update(vars(node))
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            parts = [_as_list(change(item)) if isinstance(item, ast.AST) else [item] for item in value]
            setattr(fresh, name, [part for some in parts for part in some])
        elif isinstance(value, ast.AST):
            setattr(fresh, name, change(value))
    return fresh


def _locate(node: ast.AST, place: ast.AST) -> None:
    """Give what is new under a node a line and a column, which the compiler asks for; what has them is not looked into."""
    for child in ast.iter_child_nodes(node):
        if not hasattr(child, "lineno"):
            _locate(ast.copy_location(child, place), place)


def _as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def _number(node: ast.AST, parent: ast.AST | None, start: int) -> int:
    node.parent, node.first = parent, start
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop)):  # shared by all trees
            start = _number(child, node, start + 1)
    node.last = start
    return start


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "first"):
            yield from _walk(child)


def _kind(values: list) -> str:
    if all(isinstance(value, Tensor) and value.is_floating_point() for value in values):
        return "tensor"
    if all(type(value) is int for value in values):
        return "count"
    return "number" if all(isinstance(value, (int, float)) for value in values) else "other"


def _letters(docstring: str, shapes: dict[str, list[torch.Size]]) -> dict[str, tuple[str, ...]]:
    """Sizes as the docstring gives them: "x, mean: points, (B, D)." gives both of them B and D, if the probes agree."""
    found: dict[str, tuple[str, ...]] = {}
    text = docstring.replace("\n", " ").split("Returns")[0]
    heads = list(re.finditer(r"((?:\w+, )*\w+): ", text))
    for head, following in zip(heads, [*heads[1:], None], strict=False):
        said = text[head.end() : following.start() if following else None]
        given = [tuple(sizes.split(", ")) for sizes in re.findall(r"(?:^|(?<=\s))\(([A-Z](?:, [A-Z])*),?\)", said)]
        names = head[1].split(", ")
        each = given if len(given) == len(names) else given[:1] * len(names)
        for name, sizes in zip(names, each, strict=False):
            if all(len(shape) == len(sizes) for shape in shapes.get(name, [()])):
                found.setdefault(name, sizes)
    return found


def _of(tensor, number):
    return lambda value: tensor(value) if isinstance(value, Tensor) else number(value)


# For what is a tensor in one exercise and a number in another.
HELPERS = {
    "torch": torch,
    "math": math,
    "_exp": _of(torch.exp, math.exp),
    "_log": _of(torch.log, math.log),
    "_root": lambda value: value**0.5,
    "_above": lambda value, least: value.clamp(min=least) if isinstance(value, Tensor) else max(value, least),
}
