"""DrawDigit: a drawing as one of MNIST's images, what comes back to Python, and the picture."""

import numpy as np
import pytest
import torch

from vae_helpers.widgets import DrawDigit, base, inputs

# ---- drawings as MNIST images ----

DRAWINGS = {
    "ring": [[[14 + 5 * np.sin(a) + 1.2 * np.cos(2 * a), 12 + 8 * np.cos(a) + np.cos(2 * a)]
              for a in np.linspace(0, 2 * np.pi, 60)]],
    "one": [[[16.0, 8.0], [20.0, 3.0], [19.0, 25.0]]],
    "small hook": [[[3.0, 3.0], [3.0, 9.0], [7.0, 9.0]]],
    "two strokes": [[[5.0, 5.0], [25.0, 6.0]], [[15.0, 2.0], [12.0, 27.0]]],
    "dot": [[[9.0, 9.0]]],
}  # fmt: skip


def reference(strokes, pen):
    """The same image made otherwise: the pen's covered area by 16 × 16 points a pixel, by brute force."""
    points = np.concatenate([np.array(stroke, float) for stroke in strokes])
    low, extent = points.min(0), max(np.ptp(points, axis=0).max(), 3)
    paths = [(np.array(stroke, float) - low) / extent * (20 - pen) + 4 + pen / 2 for stroke in strokes]
    fine = (np.arange(28 * 16) + 0.5) / 16
    grid = np.stack(np.meshgrid(fine, fine), -1)
    inside = np.zeros(grid.shape[:2], bool)
    for path in paths:
        for start, end in zip(path, [*path[1:], path[-1]], strict=True):
            way = end - start
            share = np.clip((grid - start) @ way / max(way @ way, 1e-12), 0, 1)
            inside |= np.linalg.norm(grid - start - share[..., None] * way, axis=-1) <= pen / 2
    image = inside.reshape(28, 16, 28, 16).mean((1, 3))
    return np.roll(image, np.round(14 - center_of_mass(image) - 1e-4).astype(int), (0, 1))


def center_of_mass(image):
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("pen", [2.5, 3.0])
def test_drawing_becomes_an_mnist_image(page, name, pen):
    strokes = [np.array(stroke).tolist() for stroke in DRAWINGS[name]]
    image = np.array(page("draw_digit", "asMnist(strokes, pen)", strokes=strokes, pen=pen)).reshape(28, 28) / 255
    assert image.max() == 1 and image.min() == 0
    # As in MNIST, where all of 20,000 digits looked at keep this: the center of ink within half a pixel of pixel 14.
    assert np.abs(center_of_mass(image) - 14).max() <= 0.51
    ink = np.argwhere(image > 0)
    if name != "dot":
        assert (np.ptp(ink, axis=0) + 1).max() in (19, 20)  # 20: the box; 19: corners too faint to round up to 1/255
    difference = np.abs(image - reference(DRAWINGS[name], pen))
    assert difference.mean() < 0.01 and difference.max() < 0.3  # an edge softened by distance is not quite area


def test_drawing_does_not_depend_on_place_and_size(page):
    ring = np.array(DRAWINGS["ring"][0])
    drawings = [[ring.tolist()], [(ring * 0.5).tolist()], [(ring + np.array([6, -2])).tolist()]]
    images = np.array(page("draw_digit", "drawings.map((strokes) => asMnist(strokes))", drawings=drawings))
    assert np.abs(images - images[0]).max() <= 1


# ---- what comes back, and what is sent ----


def test_drawing_comes_back_from_the_page(vae, images, labels, from_page):
    model = vae()
    widget = DrawDigit(model, images, labels)
    assert widget.mu == [] and widget.image().shape == (1, 784) and widget.image().sum() == 0
    drawn = (images[7] * 255).round().byte()
    from_page(widget, {}, [("pixels", drawn.numpy().tobytes())])
    assert isinstance(widget.pixels, bytes)
    torch.testing.assert_close(widget.image(), drawn[None] / 255)
    q = model.encode(drawn[None] / 255).base_dist
    torch.testing.assert_close(torch.tensor([widget.mu]), q.loc)
    torch.testing.assert_close(torch.tensor([widget.sigma]), q.scale)
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(q.loc))[0])
    from_page(widget, {}, [("pixels", bytes(784))])  # cleared
    assert widget.mu == [] and widget.sigma == []


def test_drawing_starts_from_given_pixels(vae, images):
    widget = DrawDigit(vae(), images, pixels=base.octet_bytes(images[0]))
    assert len(widget.mu) == 2


@pytest.mark.parametrize("wrong", [bytes(783), bytes(785), b"", 784, True, None, "a" * 784, [0] * 784])
def test_other_pixels_are_refused(vae, images, wrong):
    with pytest.raises(inputs.InputError, match="pixels must be 784 bytes, one a pixel, not "):
        DrawDigit(vae(), images, pixels=wrong)
    widget = DrawDigit(vae(), images)
    with pytest.raises(inputs.InputError, match="pixels must be 784 bytes, one a pixel, not "):
        widget.pixels = wrong
    assert widget.pixels == bytes(784)


def test_images_to_put_on_the_pad_come_from_every_class(vae, images, labels):
    many, theirs = images.repeat(5, 1), labels.repeat(5)  # 30 of each class
    widget = DrawDigit(vae(), many, theirs)
    assert np.bincount(list(widget._image_labels)).tolist() == [base.PER_CLASS] * 10
    first_three = list(widget._image_labels).index(3)
    shown = np.frombuffer(widget._images, np.uint8).reshape(-1, 784)[first_three]
    np.testing.assert_array_equal(shown, (images[3] * 255).round())


def test_gaussian_images_outside_the_gray_scale_are_clipped_for_the_page(vae):
    widget = DrawDigit(vae(likelihood="gaussian"), torch.tensor([[-0.5] * 392 + [1.5] * 392]))
    assert widget._images == bytes(392) + b"\xff" * 392


def test_both_networks_reach_the_page(page, vae, images, labels):
    widget, model = DrawDigit(vae(), images, labels), vae()
    sent = {"e": widget._encoder, "es": widget._encoder_shapes, "d": widget._decoder, "ds": widget._decoder_shapes}
    expression = "((code) => [code.mu, forward(network(ds, d), code.mu)])(encode(network(es, e), x))"
    mu, f = page("draw_digit", expression, **sent, x=images[0].tolist())
    expected = model.encode(images[:1]).mean[0]
    torch.testing.assert_close(torch.tensor(mu), expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor(f), model.decoder(expected), atol=1e-3, rtol=1e-4)


# ---- picture ----


def test_drawing_has_a_picture(vae, images, labels):
    widget = DrawDigit(vae(), images, labels)
    empty = widget.picture().axes[0]  # an example in place of an empty pad
    assert "example" in empty.get_title()
    np.testing.assert_allclose(empty.images[0].get_array(), images[0].reshape(28, 28))
    widget.pixels = base.octet_bytes(images[9])
    drawn, plane, decoded = widget.picture().axes
    np.testing.assert_allclose(drawn.images[0].get_array(), widget.image().reshape(28, 28))
    inner, outer = [patch for patch in plane.patches if type(patch).__name__ == "Ellipse"]
    assert inner.get_center() == outer.get_center() == pytest.approx(widget.mu)
    assert (inner.width, inner.height) == pytest.approx([2 * s for s in widget.sigma])
    assert (outer.width, outer.height) == pytest.approx([4 * s for s in widget.sigma])
    np.testing.assert_allclose(decoded.images[0].get_array(), widget.decoded().reshape(28, 28), atol=1e-6)
