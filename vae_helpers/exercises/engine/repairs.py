"""Repairs: a small edit of the learner's own text with which it would be right, found by trying."""

import contextlib
import inspect
import itertools
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass

import torch

from vae_helpers.exercises.engine.attempt import Attempt
from vae_helpers.exercises.engine.changes import Growing, quietly
from vae_helpers.exercises.engine.edits import edits_of
from vae_helpers.exercises.engine.guard import Guard
from vae_helpers.exercises.engine.outcome import Outcome, agree, parts, same
from vae_helpers.exercises.engine.own_text import Edit, Text
from vae_helpers.exercises.engine.running import run
from vae_helpers.exercises.engine.workshop import workshop

BUDGET = 1.0  # seconds of computing
AT_MOST = (
    3.0  # seconds that an edited function may take, which may never end: it is not the learner's, and nothing is told
)
CONSTANT = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type, int, float, str, torch.Tensor)
MOST_PAIRS = 200  # of edits that are tried together
SHORT = 16  # characters: a shorter part is shown with what stands around it


@dataclass(frozen=True)
class Repair:
    """With `new` in place of `old` in this line of the cell the answer is right on every probe.

    If there is another one, both are needed. `text` is the whole definition, mended.
    """

    line: int
    old: str
    new: str
    text: str


def repairs(attempt: Attempt) -> list[Repair]:
    """The likeliest edit that makes a learner's function right, or one for each of its results; found within the budget.

    Empty without the function's text, or if there is none.
    """
    text = _text_of(attempt.function)
    few_digits = any(part.dtype.itemsize < 4 for part in parts(attempt.first.value))  # which may be right by luck
    if text is None or few_digits:
        return []
    found: list[list[Edit]] = [[] for _ in parts(attempt.wanted[0].value)]
    for edit in Growing(iter(edits_of(text))).within(BUDGET):
        mended = edit.on(text.text)
        code = _built(attempt.function, mended)
        right = _parts_right(attempt, code)
        if all(right) and _is_right(attempt, code):
            return [_told(edit, text, attempt.function, mended)]
        for each, fits in zip(found, right, strict=True):
            each += [edit] * fits
    return _one_for_each(attempt, text, found) if len(found) > 1 else []


def _one_for_each(attempt: Attempt, text: Text, found: list[list[Edit]]) -> list[Repair]:
    """Two edits in different places, one for each result that is not right."""
    for first, second in itertools.islice(itertools.product(found[0], found[-1]), MOST_PAIRS):
        early, late = sorted((first, second), key=lambda edit: edit.start)
        if early.end <= late.start:
            mended = early.on(late.on(text.text))
            if _is_right(attempt, _built(attempt.function, mended)):
                return [_told(edit, text, attempt.function, mended) for edit in (early, late)]
    return []


def _text_of(function: Callable) -> Text | None:
    with contextlib.suppress(OSError, TypeError, SyntaxError, ValueError, IndexError):
        if isinstance(function, types.FunctionType) and _keeps_nothing(function):
            text = textwrap.dedent(inspect.getsource(function))
            return Text(text) if text.startswith(("def ", "@")) else None
    return None


def _keeps_nothing(function: types.FunctionType) -> bool:
    """Whether what it sees besides its arguments stays as it is, however often it is called: no list, no model."""
    seen = inspect.getclosurevars(function)
    return all(isinstance(value, CONSTANT) for value in (*seen.globals.values(), *seen.nonlocals.values()))


def _built(function: types.FunctionType, text: str) -> Callable | None:
    """The function of an edited text, with the names that the learner's own sees; None where it is no program."""
    scope = dict(function.__globals__)
    with contextlib.suppress(ValueError):  # of an empty cell
        scope |= inspect.getclosurevars(function).nonlocals
    definition = text[text.index("def ") :]
    try:
        with quietly():
            exec(compile(definition, f"<{function.__name__}>", "exec"), scope)
    except (SyntaxError, ValueError, NameError):
        return None
    return scope.get(function.__name__)


def _parts_right(attempt: Attempt, code: Callable | None) -> list[bool]:
    """Which results are right on the decisive probe."""
    exercise, shop = attempt.exercise, workshop(attempt.exercise)
    wanted = parts(shop.wanted[shop.decisive].value)
    with quietly():
        left = run(code, exercise.probes[shop.decisive], None, Guard(exercise.name, AT_MOST)) if code else None
    if left is None or not _clean(left) or len(parts(left.value)) != len(wanted):
        return [False] * len(wanted)
    return [agree(a, b, exercise.tolerance) for a, b in zip(parts(left.value), wanted, strict=True)]


def _is_right(attempt: Attempt, code: Callable | None) -> bool:
    """On all probes, with effects."""
    exercise, guard = attempt.exercise, Guard(attempt.exercise.name, AT_MOST)
    with quietly():
        left = [run(code, probe, exercise.effect, guard) for probe in exercise.probes]
    return all(_clean(a) and same(a, b, exercise.tolerance) for a, b in zip(left, attempt.wanted, strict=True))


def _clean(outcome: Outcome) -> bool:
    return outcome.error is None and not outcome.changed and not outcome.refused and not outcome.left


def _told(edit: Edit, text: Text, function: types.FunctionType, mended: str) -> Repair:
    """The edit with enough around it to be found."""
    start, end = edit.start, edit.end
    node = next(node for node in text.body() if text.span(node) == (start, end))
    while end - start < SHORT and (node := text.parents[node]) is not text.tree and hasattr(node, "lineno"):
        if len(text.of(node)) >= 4 * SHORT:
            break
        start, end = text.span(node)
    old = text.text[start:end]
    new = text.text[start : edit.start] + edit.new + text.text[edit.end : end]
    old, new = (" ".join(part.split()) for part in (old, new))
    return Repair(function.__code__.co_firstlineno + text.text[: edit.start].count("\n"), old, new, mended)


def told(repairs: list[Repair]) -> str:
    """One or two of them, in a sentence."""
    each = [f"`{one.new}` in place of `{one.old}` (line {one.line} of the cell)" for one in repairs]
    if len(each) == 1:
        return f"One change in your code is enough. With {each[0]} its answer is right in every case that was tried."
    return f"Two changes in your code are enough. With {each[0]}, and {each[1]}, its answer is right in every case that was tried."
