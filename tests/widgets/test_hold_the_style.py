"""HoldTheStyle: the page's ten digits and its z of a drawing against torch, what z follows, and what is refused."""

import math

import numpy as np
import pytest
import torch

from vae_helpers.models import VAE, ConditionalVAE
from vae_helpers.widgets import HoldTheStyle, base, inputs

Z = "window.model.get('z')"
# What becomes of z when, one after the other, these states are asked for.
FOLLOWED = """(() => {
  const bytes = (list) => new DataView(Uint8Array.from(list).buffer), state = (z, label, pixels) => ({ z, label, pixels: bytes(pixels) });
  const settle = styles(network(es, e), state(z, 0, drawn)), blank = Array(784).fill(0), other = drawn.toReversed();
  return [state(z, 0, drawn), state(z, 4, drawn), state(z, 4, drawn), state(z, 4, other), state(z, 4, blank), state(z, 4, other)]
    .map((one) => settle(one).z);
})()"""  # fmt: skip


@pytest.fixture
def make(by_class, images, labels):
    """make(z=[...]): the explorer of an untrained model and images of random gray."""
    return lambda **traits: HoldTheStyle(by_class, images, labels, **traits)


@pytest.fixture(scope="module")
def drawn():
    """Something on the pad, 784 bytes."""
    return base.octet_bytes(torch.rand(784, generator=torch.Generator().manual_seed(8)) ** 3)


def mean_of_q(model, pixels, label):
    """From the parts of the model: μ is the first half of what the encoder makes of [X, y]."""
    y = torch.zeros(10)
    y[label] = 1
    x = torch.tensor(list(pixels), dtype=torch.float32) / 255
    return model.encoder(torch.cat([x, y]))[: model.latent_size]


# ---- arithmetic ----


def test_page_decodes_ten_digits_as_torch_does(page, make, by_class):
    z = [0.5, -1.0, 2.0, 0.0, -0.3]
    widget = make(z=z)
    sent = {"d": widget._decoder, "ds": widget._decoder_shapes, "z": z}
    found = torch.tensor(page("hold_the_style", 'tenDigits(network(ds, d), z, "bernoulli")', **sent))
    torch.testing.assert_close(found, widget.decoded(), atol=1e-4, rtol=0)
    for label, digit in enumerate(widget.decoded()):
        y = torch.eye(10)[label]
        torch.testing.assert_close(digit, by_class.decoder(torch.cat([torch.tensor(z), y])).sigmoid())
    assert torch.pdist(widget.decoded()).min() > 0.3  # they differ from one another, so that an order would show


@pytest.mark.parametrize("label", [0, 9])
def test_page_finds_the_style_of_a_drawing_as_torch_does(page, make, by_class, drawn, label):
    widget = make(label=label, pixels=drawn)
    sent = {"e": widget._encoder, "es": widget._encoder_shapes, "pixels": drawn, "label": label}
    found = torch.tensor(page("hold_the_style", "styleOf(network(es, e), pixels, label)", **sent))
    expected = mean_of_q(by_class, drawn, label)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(widget.style(), expected)
    torch.testing.assert_close(torch.tensor(widget.z), expected)


def test_z_follows_the_drawing_and_its_class_and_nothing_else(page, make, by_class, drawn):
    widget, z, turned = make(), [9.0] * 5, drawn[::-1]
    sent = {"e": widget._encoder, "es": widget._encoder_shapes, "drawn": list(drawn), "z": z}
    found = page("hold_the_style", FOLLOWED, **sent)
    of = lambda pixels: pytest.approx(mean_of_q(by_class, pixels, 4).tolist(), abs=1e-4)  # noqa: E731
    assert found == [z, of(drawn), z, of(turned), z, of(turned)]


# ---- traits ----


def test_python_follows_too(make, by_class, drawn):
    widget = make()
    assert widget.z == [0.0] * 5 and widget.image().sum() == 0 and "nothing drawn" in widget.describe()
    widget.label = 6
    assert widget.z == [0.0] * 5  # there is no drawing whose class it could be
    widget.pixels = drawn
    torch.testing.assert_close(torch.tensor(widget.z), mean_of_q(by_class, drawn, 6))
    widget.z = [1.0] * 5
    assert widget.z == [1.0] * 5 and widget.pixels == drawn
    widget.label = 2
    torch.testing.assert_close(torch.tensor(widget.z), mean_of_q(by_class, drawn, 2))
    assert "class 2;" in widget.describe()
    widget.pixels = bytes(784)
    torch.testing.assert_close(torch.tensor(widget.z), mean_of_q(by_class, drawn, 2))
    assert make(z=[1.0] * 5, pixels=drawn).z == [1.0] * 5


def test_what_the_page_found_is_not_sent_back(make, by_class, drawn, from_page):
    widget, heard = make(), []
    z = (mean_of_q(by_class, drawn, 3) + 1e-5).tolist()  # in the page's arithmetic
    widget.observe(lambda change: heard.append(change.new), "z")
    from_page(widget, {"z": z, "label": 3}, [("pixels", drawn)])
    assert widget.z == z and heard == [z]


def test_use_is_that_of_q_given_the_classes(make, by_class, images, labels):
    widget = make()
    y = torch.eye(10)[labels]
    mu, logvar = by_class.encoder(torch.cat([images, y], dim=1)).chunk(2, dim=1)
    use = (0.5 * (logvar.exp() + mu**2 - 1 - logvar)).mean(0)
    torch.testing.assert_close(torch.tensor(widget.use), use)
    assert widget.order == sorted(range(5), key=lambda i: -use[i])
    assert np.bincount(list(widget._image_labels)).tolist() == [6] * 10
    assert "1200 drawn digits" in HoldTheStyle(by_class)._caption


@pytest.mark.parametrize(("name", "wrong", "words"), [
    *[("z", value, "z must be 5 numbers from -100 to 100") for value in ([], [0.0] * 4, [math.nan] * 5, [1e9] * 5, 1)],
    *[("label", value, "label must be a number from 0 to 9") for value in (-1, 10, True, None)],
    ("label", 2.5, "label must be a whole number from 0 to 9"),
    *[("pixels", value, "pixels must be 784 bytes, one a pixel, not ") for value in (bytes(783), None, "a" * 784)],
])  # fmt: skip
def test_numbers_out_of_range_are_refused(make, refused, name, wrong, words):
    refused(make, name, wrong, words)


def test_other_models_and_images_are_refused(by_class, images, labels):
    with pytest.raises(inputs.InputError, match=r"needs a vae_helpers\.models\.ConditionalVAE, not VAE"):
        HoldTheStyle(VAE(2))
    with pytest.raises(inputs.InputError, match="needs a y of 10 numbers, and the model's has 784"):
        HoldTheStyle(ConditionalVAE(4, 784, (8,)))
    with pytest.raises(inputs.InputError, match="needs the classes of the images"):
        HoldTheStyle(by_class, images)
    with pytest.raises(inputs.InputError, match="labels came without images"):
        HoldTheStyle(by_class, labels=labels)
    with pytest.raises(ValueError, match="images must have shape"):
        HoldTheStyle(by_class, images[:, :5], labels)


# ---- in a page ----


def test_drawing_sets_z_and_the_sliders_show_it(alone, make, by_class):
    view = alone(make())
    ten = "() => [...document.querySelectorAll('.vae-ten canvas')].map((canvas) => canvas.toDataURL())"
    own = "() => [...document.querySelectorAll('.vae-own')].map((figure) => figure.textContent)"
    first, box = view.evaluate(ten), view.locator(".vae-pad").bounding_box()
    assert len(set(first)) == 10 and view.evaluate(own) == []
    stops = [
        (box["x"] + right * box["width"], box["y"] + down * box["height"]) for right, down in ((0.3, 0.2), (0.6, 0.8))
    ]
    view.mouse.move(*stops[0])
    view.mouse.down()
    view.mouse.move(*stops[1], steps=6)
    view.wait_for_timeout(200)
    half_way = view.evaluate(ten)  # the pointer is still down
    assert half_way != first
    view.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.9 * box["height"], steps=4)
    view.mouse.up()
    view.wait_for_timeout(200)
    assert view.evaluate(ten) != half_way and view.evaluate(own) == ["3"]

    def agrees(label):
        pixels = view.evaluate("[...new Uint8Array(window.model.get('pixels').buffer)]")
        z = view.evaluate(Z)
        assert z == pytest.approx(mean_of_q(by_class, pixels, label).tolist(), abs=1e-3)
        shown = [one.get_attribute("aria-valuetext") for one in view.locator("input[type=range]").all()]
        assert shown == [f"{z[i]:.2f}".replace("-", "−") for i in make().order]

    agrees(3)
    view.get_by_role("button", name="8", exact=True).click()
    view.wait_for_timeout(200)
    assert view.evaluate("window.model.get('label')") == 8 and view.evaluate(own) == ["8"]
    agrees(8)
    view.get_by_role("button", name="put another 8 here").click()
    view.wait_for_timeout(200)
    agrees(8)
    before = view.evaluate(Z)
    view.get_by_role("button", name="clear").click()
    view.wait_for_timeout(200)
    assert view.evaluate(Z) == before and view.evaluate(own) == []
    view.get_by_role("button", name="reset").click()
    view.wait_for_timeout(200)
    assert view.evaluate(Z) == [0] * 5 and view.evaluate(ten) == first and view.complaints == []


# ---- picture ----


def test_picture_shows_ten_digits_and_the_drawing(make, drawn):
    widget = make(z=[0.2] * 5)
    shown = lambda: [np.array(image.get_array()).reshape(784) for image in widget.picture().axes[0].images]  # noqa: E731
    np.testing.assert_allclose(shown(), widget.decoded(), atol=1e-6)
    widget.pixels = drawn
    first, *ten = shown()
    np.testing.assert_allclose(first, widget.image()[0])
    np.testing.assert_allclose(ten, widget.decoded(), atol=1e-6)
