"""CoverTheDigit: the posterior and its humps against torch and known mixtures, what it refuses, and its life in Chromium."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vae_helpers.widgets import CoverTheDigit, base, cover_the_digit, inputs

GIVEN = """(async () => {
  const n = 81, coarse = (k) => -4 + 8 * k / 80;
  const field = await logitsAt(network(shapes, decoder), Array.from({ length: n * n }, (_, g) => [coarse(Math.floor(g / n)), coarse(g % n)]));
  const prior = Float64Array.from({ length: n * n }, (_, g) => logPrior([coarse(Math.floor(g / n)), coarse(g % n)]));
  const update = logJoint(field, prior);
  return steps.map(([x, covered]) => Array.from(update(x, covered)));
})()"""


@pytest.fixture
def widget(vae, images, labels):
    return CoverTheDigit(vae(), images, labels)


@pytest.fixture(scope="module")
def covers():
    """Some ways to cover a digit, (784,) each, 1 where it is covered."""
    rows = torch.arange(784) // 28
    some = (torch.rand(784, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    return [torch.zeros(784), (rows < 14).float(), some, torch.ones(784), torch.zeros(784)]


def networks(widget):
    return {"shapes": widget._decoder_shapes, "decoder": widget._decoder}


def by_torch(model, x, covered, z):
    """log P(what is left|z) + log P(z), (G,), for x and covered (784,) and z (G, 2)."""
    pixels = Bernoulli(logits=model.decoder(z)).log_prob(x)
    return (pixels * (1 - covered)).sum(dim=1) + Normal(0.0, 1.0).log_prob(z).sum(dim=1)


def mixture(parts, z):
    """log of Σ share · N(mean, sd²), (G,), for parts (share, mean, sd)."""
    terms = [math.log(share) + Normal(torch.tensor(mean), sd).log_prob(z).sum(dim=1) for share, mean, sd in parts]
    return torch.stack(terms).logsumexp(dim=0)


# ---- arithmetic ----


def test_page_adds_up_the_pixels_that_are_left(page, widget, covers, images):
    """One digit under several covers, then another: each sum anew by torch, the page's by what changed."""
    shown = [(images[0] > 0.5).float(), *((images[k] > 0.5).float() for k in (0, 0, 0, 3))]
    steps = [[x.int().tolist(), covered.int().tolist()] for x, covered in zip(shown, covers, strict=True)]
    found = page("cover_the_digit", GIVEN, steps=steps, **networks(widget))
    for x, covered, sums in zip(shown, covers, found, strict=True):
        expected = by_torch(widget._model, x, covered, cover_the_digit.grid())
        torch.testing.assert_close(torch.tensor(sums), expected, atol=1e-3, rtol=1e-5)
        widget.pixels, widget.covered = base.octet_bytes(x), base.octet_bytes(covered)
        torch.testing.assert_close(widget.posterior().flatten(), expected.softmax(0), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("count", [1, 16, 35])  # less than a tile, one tile, and some of which the last is odd
def test_page_decodes_points(page, widget, count):
    points = 4 * torch.randn(count, 2, generator=torch.Generator().manual_seed(count))
    found = page(
        "cover_the_digit", "logitsAt(network(shapes, decoder), points)", points=points.tolist(), **networks(widget)
    )
    expected = widget._model.decoder(points).detach().T
    torch.testing.assert_close(torch.tensor(found).reshape(784, count), expected, atol=1e-4, rtol=1e-4)


def test_cubics_fill_in_a_parabola_exactly_and_a_smooth_curve_nearly(page):
    axis, fine = torch.linspace(-4, 4, 41), torch.linspace(-4, 4, 161)
    for f, error in ((lambda a, b: 3 * a**2 - a * b + 2 * b - 1, 1e-3), (lambda a, b: torch.sin(2 * a + b), 0.01)):
        values = f(axis[:, None], axis).flatten()
        found = page("cover_the_digit", "upsampled(values, 41, 4)", values=values.tolist())
        torch.testing.assert_close(torch.tensor(found).reshape(161, 161), f(fine[:, None], fine), atol=error, rtol=1e-4)


PARTS = [(0.5, [-2.0, 1.0], 0.3), (0.35, [1.5, 1.5], 0.4), (0.15, [0.5, -2.0], 0.2)]
HUMPS = """(() => {
  const mass = shares(Float32Array.from(log));
  return humps(log, mass, 161).map(({ peak, share, draw }) => [peak, share, us.map(draw)]);
})()"""


def test_humps_of_a_mixture_are_its_parts(page):
    z = cover_the_digit.grid(161)
    us = [(k + 0.5) / 100 for k in range(100)]
    found = page("cover_the_digit", HUMPS, log=mixture(PARTS, z).tolist(), us=us)
    assert len(found) == 3
    for (share, mean, sd), (peak, mass, drawn) in zip(PARTS, found, strict=True):
        assert z[peak].tolist() == pytest.approx(mean, abs=0.05) and mass == pytest.approx(share, abs=0.01)
        points = z[drawn]  # at even shares of the hump's mass: their mean and spread are its own
        torch.testing.assert_close(points[:, 0].mean(), torch.tensor(mean[0]), atol=0.05, rtol=0)
        torch.testing.assert_close(points.std(dim=0)[0], torch.tensor(sd), atol=0.06, rtol=0)


@pytest.mark.parametrize(("apart", "count"), [(1.0, 1), (2.2, 1), (4.0, 2)])
def test_a_shallow_dip_makes_no_second_hump(page, apart, count):
    """Two equal Gaussians: one hump up to two standard deviations apart, and until the dip is half as high as they are."""
    z = cover_the_digit.grid(161)
    log = mixture([(0.5, [-apart / 4, 0.0], 0.5), (0.5, [apart / 4, 0.0], 0.5)], z)
    found = page("cover_the_digit", HUMPS, log=log.tolist(), us=[0.5])
    assert len(found) == count and sum(mass for _, mass, _ in found) == pytest.approx(1, abs=1e-3)


def test_the_mass_within_two_standard_deviations(page):
    z = cover_the_digit.grid(161)
    log = Normal(torch.tensor([0.5, -1.0]), torch.tensor([0.6, 0.3])).log_prob(z).sum(dim=1)
    axis = torch.linspace(-4, 4, 161).tolist()
    ask = "within(shares(Float32Array.from(log)), axis, q)"
    right = page("cover_the_digit", ask, log=log.tolist(), axis=axis, q={"mu": [0.5, -1.0], "sigma": [0.6, 0.3]})
    wrong = page("cover_the_digit", ask, log=log.tolist(), axis=axis, q={"mu": [-2.0, 1.0], "sigma": [0.1, 0.1]})
    assert right == pytest.approx(1 - math.exp(-2), abs=0.01) and wrong < 1e-4


# ---- Python's side ----


def test_covered_pixels_are_paper_to_the_encoder(widget, covers):
    widget.covered = base.octet_bytes(covers[1])
    mu, sigma = widget.q()
    q = widget._model.encode(widget.image() * (1 - covers[1])).base_dist
    torch.testing.assert_close(mu, q.loc[0])
    torch.testing.assert_close(sigma, q.scale[0])
    assert "392 pixels covered" in widget.describe() and f"({mu[0]:.2f}, {mu[1]:.2f})" in widget.describe()


def test_the_picture_has_posterior_and_q(widget, covers):
    widget.covered = base.octet_bytes(covers[1])
    left, right = widget.picture().axes
    shown = left.images[0].get_array()
    assert (shown[:14] == 0.25).all() and set(np.unique(shown[14:])) <= {0.0, 1.0}
    np.testing.assert_allclose(right.images[0].get_array() ** 2, widget.posterior().T, atol=1e-6)
    inner, _ = right.patches
    assert (inner.width, inner.height) == pytest.approx((2 * widget.q()[1]).tolist())


@pytest.mark.parametrize("wrong", [-1, 784, 3.5, True, math.nan, None])
def test_other_numbers_are_refused(vae, images, labels, refused, wrong):
    make = lambda **given: CoverTheDigit(vae(), images, labels, **given)  # noqa: E731
    refused(make, "pixel", wrong, "pixel must be a (whole )?number from 0 to 783")
    refused(make, "covered", bytes(7), "covered must be 784 bytes")


def test_other_models_are_refused(vae, images):
    with pytest.raises(inputs.InputError, match="not those of a gaussian model"):
        CoverTheDigit(vae(likelihood="gaussian"), images)
    with pytest.raises(inputs.InputError, match="needs 2 latent dimensions"):
        CoverTheDigit(vae(3), images)


# ---- the page ----

COVERED = "[...new Uint8Array(window.model.get('covered').buffer)].filter(Boolean).length"


def test_keys_and_buttons_cover_and_uncover(alone, widget):
    view = alone(widget)
    board, readout = view.locator("canvas[role=application]"), view.locator(".vae-readout")
    first = readout.inner_text()
    board.press("Space")
    view.wait_for_function(f"{COVERED} === 25")
    for key in ("ArrowRight", "ArrowUp", "Space"):  # a brush of 5 × 5 moved by one and one: 9 more pixels
        board.press(key)
    view.wait_for_function(f"{COVERED} === 34")
    board.press("Backspace")
    view.wait_for_function(f"{COVERED} === 9")
    view.get_by_role("button", name="cover the top half").click()
    view.get_by_role("button", name="cover the left half").click()
    view.wait_for_function(f"{COVERED} >= 588")
    assert readout.inner_text() != first
    view.get_by_role("button", name="uncover all").click()
    view.wait_for_function(f"{COVERED} === 0")
    view.wait_for_timeout(100)
    assert readout.inner_text() == first and view.complaints == []


def test_a_quick_pointer_leaves_no_gaps_and_another_digit_comes_whole(alone, widget):
    view = alone(widget)
    box = view.locator("canvas[role=application]").bounding_box()
    unit = box["width"] / 28
    view.mouse.move(box["x"] + 3.5 * unit, box["y"] + 10.5 * unit)
    view.mouse.down()
    view.mouse.move(box["x"] + 24.5 * unit, box["y"] + 10.5 * unit)
    view.mouse.up()
    view.wait_for_function(f"{COVERED} === {5 * 26}")  # columns 1 to 26, rows 8 to 12
    view.get_by_role("button", name="put another 4 on the pad").click()
    view.wait_for_function(f"{COVERED} === 0")
    assert view.complaints == []


def test_all_covered_leaves_the_prior(alone, widget):
    view = alone(widget)
    for side in ("left", "right"):
        view.get_by_role("button", name=f"cover the {side} half").click()
    view.wait_for_function(f"{COVERED} === 784")
    view.wait_for_timeout(100)
    assert view.locator(".vae-readout").inner_text().startswith("P(z|what is left): 1 hump\n")
    assert view.locator("figcaption").all_inner_texts() == ["A: 100%", "B: –", "C: –"]
    before = view.locator(".vae-completions canvas").first.evaluate("(node) => node.toDataURL()")
    view.get_by_role("button", name="draw from each hump").click()
    view.wait_for_timeout(100)
    assert view.locator(".vae-completions canvas").first.evaluate("(node) => node.toDataURL()") != before
    assert view.complaints == []
