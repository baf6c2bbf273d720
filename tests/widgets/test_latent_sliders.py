"""LatentSliders: the use of dimensions against torch, the walk, z as the page moves it, and the picture."""

import math

import numpy as np
import pytest
import torch
import traitlets
from torch.distributions import Normal, kl_divergence

from vae_helpers.widgets import LatentSliders, inputs

# ---- the walk ----


def test_walk_is_a_straight_line(page):
    start, end = [1.0, -2.0, 0.5], [3.0, 2.0, 0.5]
    points = page("latent_sliders", "[0, 0.25, 1].map((t) => between(start, end, t))", start=start, end=end)
    assert points == [start, [1.5, -1.0, 0.5], end]


@pytest.mark.parametrize(("ends", "side", "count", "expected"), [
    ([0, 1], 1, 5, [0, 2]), ([0, 1], 0, 5, [2, 1]), ([0, 4], 1, 5, [0, 1]), ([3, 4], 0, 5, [0, 4]),
    ([0, 1], 0, 2, [0, 1]), ([0, 1], 1, 2, [0, 1]), ([0, 0], 1, 1, [0, 0]),
])  # fmt: skip
def test_the_walk_has_two_ends(page, ends, side, count, expected):
    assert page("latent_sliders", "otherEnds(ends, side, count)", ends=ends, side=side, count=count) == expected


def test_images_reach_the_page_as_grays(page, vae, images):
    widget = LatentSliders(vae(3), images)
    sent = page("latent_sliders", "digitAt(octets(images), 7)", images=widget._images)
    np.testing.assert_allclose(sent, images[7], atol=0.5 / 255 + 1e-6)


# ---- use ----


def test_sliders_are_ordered_by_use(vae, images):
    model = vae(7)
    widget = LatentSliders(model, images)
    use = kl_divergence(model.encode(images).base_dist, Normal(0.0, 1.0)).mean(0)  # (7,)
    torch.testing.assert_close(torch.tensor(widget.use), use)
    assert widget.order == sorted(range(7), key=lambda i: -use[i])
    assert widget.order != list(range(7))
    # Sorting is for the eye: z keeps the model's order.
    widget.z = [0.0] * 6 + [2.0]
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(torch.tensor([0.0] * 6 + [2.0]))))


def test_sliders_send_at_most_200_images_to_walk_between(vae, images):
    many = images.repeat(4, 1)  # 240
    model = vae(3)
    widget = LatentSliders(model, many)
    assert len(widget._images) == 200 * 784
    codes = np.frombuffer(widget._codes, np.float32).reshape(200, 3)
    np.testing.assert_allclose(codes, model.encode(many[:200]).mean, atol=1e-5)
    assert "240 images" in widget._caption


def test_gaussian_images_outside_the_gray_scale_are_clipped_for_the_page(vae):
    widget = LatentSliders(vae(likelihood="gaussian"), torch.tensor([[-0.5] * 392 + [1.5] * 392]))
    assert widget._images == bytes(392) + b"\xff" * 392


# ---- traits ----


def test_page_moves_z(vae, images, from_page):
    model, heard = vae(5), []
    widget = LatentSliders(model, images)
    assert widget.z == [0.0] * 5
    z = torch.linspace(-1.5, 1, 5).tolist()
    widget.observe(lambda change: heard.append(change.new), "z")
    from_page(widget, {"z": z})
    assert widget.z == z and heard == [z]
    torch.testing.assert_close(widget.decoded(), torch.sigmoid(model.decoder(torch.tensor(z))))
    from_page(widget, {"show": "samples"})
    assert widget.show == "samples"


@pytest.mark.parametrize("z", [
    [0.0], [0.0] * 4, [0.0] * 6, [0, 0, 0, 0, math.nan], [math.inf, 0, 0, 0, 0], [0, 0, True, 0, 0], [0, 0, 0, 0, 1e9],
    "here!", 3, None,
])  # fmt: skip
def test_wrong_points_are_refused(vae, images, z):
    with pytest.raises(inputs.InputError, match="z must be 5 numbers from -100 to 100"):
        LatentSliders(vae(5), images, z=z)
    widget = LatentSliders(vae(5), images)
    with pytest.raises(inputs.InputError, match="z must be 5 numbers from -100 to 100"):
        widget.z = z
    assert widget.z == [0.0] * 5


def test_other_things_to_show_are_refused(vae, images):
    widget = LatentSliders(vae(5), images)
    with pytest.raises(traitlets.TraitError):
        widget.show = "something else"
    assert widget.show == "means"


# ---- picture ----


def test_sliders_have_a_picture(vae, images):
    widget = LatentSliders(vae(4), images, z=[0.1, 0.2, 0.3, 0.4])
    digit, use, z = widget.picture().axes
    np.testing.assert_allclose(digit.images[0].get_array(), widget.decoded().reshape(28, 28))
    assert [bar.get_width() for bar in use.patches] == pytest.approx(sorted(widget.use, reverse=True))
    assert list(z.lines[0].get_xdata()) == [widget.z[i] for i in widget.order]
    assert [text.get_text() for text in z.get_yticklabels()] == [f"$z_{{{i + 1}}}$" for i in widget.order]
