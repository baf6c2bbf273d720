"""Predictions: their questions, choices and replies."""

import re

import pytest

from vae_helpers import exercises
from vae_helpers.exercises import NOTEBOOKS
from vae_helpers.exercises.markup import marked_up
from vae_helpers.exercises.predictions import Choice, Prediction

QUESTIONS = {question.name: question for module in NOTEBOOKS.values() for question in module.PREDICTIONS}


def test_there_are_two_predictions_a_notebook_and_no_two_of_one_name():
    assert all(len(module.PREDICTIONS) >= 2 for module in NOTEBOOKS.values())
    assert len(QUESTIONS) == sum(len(module.PREDICTIONS) for module in NOTEBOOKS.values())
    with pytest.raises(ValueError, match="two humps"):
        exercises.predict("no such question")


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_prediction_replies_to_every_choice(question, parsed):
    assert exercises.predict(question.name) is question
    assert sum(choice.right for choice in question.choices) == 1
    assert len({choice.reply for choice in question.choices}) == len(question.choices) >= 3
    page = question._repr_mimebundle_()["text/html"]
    rows = re.findall(
        r"<details class='vae-(yes|no)' name='([^']+)'><summary[^>]*>(.*?)</summary><p>(.*?)</p></details>", page
    )
    assert len(rows) == len(question.choices)
    plain = lambda text: re.sub(r"[*`]", "", text)  # noqa: E731
    for number, ((kind, name, summary, reply), choice) in enumerate(zip(rows, question.choices, strict=True)):
        assert name == question.name and kind == ("yes" if choice.right else "no")
        assert "".join(parsed(summary).words) == "ABCDEFGH"[number] + plain(choice.text)
        assert "".join(parsed(reply).words) == ("✓ Yes. " if choice.right else "✗ Not so. ") + plain(choice.reply)
    for text in (question.question, *(part for choice in question.choices for part in (choice.text, choice.reply))):
        assert text.count("$") % 2 == 0 and text.count("`") % 2 == 0


def test_keys_pressed_in_a_prediction_are_not_jupyterlabs_commands():
    for question in QUESTIONS.values():
        page = question._repr_mimebundle_()["text/html"]
        assert page.count("<summary data-lm-suppress-shortcuts='true'>") == len(question.choices)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_prediction_has_a_plain_twin(question):
    assert str(question) == repr(question)
    assert str(question).startswith(f"Predict: {question.question}\n  A. {question.choices[0].text}\n  B. ")
    assert all(choice.text in str(question) and choice.reply not in str(question) for choice in question.choices)
    assert question._repr_mimebundle_().keys() == {"text/plain", "text/html"}  # nothing that needs a kernel


def test_a_predictions_text_is_marked_up_and_escaped():
    assert marked_up("a <b> $x<y*2*$ *z* and **2 * 3** `f(*z)`") == (
        "a &lt;b&gt; $x&lt;y*2*$ <em>z</em> and <b>2 * 3</b> <code>f(*z)</code>"
    )
    assert marked_up("2 * 3 * 4, E[log*Q]") == "2 * 3 * 4, E[log*Q]"
    odd = Prediction("it's <odd>", "a <b>", (Choice("<i>&", True, "<u>"),))
    page = odd._repr_mimebundle_()["text/html"]
    assert "name='it&#x27;s &lt;odd&gt;'" in page and "&lt;i&gt;&amp;" in page and "✓ Yes. &lt;u&gt;" in page
