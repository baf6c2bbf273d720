"""Wording: what came of an answer, in sentences and in numbers."""

import inspect
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from vae_helpers.exercises.engine.running import comparable, parts


def precision(got, want) -> str:
    """A remark on numbers of another floating-point type than ours."""
    for a, b in zip(parts(got), parts(want), strict=True):
        if a.dtype != b.dtype:
            return f" (Its numbers are {a.dtype}, the page's {b.dtype}. Should torch refuse to multiply the two: .to(x.dtype).)"
    return ""


def form(got, want, only_shape: bool) -> str:
    """In words, how an answer's form differs from what is expected; if it does not, that its values do."""
    return next(_differences(got, want, only_shape), "The values differ. Here is the smallest case that shows it.")


def _differences(got, want, only_shape: bool) -> Iterator[str]:
    """About the answer, then about each part. The first is said: each takes for granted that none before it applies."""
    single = isinstance(want, Tensor)
    if single and isinstance(got, (tuple, list)):
        yield (
            f"Your function returns a {type(got).__name__} of length {len(got)}; expected one tensor of shape "
            f"{tuple(want.shape)}. torch.stack joins tensors to one; a comma after the answer makes a tuple."
        )
    if len(parts(got)) != len(parts(want)):
        yield f"Expected a tuple of {len(parts(want))} tensors, and your function returns {kind(got)}."
    for number, (a, b) in enumerate(zip(parts(got), parts(want), strict=True), start=1):
        yield from _of_a_part("Your answer" if single else f"Part {number} of your answer", a, b, only_shape)


def _of_a_part(answer: str, a, b: Tensor, only_shape: bool) -> Iterator[str]:
    """The same about one part, a, where b is expected."""
    if type(a).__module__ == "numpy":
        yield f"{answer} is a NumPy array. Stay in torch (torch.exp, not np.exp), so that gradients can pass."
    if not isinstance(a, Tensor):
        why = " (.item(), float(), len() and math give plain numbers; .detach() only cuts the graph)"
        yield f"{answer} is {kind(a)}; expected a tensor of shape {tuple(b.shape)}{why if _is_number(a) else ''}."
    if not a.is_floating_point():
        yield f"{answer} is a tensor of {a.dtype}; expected floating point numbers."
    if not comparable(a) or a.device != b.device:
        yield f"{answer} is a tensor of layout {a.layout} on {a.device}; expected an ordinary one on {b.device}."
    if a.shape != b.shape:
        right = " The numbers are right; only the shape is not." if only_shape else ""
        yield f"{answer} has shape {tuple(a.shape)}; expected {tuple(b.shape)}.{right}"
    if a.isnan().any() and not b.isnan().any():
        yield f"{answer} contains NaN. Look for log of a negative number, 0/0, or inf − inf."
    if a.isinf().any() and not b.isinf().any():
        yield f"{answer} contains infinities. Look for log(0), a division by 0, or exp of a large number."
    if a.dtype in (torch.float16, torch.bfloat16):
        yield f"The values differ. Yours are {a.dtype}, which keeps few digits; use {b.dtype}."


MOST_CAUSES = 3


def one_change(changes: list) -> str:
    """What may be different from a right answer, if one thing is."""
    intro = "The numbers are those of a right answer with one change"
    clauses = [change.words[0] for change in changes]
    if len(clauses) == 1:
        return f"{intro}: {clauses[0]}."
    several = "One of these:" if len(clauses) <= MOST_CAUSES else "Several would leave these numbers, among them:"
    return f"{intro}. {several}\n\n" + "\n\n".join(f"– {_sentence(clause)}" for clause in clauses[:MOST_CAUSES])


def two_changes(changes: list) -> str | None:
    """The same of two things at once. Where more than three pairs fit, they are no evidence, and nothing is said."""
    if len(changes) > MOST_CAUSES:
        return None
    pairs = ["1. {}\n\n2. {}".format(*map(_sentence, change.words)) for change in changes]
    return "The numbers are those of a right answer with two changes at once:\n\n" + "\n\nor\n\n".join(pairs)


def _sentence(clause: str) -> str:
    return clause if clause.endswith(".") else f"{clause[0].upper()}{clause[1:]}."


def comparison(names: list[str], probe: tuple, got, want) -> str:
    """The arguments of a probe, what came and what was expected, a line each."""
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


def quoted(printed: str, most: int = 12) -> str:
    """The first lines of what a function printed."""
    lines = [line[:100] for line in printed.strip().splitlines()]
    return "\n".join(["printed:", *lines[:most], *["..."][: len(lines) > most]]) if lines else ""


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


KINDS = (  # the first that fits
    (lambda value: value is None, "None"),
    (lambda value: value is ..., "the dots (...)"),
    (_is_number, "a Python number"),
    (lambda value: isinstance(value, (tuple, list)), lambda value: f"a {type(value).__name__} of length {len(value)}"),
    (lambda value: isinstance(value, Tensor), lambda value: f"one tensor of shape {tuple(value.shape)}"),
    (inspect.isgenerator, "a generator (end with return, not yield)"),
    (inspect.isroutine, "a function (are the parentheses of a call missing?)"),
)


def kind(value) -> str:
    """What a value is, with its article."""
    name = type(value).__name__
    named = f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
    words = next((words for fits, words in KINDS if fits(value)), named)
    return words(value) if callable(words) else words


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
