"""Wording: what is different about an answer, in sentences."""

import re
import types
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from vae_helpers.exercises.engine.outcome import agree, comparable, parts, several

MOST_CAUSES = 3
FOR_RIGHT_NUMBERS = {  # what to add where the numbers are right, by kind
    "tensor": "The values are right, but whoever goes on computing needs floats: end with .float().",
    "number": "The value is right, but it is no tensor: leave out .item(), float() or len(), or end with torch.tensor(...).",
    "array": "The values are right, but no gradient can pass.",
}


def precision(got, want) -> str:
    """A remark on numbers of another floating-point type than the page's."""
    for a, b in zip(parts(got), parts(want), strict=True):
        if a.dtype != b.dtype:
            return f" (Its numbers are {a.dtype}, the page's {b.dtype}. Should torch refuse to multiply the two: .to(x.dtype).)"
    return ""


def form(got, want, only_shape: bool, right_numbers: str | None) -> str:
    """In words, how an answer's form differs from what is expected; if it does not, that its values do.

    Args:
        only_shape: whether on every probe the numbers are right.
        right_numbers: a key of FOR_RIGHT_NUMBERS if on every probe the values are right but of another type.
    """
    told = next(_differences(got, want, only_shape), "The values differ. Here is the smallest case that shows it.")
    return f"{told} {FOR_RIGHT_NUMBERS[right_numbers]}" if right_numbers else told


def of_another_type(cases: list[tuple]) -> str | None:
    """A key of FOR_RIGHT_NUMBERS if in all cases, pairs of what came and what was wanted, only the type is not right."""
    kinds = set()
    for got, want in cases:
        if len(parts(got)) != len(parts(want)) or several(got) != several(want):
            return None
        for a, b in zip(parts(got), parts(want), strict=True):
            kinds.add("tensor" if type(a) is Tensor else "array" if _of_numpy(a) else "number")
            if comparable(a) or not _same_numbers(a, b):
                return None
    return kinds.pop() if len(kinds) == 1 else None


def _same_numbers(a, b: Tensor) -> bool:
    plain = type(a) is Tensor and a.layout == torch.strided and a.device == b.device and not a.is_complex()
    if not (plain or type(a) in (bool, int, float) or _of_numpy(a)):
        return False
    try:
        return agree(torch.as_tensor(a).double(), b, 1e-4)
    except (TypeError, ValueError, RuntimeError):  # an array of something else
        return False


def _differences(got, want, only_shape: bool) -> Iterator[str]:
    """About the answer, then about each part. The first is said: each takes for granted that none before it applies."""
    single = isinstance(want, Tensor)
    if single and several(got):
        yield (
            f"Your function returns a {type(got).__name__} of length {len(got)}; expected one tensor of shape "
            f"{tuple(want.shape)}. torch.stack joins tensors to one; a comma after the answer makes a tuple, brackets a list."
        )
    if len(parts(got)) != len(parts(want)):
        yield f"Expected a tuple of {len(parts(want))} tensors, and your function returns {kind(got)}."
    for number, (a, b) in enumerate(zip(parts(got), parts(want), strict=True), start=1):
        yield from _of_a_part("Your answer" if single else f"Part {number} of your answer", a, b, only_shape)


def _of_a_part(answer: str, a, b: Tensor, only_shape: bool) -> Iterator[str]:
    """The same about one part, a, where b is expected."""
    if _of_numpy(a):
        yield f"{answer} is a NumPy array. Stay in torch (torch.exp, not np.exp), so that gradients can pass."
    if type(a) is not Tensor:
        why = " (.item(), float(), len() and math give plain numbers; .detach() only cuts the graph)"
        yield f"{answer} is {kind(a)}; expected a tensor of shape {tuple(b.shape)}{why if _is_number(a) else ''}."
    if not a.is_floating_point():
        places = " A count or a sum of true and false ends with .float(); of places, as argmax gives, take what stands there: x[places]."
        yield f"{answer} is a tensor of {a.dtype}; expected floating point numbers.{places if a.dtype == torch.int64 else ''}"
    if not comparable(a) or a.device != b.device:
        yield f"{answer} is a tensor of layout {a.layout} on {a.device}; expected an ordinary one on {b.device}."
    if a.shape != b.shape:
        yield f"{answer} has shape {tuple(a.shape)}; expected {tuple(b.shape)}.{_shape_hint(a, b) if only_shape else ''}"
    if a.isnan().any() and not b.isnan().any():
        yield f"{answer} contains NaN. Look for log of a negative number, 0/0, or inf − inf."
    if a.isinf().any() and not b.isinf().any():
        yield f"{answer} contains infinities. Look for log(0), a division by 0, or exp of a large number."
    if a.dtype in (torch.float16, torch.bfloat16):
        yield f"The values differ. Yours are {a.dtype}, which keeps few digits; use {b.dtype}."


def _shape_hint(a: Tensor, b: Tensor) -> str:
    right = " The numbers are right; only the shape is not."
    if a.dim() > b.dim() and [size for size in a.shape if size != 1] == [size for size in b.shape if size != 1]:
        left_over = next(i for i in range(a.dim()) if i >= b.dim() or a.shape[i] != b.shape[i])
        right += (
            f" A dimension of size 1 is left over: keepdim=True, [:, None] or unsqueeze makes one, .squeeze({left_over}) "
            "takes it away."
        )
    return right


REDUCTIONS = {  # what may be done to an answer with a dimension too many
    "added up over": torch.sum, "averaged over": torch.mean, "taken at the first place of": lambda a, dim: a.select(dim, 0),
}  # fmt: skip


def reduced(cases: list[tuple], tolerance: float) -> str | None:
    """That an answer has a dimension too many, and what would make it right: the same on all probes."""
    if any(not (comparable(got.value) and isinstance(want.value, Tensor)) for _, got, want in cases):
        return None
    if any(got.value.dim() != want.value.dim() + 1 or not got.value.numel() for _, got, want in cases):
        return None
    for words, reduction in REDUCTIONS.items():
        for dim in range(cases[0][1].value.dim()):
            if all(agree(reduction(got.value, dim), want.value, tolerance) for _, got, want in cases):
                return f" It is right once it is {words} dimension {dim}."
    return None


def one_change(changes: list) -> str:
    """What may be different from a right answer, if one thing is."""
    intro = "The numbers are those of a right answer with one change"
    clauses = [change.words[0] for change in changes]
    if len(clauses) == 1:
        return f"{intro}: {clauses[0]}."
    several = "One of these:" if len(clauses) <= MOST_CAUSES else "Several would leave these numbers, among them:"
    return f"{intro}. {several}\n\n" + "\n\n".join(f"– {sentence(clause)}" for clause in clauses[:MOST_CAUSES])


def two_changes(changes: list) -> str | None:
    """The same of two things at once. Where more than three pairs fit, they are no evidence, and nothing is said."""
    if len(changes) > MOST_CAUSES:
        return None
    pairs = ["1. {}\n\n2. {}".format(*map(_beside_another, change.words)) for change in changes]
    several = "" if len(pairs) == 1 else " One of these pairs:"
    if len(pairs) == 1 and len(set(changes[0].words)) == 1 and not changes[0].words[0].endswith("."):
        return f"The numbers are those of a right answer with one change, made in two places: {changes[0].words[0]}."
    return f"The numbers are those of a right answer with two changes at once.{several}\n\n" + "\n\nor\n\n".join(pairs)


RIGHT = r"^(The|Your|∂)[^.,;:]* (is|are) right"


def _beside_another(words: str) -> str:
    """What a message says where another mistake stands beside its own: nothing of what is right."""
    told = [re.sub(RIGHT + "[,;] (?:and|but) (?!so )(.)", lambda m: m[3].upper(), one) for one in words.split(". ")]
    left = [re.sub("^But (.)", lambda m: m[1].upper(), one) for one in told if not re.match(RIGHT, one)]
    text = ". ".join(left) or words
    return sentence(f"{text}." if words.endswith(".") and not text.endswith(".") else text)


def sentence(clause: str) -> str:
    return clause if clause.endswith(".") else f"{clause[0].upper()}{clause[1:]}."


def put_back(left: list[str]) -> str:
    """That global state was changed, and is as it was."""
    named = left[0] if len(left) == 1 else ", ".join(left[:-1]) + " and " + left[-1]
    again = "it has" if len(left) == 1 and not left[0].endswith("s") else "they have"
    return f"Your function changed {named}; {again} been put back."


def _of_numpy(value) -> bool:
    return issubclass(type(value), (np.ndarray, np.generic))


def _is_number(value) -> bool:
    return type(value) in (int, float)


FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType)
KINDS = (  # the first that fits
    (lambda value: value is None, "None"),
    (lambda value: value is ..., "the dots (...)"),
    (_is_number, "a Python number"),
    (lambda value: type(value) in (tuple, list), lambda value: f"a {type(value).__name__} of length {len(value)}"),
    (lambda value: type(value) is Tensor, lambda value: f"one tensor of shape {tuple(value.shape)}"),
    (lambda value: type(value) is types.GeneratorType, "a generator (end with return, not yield)"),
    (lambda value: type(value) in FUNCTIONS, "a function (are the parentheses of a call missing?)"),
)


def kind(value) -> str:
    """What a value is, with its article."""
    name = type(value).__name__
    named = f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
    words = next((words for fits, words in KINDS if fits(value)), named)
    return words(value) if callable(words) else words
