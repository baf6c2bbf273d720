"""Answers to every exercise: none, right ones, known mistakes, and two mistakes at once."""

import inspect

import pytest
import torch
from answers import ANSWER, CATALOGUE, EACH, LOG_PRIOR, define, each_part, like
from variants import RIGHT, TWO_MISTAKES

from vae_helpers.exercises import engine, ledger


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
    assert ledger.done() == set()


@EACH
def test_the_reference_put_in_place_of_the_learners_function_is_not_theirs(exercise, checked):
    feedback, returned = checked(exercise.reference)
    assert feedback.kind == "open" and "the course's answer" in feedback.text
    assert returned is exercise.reference and ledger.done() == set()


@pytest.mark.parametrize("name", CATALOGUE)
def test_right_answers_written_otherwise_pass_and_are_used(name, checked):
    assert len(RIGHT[name]) >= 6
    for function in RIGHT[name]:
        feedback, returned = checked(function)
        assert feedback.kind == "right", f"line {function.__code__.co_firstlineno}: {feedback}"
        assert returned is function
    assert ledger.done() == {name}


@EACH
def test_an_answer_in_double_precision_passes_with_a_remark(exercise, checked):
    doubled = like(exercise, lambda e, a: each_part(e.reference(*a), torch.Tensor.double))
    feedback, returned = checked(doubled)
    assert feedback.kind == "right" and "float64" in feedback.text and returned is doubled


@EACH
def test_an_answer_in_single_precision_draws_no_remark(exercise):
    assert "float" not in engine.judge(exercise, like(exercise, lambda e, a: e.reference(*a))).text


@EACH
def test_every_mistake_draws_its_own_message(exercise, checked):
    for mistake in exercise.mistakes:
        feedback, returned = checked(like(exercise, lambda e, a, mistake=mistake: mistake.code(*a)))
        assert (feedback.kind, feedback.text) == ("mistake", mistake.message)
        assert returned is exercise.reference
    assert ledger.done() == set()


@EACH
def test_a_mistake_in_double_precision_is_the_same_mistake(exercise):
    for mistake in exercise.mistakes:
        double = like(exercise, lambda e, a, mistake=mistake: each_part(mistake.code(*a), torch.Tensor.double))
        assert engine.judge(exercise, double).text == mistake.message


@pytest.mark.parametrize("name", CATALOGUE)
def test_two_mistakes_at_once_are_named_or_shown_with_what_was_expected(name, checked):
    exercise = CATALOGUE[name]
    assert len(TWO_MISTAKES[name]) >= 2
    for function in TWO_MISTAKES[name]:
        feedback, returned = checked(function)
        assert feedback.kind in ("mistake", "wrong"), f"line {function.__code__.co_firstlineno}: {feedback}"
        assert returned is exercise.reference
        if any(mistake.message in feedback.text for mistake in exercise.mistakes):
            continue  # a pair so frequent that it has a message of its own, or a slip in the value beside one in the effect
        if feedback.kind == "mistake":
            assert "a right answer with" in feedback.text
        lines = feedback.shown.splitlines()
        assert lines[0].startswith(f"{next(iter(inspect.signature(function).parameters))} = ")
        got, expected = lines[-2:]
        assert got.startswith("got ") and expected.startswith("expected ")
        assert got.removeprefix("got").strip() != expected.removeprefix("expected").strip()
        assert returned is exercise.reference


def test_a_message_that_calls_the_effects_right_is_not_said_of_wrong_ones():
    """The loss after the step has a message of its own; here it comes from the middle of three steps."""

    def training_step(loss_per_image, optimizer, x, eps):
        losses = [CATALOGUE["training_step"].reference(loss_per_image, optimizer, x, eps) for _ in range(3)]
        return losses[1]

    text = engine.judge(CATALOGUE["training_step"], training_step).text
    assert "The step is right" not in text and "step" in text


def test_the_smallest_probe_that_differs_is_shown():
    feedback = engine.judge(LOG_PRIOR, define(f"z = torch.where(z == 2, 1 + z, z)\nreturn {ANSWER}"))
    assert feedback.shown.startswith("z = [[0, 0], [1, 0], [1, 2]]  shape (3, 2)\n")  # the other small one holds no 2
    feedback = engine.judge(LOG_PRIOR, define("return z.sum(1)"))
    assert feedback.shown == (
        "z = [[1, -2, 0.5], [0.3, 0, 3]]  shape (2, 3)\n"
        "got      [-0.5, 3.3]  shape (2,)\nexpected [-5.3818, -7.3018]  shape (2,)"
    )


def test_numbers_are_called_right_only_if_they_are_on_every_probe():
    right = engine.judge(LOG_PRIOR, define(f"return {ANSWER}[:, None]"))
    assert "shape (2, 1); expected (2,). The numbers are right" in right.text
    wrong = engine.judge(LOG_PRIOR, define("return (z - z**2).sum(1, keepdim=True)"))
    assert "shape (2, 1); expected (2,)." in wrong.text and "are right" not in wrong.text
