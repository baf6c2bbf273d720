"""CompleteTheDigit: the page's completions against torch, what it refuses, the strip under pointer, finger and keys."""

import math

import numpy as np
import pytest
import torch

from tools.alone import show
from vae_helpers.conditional import Network, strip
from vae_helpers.models import VAE, ConditionalVAE
from vae_helpers.widgets import CompleteTheDigit, base, inputs

ANSWERS = """(() => {
  const net = (shapes, bytes) => shapes.length ? network(shapes, bytes) : null;
  const y = strip(digitAt(octets(images), k), left, 6);
  return {
    y, one: decodeMean(net(rs, r), y, "bernoulli"),
    many: completions(net(ds, d), latents(net(ps, p), y, eps, size), y, "bernoulli"),
  };
})()"""
PLANE, LEFT = "[role=application]", "window.model.get('left')"


@pytest.fixture
def make(completer, images, labels):
    """make(learned_prior=True, left=3, ...): the explorer of untrained models and digits of random gray."""

    def widget(learned_prior=True, **traits):
        return CompleteTheDigit(*completer(learned_prior), images, labels, **traits)

    return widget


@pytest.mark.parametrize("learned_prior", [True, False])
@pytest.mark.parametrize(("left", "digit"), [(0, 0), (11, 4), (22, 29)])
def test_page_completes_as_torch_does(page, make, learned_prior, left, digit):
    widget = make(learned_prior, left=left, digit=digit)
    sent = {
        "d": widget._decoder, "ds": widget._decoder_shapes, "p": widget._prior, "ps": widget._prior_shapes,
        "r": widget._regressor, "rs": widget._regressor_shapes, "images": widget._images, "k": widget.digit,
        "left": widget.left, "eps": widget.eps, "size": widget.latent_size,
    }  # fmt: skip
    found = {name: torch.tensor(value).float() for name, value in page("complete_the_digit", ANSWERS, **sent).items()}
    torch.testing.assert_close(found["y"], widget.known()[0], atol=0, rtol=0)
    torch.testing.assert_close(found["one"], widget.answer(), atol=1e-4, rtol=0)
    torch.testing.assert_close(found["many"], widget.draws(), atol=1e-4, rtol=0)
    assert torch.pdist(widget.draws()).min() > 0.3  # they differ from one another, so that an order would show


def test_draws_are_those_of_the_prior_given_the_strip(make, completer, images):
    """Each by itself, from the parts of the model: μ and σ from the prior's network, then the decoder."""
    widget, (model, regressor) = make(left=8, digit=2, eps=[0.1 * k for k in range(30)]), completer()
    x = (widget._digits[2] > 0.5).float()
    y = torch.zeros(28, 28)
    y[:, 8:14] = 2 * x.reshape(28, 28)[:, 8:14] - 1
    y = y.reshape(784)
    mu, logvar = model.prior_network(y).chunk(2)
    for k, draw in enumerate(widget.draws()):
        eps = torch.tensor([0.1 * (5 * k + i) for i in range(5)])
        z = mu + (logvar / 2).exp() * eps
        torch.testing.assert_close(draw, model.decoder(torch.cat([z, y])).sigmoid(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(widget.answer(), regressor(y).sigmoid())


def test_digits_are_black_and_white_and_at_most_30(make, completer, images):
    widget = make()
    sent = np.frombuffer(widget._images, np.uint8).reshape(-1, 784)
    assert len(sent) == 30 and set(np.unique(sent)) == {0, 255} and list(widget._labels) == [k % 10 for k in range(30)]
    unnamed = CompleteTheDigit(*completer(), images[:4])
    assert unnamed.last == 3 and unnamed._labels == b""
    drawn = CompleteTheDigit(*completer())
    assert drawn.last == 29 and len(drawn._labels) == 30
    assert torch.equal(drawn.known(), strip(drawn._digits[:1], 11))


def test_python_moves_it_and_hears_of_it(make, from_page):
    widget = make()
    before = widget.draws()
    from_page(widget, {"left": 3, "digit": 9, "eps": [0.5] * 30})
    assert (widget.left, widget.digit, widget.eps) == (3, 9, [0.5] * 30)
    assert not torch.allclose(widget.draws(), before) and torch.allclose(*widget.draws()[:2])  # one ε, one picture
    assert "of digit 10 of 30, columns 4 to 9 are known" in widget.describe()


@pytest.mark.parametrize(("name", "wrong", "words"), [
    *[("left", value, "left must be a number from 0 to 22") for value in (-1, 23, math.nan, True, None, "3")],
    ("left", 2.5, "left must be a whole number from 0 to 22"),
    *[("digit", value, "digit must be a number from 0 to 29") for value in (-1, 30, True)],
    *[("eps", value, "eps must be 30 numbers from -100 to 100") for value in ([], [0.0] * 29, [math.nan] * 30, 0.5)],
])  # fmt: skip
def test_numbers_out_of_range_are_refused(make, refused, name, wrong, words):
    refused(lambda **traits: make(**traits), name, wrong, words)


def test_other_models_and_images_are_refused(completer, images, labels):
    model, regressor = completer()
    with pytest.raises(inputs.InputError, match=r"needs a vae_helpers\.models\.ConditionalVAE, not VAE"):
        CompleteTheDigit(VAE(2), regressor)
    with pytest.raises(inputs.InputError, match="needs a y of 784 numbers, and the model's has 10"):
        CompleteTheDigit(ConditionalVAE(4, 10, (8,)), regressor)
    with pytest.raises(inputs.InputError, match="28×28 = 784 pixels, and the model's have 9"):
        CompleteTheDigit(ConditionalVAE(4, 784, (8,), data_size=9), regressor)
    with pytest.raises(inputs.InputError, match=r"from 784 to 784 numbers, not one of sizes \[784, 10\]"):
        CompleteTheDigit(model, Network([784, 10]))
    with pytest.raises(inputs.InputError, match="from 784 to 784 numbers, not VAE"):
        CompleteTheDigit(model, VAE(2))
    with pytest.raises(ValueError, match="images must have shape"):
        CompleteTheDigit(model, regressor, images[:, :5])
    with pytest.raises(inputs.InputError, match="labels came without images"):
        CompleteTheDigit(model, regressor, labels=labels)
    with pytest.raises(inputs.InputError, match="labels must be whole numbers 0 to 9"):
        CompleteTheDigit(model, regressor, images, labels[:3])


# ---- in a page ----


def test_strip_under_pointer_and_keys(alone, make):
    view = alone(make())
    board = view.locator(PLANE)
    box = board.bounding_box()
    at = lambda column: (box["x"] + box["width"] * column / 28, box["y"] + box["height"] / 2)  # noqa: E731
    view.mouse.move(*at(12))  # within the strip, a column from its left edge: it does not jump
    view.mouse.down()
    assert view.evaluate(LEFT) == 11
    view.mouse.move(*at(15), steps=4)
    view.wait_for_function(f"{LEFT} === 14")
    view.mouse.move(*at(60), steps=4)  # far outside
    view.wait_for_function(f"{LEFT} === 22")
    view.mouse.up()
    view.mouse.click(*at(3))  # beside the strip: it comes, with its middle
    view.wait_for_function(f"{LEFT} === 0")
    for key, left in (("ArrowRight", 1), ("Shift+ArrowRight", 6), ("ArrowLeft", 5), ("End", 22), ("Home", 0)):
        board.press(key)
        view.wait_for_function(f"{LEFT} === {left}")
    board.press("ArrowUp")  # the digit before the first is the last
    view.wait_for_function("window.model.get('digit') === 29")
    view.get_by_role("button", name="next digit").click()
    view.wait_for_function("window.model.get('digit') === 0")
    assert view.locator(".vae-readout").inner_text() == "digit 1 of 30, class 0\nknown: columns 1 to 6"
    assert view.complaints == []


def test_every_picture_marks_the_strip(alone, make):
    view = alone(make(left=7))
    marked = view.evaluate("""() => [...document.querySelectorAll(".vae-framed")].map((framed) => {
        const [digit, mark] = ["canvas", "i"].map((one) => framed.querySelector(one).getBoundingClientRect());
        return [(mark.left - digit.left) / digit.width, mark.width / digit.width, getComputedStyle(
            framed.querySelector("i")).borderLeftColor];
    })""")
    assert len(marked) == 8
    for left, width, color in marked:
        assert left == pytest.approx(7 / 28, abs=0.01) and width == pytest.approx(6 / 28, abs=0.01)
        assert color == "rgb(224, 108, 32)"


def test_noise_is_held_until_new_draws_are_asked_for(alone, make):
    view = alone(make())
    look = "() => [...document.querySelectorAll('.vae-answers canvas')].map((canvas) => canvas.toDataURL())"
    first = view.evaluate(look)
    assert len(set(first)) == 7  # the regressor's, and six that differ
    for key in ("ArrowRight", "ArrowLeft"):
        view.locator(PLANE).press(key)
        view.wait_for_timeout(150)
    assert view.evaluate(look) == first
    view.get_by_role("button", name="new draws").click()
    view.wait_for_timeout(150)
    second = view.evaluate(look)
    assert second[0] == first[0] and not set(second[1:]) & set(first[1:])
    assert len(set(view.evaluate("window.model.get('eps')"))) == 30 and view.complaints == []


def test_a_finger_takes_the_strip_and_scrolls_beside_it(chromium, make):
    context = chromium.browser.new_context(has_touch=True, viewport={"width": 390, "height": 400})
    view = show(context, make())
    box, session = view.locator(PLANE).bounding_box(), view.context.new_cdp_session(view)

    def swipe(column, across, up):
        for k in range(11):
            spot = {
                "x": box["x"] + box["width"] * column / 28 + across * k / 10,
                "y": box["y"] + 0.9 * box["height"] - up * k / 10,
            }
            session.send(
                "Input.dispatchTouchEvent", {"type": "touchMove" if k else "touchStart", "touchPoints": [spot]}
            )
            view.wait_for_timeout(20)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        view.wait_for_timeout(300)

    swipe(14, -3 * box["width"] / 28, 0)
    assert view.evaluate(LEFT) == 8 and view.evaluate("scrollY") == 0
    swipe(25, 0, 150)
    assert view.evaluate(LEFT) == 8 and view.evaluate("scrollY") > 80
    context.close()


# ---- picture ----


def test_picture_shows_the_digit_and_all_answers(make):
    widget = make(left=5, digit=3)
    (axis,) = widget.picture().axes
    shown = torch.stack([torch.tensor(np.array(image.get_array())).reshape(784) for image in axis.images])
    torch.testing.assert_close(shown[0], widget._digits[3])
    torch.testing.assert_close(shown[1], widget.answer())
    torch.testing.assert_close(shown[2:], widget.draws())
    for image, span in zip(axis.images, axis.patches, strict=True):
        left, right, bottom, top = image.get_extent()
        pixel = (right - left) / 28
        assert (span.get_x(), span.get_width()) == pytest.approx((left + 5 * pixel, 6 * pixel))
        assert (span.get_y(), span.get_height()) == pytest.approx((bottom, top - bottom))
    assert base.octet_bytes(widget._digits) == widget._images
