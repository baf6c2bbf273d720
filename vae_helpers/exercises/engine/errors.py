"""What an exception means, and the line of the learner's on which it arose."""

import contextlib
import dis
import inspect
import linecache
import re
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from torch import Tensor, nn

from vae_helpers.exercises.engine.feedback import quoted
from vae_helpers.exercises.engine.guard import LIMIT, TimeUp
from vae_helpers.exercises.engine.refusing import Refused

NO_FLOATS = "torch has no such operation for booleans or whole numbers. Convert first: .float()."
PHRASES = {  # a pattern in the exception's words, and what it means; {0} stands for what the pattern's group caught
    r"(\w+)\(\) missing \d+ required .*?arguments?: (.+)": "The call of {0} lacks an argument: {1}.",
    r"(\w+)\(\) got an unexpected keyword argument (.+)": "The call of {0} has an argument that it does not take: {1}.",
    r"(\w+)\(\) received an invalid combination of arguments":
        "The arguments of the call of {0} do not go together: one is missing, too many, misnamed or of another kind.",
    r"(\w+)\(\) takes .* positional arguments? but .* given": "The call of {0} has too many arguments.",
    r"must be tuple of Tensors, not Tensor": "Several tensors go in as one list: torch.stack([a, b]).",
    r"must be Tensor, not": "torch's functions take tensors. For a plain number use math (math.log, math.exp).",
    r"converted to Python scalars|cannot be converted to Scalar|must be Number, not Tensor":
        "A plain number is needed here. For a tensor use torch's functions (torch.exp, not math.exp).",
    r"could not infer output dtype|only support floating point|must be either float or double": NO_FLOATS,
    r"not implemented for '(?:Bool|Byte|Char|Short|Int|Long)'": NO_FLOATS,
    r"on a bool tensor|with two bool tensors": NO_FLOATS,
    r"not implemented for": "torch has no such operation for numbers of this type.",
    r"same dtype": "Numbers of two floating-point types meet here. Convert one: y.to(x.dtype).",
    r"Boolean value of Tensor": "if, while, and, or need one truth value, and the tensor has several. See torch.where.",
    r"implicitly created only for scalar": "backward() starts from one number: reduce the losses first, loss.mean().",
    r"leaf Variable that requires grad": "A tensor that asks for gradients is changed in place. Make a new one: a = a + ..., not a += ... or a[...] = ...",
    r"modified by an inplace operation": "A tensor that the gradient still needs was changed in place (+=, mul_).",
    r"backward through the graph a second time":
        "The graph was used up: backward() was called inside, and whoever calls you needs it too.",
    r"Can't call numpy\(\)": "NumPy knows no gradients. Stay in torch: torch.exp, not np.exp.",
    r"within the support":
        "torch.distributions refuses this outcome: a Bernoulli takes 0 and 1 only (gray pixels with validate_args=False), and none "
        "takes NaN, which a step too large leaves behind.",
    r"object is not callable": "Something is called like a function that is none: are parentheses where brackets belong?",
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)":
        "Two tensors do not line up: {0} numbers meet {1} along dimension {2}, counted once both have equally many dimensions. If one "
        "holds a number for each row, it needs a second dimension: keepdim=True in sum, mean or norm, or [:, None].",
    r"Tensors must have same number of dimensions: got (\d+) and (\d+)":
        "torch.cat and torch.stack join tensors with equally many dimensions; here {0} meet {1}. Give the smaller one the dimension "
        "that it lacks: expand, or [None].",
    r"Sizes of tensors must match except in dimension (\d+). Expected size (\d+) but got size (\d+)":
        "torch.cat joins along dimension {0}, and the other sizes have to agree: {1} meets {2}. Is it the right dimension?",
    r"stack expects each tensor to be equal size": "torch.stack joins tensors of one shape. To put them one after the other: torch.cat.",
    r"mat1 and mat2 shapes cannot be multiplied \((\w+) and (\w+)\)":
        "In a matrix product the left one has as many columns as the right one rows; here {0} meets {1}. What goes in may be split or "
        "joined along the wrong dimension.",
    r"elements of input should be between 0 and 1":
        "binary_cross_entropy takes probabilities, from 0 to 1. For logits: binary_cross_entropy_with_logits.",
    r"index (\d+) is out of bounds for dimension (\d+) with size (\d+)":
        "The index lies outside: place {0} is asked for along dimension {1}, which has {2} places, counted from 0. A place "
        "found along one dimension belongs to that one.",
    r"Dimension out of range \(expected to be in range of (\[.+\]), but got (\S+)\)":
        "There is no dimension {1} here: those of this tensor are {0}. An earlier step may have taken one away.",
    r"'(?:float|int)' object has no attribute '(\w+)'": "This is a plain number, which has no .{0}(). Use math, or torch.tensor(...).",
    r"'(?:tuple|list)' object has no attribute '(\w+)'": "These are several results in one tuple. Take them apart: a, b = ...",
    r"'(?:Independent|Normal|Bernoulli|MultivariateNormal)' object has no attribute '(\w+)'":
        "A distribution stands where a tensor, or another distribution, belongs. Look at what each argument has to be, and at the order.",
    r"'Tensor' object has no attribute '(?:base_dist|log_prob|sample|loc|scale)'":
        "A tensor stands where a distribution belongs, such as Q = model.encode(x). Look at what each argument has to be.",
    r"'NoneType' object": "Something is None here: a function that ends without return, or a method that changes things in place, gives None.",
    r"tensors used as indices must be long|slice indices must be integers|only integers, slices":
        "Places are whole numbers: .long() for a tensor, int(...) for a number.",
    r"can't allocate memory": "A tensor was asked for that is larger than the computer's memory.",
}  # fmt: skip
NEVER_BEGAN = (
    "No gradient can start here: nothing in your function requires gradients. Ask for them before you compute: "
    "x = x.clone().requires_grad_()."
)
WAS_CUT = (
    "No gradient can start here: what requires gradients does not lead to this number. On the way something made a new one "
    "(detach, no_grad, .item(), NumPy, torch.tensor)."
)
MEANINGS = (  # the first that fits
    (TimeUp, f"It did not end within {LIMIT:.0f} seconds, the time limit of a check, and was stopped. Look for a loop that "
             "does not end, or for loops over single numbers where one torch operation would do."),
    (KeyboardInterrupt, "It was interrupted before it returned. If it ran for long, look for a loop that does not end."),
    (SystemExit, "It leaves Python. To leave a function, use return."),
    (UnboundLocalError, "A variable is used before it has been given a value."),
    (NameError, "A name is used that is not defined. Misspelled, or defined in a cell that has not run?"),
    (TypeError, "Something is of a kind that does not fit here. Print the type of what you combine or pass on."),
    (AttributeError, "An object has no attribute of that name. Is it a tensor, as you expect? Print its type."),
    (IndexError, "The index lies outside. Print the shapes of the tensors in this line."),
    (ZeroDivisionError, "A division by zero."),
    (RecursionError, "The function calls itself without end."),
    (ValueError, "A function was given a value that it cannot use."),
    (AssertionError, "An assertion does not hold."),
    (RuntimeError, "torch could not carry out this line. If it speaks of sizes, print the shapes of what is combined."),
)  # fmt: skip


def explain(error: BaseException, function: Callable, arguments: tuple = ()) -> tuple[str, str, str]:
    """What an exception means, the learner's own line on which it arose, and the exception's own words.

    Args:
        arguments: what the function was called with, to see whether anything required gradients.
    """
    frames = _own_frames(error, function)
    shown = ""
    if frames:
        frame, number = frames[-1]
        line = linecache.getline(frame.f_code.co_filename, number).strip()
        shown = f"line {number}: {line}" if line else f"line {number} of your code"
    text = _words(error)
    if isinstance(error, Refused):
        return (
            f"Your function {text}. It was stopped there: an answer computes and returns, and leaves the rest alone.",
            shown,
            "",
        )
    if isinstance(error, (KeyboardInterrupt, SystemExit, TimeUp)):
        return _meaning(error, text, frames, arguments), shown, ""
    raised = f"{type(error).__name__}{': ' if text else ''}{text}"
    return _meaning(error, text, frames, arguments), shown, raised


def _meaning(error: BaseException, text: str, frames: list, arguments: tuple) -> str:
    if "does not have a grad_fn" in text or "does not require grad" in text:
        return WAS_CUT if _asks_for_gradients(frames, arguments) else NEVER_BEGAN
    for pattern, words in PHRASES.items():
        if match := re.search(pattern, text):
            return words.format(*map(quoted, match.groups()))
    if isinstance(error, ValueError) and "vae_helpers" in _raised_in(error):
        return "What you call here, a part of the course, refuses what it is given, and says why."
    if isinstance(error, NotImplementedError):
        if _raised_by_statement(error):
            return "A part that computes the answer is still missing."
        return "Something that is called here is not implemented."
    return next((words for kind, words in MEANINGS if isinstance(error, kind)), "Your code raised an error.")


def _raised_in(error: BaseException) -> str:
    """The file whose code raised it."""
    return traceback.extract_tb(error.__traceback__)[-1].filename


def _raised_by_statement(error: BaseException) -> bool:
    """Whether `raise` raised it, in the last Python function; not a function written in another language."""
    step = error.__traceback__
    while step.tb_next is not None:
        step = step.tb_next
    return step.tb_frame.f_code.co_code[step.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _own_frames(error: BaseException, function: Callable) -> list[tuple[FrameType, int]]:
    """Those of the learner's code, with the number of the line; none of the course's or of a library's."""
    # All cells of a notebook share one namespace, so the learner's helpers count as well, and decorators do not.
    home = getattr(unwrapped(function), "__globals__", None) or vars(sys.modules["__main__"])
    steps = traceback.walk_tb(error.__traceback__)
    return [(frame, number) for frame, number in steps if frame.f_globals is home]


def unwrapped(function: Callable) -> Callable:
    """What a decorated function decorates."""
    with contextlib.suppress(ValueError):  # it may decorate itself
        return inspect.unwrap(function)
    return function


def _words(error: BaseException, most: int = 300) -> str:
    """The first line of an exception's text; nothing if it cannot say it."""
    try:
        return next(iter(str(error).strip().splitlines()), "")[:most]
    except BaseException:  # its own __str__ may fail, or leave Python
        return ""


def _asks_for_gradients(frames: list, arguments: tuple) -> bool:
    """Whether anything in sight requires gradients: the arguments, or the variables of the learner's code."""
    seen = [*arguments, *(value for frame, _ in frames for value in frame.f_locals.values())]
    return any(
        (issubclass(type(value), Tensor) and value.requires_grad) or issubclass(type(value), nn.Module)
        for value in seen
    )
