"""Questions by hand: their numbers are the arguments', their answers the exercise's own, and each known mistake is told."""

import inspect
import itertools
import re
import string

import pytest
import torch
from answers import CATALOGUE

from vae_helpers import exercises
from vae_helpers.exercises import NOTEBOOKS, engine
from vae_helpers.exercises.engine.by_hand import CONSTANTS, ByHand, on_paper, spelled
from vae_helpers.pages.pencil import by_hand

QUESTIONS = exercises.by_hand()
EACH = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
NAMES = ("log 2π", "log 2", "Φ(1)", "N(0, I)")  # digits that are no number of a question
MINUS = "−"


def fields(text):
    return [field for _, field, _, _ in string.Formatter().parse(text) if field]


def typed(value, decimals):
    """What a learner writes who worked a number out exactly and rounds it as asked."""
    return float(f"{value:.{decimals}f}")


def meant(number, answers):
    """The message of the nearest answer, as the page finds it (tests/widgets/test_pencil.py)."""
    return min(answers, key=lambda answer: abs(answer[0] - number))[1]


def told_apart(question):
    """The exercise's mistakes that a pencil can make, with the number that each ends in."""
    exercise = CATALOGUE[question.name]
    reference = flat(exercise.reference(*question.arguments.values()))
    for mistake in exercise.mistakes:
        try:
            numbers = flat(mistake.code(*question.arguments.values()))
        except (RuntimeError, ValueError, IndexError, TypeError):
            continue
        if on_paper(mistake.message) and len(numbers) == len(reference) and abs(numbers[question.part]) < float("inf"):
            apart = abs(numbers[question.part] - reference[question.part]) > 2 * 10**-question.decimals
            yield mistake, numbers[question.part], apart


def flat(value):
    return torch.cat(
        [part.detach().double().flatten() for part in (value if isinstance(value, tuple) else (value,))]
    ).tolist()


def test_there_are_enough_and_each_belongs_to_its_notebook():
    assert len(QUESTIONS) >= 20
    assert {CATALOGUE[name].notebook for name in QUESTIONS} == {"00", "01", "02", "03", "04", "05", "06", "07"}
    for number, notebook in NOTEBOOKS.items():
        for question in getattr(notebook, "BY_HAND", ()):
            assert CATALOGUE[question.name].notebook == number


@EACH
def test_arguments_are_the_references_in_their_order(question):
    assert list(question.arguments) == list(inspect.signature(CATALOGUE[question.name].reference).parameters)


@EACH
def test_a_text_holds_the_numbers_of_its_arguments_and_no_others(question):
    assert set(question.arguments) <= set(fields(question.text)) <= {*question.arguments, *CONSTANTS}
    template, text = question.text, question.question
    for name in NAMES:
        template, text = template.replace(name, ""), text.replace(name, "")
    assert not re.search(r"\d", re.sub(r"\{\w+\}", "", template))
    wanted = [number for value in question.arguments.values() for number in torch.as_tensor(value).flatten().tolist()]
    wanted += [round(CONSTANTS[name], 3) for name in fields(question.text) if name in CONSTANTS]
    found = [float(number.replace(MINUS, "-")) for number in re.findall(rf"{MINUS}?\d+(?:\.\d+)?", text)]
    assert sorted(found) == pytest.approx(sorted(wanted))


@EACH
def test_numbers_are_round_and_few(question):
    numbers = [number for value in question.arguments.values() for number in torch.as_tensor(value).flatten().tolist()]
    assert len(numbers) <= 8
    assert all(len(spelled(abs(number))) <= 4 for number in numbers), question.question


@EACH
def test_reference_and_oracle_agree_on_the_number(question):
    exercise, arguments = CATALOGUE[question.name], tuple(question.arguments.values())
    assert engine.agree(exercise.reference(*arguments), exercise.oracle(*arguments), exercise.tolerance)
    right = question.answers(exercise)[0]
    assert right == (pytest.approx(flat(exercise.oracle(*arguments))[question.part], abs=1e-4), question.then)


@EACH
def test_the_right_number_rounded_as_asked_is_right_and_no_mistakes(question):
    answers = question.answers(CATALOGUE[question.name])
    right = typed(answers[0][0], question.decimals)
    assert abs(right - answers[0][0]) <= 0.51 * 10**-question.decimals and meant(right, answers) == question.then
    assert all(abs(value - answers[0][0]) > 2 * 10**-question.decimals for value, _ in answers[1:])


@EACH
def test_at_least_two_digits_decide(question):
    right = question.answers(CATALOGUE[question.name])[0][0]
    assert abs(right) >= 10 * 10**-question.decimals and question.decimals >= 1


@EACH
def test_every_mistake_that_can_be_told_draws_its_message(question):
    answers = question.answers(CATALOGUE[question.name])
    found = [(mistake, value) for mistake, value, apart in told_apart(question) if apart]
    assert len(found) >= 8
    for mistake, value in found:
        message = meant(typed(value, question.decimals), answers)
        assert on_paper(mistake.message) in message, mistake.name
    assert set().union(*(message.split("\n") for _, message in answers[1:])) == {
        line for message in {meant(value, answers) for _, value in found} for line in message.split("\n")
    }, "a message without a mistake"


@EACH
def test_mistakes_that_share_a_number_are_said_to_be_several(question):
    answers, shared = question.answers(CATALOGUE[question.name]), {}
    for mistake, value, apart in told_apart(question):
        if apart:
            shared.setdefault(f"{value:.{question.decimals}f}", set()).add(on_paper(mistake.message))
    for number, messages in shared.items():
        lines = meant(float(number), answers).split("\n")
        if len(messages) == 1:
            assert lines == [*messages]
        else:
            assert lines[0] == "More than one known mistake ends in this number." and len(lines) <= 5
            assert lines[1].startswith("Either: ") and all(line.startswith("Or: ") for line in lines[2:])
            assert {line.split(": ", 1)[1] for line in lines[1:]} == messages


@EACH
def test_what_is_said_speaks_of_numbers_and_not_of_code(question):
    for _, message in question.answers(CATALOGUE[question.name])[1:]:
        assert not re.search(r"torch|dim\b|shape|batch|\.sum|\.mean|\(B|`|\*|math\.|_q\b|keepdim|Python", message), (
            message
        )
        assert message[0].isupper() or re.match(r"[½−∂μσzwεℓ√|(‖0-9]|log|exp|eps|mean|mu|sigma", message), message


@EACH
def test_the_widget_has_what_the_exercise_knows(question):
    widget = by_hand(question.name)
    assert widget.question == question.question and (widget.unit, widget.decimals) == (question.unit, question.decimals)
    assert widget.answers == [list(answer) for answer in question.answers(CATALOGUE[question.name])]
    assert f"{widget.answers[0][0]:.2f}".replace("-", MINUS) not in widget.describe()


def test_a_question_that_there_is_not_is_named():
    with pytest.raises(ValueError, match=r"no question by hand is called 'ring!'; there are: log_prior, "):
        by_hand("ring!")


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("You use the first. Sum over dim=1.", "You use the first."),
        ("torch.cat joins. Fine.", ""),
        ("Two things. No log S. And exp(−1000) is 0 as a float.", ""),
        ("Two things. No log S. And no half.", "Two things. No log S. And no half."),
        ("A *mean* is wanted.", "A mean is wanted."),
    ],
)
def test_sentences_about_code_are_left_out(message, left):
    assert on_paper(message) == left


def test_numbers_as_a_question_prints_them():
    assert spelled(torch.tensor([[1.0, -2.5]])) == f"(1, {MINUS}2.5)"
    assert spelled(torch.tensor([[[3.0, 4.0]], [[0.0, 1.0]]])) == "((3, 4), (0, 1))"
    assert [spelled(value) for value in (784, 0.02, torch.tensor(-2.25), torch.tensor([[0.1]]))] == [
        "784",
        "0.02",
        f"{MINUS}2.25",
        "0.1",
    ]


def test_a_function_that_leaves_something_else_ends_in_no_number():
    question = ByHand("log_prior", "{z}", {"z": torch.ones(1, 2)}, "")
    for function in (lambda z: None, lambda z: "no", lambda z: z / missing, lambda z: (z, 3)):  # noqa: F821
        assert question.numbers(function) == []
    assert question.numbers(lambda z: (z, z.sum())) == [1, 1, 2]


def test_no_two_questions_have_the_same_text():
    assert all(a.question != b.question for a, b in itertools.combinations(QUESTIONS.values(), 2))
