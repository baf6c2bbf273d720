"""The exercises: their engine, what they know, what is kept, and the notebooks they stand in."""

import _thread
import ast
import functools
import inspect
import json
import linecache
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from html.parser import HTMLParser

import ipywidgets
import nbclient
import nbformat
import pytest
import torch
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from variants import RIGHT, TWO_MISTAKES

from vae_helpers import data, exercises
from vae_helpers.exercises import _progress as progress
from vae_helpers.exercises import cells, engine, nb00, nb01, nb02, nb03, nb04, nb05, nb06
from vae_helpers.exercises.predictions import Choice, Prediction

CATALOGUE = exercises.catalogue()
EACH = pytest.mark.parametrize("exercise", CATALOGUE.values(), ids=CATALOGUE.keys())
MODULES = {"00": nb00, "01": nb01, "02": nb02, "03": nb03, "04": nb04, "05": nb05, "06": nb06}
QUESTIONS = {question.name: question for module in MODULES.values() for question in module.PREDICTIONS}
PAGES = {path.name[:2]: path for path in sorted(cells.FOLDER.glob("[0-9][0-9]_*.ipynb"))}
WITH_EXERCISES = [number for number in PAGES if number in {exercise.notebook for exercise in CATALOGUE.values()}]
LOG_PRIOR = CATALOGUE["log_prior"]
ANSWER = "(-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(1)"


@pytest.fixture(autouse=True)
def progress_file(monkeypatch, tmp_path):
    """Progress goes to a folder of the test's own."""
    path = tmp_path / "data" / "progress.json"
    monkeypatch.setattr(progress, "file", lambda: path)
    return path


@pytest.fixture
def checked(monkeypatch):
    """check() as a page calls it: what it showed, and what it returned."""

    def run(function):
        shown = []
        monkeypatch.setattr(exercises, "display", shown.append)
        returned = exercises.check(function)
        (feedback,) = shown
        return feedback, returned

    return run


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook's kernel, without a server: run(cell) returns its namespace."""
    excepthook = sys.excepthook
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setattr(HistoryManager, "enabled", False)
        shell = InteractiveShell()

    def run(source):
        shell.run_cell(source).raise_error()
        return shell.user_ns

    run("import functools, math, warnings\nimport numpy as np\nimport torch")
    yield run
    sys.excepthook = excepthook


def define(body, signature="z", name="log_prior", before=""):
    """A function without source: its text is nowhere for linecache to find."""
    namespace = {"torch": torch, "math": __import__("math"), "np": __import__("numpy"), "warnings": warnings}
    lines = "\n    ".join(body.splitlines())
    exec(f"{before}\ndef {name}({signature}):\n    {lines}", namespace)
    return namespace[name]


def like(exercise, change):
    """The reference with something done to its arguments and its answer."""

    def function(*arguments):
        return change(exercise, arguments)

    function.__name__ = exercise.name
    return function


def first_tensor(exercise):
    """Number and name of the first argument that is a tensor."""
    number = next(i for i, value in enumerate(exercise.probes[0]) if isinstance(value, torch.Tensor))
    return number, list(inspect.signature(exercise.reference).parameters)[number]


def each_part(answer, change):
    return tuple(change(part) for part in answer) if isinstance(answer, tuple) else change(answer)


# ---- what an exercise is made of -------------------------------------------------------------------------------------


@EACH
def test_the_reference_agrees_with_an_independent_oracle(exercise):
    for probe in exercise.probes:
        assert engine.agree(engine.run(exercise.reference, probe).value, exercise.oracle(*probe), 1e-3)


def test_effects_agree_with_an_independent_oracle():
    exercise = CATALOGUE["reparameterize"]
    for probe in exercise.probes:
        mu, logvar, eps = (value.detach().double() for value in probe)
        weights = torch.arange(1.0, mu.numel() + 1, dtype=torch.float64).reshape(mu.shape)
        h = 1e-5  # central differences of the oracle's own values, in closed form for a Gaussian's quantiles
        by_logvar = weights * ((logvar + h).exp().sqrt() - (logvar - h).exp().sqrt()) / (2 * h) * eps
        assert engine.agree(engine.run(exercise.reference, probe, exercise.effect).effect, (weights, by_logvar), 1e-4)
    exercise = CATALOGUE["training_step"]
    for probe in exercise.probes:
        line, _, x, eps = probe
        w = line.weight.detach()
        gradient = 2 * (x @ w.T - eps).T @ x / len(x)
        (after,) = engine.run(exercise.reference, probe, exercise.effect).effect
        speed = 1 + probe[1].param_groups[0]["momentum"]  # the first step of Nesterov's momentum
        assert engine.agree(after, w - 0.1 * speed * gradient, 1e-5)


def test_there_are_enough_exercises_and_no_two_of_one_name():
    listed = [exercise for module in MODULES.values() for exercise in module.EXERCISES]
    assert len({exercise.name for exercise in listed}) == len(listed) == len(CATALOGUE) >= 13
    for number, module in MODULES.items():
        assert {exercise.notebook for exercise in module.EXERCISES} == {number}
        assert len(module.EXERCISES) >= (4 if number != "00" else 1)


@EACH
def test_an_exercise_is_complete(exercise):
    assert len(exercise.hints) == 3 and len(set(exercise.hints)) == 3 and all(exercise.hints)
    assert len(exercise.mistakes) >= 5
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)
    assert len({mistake.message for mistake in exercise.mistakes}) == len(exercise.mistakes)
    for text in (exercise.goal, *exercise.hints):
        assert "<" not in text, "it would be read as HTML in the notebook"
    sizes = [sum(v.numel() for v in probe if isinstance(v, torch.Tensor)) for probe in exercise.probes]
    assert sizes[0] == min(sizes)


@EACH
def test_the_solution_needs_only_torch_and_math(exercise):
    namespace = {"torch": torch, "math": __import__("math")}
    exec(exercise.solution, namespace)
    assert engine.judge(exercise, namespace[exercise.name]).kind == "right"


@EACH
def test_values_of_mistakes_differ_from_the_reference_and_from_each_other(exercise):
    answers = []
    for name, code in [("reference", exercise.reference), *((m.name, m.code) for m in exercise.mistakes)]:
        outcomes = [engine.run(code, probe, exercise.effect) for probe in exercise.probes]
        assert all(outcome.error is None and not outcome.changed for outcome in outcomes)
        answers.append((name, outcomes))
    for i, (name, outcomes) in enumerate(answers):
        for other, others in answers[:i]:
            alike = all(engine.same(a, b, exercise.tolerance) for a, b in zip(outcomes, others, strict=True))
            assert not alike, f"{name} and {other}"


# ---- the stub --------------------------------------------------------------------------------------------------------


@EACH
@pytest.mark.parametrize(
    "edit",
    [
        lambda stub: stub,
        lambda stub: stub.replace("    ...", "\n    # what now?\n\n    ...   \n"),
        lambda stub: stub.replace('"""', '"""Notes of mine. ', 1),
        lambda stub: stub.splitlines()[0] + "\n    ...",
        lambda stub: stub.replace("    ...", "    pass"),
    ],
    ids=["untouched", "comments", "docstring", "no docstring", "pass"],
)
def test_an_untouched_stub_is_not_attempted(exercise, edit, checked):
    namespace = {}
    exec(edit(exercise.stub), namespace)
    feedback, returned = checked(namespace[exercise.name])
    assert feedback.kind == "open"
    assert returned is exercise.reference
    assert progress.done() == set()


@EACH
def test_the_reference_put_in_place_of_the_learners_function_is_not_theirs(exercise, checked):
    feedback, returned = checked(exercise.reference)
    assert feedback.kind == "open" and "ours" in feedback.text
    assert returned is exercise.reference and progress.done() == set()


# ---- right answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CATALOGUE)
def test_right_answers_written_otherwise_pass_and_are_used(name, checked):
    assert len(RIGHT[name]) >= 3
    for function in RIGHT[name]:
        feedback, returned = checked(function)
        assert feedback.kind == "right", f"line {function.__code__.co_firstlineno}: {feedback}"
        assert returned is function
    assert progress.done() == {name}


@EACH
def test_an_answer_in_double_precision_passes_with_a_remark(exercise, checked):
    doubled = like(exercise, lambda e, a: each_part(e.reference(*a), torch.Tensor.double))
    feedback, returned = checked(doubled)
    assert feedback.kind == "right" and "float64" in feedback.text and returned is doubled


@EACH
def test_an_answer_in_single_precision_draws_no_remark(exercise):
    assert "float" not in engine.judge(exercise, like(exercise, lambda e, a: e.reference(*a))).text


# ---- wrong answers ---------------------------------------------------------------------------------------------------


@EACH
def test_every_mistake_draws_its_own_message(exercise, checked):
    for mistake in exercise.mistakes:
        feedback, returned = checked(like(exercise, lambda e, a, mistake=mistake: mistake.code(*a)))
        assert (feedback.kind, feedback.text) == ("mistake", mistake.message)
        assert returned is exercise.reference
    assert progress.done() == set()


@EACH
def test_a_mistake_in_double_precision_is_the_same_mistake(exercise):
    for mistake in exercise.mistakes:
        double = like(exercise, lambda e, a, mistake=mistake: each_part(mistake.code(*a), torch.Tensor.double))
        assert engine.judge(exercise, double).text == mistake.message


@pytest.mark.parametrize("name", CATALOGUE)
def test_two_mistakes_at_once_show_what_came_and_what_was_expected(name, checked):
    exercise = CATALOGUE[name]
    assert len(TWO_MISTAKES[name]) >= 2
    for function in TWO_MISTAKES[name]:
        feedback, returned = checked(function)
        assert feedback.kind == "wrong", f"line {function.__code__.co_firstlineno}: {feedback}"
        lines = feedback.shown.splitlines()
        assert lines[0].startswith(f"{next(iter(inspect.signature(function).parameters))} = ")
        got, expected = lines[-2:]
        assert got.startswith("got ") and expected.startswith("expected ")
        assert got.removeprefix("got").strip() != expected.removeprefix("expected").strip()
        assert returned is exercise.reference


def test_the_smallest_probe_that_differs_is_shown():
    feedback = engine.judge(LOG_PRIOR, define("return (-(z.abs()) - 0.5 * math.log(2 * math.pi)).sum(1)"))
    assert "z = [1, -2, 0.5, 0.3, 0, 3]  shape (2, 3)" in feedback.shown  # on z = 0 it is right
    feedback = engine.judge(LOG_PRIOR, define("return z.sum(1)"))
    assert feedback.shown == "z = [0, 0]  shape (1, 2)\ngot      [0]  shape (1,)\nexpected [-1.8379]  shape (1,)"


def test_numbers_are_called_right_only_if_they_are_on_every_probe():
    right = engine.judge(LOG_PRIOR, define(f"return {ANSWER}[:, None]"))
    assert "shape (1, 1); expected (1,). The numbers are right" in right.text
    wrong = engine.judge(LOG_PRIOR, define("return (-z**2 - 0.5 * math.log(2 * math.pi)).sum(1, keepdim=True)"))
    assert "shape (1, 1); expected (1,)." in wrong.text and "right" not in wrong.text


FORMS = {  # what may be done to any right answer, and what must be said
    "another shape": (lambda part: part[..., None], "the numbers are right; only the shape is not"),
    "numpy": (lambda part: part.detach().numpy(), "numpy array"),
    "Python numbers": (lambda part: part.tolist(), "expected"),
    "integers": (lambda part: part.long(), "torch.int64"),
    "complex": (lambda part: part + 0j, "torch.complex64"),
    "NaN": (lambda part: part * torch.nan, "contains nan"),
    "infinite": (lambda part: part.abs() + torch.inf, "contains infinities"),
    "gradient": (lambda part: part.clone().requires_grad_(), "require gradients"),
    "sparse": (lambda part: part.to_sparse(), "layout torch.sparse_coo"),
    "meta": (lambda part: part.to("meta"), "on meta"),
    "text": (str, "is a str"),
    "nothing": (lambda part: [], "expected"),
    "a dictionary": (lambda part: {"answer": part}, "is a dict"),
    "a method": (lambda part: part.sum, "parentheses"),
    "drawn": (lambda part: part + 0.1 * torch.randn(part.shape), "two answers"),
}


@EACH
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_of_another_form_is_told_so(exercise, form, checked):
    change, words = FORMS[form]
    own = engine.run(exercise.reference, exercise.probes[0]).value
    if form == "gradient" and any(part.requires_grad for part in engine.parts(own)):
        return  # the reference's answer carries gradients as well
    feedback, returned = checked(like(exercise, lambda e, a: each_part(e.reference(*a), change)))
    assert feedback.kind == "wrong"
    assert words in feedback.text.lower()
    assert returned is exercise.reference


@EACH
def test_one_tensor_is_no_tuple_of_one_and_a_tuple_is_not_its_first(exercise):
    feedback = engine.judge(exercise, like(exercise, lambda e, a: (e.reference(*a),)))
    assert feedback.kind == "wrong"
    if isinstance(exercise.reference(*exercise.probes[0]), tuple):
        assert "tuple of length 1" in feedback.text
        feedback = engine.judge(exercise, like(exercise, lambda e, a: e.reference(*a)[0]))
        assert "Expected a tuple of 2 tensors" in feedback.text and "returns one tensor" in feedback.text
    else:
        assert "tuple of length 1" in feedback.text and "one tensor" in feedback.text


@EACH
def test_arguments_are_not_to_be_changed(exercise, checked):
    number, name = first_tensor(exercise)

    def change(e, arguments):
        answer = each_part(e.reference(*arguments), torch.clone)
        with torch.no_grad():
            arguments[number].add_(1)
        return answer

    feedback, returned = checked(like(exercise, change))
    assert feedback.kind == "wrong" and f"changes its argument {name}." in feedback.text
    assert returned is exercise.reference


@EACH
def test_an_exception_anywhere_is_explained(exercise, checked):
    seen = []

    def late(e, arguments):
        seen.append(arguments)
        if len(seen) == len(e.probes):
            raise ValueError("late, and <odd>")
        return e.reference(*arguments)

    feedback, returned = checked(like(exercise, late))
    assert feedback.kind == "error" and "ValueError: late, and <odd>" in feedback.text
    assert 'raise ValueError("late, and <odd>")' in feedback.shown
    assert returned is exercise.reference


# ---- what a learner may do, one by one -------------------------------------------------------------------------------

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
    assert not any(word in str(feedback) for word in ("Traceback", "engine.py", "outcome"))
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


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("", "takes (), and is called with (z)"),
        ("z, w", "takes (z, w), and is called with (z)"),
        ("*, z", "takes (*, z), and is called with (z)"),
    ],
)
def test_other_parameters_are_explained(signature, words, checked):
    feedback, returned = checked(define("return 1 + 1j", signature))
    assert feedback.kind == "error" and words in feedback.text and returned is LOG_PRIOR.reference


@pytest.mark.parametrize("signature", ["x", "z, scale=1.0", "z=None", "z, *more", "z, **options", "z: 'points'"])
def test_other_parameters_that_can_be_called_alike_pass(signature, checked):
    name = signature[0]
    feedback, _ = checked(define(f"return {ANSWER}".replace("z", name), signature))
    assert feedback.kind == "right"
    feedback, _ = checked(define(f"return {name}.sum(1)", signature))
    assert feedback.shown.startswith(f"{name} = [0, 0]")
    feedback, _ = checked(define(f"{name} *= 2\n{name} += 1\nreturn {name}", signature))
    assert f"changes its argument {name}." in feedback.text


def test_star_arguments_are_shown_by_the_stubs_names():
    exercise = CATALOGUE["kl_to_standard_normal"]
    feedback = engine.judge(exercise, define("return a[0].sum(1)", "*a", exercise.name))
    assert feedback.shown.startswith("mu = [1, 0]  shape (1, 2)\nlogvar = [0, 1]  shape (1, 2)\n")


def test_what_is_no_function_is_called_so():
    class Module(torch.nn.Module):
        def forward(self, z):
            return z + oops  # noqa: F821

    assert "is None, not a function" in engine.judge(LOG_PRIOR, None).text
    assert "is a Python number, not a function" in engine.judge(LOG_PRIOR, 3.0).text
    assert "is one tensor of shape (2,), not a function" in engine.judge(LOG_PRIOR, torch.zeros(2)).text
    assert "is a class, not a function" in engine.judge(LOG_PRIOR, Module).text
    assert "NameError" in engine.judge(LOG_PRIOR, Module()).text
    assert engine.judge(LOG_PRIOR, functools.partial(torch.sum, dim=1)).kind == "wrong"
    assert engine.judge(LOG_PRIOR, lambda z: torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)).kind == "right"


async def _coroutine(z):
    return z


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_coroutine_is_no_answer():
    assert "is a coroutine" in engine.judge(LOG_PRIOR, _coroutine).text


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


def test_a_function_that_remembers_is_found_out():
    calls = []
    feedback = engine.judge(LOG_PRIOR, lambda z: calls.append(1) or z.sum(1) + len(calls))
    assert "two answers" in feedback.text and "remembered" in feedback.text


def test_what_a_function_prints_is_shown_but_not_on_the_page(capsys):
    feedback = engine.judge(LOG_PRIOR, define("print('shape', z.shape)\nreturn z.sum(1)"))
    assert feedback.shown.endswith("printed:\nshape torch.Size([1, 2])")
    feedback = engine.judge(LOG_PRIOR, define("print('z', z.tolist())\nreturn z + missing"))
    assert feedback.shown == "line 4 of your code\nprinted:\nz [[0.0, 0.0]]"
    feedback = engine.judge(LOG_PRIOR, define(f"print('y' * 10**6)\nprint('x\\n' * 10**5)\nreturn {ANSWER}"))
    assert feedback.kind == "right" and len(feedback.shown) < 400
    assert capsys.readouterr().out == ""


def test_warnings_are_left_to_python():
    with pytest.warns(UserWarning, match="careful"):
        feedback = engine.judge(LOG_PRIOR, define(f"warnings.warn('careful')\nreturn {ANSWER}"))
    assert feedback.kind == "right"


def test_the_pages_random_numbers_and_the_probes_are_left_alone():
    torch.manual_seed(5)
    before, probes = torch.get_rng_state(), [probe[0].clone() for probe in LOG_PRIOR.probes]
    for body in (f"return {ANSWER}", "torch.manual_seed(9)\nreturn torch.randn(len(z))", "z += 1\nreturn z", "1 / 0"):
        engine.judge(LOG_PRIOR, define(body))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(probe[0], copy) for probe, copy in zip(LOG_PRIOR.probes, probes, strict=True))


def test_check_knows_exercises_by_their_function_name():
    def somebody_elses(z):
        return z

    with pytest.raises(ValueError, match="somebody_elses"):
        exercises.check(somebody_elses)


@pytest.mark.parametrize(
    "source",
    [
        f"log_prior = lambda z: {ANSWER}",
        f"def mine(z):\n    return {ANSWER}\nlog_prior = functools.partial(mine)",
        f"class Mine:\n    def __call__(self, z):\n        return {ANSWER}\nlog_prior = Mine()",
    ],
    ids=["lambda", "partial", "callable object"],
)
def test_check_also_knows_them_by_the_name_it_is_given(source, page, monkeypatch):
    monkeypatch.setattr(exercises, "display", lambda feedback: None)
    namespace = page("from vae_helpers.exercises import check\n" + source + "\nmine_too = log_prior")
    assert page('log_prior = check(log_prior, "log_prior")')["log_prior"] is namespace["mine_too"]
    assert progress.done() == {"log_prior"}


def test_check_of_none_hands_back_the_reference(page, monkeypatch):
    monkeypatch.setattr(exercises, "display", lambda feedback: None)
    namespace = page(
        "from vae_helpers.exercises import check\nlog_prior = None\nlog_prior = check(log_prior, 'log_prior')"
    )
    assert namespace["log_prior"] is LOG_PRIOR.reference


# ---- the card --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("...", "○ Not attempted yet: log_prior"),
        (f"return {ANSWER}", "✓ Right: log_prior"),
        ("return (-0.5 * z**2).sum(1)", "✗ Not yet: a known mistake: log_prior"),
        ("return z.sum(1)", "✗ Not yet: log_prior"),
        ("raise ValueError('a < b & \"<b>c</b>\"')", "! Your code stopped: log_prior"),
        ("print('<b>&')\nreturn z.sum(1)", "✗ Not yet: log_prior"),
    ],
)
def test_the_card_says_the_same_as_its_plain_twin(body, title, capsys):
    feedback = engine.judge(LOG_PRIOR, define(body))
    bundle = feedback._repr_mimebundle_()
    assert bundle["text/plain"] == str(feedback)
    assert str(feedback).startswith(f"{title}\n")
    assert f"<b>{title}</b>" in bundle["text/html"]
    seen = _Words()
    seen.feed(bundle["text/html"])
    assert set(str(feedback).split()) <= set(" ".join(seen.words).split())
    assert seen.opened == seen.closed and {"script", "style"}.isdisjoint(seen.opened)
    if "print" in body:
        assert "printed:\n&lt;b&gt;&amp;</pre>" in bundle["text/html"]
    elif "<b>" in body:
        assert "a &lt; b &amp; &quot;&lt;b&gt;c&lt;/b&gt;" in bundle["text/html"]
        assert 'a < b & "<b>c</b>"' in bundle["text/plain"]


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.opened, self.closed = [], [], []

    def handle_data(self, data):
        self.words.append(data)

    def handle_starttag(self, tag, attrs):
        self.opened = sorted([*self.opened, tag])

    def handle_endtag(self, tag):
        self.closed = sorted([*self.closed, tag])


def test_no_two_kinds_of_feedback_look_alike_without_color():
    looks = [(icon, word) for icon, word, _ in engine.Feedback.STYLES.values()]
    assert len(set(looks)) == len(looks) == 5 and all(icon and word for icon, word in looks)


# ---- progress --------------------------------------------------------------------------------------------------------


def test_only_right_answers_are_recorded(checked):
    for body in ("...", "return z.sum(1)", "return (-0.5 * z**2).sum(1)", "raise ValueError"):
        checked(define(body))
        assert progress.done() == set()
    checked(define(f"return {ANSWER}"))
    assert progress.done() == {"log_prior"}
    assert "✓ done  log_prior" in str(exercises.progress())
    assert "notebook 00: 1 of 1 done" in str(exercises.progress())
    checked(define("return z.sum(1)"))  # a later try that fails takes nothing away
    assert progress.done() == {"log_prior"}


def test_progress_shows_every_exercise_in_text_and_table():
    progress.record("ring")
    bundle = exercises.progress()._repr_mimebundle_()
    assert bundle["text/plain"] == str(exercises.progress()) == repr(exercises.progress())
    for name in CATALOGUE:
        state = ("✓ done", "✓") if name == "ring" else ("○ open", "○")
        assert f"    {state[0]}  {name}" in bundle["text/plain"]
        assert f"{state[1]} {name}" in bundle["text/html"]
    assert "notebook 01: 1 of 4 done" in bundle["text/plain"] and "<td>1 of 4</td>" in bundle["text/html"]


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"7",
    b'"done"',
    b"null",
    b'{"done": 3}',
    b'{"done": "ring"}',
    b"{}",
    b"\xff\xfe\x00",
    b"\0" * 99,
]


@pytest.mark.parametrize("content", DAMAGED, ids=repr)
def test_a_damaged_file_is_set_aside(content, progress_file):
    progress_file.parent.mkdir(parents=True)
    progress_file.write_bytes(content)
    assert progress.done() == set()
    assert "0 of 4 done" in str(exercises.progress())
    assert progress.record("ring") is None
    assert progress.done() == {"ring"}
    assert progress_file.with_suffix(".damaged.json").read_bytes() == content


def test_a_name_of_no_exercise_in_the_file_does_no_harm(progress_file):
    progress_file.parent.mkdir(parents=True)
    progress_file.write_text(json.dumps({"done": ["ring", "of another version", 3, None]}))
    assert progress.record("log_prior") is None
    assert progress.done() == {"ring", "of another version", "log_prior"}
    assert "1 of 1 done" in str(exercises.progress())


def test_a_folder_that_cannot_be_written_draws_a_sentence(monkeypatch, tmp_path, checked, capsys):
    (tmp_path / "not_a_folder").write_text("")
    monkeypatch.setattr(progress, "file", lambda: tmp_path / "not_a_folder" / "progress.json")
    assert "could not be saved" in progress.record("ring")
    assert progress.done() == set()
    function = define(f"return {ANSWER}")
    feedback, returned = checked(function)
    assert feedback.kind == "right" and returned is function
    assert "Your progress could not be saved in" in capsys.readouterr().out


def test_a_lock_that_is_never_released_draws_a_sentence(monkeypatch):
    class Held(progress.FileLock):
        def acquire(self, *_, **__):
            raise progress.Timeout(self.lock_file)

    monkeypatch.setattr(progress, "FileLock", Held)
    assert "could not be saved" in progress.record("ring")


def _record_many(names, barrier):
    barrier.wait()
    for name in names:
        assert progress.record(name) is None


def test_two_notebooks_writing_at_once_lose_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    start = multiprocessing.get_context("spawn")
    barrier = start.Barrier(2)
    names = [[f"{notebook}{i}" for i in range(40)] for notebook in "ab"]
    writers = [start.Process(target=_record_many, args=(part, barrier)) for part in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    written = tmp_path / "vae-course" / "progress.json"
    assert set(json.loads(written.read_text())["done"]) == {*names[0], *names[1]}
    assert not list(written.parent.glob("*.part")) and not list(written.parent.glob("*.damaged*"))


# ---- predictions -----------------------------------------------------------------------------------------------------


def test_there_are_two_predictions_a_notebook_and_no_two_of_one_name():
    assert all(len(module.PREDICTIONS) >= 2 for module in MODULES.values())
    assert len(QUESTIONS) == sum(len(module.PREDICTIONS) for module in MODULES.values())
    with pytest.raises(ValueError, match="two humps"):
        exercises.predict("no such question")


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_prediction_replies_to_every_choice(question):
    assert exercises.predict(question.name) is question
    assert sum(choice.right for choice in question.choices) == 1
    assert len({choice.reply for choice in question.choices}) == len(question.choices) >= 3
    widget = question.widget()
    reply = widget.children[-1]
    assert reply.value == ""
    buttons = [child for row in widget.children for child in getattr(row, "children", ()) if hasattr(child, "click")]
    assert len(buttons) == len(question.choices)
    for button, choice in zip(buttons, question.choices, strict=True):
        assert choice.text in button.tooltip
        button.click()
        assert reply.value.startswith(f"<b>{button.description}.</b> {'✓ Yes.' if choice.right else '✗ Not so.'}")
        assert _text(reply.value).endswith(choice.reply)
    for text in (question.question, *(part for choice in question.choices for part in (choice.text, choice.reply))):
        assert text.count("$") % 2 == 0


def _text(html):
    words = _Words()
    words.feed(html)
    return "".join(words.words)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_prediction_has_a_plain_twin(question):
    assert str(question) == repr(question)
    assert str(question).startswith(f"Predict: {question.question}\n  A. {question.choices[0].text}\n  B. ")
    assert all(choice.text in str(question) and choice.reply not in str(question) for choice in question.choices)
    bundle = question._repr_mimebundle_()
    assert bundle["text/plain"] == str(question)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_predictions_text_is_escaped():
    odd = Prediction("odd", "a <b> $x<y$", (Choice("<i>&", True, "<u>"),))
    widget = odd.widget()
    widget.children[1].children[0].click()
    texts = [child.value for child in (widget.children[0], widget.children[1].children[1], widget.children[-1])]
    assert [_text(text) for text in texts] == ["Predict. a <b> $x<y$", "<i>&", "A. ✓ Yes. <u>"]
    assert isinstance(widget.children[0], ipywidgets.HTMLMath)


def test_the_broken_runs_of_notebook_06_show_what_their_diagnosis_says():
    digits = data.load("strokes", n=6000)
    collapsed, overfitted, unpriced = (nb06.patient(name, digits).epochs[-1] for name in "ABC")
    assert collapsed.kl < 0.05 and collapsed.held_out_kl < 0.05
    assert abs(collapsed.elbo - collapsed.held_out_elbo) < 10
    assert overfitted.elbo > overfitted.held_out_elbo + 10 and overfitted.kl < 40
    assert unpriced.kl > 80 and unpriced.reconstruction > collapsed.reconstruction + 50
    assert abs(unpriced.elbo - unpriced.held_out_elbo) < 20


# ---- the notebooks ---------------------------------------------------------------------------------------------------


def read(number):
    return nbformat.read(PAGES[number], as_version=4)


def test_the_notebooks_that_build_the_theory_are_there():
    assert set(MODULES) <= set(PAGES)


@pytest.mark.parametrize("number", PAGES)
def test_notebooks_are_in_step_with_the_exercises(number):
    assert cells.synchronized(read(number)) == [], "run: python -m vae_helpers.exercises.cells"


@pytest.mark.parametrize("number", PAGES)
def test_every_exercise_of_a_notebook_stands_in_it_once(number):
    ids = [cell.id for cell in read(number).cells]
    for exercise in CATALOGUE.values():
        wanted = [f"{exercise.name}-{part}" for part in ("goal", "stub", "hints")]
        if exercise.notebook == number:
            assert [key for key in ids if key in wanted] == wanted
            first = ids.index(wanted[0])
            assert ids[first : first + 3] == wanted
        else:
            assert not set(ids) & set(wanted)


def test_a_notebook_out_of_step_is_noticed_and_mended():
    number = next(iter(WITH_EXERCISES))
    notebook = read(number)
    stub = next(cell for cell in notebook.cells if cell.id.endswith("-stub"))
    stub.source += " "
    assert cells.synchronized(notebook) == [stub.id]
    assert cells.synchronized(notebook) == []


@EACH
def test_hints_and_solution_are_folded_one_inside_the_other(exercise):
    text = cells.hints(exercise)
    summaries = ["Hint 1", "Hint 2", "Hint 3", "Solution"]
    places = [text.index(f"<details><summary>{summary}</summary>\n\n") for summary in summaries]
    assert places == sorted(places)
    assert text.count("<details>") == text.count("</details>") == 4
    assert text.endswith("</details>\n\n</details>\n\n</details>\n\n</details>")
    for place, hint in zip(places, exercise.hints, strict=False):
        assert text.index(hint) > place
    assert text.index(f"```python\n{exercise.solution}\n```\n\n</details>") > places[-1]
    before_the_fold = text[: places[0]]
    assert before_the_fold == ""


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_stubs_as_shipped_are_not_attempted_and_the_page_has_ours(number, monkeypatch):
    shown = []
    monkeypatch.setattr(exercises, "display", shown.append)
    stubs = [cell for cell in read(number).cells if cell.id.endswith("-stub")]
    for cell in stubs:
        namespace = {"check": exercises.check}
        exec(cell.source, namespace)
        name = cell.id.removesuffix("-stub")
        assert namespace[name] is CATALOGUE[name].reference
    assert [str(feedback).split(":")[0] for feedback in shown] == ["○ Not attempted yet"] * len(stubs)
    assert stubs


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_pages_call_a_learners_function_by_position(number):
    """A learner may rename the parameters."""
    for cell in read(number).cells:
        if cell.cell_type == "code" and not cell.id.endswith("-stub"):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) in CATALOGUE:
                    assert not node.keywords, f"{cell.id}: {ast.unparse(node)}"


@pytest.mark.parametrize("number", [number for number in WITH_EXERCISES if number != "00"])
def test_pages_ask_their_predictions(number):
    source = "\n".join(cell.source for cell in read(number).cells if cell.cell_type == "code")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    asked = [call.args[0].value for call in calls if getattr(call.func, "id", None) == "predict"]
    assert len(asked) >= 2
    assert sorted(asked) == sorted(question.name for question in MODULES[number].PREDICTIONS)


def with_answers(number):
    """The notebook with each stub cell become several: every known mistake in turn, then the reference.

    Every one ends with the check as shipped. After a mistake the page has ours, as it has with the stub untouched, so
    what comes after runs here with a learner's right function.
    """
    notebook = read(number)
    cells_now = []
    for cell in notebook.cells:
        if not cell.id.endswith("-stub"):
            cells_now.append(cell)
            continue
        exercise, check = CATALOGUE[cell.id.removesuffix("-stub")], cell.source.splitlines()[-1]
        for index in range(len(exercise.mistakes)):
            code = (
                "from vae_helpers.exercises import catalogue\n\n\n"
                f"def {exercise.name}(*arguments):\n"
                f"    return catalogue()['{exercise.name}'].mistakes[{index}].code(*arguments)"
            )
            cells_now.append(nbformat.v4.new_code_cell(f"{code}\n\n\n{check}", id=f"{exercise.name}-{index}"))
        cell.source = f"{exercise.solution}\n\n\n{check}"
        cells_now.append(cell)
    notebook.cells = cells_now
    return notebook


def said(cell):
    """What a cell's check said, in plain text."""
    (text,) = (output.data["text/plain"] for output in cell.outputs if output.output_type == "display_data")
    return text


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_a_page_names_every_mistake_confirms_every_reference_and_runs_on(number, tmp_path):
    notebook = with_answers(number)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(cells.FOLDER)}}
    )
    client.execute(env={**os.environ, "XDG_DATA_HOME": str(tmp_path)})  # a cell that fails raises
    by_id = {cell.id: cell for cell in notebook.cells}
    of_this_page = [exercise for exercise in CATALOGUE.values() if exercise.notebook == number]
    assert of_this_page
    for exercise in of_this_page:
        for index, mistake in enumerate(exercise.mistakes):
            wanted = f"✗ Not yet: a known mistake: {exercise.name}\n{mistake.message}"
            assert said(by_id[f"{exercise.name}-{index}"]) == wanted
        assert said(by_id[f"{exercise.name}-stub"]).startswith(f"✓ Right: {exercise.name}\n")
    kept = json.loads((tmp_path / "vae-course" / "progress.json").read_text())["done"]
    assert kept == sorted(exercise.name for exercise in of_this_page)
