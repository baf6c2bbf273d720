"""The machine behind the exercises: runs a learner's function on probes and says what came of it.

An exercise is one object. `check(function)` finds it by the function's name.
"""

import ast
import contextlib
import copy
import dis
import html
import inspect
import io
import linecache
import math
import sys
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
        effect: what must be right besides the value, one tensor: effect(value, arguments) after the call gives a tuple of
            tensors, such as gradients, or weights that the function should change.
        effect_name: the effect in words, a plural.
    """

    notebook: str
    goal: str
    reference: Callable
    oracle: Callable
    hints: tuple[str, str, str]
    probes: tuple[tuple, ...]
    mistakes: tuple[Mistake, ...] = ()
    tolerance: float = 1e-4
    effect: Callable | None = None
    effect_name: str = ""

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
    """What one call of a function left: its value, what it printed, the exception, the numbers of arguments it changed."""

    arguments: tuple = ()
    value: object = None
    effect: tuple = ()
    printed: str = ""
    error: BaseException | None = None
    changed: list[int] = field(default_factory=list)


def run(function: Callable, arguments: tuple, effect: Callable | None = None) -> Outcome:
    """Call a function on a copy of the arguments, catching whatever it does."""
    own, printed = copy.deepcopy(arguments), io.StringIO()
    outcome = Outcome(own)
    try:
        with contextlib.redirect_stdout(printed), torch.enable_grad():
            outcome.value = function(*own)
            for number, (before, after) in enumerate(zip(arguments, own, strict=True)):
                if isinstance(before, Tensor) and not _same_bits(before, after):
                    outcome.changed.append(number)
            if effect is not None and not outcome.changed and _comparable(outcome.value):
                outcome.effect = effect(outcome.value, own)
    except BaseException as error:  # the learner's function may also exit, or be interrupted
        outcome.error = error
    outcome.printed = printed.getvalue()
    return outcome


def _same_bits(a: Tensor, b: Tensor) -> bool:
    return (
        a.shape == b.shape and a.requires_grad == b.requires_grad and bool(((a == b) | (a.isnan() & b.isnan())).all())
    )


def parts(value) -> list:
    """The tensors of an answer: one, or those of a tuple."""
    return list(value) if isinstance(value, (tuple, list)) else [value]


def agree(got, expected, tolerance: float) -> bool:
    """Same shapes, and values alike within tolerance; the types of floating point may differ."""
    return fits(got, expected) and all(
        torch.allclose(a.detach().double(), b.detach().double(), rtol=tolerance, atol=tolerance, equal_nan=True)
        for a, b in zip(parts(got), parts(expected), strict=True)
    )


def same(got: Outcome, expected: Outcome, tolerance: float) -> bool:
    """Whether two calls left the same: values and effects alike."""
    return agree(got.value, expected.value, tolerance) and agree(got.effect, expected.effect, tolerance)


def fits(got, expected) -> bool:
    """Whether an answer has the form of another, whatever its values: as many tensors of the same shapes."""
    if isinstance(got, (tuple, list)) != isinstance(expected, (tuple, list)) or len(parts(got)) != len(parts(expected)):
        return False
    return all(
        _comparable(a) and _comparable(b) and a.shape == b.shape and a.device == b.device
        for a, b in zip(parts(got), parts(expected), strict=True)
    )


def _comparable(value) -> bool:
    return (
        isinstance(value, Tensor)
        and value.is_floating_point()
        and value.layout == torch.strided
        and value.device.type != "meta"
    )


def untouched(function: Callable, stub: str) -> bool:
    """Whether a function's body still does what the stub's does, nothing, by its compiled code: comments do not count."""
    namespace: dict = {}
    exec(compile(stub, "<stub>", "exec"), {"torch": torch, "math": math, "Tensor": Tensor}, namespace)
    code = getattr(function, "__code__", None)
    return code is not None and _instructions(code) == _instructions(next(iter(namespace.values())).__code__)


def _instructions(code) -> list[tuple]:
    return [(step.opname, step.argval) for step in dis.get_instructions(code)]


def judge(exercise: Exercise, function: Callable) -> Feedback:
    """Feedback on a learner's function. The random numbers of whoever calls this go on as if it had not been called."""
    with torch.random.fork_rng(devices=[]):
        return _judge(exercise, function)


def _judge(exercise: Exercise, function: Callable) -> Feedback:
    def say(kind: str, text: str, shown: str = "", printed: str = "") -> Feedback:
        return Feedback(kind, exercise.name, text, "\n".join(filter(None, [shown, _quoted(printed)])))

    name = exercise.name
    if function is exercise.reference:
        return say(
            "open", f"{name} is ours, which the last check put in place of yours. Run the cell that defines yours."
        )
    if isinstance(function, type) or not callable(function):
        what = "a class" if isinstance(function, type) else _kind(function)
        return say(
            "error", f"{name} is {what}, not a function. Run the cell that defines it again, with def {name}(...)."
        )
    if untouched(inspect.unwrap(function), exercise.stub):
        return say(
            "open", "Replace the dots by your code and run the cell again. Until then the page goes on with ours."
        )
    names = list(inspect.signature(exercise.reference).parameters)
    with contextlib.suppress(ValueError):  # some callables have no signature
        signature = inspect.signature(function)
        try:
            bound = signature.bind(*names).arguments
        except TypeError:
            return say("error", f"Your function takes {signature}, and is called with ({', '.join(names)}). Keep the first "
                       "line that the cell came with.")  # fmt: skip
        names = list(bound) if list(bound.values()) == names else names  # the learner's own, unless it is *args
    outcomes = []
    for probe in (*exercise.probes, exercise.probes[0]):
        torch.manual_seed(len(outcomes))
        outcome = run(function, probe, exercise.effect)
        if outcome.error is not None:
            return say("error", *explain(outcome.error, function), outcome.printed)
        if outcome.changed:
            if all(torch.equal(probe[n], outcome.arguments[n]) for n in outcome.changed):
                return say("wrong", f"Your function switches gradients on for its argument {names[outcome.changed[0]]}. Whoever "
                           "calls it still needs that as it was: take a copy first, x = x.clone().requires_grad_().",
                           printed=outcome.printed)  # fmt: skip
            return say("wrong", f"Your function changes its argument {names[outcome.changed[0]]}. Whoever calls it still "
                       "needs that as it was: use operations that return a new tensor (x + 1, not x += 1 or x.add_(1)).",
                       printed=outcome.printed)  # fmt: skip
        outcomes.append(outcome)
    again, first = outcomes.pop().value, outcomes[0]
    values = [outcome.value for outcome in outcomes]
    wanted = [run(exercise.reference, probe, exercise.effect) for probe in exercise.probes]
    expected = [outcome.value for outcome in wanted]
    if first.value is None or first.value is ...:
        hint = " It prints something, but a caller cannot use what is printed." if first.printed else ""
        what = "the dots (...)" if first.value is ... else "nothing (None)"
        text = f"Your function returns {what}.{hint} End it with the word return and the answer."
        return say("wrong", text, printed=first.printed)
    if fits(first.value, expected[0]) and not agree(again, first.value, 1e-9):
        return say("wrong", "Two calls with the same arguments gave two answers. Nothing here should be drawn inside the "
                   "function, or remembered from call to call: what is random comes in as an argument.",
                   printed=first.printed)  # fmt: skip
    if all(same(got, want, exercise.tolerance) for got, want in zip(outcomes, wanted, strict=True)):
        if any(a.requires_grad > b.requires_grad for a, b in zip(parts(first.value), parts(expected[0]), strict=True)):
            return say("wrong", "The numbers are right, but they require gradients, which ours do not: they carry their whole "
                       "computation along. Return the answer with .detach().", printed=first.printed)  # fmt: skip
        return say("right", "It agrees with ours on every probe. From here on the page uses your function."
                   + _precision(first.value, expected[0]), printed=first.printed)  # fmt: skip
    right_values = all(agree(got, want, exercise.tolerance) for got, want in zip(values, expected, strict=True))
    by_value = None  # the first mistake with these values, and other effects
    for mistake in exercise.mistakes:
        made = [run(mistake.code, probe, exercise.effect) for probe in exercise.probes]
        if all(same(got, one, exercise.tolerance) for got, one in zip(outcomes, made, strict=True)):
            return say("mistake", mistake.message, printed=first.printed)
        if all(agree(got, one.value, exercise.tolerance) for got, one in zip(values, made, strict=True)):
            by_value = by_value or mistake
    if by_value and not right_values:
        text = f"{by_value.message}\n\nBesides, {exercise.effect_name} are not right."
        return say("mistake", text, printed=first.printed)
    only_shape = all(_alike_but_for_shape(g, w, exercise.tolerance) for g, w in zip(values, expected, strict=True))
    if right_values:
        at = next(i for i, want in enumerate(wanted) if not same(outcomes[i], want, exercise.tolerance))
        shown = _comparison(names, exercise.probes[at], outcomes[at].effect, wanted[at].effect)
        return say("wrong", f"The values are right, but not {exercise.effect_name}, which are compared below.", shown,
                   outcomes[at].printed)  # fmt: skip
    at = next(i for i, want in enumerate(expected) if not agree(values[i], want, exercise.tolerance))
    shown = _comparison(names, exercise.probes[at], values[at], expected[at])
    return say("wrong", _form(values[at], expected[at], only_shape), shown, outcomes[at].printed)


def _alike_but_for_shape(got, want, tolerance: float) -> bool:
    got, want = parts(got), parts(want)
    return len(got) == len(want) and all(
        _comparable(a) and a.numel() == b.numel() and agree(a.reshape(b.shape), b, tolerance)
        for a, b in zip(got, want, strict=True)
    )


def _precision(got, want) -> str:
    """A remark on numbers of another floating-point type than ours."""
    for a, b in zip(parts(got), parts(want), strict=True):
        if a.dtype != b.dtype:
            return f" (Its numbers are {a.dtype}, the page's {b.dtype}. Should torch refuse to multiply the two: .to(x.dtype).)"
    return ""


def _form(got, want, only_shape: bool) -> str:
    """In words, how an answer's form differs from what is expected; if it does not, that its values do."""
    single = isinstance(want, Tensor)
    if single and isinstance(got, (tuple, list)):
        return (
            f"Your function returns a {type(got).__name__} of length {len(got)}; expected one tensor of shape "
            f"{tuple(want.shape)}. torch.stack joins tensors to one; a comma after the answer makes a tuple."
        )
    if len(parts(got)) != len(parts(want)):
        return f"Expected a tuple of {len(parts(want))} tensors, and your function returns {_kind(got)}."
    for number, (a, b) in enumerate(zip(parts(got), parts(want), strict=True), start=1):
        answer = "Your answer" if single else f"Part {number} of your answer"
        if type(a).__module__ == "numpy":
            return f"{answer} is a NumPy array. Stay in torch (torch.exp, not np.exp), so that gradients can pass."
        if not isinstance(a, Tensor):
            number = isinstance(a, (int, float)) and not isinstance(a, bool)
            why = (
                " (.item(), float(), len() and math give plain numbers; .detach() only cuts the graph)"
                if number
                else ""
            )
            return f"{answer} is {_kind(a)}; expected a tensor of shape {tuple(b.shape)}{why}."
        if not a.is_floating_point():
            return f"{answer} is a tensor of {a.dtype}; expected floating point numbers."
        if not _comparable(a) or a.device != b.device:
            return f"{answer} is a tensor of layout {a.layout} on {a.device}; expected an ordinary one on {b.device}."
        if a.shape != b.shape:
            right = " The numbers are right; only the shape is not." if only_shape else ""
            return f"{answer} has shape {tuple(a.shape)}; expected {tuple(b.shape)}.{right}"
        if a.isnan().any() and not b.isnan().any():
            return f"{answer} contains NaN. Look for log of a negative number, 0/0, or inf − inf."
        if a.isinf().any() and not b.isinf().any():
            return f"{answer} contains infinities. Look for log(0), a division by 0, or exp of a large number."
        if a.dtype in (torch.float16, torch.bfloat16):
            return f"The values differ. Yours are {a.dtype}, which keeps few digits; use {b.dtype}."
    return "The values differ. Here is the smallest case that shows it."


def _comparison(names: list[str], probe: tuple, got, want) -> str:
    lines = [f"{name} = {_brief(value)}" for name, value in zip(names, probe, strict=True)]
    return "\n".join([*lines, f"got      {_brief(got)}", f"expected {_brief(want)}"])


def _brief(value, most: int = 12) -> str:
    if isinstance(value, (tuple, list)):
        more = ", ..." if len(value) > most else ""
        return "(" + ", ".join(_brief(part) for part in value[:most]) + f"{more})"
    if isinstance(value, Tensor) and value.layout == torch.strided and value.device.type != "meta":
        start = value.detach()[tuple(slice(most) for _ in value.shape)].flatten()[:most]  # the rest may be huge
        numbers = ", ".join(f"{number:.5g}" for number in start.tolist())
        more = ", ..." if value.numel() > most else ""
        return f"[{numbers}{more}]  shape {tuple(value.shape)}" if value.dim() else numbers
    text = getattr(value, "__name__", None) or " ".join(repr(value).split())
    return text if len(text) <= 100 else text[:100] + "..."


def _quoted(printed: str, most: int = 12) -> str:
    """The first lines of what a function printed."""
    lines = [line[:100] for line in printed.strip().splitlines()]
    return "\n".join(["printed:", *lines[:most], *["..."][: len(lines) > most]]) if lines else ""


def _kind(value) -> str:
    if value is None or value is ...:
        return "None" if value is None else "the dots (...)"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "a Python number"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of length {len(value)}"
    if isinstance(value, Tensor):
        return f"one tensor of shape {tuple(value.shape)}"
    if inspect.isgenerator(value):
        return "a generator (end with return, not yield)"
    if inspect.isroutine(value):
        return "a function (are the parentheses of a call missing?)"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


PHRASES = {
    "must be Tensor, not": "torch's functions take tensors. For a plain number use math (math.log, math.exp).",
    "converted to Python scalars": "A plain number is needed here. For a tensor use torch's functions (torch.exp, not math.exp).",
    "cannot be converted to Scalar": "A plain number is needed here. For a tensor use torch's functions (torch.exp, not math.exp).",
    "same dtype": "Numbers of two floating-point types meet here. Convert one: y.to(x.dtype).",
    "Boolean value of Tensor": "if, while, and, or need one truth value, and the tensor has several. See torch.where.",
    "implicitly created only for scalar": "backward() starts from one number: reduce the losses first, loss.mean().",
    "does not have a grad_fn": "No gradient can start here: the graph was cut before (detach, no_grad, .item()).",
    "leaf Variable that requires grad": "An argument is changed in place. Use mu + ..., which makes a new tensor, not mu += ...",
    "modified by an inplace operation": "A tensor that the gradient still needs was changed in place (+=, mul_).",
    "backward through the graph a second time": "The graph was used up: backward() was called inside, and whoever calls you needs it too.",
    "Can't call numpy()": "NumPy knows no gradients. Stay in torch: torch.exp, not np.exp.",
    "within the support": "torch.distributions accepts only 0 and 1 as outcomes here. For gray pixels: Bernoulli(logits=..., validate_args=False).",
}
MEANINGS = (  # the first that fits
    (KeyboardInterrupt, "It was interrupted before it returned. Look for a loop that does not end. The page goes on with ours."),
    (SystemExit, "It leaves Python. To leave a function, use return."),
    (UnboundLocalError, "A variable is used before it has been given a value."),
    (NameError, "A name is used that is not defined. Misspelled, or defined in a cell that has not run?"),
    (TypeError, "Something is of a kind that does not fit here. Print the type of what you combine or pass on."),
    (AttributeError, "An object has no attribute of that name. Is it a tensor, as you expect? Print its type."),
    (IndexError, "An index lies outside. Print the shapes of the tensors in this line."),
    (ZeroDivisionError, "A division by zero."),
    (RecursionError, "The function calls itself without end."),
    (NotImplementedError, "A part that computes the answer is still missing."),
    (ValueError, "A function was given a value that it cannot use."),
    (AssertionError, "An assertion does not hold."),
    (RuntimeError, "torch could not carry out this line. If it speaks of sizes, print the shapes of what is combined."),
)  # fmt: skip


def explain(error: BaseException, function: Callable) -> tuple[str, str]:
    """What an exception means, and the learner's own line on which it arose; no line of ours."""
    # All cells of a notebook share one namespace, so the learner's helpers count as well, and decorators do not.
    home = getattr(inspect.unwrap(function), "__globals__", None) or vars(sys.modules["__main__"])
    steps = traceback.walk_tb(error.__traceback__)
    own = [(frame.f_code.co_filename, number) for frame, number in steps if frame.f_globals is home]
    shown = ""
    if own:
        line = linecache.getline(*own[-1]).strip()
        shown = f"line {own[-1][1]}: {line}" if line else f"line {own[-1][1]} of your code"
    text = next(iter(str(error).strip().splitlines()), "")
    told = next((words for phrase, words in PHRASES.items() if phrase in text), None)
    meaning = told or next((words for kind, words in MEANINGS if isinstance(error, kind)), "Your code raised an error.")
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return meaning, shown
    return f"{meaning}\n\n{type(error).__name__}{': ' if text else ''}{text}", shown
