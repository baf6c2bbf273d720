"""ItemizedBill: the page's bits against torch, zlib and files that PIL opens, what it refuses, and its life in Chromium."""

import gzip
import io
import math
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_helpers import data
from vae_helpers.widgets import ItemizedBill, base, inputs

ITEMS = "itemized(network(es, e), network(ds, d), x)"


@pytest.fixture
def widget(vae, images, labels):
    return ItemizedBill(vae(3), images, labels)


@pytest.fixture(scope="module")
def pictures():
    """Black-and-white digits, a blank page, a full one, and noise, (B, 784)."""
    noise = (torch.rand(1, 784, generator=torch.Generator().manual_seed(3)) < 0.2).float()
    return torch.cat(
        [data.binarize(data.load("strokes", n=20).test_images[:3]), torch.zeros(1, 784), torch.ones(1, 784), noise]
    )


def bits_by_torch(model, x):
    """Bits of pixels, (784,), and of latents, (L,)."""
    q = model.encode(x).base_dist
    pixels = -Bernoulli(logits=model.decoder(q.loc)).log_prob(x)[0] / math.log(2)
    return pixels, kl_divergence(q, Normal(0.0, 1.0))[0] / math.log(2)


def png_file(x):
    """A PNG with one bit a pixel and no filters, byte by byte as the standard has it."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + np.packbits(row).tobytes() for row in x.numpy().astype(np.uint8).reshape(28, 28))
    header = struct.pack(">2I5B", 28, 28, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# ---- bits ----


def test_page_bills_as_torch_does(page, widget, pictures):
    sent = {"e": widget._encoder, "es": widget._encoder_shapes, "d": widget._decoder, "ds": widget._decoder_shapes}
    for x in pictures.split(1):
        found = page("itemized_bill", ITEMS, **sent, x=x[0].int().tolist())
        pixels, latents = bits_by_torch(widget._model, x)
        torch.testing.assert_close(torch.tensor(found["pixels"]), pixels, atol=2e-3, rtol=1e-3)
        torch.testing.assert_close(torch.tensor(found["latents"]), latents, atol=1e-3, rtol=1e-3)


def test_python_bills_the_same(widget, pictures):
    for x in pictures.split(1):
        widget.pixels = base.octet_bytes(x)
        costs = widget.bill()
        pixels, latents = bits_by_torch(widget._model, x)
        torch.testing.assert_close(costs.pixels, pixels, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(costs.latents, latents, atol=1e-4, rtol=1e-4)
        assert costs.total == pytest.approx((pixels.sum() + latents.sum()).item(), rel=1e-5)
        assert f"costs {costs.total:.1f} bits" in widget.describe() and f"PNG {costs.png}" in widget.describe()


# ---- files ----


def test_page_compresses_what_zlib_can_read(page, pictures):
    """Browsers' builds of zlib look for matches in their own ways, but each must read the other."""
    expression = (
        "(async () => [[...await deflated(packed(x))], [...await deflated(pngLines(x))], await fileBytes(x)])()"
    )
    for x in pictures:
        packed, lines, sizes = page("itemized_bill", expression, x=x.int().tolist())
        bits = np.unpackbits(np.frombuffer(zlib.decompress(bytes(packed)), np.uint8))
        np.testing.assert_array_equal(bits, x)
        rows = np.frombuffer(zlib.decompress(bytes(lines)), np.uint8).reshape(28, 5)
        assert not rows[:, 0].any()
        np.testing.assert_array_equal(np.unpackbits(rows[:, 1:], axis=1)[:, :28].reshape(784), x)
        assert sizes == {"gzip": len(packed) - 6, "PNG": len(lines) - 6}


def test_sizes_are_those_of_files(page, widget, pictures):
    frames = page("itemized_bill", "FRAMES")
    for x in pictures:
        sizes = page("itemized_bill", "fileBytes(x)", x=x.int().tolist())
        file = png_file(x)
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))).reshape(784), x)
        zipped = gzip.compress(np.packbits(x.numpy().astype(np.uint8)).tobytes(), 6)
        # Another build of zlib finds other matches: bytes more or fewer, not dozens.
        assert sizes["PNG"] + frames["PNG"] == pytest.approx(len(file), abs=12)
        assert sizes["gzip"] + frames["gzip"] == pytest.approx(len(zipped), abs=12)
        widget.pixels = base.octet_bytes(x)
        costs = widget.bill()
        assert [costs.gzip, costs.png] == [8 * (len(zipped) - frames["gzip"]), 8 * (len(file) - frames["PNG"])]
        own = io.BytesIO()
        Image.fromarray(x.reshape(28, 28).bool().numpy()).save(own, "PNG")
        assert len(file) <= len(own.getvalue()) + 10  # PIL's choice of filters gains little


# ---- what it takes ----


def test_the_first_image_lies_on_the_pad(widget, images):
    torch.testing.assert_close(widget.image(), (images[:1] > 0.5).float())
    widget.pixels = bytes([127, 128] * 392)
    assert widget.image().tolist() == [[0.0, 1.0] * 392]


def test_the_picture_has_the_bits(widget):
    costs = widget.bill()
    x, heat, bars = widget.picture().axes
    np.testing.assert_allclose(x.images[0].get_array().reshape(784), widget.image()[0])
    np.testing.assert_allclose(heat.images[0].get_array().reshape(784), 1 - 2**-costs.pixels, atol=1e-6)
    lengths = [bar.get_width() for bar in bars.patches]
    assert lengths == pytest.approx(
        [costs.pixels.sum().item(), costs.latents.sum().item(), costs.total, costs.gzip, costs.png, 784]
    )


@pytest.mark.parametrize("wrong", [-1, 784, 3.5, True, math.nan, None])
def test_other_pixels_are_refused(vae, images, labels, refused, wrong):
    make = lambda **given: ItemizedBill(vae(), images, labels, **given)  # noqa: E731
    refused(make, "pixel", wrong, "pixel must be a (whole )?number from 0 to 783")
    refused(make, "pixels", bytes(7), "pixels must be 784 bytes")


def test_gaussian_models_are_refused(vae, images):
    with pytest.raises(inputs.InputError, match="not those of a gaussian model"):
        ItemizedBill(vae(likelihood="gaussian"), images)


# ---- the page ----


def totals(view):
    return [float(text.replace("+", "")) for text in view.locator(".vae-bars > .vae-number").all_inner_texts()[:6]]


def test_keys_choose_and_flip_a_pixel(alone, widget):
    view = alone(widget)
    view.wait_for_function("!document.querySelector('.vae-bars').textContent.includes('–')")
    costs = widget.bill()
    pixels, latents = costs.pixels.sum().item(), costs.latents.sum().item()
    expected = [pixels, latents, costs.total, costs.gzip, costs.png, 784]
    assert totals(view) == pytest.approx(expected, abs=100) and totals(view)[:3] == pytest.approx(expected[:3], abs=0.2)
    board = view.locator("canvas.vae-plane")
    for key in ("ArrowUp", "Shift+ArrowLeft", "ArrowDown", "ArrowRight"):
        board.press(key)
    at = 14 * 28 + 10
    view.wait_for_function(f"window.model.get('pixel') === {at}")
    bits = costs.pixels[at].item()
    color = "ink" if widget.image()[0, at] else "paper"
    readout = view.locator(".vae-readout")
    assert readout.inner_text() == f"row 15, column 11: {color}\nP = {2**-bits:.4f}, {bits:.2f} bits"
    board.press("Space")
    view.wait_for_function("(color) => !document.querySelector('.vae-readout').textContent.includes(color)", arg=color)
    flipped = widget.image()
    flipped[0, at] = 1 - flipped[0, at]
    widget.pixels = base.octet_bytes(flipped)
    assert totals(view)[2] == pytest.approx(widget.bill().total, abs=0.2)
    view.get_by_role("button", name="undo").click()
    view.wait_for_function("(color) => document.querySelector('.vae-readout').textContent.includes(color)", arg=color)
    assert view.complaints == []


def test_a_tap_on_the_bill_reads_a_price_and_the_blank_page_has_one(alone, widget):
    view = alone(widget)
    box = view.locator("canvas.vae-plane").bounding_box()
    unit = box["height"] / 264
    view.mouse.click(box["x"] + (6 + 9 * 3.5) * unit, box["y"] + (6 + 9 * 20.5) * unit)
    view.wait_for_function(f"window.model.get('pixel') === {20 * 28 + 3}")
    view.get_by_role("button", name="blank page").click()
    widget.pixels = bytes(784)
    total = widget.bill().total
    view.wait_for_function("document.querySelector('.vae-pad').getAttribute('aria-label') === 'drawing pad, empty'")
    view.wait_for_timeout(100)
    assert totals(view)[2] == pytest.approx(total, abs=0.2)
    assert view.complaints == []
