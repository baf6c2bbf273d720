"""Predictions that are dragged: the answer is hidden until it is asked for, and then measured."""

import re

import pytest
import torch

from vae_helpers.one_dimension import Curve
from vae_helpers.widgets import CurveInPlane, DragQ

WAVE = Curve(lambda z: z + 1.2 * torch.sin(2 * z), 0.5)
MAKE = {
    "DragQ": (lambda **more: DragQ(WAVE, **more), r"Your Q was 5\.300 nats from the posterior; the best Gaussian is 0\.35\d away\."),
    "CurveInPlane": (
        lambda **more: CurveInPlane(x=(0, 0), **more),
        r"At your X, log P\(X\) = −1\.2\d nats; the highest in this window is −0\.8\d nats\.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKE)
def test_a_quiz_hides_its_answer_until_it_is_asked_for(alone, name):
    make, words = MAKE[name]
    page = alone(make(quiz=True))
    hidden = page.locator(".vae-bars, .vae-values").first
    painted = "document.querySelector('canvas.vae-plane').toDataURL()"
    before, wager = page.evaluate(painted), page.locator(".vae-wager")
    assert not hidden.is_visible() and "look." in wager.inner_text()
    page.get_by_role("button", name="show", exact=True).press("Enter")
    page.wait_for_function("window.model.get('revealed') === true")
    hidden.wait_for(state="visible")
    assert re.search(words, wager.inner_text()), wager.inner_text()
    assert page.evaluate(painted) != before
    assert page.complaints == []


@pytest.mark.parametrize("name", MAKE)
def test_without_a_quiz_nothing_is_hidden(alone, name):
    page = alone(MAKE[name][0]())
    assert page.locator(".vae-bars, .vae-values").first.is_visible()
    assert not page.locator(".vae-wager").is_visible()
