"""GaussianToRing: the map and what it does to lengths, the page against torch; the colors around; its picture."""

import math

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from vae_helpers.widgets import GaussianToRing, gaussian_to_ring
from vae_helpers.widgets.gaussian_to_ring import ring
from vae_helpers.widgets.inputs import InputError


def test_ring_is_the_map():
    z = torch.tensor([[3.0, 4.0], [-0.6, 0.8], [0.0, -10.0]])
    torch.testing.assert_close(ring(z), torch.tensor([[0.9, 1.2], [-0.66, 0.88], [0.0, -2.0]]))
    torch.testing.assert_close(ring(z[0]), torch.tensor([0.9, 1.2]))
    z = torch.randn(4, 50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(ring(z).norm(dim=-1), 1 + z.norm(dim=-1) / 10)
    torch.testing.assert_close(torch.atan2(*ring(z).unbind(-1)), torch.atan2(*z.unbind(-1)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (torch.zeros(3, 2), "undefined at z = 0"),
        (torch.ones(3, 3), r"of shape \(\.\.\., 2\)"),
        (torch.tensor(1.0), r"of shape \(\.\.\., 2\)"),
        (torch.ones(2).long(), r"a tensor of float32 or float64, \(\.\.\., 2\)"),
    ],
)
def test_ring_refuses_what_it_cannot_map(wrong, words):
    with pytest.raises(ValueError, match=words):
        ring(wrong)


@pytest.mark.parametrize("amount", [0.0, 0.35, 1.0])
def test_page_bends_as_torch_does(page, amount):
    z = torch.randn(40, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ask = "zs.map((z) => ({ image: ringBend(z, amount), ...ringStretch(z, amount) }))"
    answers = page("gaussian_to_ring", ask, zs=z.tolist(), amount=amount)
    widget = GaussianToRing(amount=amount)
    images = torch.tensor([a["image"] for a in answers], dtype=torch.float64)
    torch.testing.assert_close(images, widget.bend(z), atol=1e-12, rtol=0)
    torch.testing.assert_close(images, (1 - amount) * z + amount * ring(z), atol=1e-12, rtol=0)
    # How lengths grow: the singular values of the Jacobian, which torch differentiates for itself.
    for at, answer in zip(z, answers, strict=True):
        jacobian = torch.autograd.functional.jacobian(widget.bend, at)
        radial, across = at / at.norm(), torch.stack([-at[1], at[0]]) / at.norm()
        assert answer["radial"] == pytest.approx((jacobian @ radial).norm().item())
        assert answer["across"] == pytest.approx((jacobian @ across).norm().item())
        assert answer["radial"] * answer["across"] == pytest.approx(torch.linalg.det(jacobian).item())


def test_page_keeps_away_from_the_origin(page):
    zs = [[0, 0], [0.003, -0.004], [0.3, 0.4], [-1e-9, 0]]
    away = page(
        "gaussian_to_ring", "zs.map((z) => awayFromOrigin(z, nearest))", zs=zs, nearest=GaussianToRing()._nearest
    )
    np.testing.assert_allclose(away, [[0.05, 0], [0.03, -0.04], [0.3, 0.4], [-0.05, 0]], atol=1e-12)
    for z in away:
        GaussianToRing(z=z)  # Python takes every point that the page can send


def test_colors_go_round(page):
    angles = np.deg2rad([-179.9, -90, 0, 90, 179.9, 180])
    directions = np.stack([np.cos(angles), np.sin(angles)], 1).tolist()
    hues = page("gaussian_to_ring", "directions.map((at) => hueOf(...at, 72))", directions=directions)
    assert hues == [0, 18, 36, 54, 71, 0]
    colors = np.array([to_rgb(c) for c in gaussian_to_ring.cyclic_colors()])
    steps = np.linalg.norm(colors - np.roll(colors, 1, axis=0), axis=1)
    assert steps.max() < 0.12  # no seam
    apart = np.linalg.norm(colors[:, None] - colors[None], axis=-1)
    between = np.abs(np.arange(72)[:, None] - np.arange(72)[None])
    assert apart[np.minimum(between, 72 - between) >= 9].min() > 0.15  # 45° apart: told apart
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    assert ((1.05 / (luminance + 0.05)).min() > 1.8) and (((luminance + 0.05) / 0.0556).min() > 2.5)  # on #fff, #111


def test_ring_follows_the_page(from_page):
    widget = GaussianToRing()
    from_page(widget, {"z": [-0.6, 0.8], "amount": 0.5, "radius": 0.7})
    assert (widget.z, widget.amount, widget.radius) == ([-0.6, 0.8], 0.5, 0.7)
    torch.testing.assert_close(widget.bend(torch.tensor(widget.z)), torch.tensor([-0.63, 0.84]))
    assert "g(z) = (-0.66, 0.88), ‖g(z)‖ = 1.10" in widget.describe()


WRONG = {
    "z must be at least 0.05 away from the origin, where g\\(z\\) is undefined": [
        ("z", wrong) for wrong in ((0.0, 0.0), [0.03, -0.03])
    ],
    "z must be 2 numbers from -3.5 to 3.5, not": [
        ("z", wrong)
        for wrong in ((4.0, 0.0), (math.nan, 1.0), (1.0, math.inf), (True, 1.0), (1.0,), (1.0, 1.0, 1.0), 3, "z")
    ],
    "amount must be a number from 0 to 1, not": [
        ("amount", wrong) for wrong in (2, 1.1, math.nan, math.inf, True, "all")
    ],
    "radius must be a number from 0.05 to 1, not": [
        ("radius", wrong) for wrong in (0, 0.0, math.nan, True, None, [0.4])
    ],
}


@pytest.mark.parametrize(
    ("words", "name", "wrong"), [(words, *pair) for words, pairs in WRONG.items() for pair in pairs]
)
def test_wrong_numbers_are_refused(words, name, wrong):
    with pytest.raises(InputError, match=words):
        GaussianToRing(**{name: wrong})
    widget = GaussianToRing(z=[-0.6, 0.8])
    before = getattr(widget, name)
    with pytest.raises(InputError, match=words):
        setattr(widget, name, wrong)
    assert getattr(widget, name) == before


def test_ring_has_a_picture():
    widget = GaussianToRing(z=[0.6, -0.8], radius=0.3)
    left, right = widget.picture().axes
    cloud = np.frombuffer(widget._cloud, "<f4").reshape(-1, 2)
    np.testing.assert_allclose(left.collections[0].get_offsets(), cloud, atol=1e-6)
    np.testing.assert_allclose(right.collections[0].get_offsets(), ring(torch.tensor(cloud)), atol=1e-6)
    np.testing.assert_array_equal(left.collections[0].get_facecolors(), right.collections[0].get_facecolors())
    np.testing.assert_allclose(right.lines[0].get_xydata(), [[0.66, -0.88]], atol=1e-6)
    edge = left.collections[1].get_paths()[0].vertices
    np.testing.assert_allclose(np.hypot(*(edge - [0.6, -0.8]).T), 0.3, rtol=1e-5)


@pytest.mark.parametrize("z", [[0.4, 0.0], [0.0, 0.4], [-0.4, 0.0], [0.0, -0.4]])
def test_ring_has_a_picture_with_the_disc_s_edge_at_the_origin(z):
    edge = GaussianToRing(z=z, radius=0.4).picture().axes[1].collections[1].get_paths()[0].vertices
    norms = np.hypot(*edge.T)
    assert np.isfinite(edge).all() and norms.min() == pytest.approx(1, abs=0.01) and norms.max() < 1.081


def test_a_disc_around_the_origin_becomes_a_band():
    image = GaussianToRing(z=[0.1, 0.0], radius=0.5, amount=0.6).picture().axes[1].collections[1]
    outside, hole = (np.hypot(*path.vertices.T) for path in image.get_paths())
    np.testing.assert_allclose(hole, 0.6, rtol=1e-5)
    assert outside.min() == pytest.approx(0.46 * 0.4 + 0.6, rel=1e-3)
    assert outside.max() == pytest.approx(0.46 * 0.6 + 0.6, rel=1e-3)


def test_square_on_the_edge_sets_the_radius(alone):
    page = alone(GaussianToRing())
    plane, state = page.locator("[role=application]"), lambda: page.evaluate("['z', 'radius'].map(window.model.get)")
    box = plane.bounding_box()

    def drag(*stops):
        edge = box["width"] * 32 / 380  # a plane is drawn in 380 pixels with a margin of 32, and shown in any size
        unit = (box["width"] - 2 * edge) / 7
        for i, (x, y) in enumerate(stops):
            page.mouse.move(box["x"] + edge + (x + 3.5) * unit, box["y"] + edge + (3.5 - y) * unit, steps=4)
            if i == 0:
                cursor = plane.evaluate("(node) => getComputedStyle(node).cursor")
                page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(200)
        return cursor

    assert drag((1.65, 0.75), (1.9, 0.8)) == "ew-resize"
    z, radius = state()
    assert z == [1.2, 0.8] and radius == pytest.approx(0.7, abs=0.01)
    assert drag((-2, -1), (0, 0)) == "crosshair"
    z, radius = state()
    assert np.hypot(*z) == pytest.approx(0.05) and radius == pytest.approx(0.7, abs=0.01)
    plane.press("Shift+ArrowRight")
    page.wait_for_timeout(200)
    assert np.subtract(state()[0], z) == pytest.approx([0.5, 0], abs=1e-9)
    assert page.complaints == []


def test_play_goes_from_cloud_to_ring_and_a_key_stops_it(alone):
    page = alone(GaussianToRing())
    play, amount = page.get_by_role("button"), lambda: page.evaluate("window.model.get('amount')")
    play.click()
    page.wait_for_function("window.model.get('amount') === 0.25", timeout=10_000)  # in four steps for less motion
    assert play.inner_text() == "pause"
    page.get_by_role("slider", name="a, how far the cloud is bent into the ring").press("ArrowRight")
    assert play.inner_text() == "play"
    page.wait_for_timeout(1300)
    assert amount() == pytest.approx(0.26)
    play.click()
    page.wait_for_function("window.model.get('amount') === 1", timeout=20_000)
    assert play.inner_text() == "play" and page.complaints == []
