"""Two mistakes at once where the code of one has no text that could be edited."""

from dataclasses import replace

import pytest
import torch
from answers import CATALOGUE, define

from vae_helpers.exercises import engine
from vae_helpers.exercises.engine import wording
from vae_helpers.exercises.engine.changes import Change

TWO = "with two changes at once."
SCORE, DRAW = CATALOGUE["score_gradient"], CATALOGUE["full_covariance_draw"]


def named(exercise, name):
    return next(mistake for mistake in exercise.mistakes if mistake.name == name)


def test_a_mistake_and_what_is_done_to_the_whole():
    odd = engine.Mistake(
        "odd", "The losses are cubed, I say.", lambda a, z, mu, sigma: SCORE.reference(a**3, z, mu, sigma)
    )
    exercise = replace(SCORE, mistakes=(odd,))
    body = "return {}((losses**3)[:, None] * (z - mu) / sigma**2).mean(0)"
    parameters = "losses, z, mu, sigma"
    text = engine.judge(exercise, define(body.format("-"), parameters, SCORE.name)).text
    assert TWO in text and odd.message in text and "the sign of the whole is turned" in text.lower()
    assert engine.judge(exercise, define(body.format(""), parameters, SCORE.name)).text == odd.message
    text = engine.judge(replace(SCORE, mistakes=()), define(body.format("-"), parameters, SCORE.name)).text
    assert "cubed" not in text


def test_two_mistakes_in_two_results():
    first, second = named(DRAW, "transposed"), named(DRAW, "logarithms halved")

    def full_covariance_draw(mu, factor, eps):
        return first.code(mu, factor, eps)[0], second.code(mu, factor, eps)[1]

    text = engine.judge(DRAW, full_covariance_draw).text
    assert TWO in text and first.message in text and second.message in text


def test_a_mistake_that_says_it_is_two_is_joined_to_no_third():
    assert not engine.Mistake("a", "Two things. One, and the other.", lambda z: z).is_one
    assert engine.Mistake("b", "One thing.", lambda z: z).is_one


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "The mean is right. In place of the variance you return its root.",
            "In place of the variance you return its root.",
        ),
        ("The values are right, and no gradient arrives.", "No gradient arrives."),
        ("The center is right. But your Q is wide.", "Your Q is wide."),
        ("σ is not squared. The constants are right.", "σ is not squared."),
        ("log σ(f) is right for 1 only. Take both.", "log σ(f) is right for 1 only. Take both."),
        ("The sign is turned.", "The sign is turned."),
    ],
)
def test_beside_another_mistake_nothing_is_called_right(message, said):
    text = wording.two_changes([Change((message, "`x` is missing"), lambda: None)])
    assert f"1. {said}\n\n2. `x` is missing." in text


def test_what_keeps_nothing_is_not_copied_and_the_rest_is():
    class Kept:
        keeps_nothing = True

    class Copied:
        pass

    seen = []
    code = lambda thing: seen.append(thing) or torch.ones(1)  # noqa: E731
    for thing in (Kept(), Copied()):
        engine.running.leaves(code, (thing,))
        assert (seen[-1] is thing) == isinstance(thing, Kept)
