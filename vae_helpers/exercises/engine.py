"""The machine behind the exercises: runs a learner's function on probes and says what came of it.

An exercise is one object. `check(function)` finds it by the function's name.
"""

import ast
import contextlib
import copy
import html
import inspect
import io
import linecache
import math
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the code that makes it, and what to say to the learner who made it."""

    name: str
    message: str
    code: Callable


@dataclass(frozen=True)
class Exercise:
    """All there is to one exercise.

    Attributes:
        notebook: its number, "01".
        goal: one sentence.
        reference: a right answer. Its name is that of the exercise, its signature and docstring make the stub, and its
            source is the solution shown last.
        oracle: the same by an independent route; tests compare the two.
        mistakes: known wrong answers, each recognized by its values on the probes.
        hints: three, from nudge to outline.
        probes: tuples of arguments, the smallest first.
        tolerance: relative and absolute error allowed.
    """

    notebook: str
    goal: str
    reference: Callable
    oracle: Callable
    hints: tuple[str, str, str]
    probes: tuple[tuple, ...]
    mistakes: tuple[Mistake, ...] = ()
    tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Of the function that the learner writes."""
        return self.reference.__name__

    @property
    def solution(self) -> str:
        """Source of the reference."""
        return inspect.getsource(self.reference).strip()

    @property
    def stub(self) -> str:
        """What the learner starts from: signature, docstring with shapes and units, and dots."""
        docstring = ast.parse(self.solution).body[0].body[0]
        return "\n".join(self.solution.splitlines()[: docstring.end_lineno]) + "\n    ..."


@dataclass(frozen=True)
class Feedback:
    """What a check has to say: a card in a notebook, the same words in plain text elsewhere.

    Attributes:
        kind: "open", "right", "mistake", "wrong" or "error".
        exercise: name of the exercise.
        text: paragraphs, separated by blank lines.
        shown: code or numbers in fixed width, below the text.
    """

    kind: str
    exercise: str
    text: str
    shown: str = ""

    # icon, word, color: never the color alone
    STYLES = {  # noqa: RUF012
        "open": ("○", "Not attempted yet", "#777777"),
        "right": ("✓", "Right", "#228833"),
        "mistake": ("✗", "Not yet: a known mistake", "#C77700"),
        "wrong": ("✗", "Not yet", "#C77700"),
        "error": ("!", "Your code stopped", "#C0392B"),
    }

    @property
    def title(self) -> str:
        icon, word, _ = self.STYLES[self.kind]
        return f"{icon} {word}: {self.exercise}"

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.text, textwrap.indent(self.shown, "    ")) if part)

    def _repr_mimebundle_(self, **_):
        color = self.STYLES[self.kind][2]
        paragraphs = "".join(f"<p style='margin:4px 0'>{html.escape(p)}</p>" for p in self.text.split("\n\n") if p)
        shown = f"<pre style='margin:4px 0;white-space:pre-wrap'>{html.escape(self.shown)}</pre>" if self.shown else ""
        card = (
            f"<div role='status' style='border-left:5px solid {color};padding:6px 12px;margin:4px 0;max-width:46em'>"
            f"<b>{html.escape(self.title)}</b>{paragraphs}{shown}</div>"
        )
        return {"text/plain": str(self), "text/html": card}


@dataclass
class Outcome:
    """What one call of a function left: its value, what it printed, the exception, or an argument it changed."""

    value: object = None
    printed: str = ""
    error: BaseException | None = None
    changed: list[str] = field(default_factory=list)


def run(function: Callable, arguments: tuple) -> Outcome:
    """Call a function on a copy of the arguments, catching whatever it does."""
    own, outcome, printed = copy.deepcopy(arguments), Outcome(), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            outcome.value = function(*own)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        outcome.error = error
    outcome.printed = printed.getvalue()
    names = list(inspect.signature(function).parameters) if callable(function) else []
    for number, (before, after) in enumerate(zip(arguments, own, strict=True)):
        if isinstance(before, Tensor) and not _same_bits(before, after):
            outcome.changed.append(names[number] if number < len(names) else f"argument {number + 1}")
    return outcome


def _same_bits(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())


def parts(value) -> list:
    """The tensors of an answer: one, or those of a tuple."""
    return list(value) if isinstance(value, (tuple, list)) else [value]


def agree(got, expected, tolerance: float) -> bool:
    """Same shapes, and values alike within tolerance; the types of floating point may differ."""
    got, expected = parts(got), parts(expected)
    if len(got) != len(expected):
        return False
    for a, b in zip(got, expected, strict=True):
        if not isinstance(a, Tensor) or a.shape != b.shape or a.is_complex():
            return False
        if not torch.allclose(a.detach().double(), b.double(), rtol=tolerance, atol=tolerance, equal_nan=True):
            return False
    return True


def untouched(function: Callable, stub: str) -> bool:
    """Whether a function's body still is the stub's, by its compiled code, so that comments do not count."""
    namespace: dict = {}
    exec(compile(stub, "<stub>", "exec"), {"torch": torch, "math": math, "Tensor": Tensor}, namespace)
    empty = next(iter(namespace.values())).__code__
    code = getattr(function, "__code__", None)
    return code is not None and code.co_code == empty.co_code and code.co_names == empty.co_names


def judge(exercise: Exercise, function: Callable) -> Feedback:
    """Feedback on a learner's function."""

    def say(kind: str, text: str, shown: str = "") -> Feedback:
        return Feedback(kind, exercise.name, text, shown)

    if not callable(function):
        return say(
            "error", f"{exercise.name} is {_kind(function)}, not a function. Run the cell that defines it again."
        )
    if untouched(function, exercise.stub):
        return say(
            "open", "Replace the dots by your code and run the cell again. Until then the page goes on with ours."
        )
    outcomes = []
    for probe in exercise.probes:
        torch.manual_seed(0)
        outcome = run(function, probe)
        if outcome.error is not None:
            return say("error", *explain(outcome.error, function))
        if outcome.changed:
            return say("wrong", f"Your function changes its argument {outcome.changed[0]}. Whoever calls it still needs "
                       "that value: use operations that return a new tensor (x + 1, not x += 1 or x.add_(1)).")  # fmt: skip
        outcomes.append(outcome)
    expected = [exercise.reference(*copy.deepcopy(probe)) for probe in exercise.probes]
    values = [outcome.value for outcome in outcomes]
    first = outcomes[0]
    if first.value is None:
        hint = " It prints its result, but a caller cannot use what is printed." if first.printed else ""
        return say("wrong", f"Your function returns nothing (None).{hint} End it with: return ...")
    torch.manual_seed(1)
    again = run(function, exercise.probes[0]).value
    if all(isinstance(part, Tensor) for part in parts(again) + parts(values[0])) and not agree(again, values[0], 1e-9):
        return say("wrong", "Two calls with the same arguments gave two answers. Nothing here should be drawn inside the "
                   "function: what is random comes in as an argument.")  # fmt: skip
    if all(agree(got, want, exercise.tolerance) for got, want in zip(values, expected, strict=True)):
        return say("right", "It agrees with ours on every probe. From here on the page uses your function.")
    for mistake in exercise.mistakes:
        if all(
            agree(got, run(mistake.code, probe).value, exercise.tolerance)
            for got, probe in zip(values, exercise.probes, strict=True)
        ):
            return say("mistake", mistake.message)
    for probe, got, want in zip(exercise.probes, values, expected, strict=True):
        if not agree(got, want, exercise.tolerance):
            return say("wrong", _form(got, want, exercise.tolerance), _comparison(function, probe, got, want))
    raise AssertionError("unreachable: some probe differs")


def _form(got, want, tolerance: float) -> str:
    """In words, how an answer's form differs from what is expected; if it does not, that its values do."""
    if len(parts(got)) != len(parts(want)):
        return f"Expected {_plural(len(parts(want)), 'tensor')}, and your function returns {len(parts(got))}."
    for a, b in zip(parts(got), parts(want), strict=True):
        if type(a).__module__ == "numpy":
            return "Your function returns a NumPy array. Stay in torch (torch.exp, not np.exp), so that gradients can pass."
        if not isinstance(a, Tensor):
            number = isinstance(a, (int, float)) and not isinstance(a, bool)
            why = " (.item() and float() leave torch, and gradients end there)" if number else ""
            return f"Your function returns {_kind(a)}; expected a tensor of shape {tuple(b.shape)}{why}."
        if not a.is_floating_point():
            return f"Your function returns a tensor of {a.dtype}; expected floating point numbers."
        if a.shape != b.shape:
            same = a.numel() == b.numel() and agree(a.reshape(b.shape), b, tolerance)
            right = " The numbers are right; only the shape is not." if same else ""
            return f"Your answer has shape {tuple(a.shape)}; expected {tuple(b.shape)}.{right}"
        if a.isnan().any() and not b.isnan().any():
            return "Your answer contains NaN. Look for log of a negative number, 0/0, or inf − inf."
        if a.isinf().any() and not b.isinf().any():
            return "Your answer contains infinities. Look for log(0), or exp of a large number."
    return "The values differ. Here is the smallest case that shows it."


def _comparison(function: Callable, probe: tuple, got, want) -> str:
    names = list(inspect.signature(function).parameters)
    lines = [f"{name} = {_brief(value)}" for name, value in zip(names, probe, strict=False)]
    return "\n".join([*lines, f"got      {_brief(got)}", f"expected {_brief(want)}"])


def _brief(value) -> str:
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(_brief(part) for part in value) + ")"
    if isinstance(value, Tensor):
        numbers = ", ".join(f"{number:.5g}" for number in value.detach().flatten()[:6].tolist())
        more = ", ..." if value.numel() > 6 else ""
        return f"[{numbers}{more}]  shape {tuple(value.shape)}" if value.dim() else numbers
    return getattr(value, "__name__", None) or repr(value)


def _kind(value) -> str:
    return "a Python number" if isinstance(value, (int, float)) else f"a {type(value).__name__}"


def _plural(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def explain(error: BaseException, function: Callable) -> tuple[str, str]:
    """What an exception means, and the learner's own line on which it arose; no line of ours."""
    code = getattr(function, "__code__", None)
    own = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    shown = ""
    if own:
        line = linecache.getline(own[-1].filename, own[-1].lineno).strip()
        shown = f"line {own[-1].lineno}: {line}" if line else ""
    text = str(error).splitlines()[0] if str(error) else ""
    if isinstance(error, KeyboardInterrupt):
        return (
            "It was interrupted before it returned. Look for a loop that does not end. The page goes on with ours.",
            shown,
        )
    if isinstance(error, NotImplementedError):
        return "It raises NotImplementedError: the part that computes the answer is still missing.", shown
    meanings = (
        (NameError, "A name is used that is not defined. Misspelled, or defined in a cell that has not run?"),
        (TypeError, "A function was called with arguments it does not take."),
        (AttributeError, "An object has no attribute of that name. Is it a tensor, as you expect? Print its type."),
        (IndexError, "An index lies outside. Print the shapes of the tensors in this line."),
        (ZeroDivisionError, "A division by zero."),
        (RecursionError, "The function calls itself without end."),
        (
            RuntimeError,
            "torch could not carry out this line. If it speaks of sizes, print the shapes of what is combined.",
        ),
    )
    meaning = next((words for kind, words in meanings if isinstance(error, kind)), "This line raised an error.")
    return f"{meaning}\n\n{type(error).__name__}: {text}", shown
