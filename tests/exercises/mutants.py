"""Mutants: each reference with one token dropped or flipped, and pairs of these, judged as a learner's answers are.

Made from tokens, and apart from the engine's own slips, so that the two can be held against each other.
"""

import ast
import io
import keyword
import random
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vae_helpers.exercises import engine

FLIPPED = {"+": "-", "-": "+", "*": "/", "/": "*", "**": "*", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "@": "*"}
RENAMED = {
    "sum": "mean", "mean": "sum", "exp": "log", "log": "exp", "sqrt": "square", "square": "sqrt", "max": "min",
    "logsumexp": "sum", "sin": "cos", "arccos": "cos", "var": "std", "softplus": "sigmoid", "sigmoid": "exp",
    "ndtr": "sigmoid", "ndtri": "logit", "xlogy": "mul", "repeat": "repeat_interleave", "repeat_interleave": "repeat",
    "norm": "sum", "True": "False", "False": "True", "min": "max",
}  # fmt: skip
PAIRS = 30


@dataclass(frozen=True)
class Edit:
    """Characters from start to end of a source replaced by others."""

    start: int
    end: int
    new: str

    def on(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]

    def told(self, text: str) -> str:
        """Such as "sum → mean in line 2, at .sum(dim=1)"."""
        line = text[: self.start].count("\n") + 1
        old = text[self.start : self.end]
        after = text[self.start :].split("\n")[0][:24]
        return f"line {line}: `{old}` → `{self.new}` at `{after}`"


def body_start(text: str) -> int:
    """Where the docstring of a definition ends."""
    return text.index('"""', text.index('"""') + 3) + 3


def edits(text: str, parameters: list[str]) -> list[Edit]:
    """All single edits of a definition's body."""
    tokens = list(_tokens(text))
    start = body_start(text)
    found = []
    for i in range(len(tokens)):
        if tokens[i][2] >= start:
            found += [
                e for make in (_operators, _numbers, _names, _brackets) for e in make(tokens, i, parameters, text)
            ]
    return found


def _tokens(text: str) -> Iterator[tuple[int, str, int, int]]:
    lines = text.splitlines(keepends=True)
    offsets = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.OP, tokenize.NUMBER, tokenize.NAME):
            (row, column), (last, until) = token.start, token.end
            yield token.type, token.string, offsets[row - 1] + column, offsets[last - 1] + until


def _operators(tokens, i, parameters, text) -> Iterator[Edit]:
    kind, string, begin, end = tokens[i]
    if kind != tokenize.OP or string not in FLIPPED:
        return
    before = tokens[i - 1]
    prefix = before[1] in ("(", "[", ",", "=", "return", "+", "-", "*", "/")
    yield Edit(begin, end, "" if prefix else FLIPPED[string])
    if string == "**":  # the power dropped
        yield Edit(begin, tokens[i + 1][3], "")


def _numbers(tokens, i, parameters, text) -> Iterator[Edit]:
    kind, string, begin, end = tokens[i]
    if kind != tokenize.NUMBER:
        return
    for other in {"0": ("1",), "0.0": ("1.0",), "1": ("0", "2"), "2": ("1", "3"), "0.5": ("1", "2")}.get(
        string, (f"(2 * {string})",)
    ):
        yield Edit(begin, end, other)
    if tokens[i - 1][1] not in ("=", "[") and float(string):
        yield Edit(begin, end, f"(-{string})")


def _names(tokens, i, parameters, text) -> Iterator[Edit]:
    kind, string, begin, end = tokens[i]
    if kind != tokenize.NAME or (keyword.iskeyword(string) and string not in RENAMED):
        return
    following = tokens[i + 1][1] if i + 1 < len(tokens) else ""
    if string in RENAMED and (following in ("(", "=") or string in ("True", "False")):
        yield Edit(begin, end, RENAMED[string])
    if string in parameters and tokens[i - 1][1] not in (".",) and following != "=":
        for other in parameters:
            if other != string:
                yield Edit(begin, end, other)
    if tokens[i - 1][1] == "." and following == "(" and (close := _closing(tokens, i + 1)):
        yield Edit(tokens[i - 1][2], tokens[close][3], "")  # a method dropped
    if tokens[i - 1][1] in (",", "(") and following == "=":  # a keyword dropped
        value = tokens[i + 2]
        start = tokens[i - 1][2] if tokens[i - 1][1] == "," else begin
        yield Edit(start, value[3], "")


def _brackets(tokens, i, parameters, text) -> Iterator[Edit]:
    _, string, begin, end = tokens[i]
    if string == "[" and tokens[i - 1][0] == tokenize.NAME and (close := _closing(tokens, i)):
        if "None" in text[begin : tokens[close][3]]:
            yield Edit(begin, tokens[close][3], "")  # a new dimension dropped
    if string == "(" and (close := _closing(tokens, i)):
        parts = _arguments(tokens, i, close)
        if tokens[i - 1][0] == tokenize.NAME and not keyword.iskeyword(tokens[i - 1][1]) and len(parts) >= 2:
            (a, b), (c, d) = parts[:2]
            if "=" not in text[a:d]:
                yield Edit(a, d, text[c:d] + text[b:c] + text[a:b])  # two arguments exchanged
        elif tokens[i - 1][0] != tokenize.NAME or keyword.iskeyword(tokens[i - 1][1]):
            yield Edit(begin, tokens[close][3], text[end : tokens[close][2]])  # parentheses forgotten


def _closing(tokens, i) -> int | None:
    depth = 0
    for j in range(i, len(tokens)):
        depth += (tokens[j][1] in "([") - (tokens[j][1] in ")]")
        if depth == 0:
            return j
    return None


def _arguments(tokens, i, close) -> list[tuple[int, int]]:
    """Where each argument of a call starts and ends."""
    depth, start, found = 0, i + 1, []
    for j in range(i + 1, close):
        depth += (tokens[j][1] in "([") - (tokens[j][1] in ")]")
        if depth == 0 and tokens[j][1] == ",":
            found.append((tokens[start][2], tokens[j - 1][3]))
            start = j + 1
    return [*found, (tokens[start][2], tokens[close - 1][3])] if start < close else found


def pairs(single: list[Edit], name: str, how_many: int = PAIRS) -> list[tuple[Edit, Edit]]:
    """Pairs of edits that do not touch each other, the same ones every time."""
    chance, found = random.Random(name), []
    for _ in range(20 * how_many):
        a, b = sorted(chance.sample(single, 2), key=lambda edit: edit.start)
        if a.end <= b.start and len(found) < how_many:
            found.append((a, b))
    return found


@dataclass
class Report:
    """What became of an exercise's mutants: `accepted`, in words, with their functions; `generic`, in words; all, counted."""

    exercise: engine.Exercise
    accepted: dict[str, Callable] = field(default_factory=dict)
    generic: list[str] = field(default_factory=list)
    singles: Counter = field(default_factory=Counter)
    pairs: Counter = field(default_factory=Counter)

    @property
    def share_named(self) -> float:
        """Of single mutants that run and are not accepted."""
        return self.singles["named"] / max(1, self.singles["named"] + self.singles["generic"])


def report(exercise: engine.Exercise) -> Report:
    """Judge all mutants of an exercise that are programs."""
    text, found = exercise.solution, Report(exercise)
    parameters = list(exercise.reference.__code__.co_varnames[: exercise.reference.__code__.co_argcount])
    single = edits(text, parameters)
    mutants = [(edit.told(text), edit.on(text), found.singles) for edit in single]
    for a, b in pairs(single, exercise.name):
        mutants.append((f"{a.told(text)}; {b.told(text)}", a.on(b.on(text)), found.pairs))
    for told, edited, counts in mutants:
        if (code := program(exercise, edited)) is None:
            continue
        said = judged(exercise, code)
        counts[said] += 1
        if said == "accepted":
            found.accepted[told] = code
        elif said == "generic" and counts is found.singles:
            found.generic.append(told)
    return found


def program(exercise: engine.Exercise, text: str) -> Callable | None:
    """The function of a mutant; None for what is no program, or the same one."""
    scope = dict(exercise.reference.__globals__)
    try:
        if ast.dump(ast.parse(text)) == ast.dump(ast.parse(exercise.solution)):
            return None
    except SyntaxError:
        return None
    exec(compile(text, "<mutant>", "exec"), scope)
    return scope[exercise.name]


SAYS_WHAT = (  # what a card says of the mistake itself, though it is no known one and no slip
    "only the shape is not",
    "Your answer is a module;",
    "are the parentheses of a call missing?",
    "values are right, but",
    "switches gradients on for its argument",
    "changes its argument",
    "they require gradients, which the course's answer does not",
    "It comes close: it is off by at most",
)


def judged(exercise: engine.Exercise, code: Callable) -> str:
    """ "accepted", "named", "generic" or "stopped" by an exception."""
    feedback = engine.judge(exercise, code)
    named = feedback.kind == "mistake" or any(words in feedback.text for words in SAYS_WHAT)
    return {"right": "accepted", "error": "stopped"}.get(feedback.kind, "named" if named else "generic")
