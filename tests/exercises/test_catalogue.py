"""What an exercise is made of, and that its parts agree."""

import ast
import copy
import inspect
import re
from pathlib import Path

import nbformat
import pytest
import torch
from answers import ANSWER, CATALOGUE, EACH, LOG_PRIOR

from vae_helpers import exercises
from vae_helpers.exercises import NOTEBOOKS, engine, ledger


@EACH
def test_every_exercise_is_a_file_of_its_notebooks_folder(exercise):
    path = Path(inspect.getsourcefile(exercise.reference))
    assert (path.parent.name, path.stem) == (f"nb{exercise.notebook}", exercise.name)


def test_there_are_enough_exercises_and_no_two_of_one_name():
    listed = [exercise for module in NOTEBOOKS.values() for exercise in module.EXERCISES]
    assert len({exercise.name for exercise in listed}) == len(listed) == len(CATALOGUE) >= 13
    for number, module in NOTEBOOKS.items():
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
def test_a_right_answer_is_told_what_it_is_good_for_and_where_it_is_used(exercise):
    assert exercise.then.endswith((".", "?")) and exercise.then[0].isupper() and len(exercise.then) > 30
    later = _after_the_stub(exercise)
    used = any(_names(source, exercise.name) for source, _ in later)
    assert bool(exercise.again) == used, "say which cells to run again if, and only if, some use the function"
    if used:
        assert exercise.again.endswith(".") and not exercise.again.startswith("Run")
        assert set(re.findall(r"\d+\.\d+", exercise.again)) <= {section for _, section in later}


def _after_the_stub(exercise):
    """Code cells that come after an exercise's own, each with the section it is in."""
    (path,) = (Path(__file__).parents[2] / "notebooks").glob(f"{exercise.notebook}_*.ipynb")
    section, code, start = "", [], None
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            section = (re.findall(r"^## (\d+\.\d+)", cell.source, re.MULTILINE) or [section])[-1]
        else:
            code.append((cell.source, section))
        if cell.id == f"{exercise.name}-stub":
            start = len(code)
    return code[start:]


def _names(source, name):
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(source)))


@EACH
def test_the_reference_agrees_with_an_independent_oracle(exercise):
    for probe in exercise.probes:
        own = copy.deepcopy(probe)  # a stack of bits is changed in place
        assert engine.agree(engine.run(exercise.reference, probe).value, exercise.oracle(*own), 1e-3)


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


@EACH
def test_the_solution_needs_only_torch_math_and_what_its_notebook_asked_for_before(exercise):
    namespace = {"torch": torch, "math": __import__("math")}
    for earlier in NOTEBOOKS[exercise.notebook].EXERCISES:
        exec(earlier.solution, namespace)
        if earlier is exercise:
            break
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
    assert ledger.done() == {"log_prior"}


def test_check_of_none_hands_back_the_reference(page, monkeypatch):
    monkeypatch.setattr(exercises, "display", lambda feedback: None)
    namespace = page(
        "from vae_helpers.exercises import check\nlog_prior = None\nlog_prior = check(log_prior, 'log_prior')"
    )
    assert namespace["log_prior"] is LOG_PRIOR.reference
