"""Predictions: their questions, choices and replies."""

import ipywidgets
import pytest

from vae_helpers import exercises
from vae_helpers.exercises import NOTEBOOKS
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
    widget = question.widget()
    reply = widget.children[-1]
    assert reply.value == ""
    buttons = [child for row in widget.children for child in getattr(row, "children", ()) if hasattr(child, "click")]
    assert len(buttons) == len(question.choices)
    for button, choice in zip(buttons, question.choices, strict=True):
        assert choice.text in button.tooltip
        button.click()
        assert reply.value.startswith(f"<b>{button.description}.</b> {'✓ Yes.' if choice.right else '✗ Not so.'}")
        assert "".join(parsed(reply.value).words).endswith(choice.reply)
    for text in (question.question, *(part for choice in question.choices for part in (choice.text, choice.reply))):
        assert text.count("$") % 2 == 0


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_prediction_has_a_plain_twin(question):
    assert str(question) == repr(question)
    assert str(question).startswith(f"Predict: {question.question}\n  A. {question.choices[0].text}\n  B. ")
    assert all(choice.text in str(question) and choice.reply not in str(question) for choice in question.choices)
    bundle = question._repr_mimebundle_()
    assert bundle["text/plain"] == str(question)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_predictions_text_is_escaped(parsed):
    odd = Prediction("odd", "a <b> $x<y$", (Choice("<i>&", True, "<u>"),))
    widget = odd.widget()
    widget.children[1].children[0].click()
    texts = [child.value for child in (widget.children[0], widget.children[1].children[1], widget.children[-1])]
    assert ["".join(parsed(text).words) for text in texts] == ["Predict. a <b> $x<y$", "<i>&", "A. ✓ Yes. <u>"]
    assert isinstance(widget.children[0], ipywidgets.HTMLMath)
