"""BeTheGenerator: the page's stroke model against torch's, the latents by name, its picture."""

import json
import math

import numpy as np
import pytest
import torch

from vae_helpers import strokes
from vae_helpers.widgets import BeTheGenerator, be_the_generator
from vae_helpers.widgets.inputs import InputError


def as_dicts(latents):
    """`Latents` of (N,) tensors as N dicts of numbers."""
    rows = zip(*(value.tolist() for value in latents), strict=True)
    return [dict(zip(latents._fields, row, strict=True)) for row in rows]


def test_page_draws_digits_as_torch_does(page):
    widget = BeTheGenerator()
    natural = strokes.sample_latents(60, seed=3)
    generator = torch.Generator().manual_seed(4)
    anywhere = {name: low + (high - low) * torch.rand(60, generator=generator)
                for name, (low, high) in strokes.RANGES.items()}  # fmt: skip
    for z in (natural, strokes.Latents(torch.arange(60) % 10, **anywhere)):
        images = page("be_the_generator", "zs.map((z) => strokeImage(glyphs[z.digit], pen, z))",
                      glyphs=widget._glyphs, pen=widget._pen, zs=as_dicts(z))  # fmt: skip
        expected = strokes.render(z).reshape(60, 784)
        assert expected.std() > 0.1
        torch.testing.assert_close(torch.tensor(images), expected, atol=1e-4, rtol=0)


def test_page_draws_latents_from_the_same_prior(page):
    widget, n = BeTheGenerator(), 20_000
    drawn = page("be_the_generator", "Array.from({ length: n }, () => strokeDraw(prior, ranges))",
                 prior=widget._prior, ranges=widget._ranges, n=n)  # fmt: skip
    digits = np.bincount([z["digit"] for z in drawn], minlength=10)
    assert len(digits) == 10 and np.abs(digits - n / 10).max() < 6 * math.sqrt(n * 0.09)
    ours = strokes.sample_latents(n, seed=1)
    for name in strokes.RANGES:
        theirs = np.sort([z[name] for z in drawn])
        assert strokes.RANGES[name][0] <= theirs[0] and theirs[-1] <= strokes.RANGES[name][1]
        both = np.sort(getattr(ours, name).numpy())
        grid = np.concatenate([theirs, both])
        distance = np.abs(np.searchsorted(theirs, grid) - np.searchsorted(both, grid)).max() / n
        assert distance < 2.6 * math.sqrt(2 / n), name  # Kolmogorov and Smirnov: beyond it by chance 1 time in 370,000


def test_generator_follows_the_page(from_page):
    widget, heard = BeTheGenerator(), []
    widget.observe(lambda change: heard.append(change.new), "z")
    z = {"digit": 8, "thickness": 3, "slant": -10, "rotation": 4.5, "width": 0.8, "sharpness": 1, "x": 1, "y": -2}
    from_page(widget, {"z": z})
    assert widget.z == z and heard == [z]
    latents = widget.latents()
    assert latents.digit.tolist() == [8] and latents.rotation.tolist() == [4.5]
    torch.testing.assert_close(widget.image(), strokes.render(strokes.Latents(**z)))
    assert widget.image().shape == (1, 28, 28)
    assert "digit 8, thickness 3.0 px, slant -10°" in widget.describe()


def test_some_latents_can_be_set_alone():
    widget = BeTheGenerator(digit=7, slant=20)
    assert widget.z == {"digit": 7} | strokes.DEFAULTS | {"slant": 20.0}
    widget.z = {"width": 1.2}
    assert widget.z == {"digit": 7} | strokes.DEFAULTS | {"slant": 20.0, "width": 1.2}


def test_first_draws_are_the_course_s_own():
    first = BeTheGenerator()._draws
    assert first == as_dicts(strokes.sample_latents(be_the_generator.REMEMBERED))


@pytest.mark.parametrize(("wrong", "words"), [
    ({"digit": 10}, "digit must be a number from 0 to 9, not 10"),
    ({"digit": 2.5}, "digit must be a whole number from 0 to 9, not 2.5"),
    ({"digit": True}, "digit must be a number from 0 to 9, not True"),
    ({"slant": 41}, "slant must be a number from -25 to 40, not 41"),
    ({"slant": False}, "slant must be a number from -25 to 40, not False"),
    ({"thickness": math.nan}, "thickness must be a number from 1.5 to 4.5, not nan"),
    ({"rotation": math.inf}, "rotation must be a number from -20 to 20, not inf"),
    ({"width": "wide"}, "width must be a number from .* not 'wide'"),
    ({"x": [0.0]}, "x must be a number from"),
    ({"y": None}, "y must be a number from"),
    ({"weight": 1}, "no latent 'weight'; the stroke model has digit, thickness"),
])  # fmt: skip
def test_wrong_latents_are_refused(wrong, words):
    with pytest.raises(InputError, match=words):
        BeTheGenerator(**wrong)
    widget = BeTheGenerator()
    with pytest.raises(InputError, match=words):
        widget.z = wrong
    assert widget.z == be_the_generator.START


@pytest.mark.parametrize("wrong", [3, [1.0] * 8, "digit", None])
def test_latents_come_by_name(wrong):
    for give in (lambda: BeTheGenerator(z=wrong), lambda: setattr(BeTheGenerator(), "z", wrong)):
        with pytest.raises(InputError, match="z must be a dict of latents by name, not"):
            give()


def test_latents_may_come_as_one_dict():
    assert BeTheGenerator(z={"slant": 20}).z == be_the_generator.START | {"slant": 20.0}


def test_generator_has_a_picture():
    widget = BeTheGenerator(digit=5, thickness=4.5)
    digit, latents = widget.picture().axes
    np.testing.assert_allclose(digit.images[0].get_array(), widget.image()[0])
    names = list(strokes.RANGES)
    assert [text.get_text().split(" = ")[0] for text in latents.get_yticklabels()] == names
    places = {round(line.get_ydata()[0]): line.get_xdata()[0] for line in latents.lines}
    assert places[names.index("thickness")] == pytest.approx(1) and places[names.index("x")] == pytest.approx(0.5)


def test_buttons_of_the_page(alone):
    page = alone(BeTheGenerator(slant=12))

    seen = [page.evaluate("JSON.stringify(window.model.get('z'))")]

    def z():
        """What the last press made of z, once it has arrived."""
        page.wait_for_function("(before) => JSON.stringify(window.model.get('z')) !== before", arg=seen[-1])
        seen.append(page.evaluate("JSON.stringify(window.model.get('z'))"))
        return json.loads(seen[-1])

    def press(name):
        page.get_by_role("button", name=name, exact=True).click()

    press("digit 7")
    assert z() == be_the_generator.START | {"digit": 7, "slant": 12}
    page.locator("[aria-pressed=true]", has_text="7").wait_for()  # the page draws a frame later
    assert page.locator("[aria-pressed=true]").all_inner_texts() == ["7"]
    press("draw z from P(z)")
    drawn = z()
    assert all(drawn[name] != value for name, value in strokes.DEFAULTS.items())
    press("reset")
    assert z() == {"digit": drawn["digit"]} | strokes.DEFAULTS
    press(f"draw 1 of 8: digit {drawn['digit']}; take up its z")
    assert z() == drawn
    page.get_by_role("slider", name="slant, lean to the right, in degrees").press("ArrowRight")
    moved = z()["slant"]
    assert moved == pytest.approx(drawn["slant"], abs=1.51) and moved != drawn["slant"]
    assert page.complaints == []
