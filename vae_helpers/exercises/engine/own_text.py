"""A definition as text, with its tree and where each part of it stands; an edit of it."""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """Characters from start to end of a text replaced by others; `rank` 0 for what people change first."""

    start: int
    end: int
    new: str
    rank: int

    def on(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


class Text:
    """A definition as text, with its tree and where each part of it stands."""

    def __init__(self, text: str):
        self.text, self.tree = text, ast.parse(text).body[0]
        self.starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
        self.lines = text.splitlines()
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a part stands, in characters; the tree counts bytes."""
        ends = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
        return tuple(
            self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode()) for line, column in ends
        )

    def of(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def body(self) -> Iterator[ast.expr]:
        """The expressions of the definition's body."""
        for statement in self.tree.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store):
                    yield node

    @property
    def names(self) -> list[str]:
        """Of parameters and of what is assigned."""
        stored = [n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        return list(dict.fromkeys([*(argument.arg for argument in self.tree.args.args), *stored]))
