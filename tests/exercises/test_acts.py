"""What a learner may do in a cell, above all what stops there, and the line that is shown of it."""

import _thread
import linecache
import signal
import threading

import pytest
import torch
from answers import ANSWER, EACH, LOG_PRIOR, define

# body of log_prior(z), kind of feedback, words of its text, and what is shown of the learner's code, if it stopped
ACTS = [
    ("return 5", "wrong", "Python number", None),
    ("return 0.5", "wrong", "Python number", None),
    ("return True", "wrong", "is a bool", None),
    ("return ...", "wrong", "returns the dots", None),
    ("print(z)", "wrong", "It prints something", None),
    ("z.sum(1)", "wrong", "nothing (None). End it with the word return", None),
    ("return print(z)", "wrong", "nothing (None)", None),
    (f"return [{ANSWER}]", "wrong", "a list of length 1; expected one tensor", None),
    (f"return {ANSWER},", "wrong", "a comma after the answer makes a tuple", None),
    (f"return list({ANSWER})", "wrong", "torch.stack", None),
    ("return [0] * 10**6", "wrong", "length 1000000", None),
    ("return 'x' * 10**7", "wrong", "is a str", None),
    ("return torch.zeros(1).expand(10**12)", "wrong", "shape (1000000000000,)", None),
    ("yield 1", "wrong", "a generator (end with return, not yield)", None),
    ("return lambda: 0", "wrong", "is a function", None),
    ("return np.asarray(z).sum(1)", "wrong", "NumPy array", None),
    ("return np.float64(3)", "wrong", "NumPy", None),
    ("return torch.rand(len(z))", "wrong", "two answers", None),
    ("return z.sum(1) + np.random.rand()", "wrong", "two answers", None),
    ("z -= 1\nreturn z.sum(1)", "wrong", "changes its argument z", None),
    ("z.requires_grad_()\nreturn z.sum(1).detach()", "wrong", "switches gradients on for its argument z", None),
    ("z.unsqueeze_(0)\nreturn z.sum()", "wrong", "changes its argument z", None),
    ("return z + missing", "error", "not defined", "return z + missing"),
    ("total = total + z\nreturn total", "error", "before it has been given a value", "total = total + z"),
    ("return torch.log(2) + z", "error", "torch's functions take tensors", "return torch.log(2) + z"),
    ("return z.sum(1) + math.exp(z)", "error", "plain number", "return z.sum(1) + math.exp(z)"),
    ("return z + None", "error", "does not fit", "return z + None"),
    ("return ... + z", "error", "does not fit", "return ... + z"),
    ("return z.double() @ z.T", "error", "two floating-point types", "return z.double() @ z.T"),
    ("if z > 0:\n    return z", "error", "truth value", "if z > 0:"),
    ("return z.summ(1)", "error", "attribute", "return z.summ(1)"),
    ("return z[:, 7]", "error", "index lies outside", "return z[:, 7]"),
    ("return z @ z", "error", "shapes", "return z @ z"),
    ("return 1 / 0", "error", "division by zero", "return 1 / 0"),
    ("return {}['z']", "error", "KeyError", "return {}['z']"),
    ("assert z.sum() > 9, 'too small'", "error", "AssertionError: too small", "assert z.sum() > 9, 'too small'"),
    ("raise NotImplementedError", "error", "still missing", "raise NotImplementedError"),
    ("raise ValueError", "error", "\n\nValueError", "raise ValueError"),
    ("raise ValueError('one\\ntwo')", "error", "ValueError: one", "raise ValueError('one\\ntwo')"),
    ("raise SystemExit(3)", "error", "use return", "raise SystemExit(3)"),
    ("import sys\nsys.exit()", "error", "use return", "sys.exit()"),
    (f"return {ANSWER}.bfloat16()", "wrong", "torch.bfloat16, which keeps few digits", None),
    ("raise KeyboardInterrupt", "error", "interrupted", "raise KeyboardInterrupt"),
    ("raise BaseException('odd')", "error", "BaseException: odd", "raise BaseException('odd')"),
    ("raise GeneratorExit", "error", "GeneratorExit", "raise GeneratorExit"),
    ("raise MemoryError", "error", "MemoryError", "raise MemoryError"),
    ("return log_prior(z)", "error", "calls itself without end", "return log_prior(z)"),
]


@pytest.mark.parametrize(("body", "kind", "words", "line"), ACTS, ids=[act[0].splitlines()[0][:40] for act in ACTS])
def test_what_a_learner_may_do_in_a_cell_is_answered(body, kind, words, line, page, checked):
    source = "def log_prior(z):\n    # my first try\n    " + "\n    ".join(body.splitlines())
    feedback, returned = checked(page(source)["log_prior"])
    assert (feedback.kind, words in feedback.text) == (kind, True), str(feedback)
    assert len(str(feedback)) < 1500
    assert returned is LOG_PRIOR.reference
    assert not any(word in str(feedback) for word in ("Traceback", "engine", "running.py", "judging.py", "outcome"))
    if kind == "error":
        assert feedback.shown == f"line {source.splitlines().index('    ' + line) + 1}: {line}"


@pytest.mark.parametrize(("body", "kind", "words", "line"), ACTS, ids=[act[0].splitlines()[0][:40] for act in ACTS])
def test_the_same_without_source(body, kind, words, line, checked):
    linecache.cache.pop("<string>", None)
    feedback, returned = checked(define(body))
    assert (feedback.kind, words in feedback.text) == (kind, True), str(feedback)
    assert returned is LOG_PRIOR.reference
    if kind == "error":
        assert feedback.shown == f"line {3 + body.splitlines().index(line)} of your code"


@EACH
def test_an_exception_anywhere_is_explained(exercise, checked):
    seen = []

    def late(*arguments):
        seen.append(arguments)
        if len(seen) == len(exercise.probes):
            raise ValueError("late, and <odd>")
        return exercise.reference(*arguments)

    late.__name__ = exercise.name
    feedback, returned = checked(late)
    assert feedback.kind == "error" and "ValueError: late, and <odd>" in feedback.text
    assert 'raise ValueError("late, and <odd>")' in feedback.shown
    assert returned is exercise.reference


def test_a_line_in_a_helper_of_another_cell_is_the_learners_too(page, checked):
    page("def helper(z):\n    return z.sum(1) + oops")
    feedback, _ = checked(page("def log_prior(z):\n    return helper(z)")["log_prior"])
    assert feedback.shown == "line 2: return z.sum(1) + oops"


def test_the_line_shown_is_not_that_of_the_library_that_raised(page, checked):
    namespace = page("def log_prior(z):\n    n = torch.distributions.Normal(0.0, -1.0)\n    return n.log_prob(z)")
    feedback, _ = checked(namespace["log_prior"])
    assert feedback.shown == "line 2: n = torch.distributions.Normal(0.0, -1.0)"
    assert "ValueError: Expected parameter scale" in feedback.text


def test_decorated_functions_show_the_line_below_the_decorator(page, checked):
    feedback, _ = checked(page("@torch.no_grad()\ndef log_prior(z):\n    return z + oops")["log_prior"])
    assert feedback.shown == "line 3: return z + oops"
    feedback, _ = checked(page("@torch.no_grad()\ndef log_prior(z):\n    ...")["log_prior"])
    assert feedback.kind == "open"
    feedback, returned = checked(page(f"@functools.cache\ndef log_prior(z):\n    return {ANSWER}")["log_prior"])
    assert feedback.kind == "right" and returned(torch.zeros(1, 2)).shape == (1,)


def test_a_function_that_never_returns_can_be_interrupted(page, checked):
    function = page("def log_prior(z):\n    while True:\n        z = z + 1")["log_prior"]
    # A shell that starts tests in the background has them ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer = threading.Timer(0.5, _thread.interrupt_main)
        timer.start()
        feedback, returned = checked(function)
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert feedback.kind == "error" and "a loop that does not end" in feedback.text
    assert feedback.shown.startswith(("line 2: while True:", "line 3: z = z + 1"))
    assert returned is LOG_PRIOR.reference
