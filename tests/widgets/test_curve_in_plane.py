"""CurveInPlane: P(X) as the page computes it against quadrature by torch, exactly and by Monte Carlo; its picture."""

import math

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from torch.distributions import Normal

from vae_helpers import likelihood, models, plots
from vae_helpers.one_dimension import Curve
from vae_helpers.widgets import CurveInPlane, curve_in_plane
from vae_helpers.widgets.inputs import InputError


def sent(widget):
    return {"curve": widget._curve, "halfWidth": widget._half_width}


def spiral(z):
    radius = 0.4 + 0.5 * torch.nn.functional.softplus(z)
    return torch.cat([radius * torch.cos(2 * z), radius * torch.sin(2 * z)], dim=-1)


CURVES = {"wave": curve_in_plane.wave, "spiral": spiral, "tanh": lambda z: torch.cat([z.tanh(), z**2 / 4], dim=-1)}
MONTE_CARLO = "monteCarlo(Float64Array.from(points.flat()), x, sigma)"
POINTS = [(0.0, 0.0), (1.1, 0.4), (-2.4, 2.4), (2.5, -2.5), (0.7, 1.21), (-0.03, -1.9)]


def fine_quadrature(f, x, sigma):
    """log P(X) on a grid wider and finer than the page's, by torch.distributions."""
    z = torch.linspace(-11, 11, 150_001, dtype=torch.float64)
    log_likelihood = Normal(f(z[:, None]), sigma).log_prob(torch.tensor(x, dtype=torch.float64)).sum(1)
    return (log_likelihood + Normal(0.0, 1.0).log_prob(z)).logsumexp(0).item() + math.log(22 / 150_000)


@pytest.mark.parametrize("name", CURVES)
def test_page_computes_p_x_exactly(page, name):
    widget = CurveInPlane(Curve(CURVES[name], 0.3))
    cases = [{"x": x, "sigma": sigma} for x in POINTS for sigma in (0.03, 0.08, 0.4, 1.0)]
    ask = "cases.map(({ x, sigma }) => logIntegral(curveTable(curve, halfWidth), logJoints(curveTable(curve, halfWidth), x, sigma)))"
    for case, answer in zip(cases, page("curve_in_plane", ask, **sent(widget), cases=cases), strict=True):
        expected = fine_quadrature(CURVES[name], **case)
        assert answer == pytest.approx(expected, rel=1e-6), case
        widget.x, widget.sigma = case["x"], case["sigma"]
        assert widget.log_p_x() == pytest.approx(expected, rel=1e-9), case


def test_exact_p_x_has_the_closed_form_of_a_line():
    widget = CurveInPlane(Curve(lambda z: torch.cat([z, 0 * z], dim=-1), 0.2), x=(0.7, -0.3))
    expected = Normal(0, math.hypot(1, 0.2)).log_prob(torch.tensor(0.7)) + Normal(0, 0.2).log_prob(torch.tensor(-0.3))
    assert widget.log_p_x() == pytest.approx(expected.item(), rel=1e-6)


def test_exact_p_x_agrees_with_the_course_s_quadrature():
    model = Curve(curve_in_plane.wave, 0.25).double()
    widget = CurveInPlane(model)
    expected = likelihood.quadrature(model, torch.tensor([widget.x], dtype=torch.float64), tolerance=1e-8)
    assert widget.log_p_x() == pytest.approx(expected.item(), abs=1e-7)


def test_page_interpolates_the_curve(page):
    z = torch.cat([3 * torch.randn(200, 1, generator=torch.Generator().manual_seed(0)), torch.tensor([[-8.0], [8.0]])])
    z = z.clamp(-8, 8).double()
    ask = "zs.map((z) => curvePoint(curveTable(curve, halfWidth), z))"
    points = page("curve_in_plane", ask, **sent(CurveInPlane()), zs=z[:, 0].tolist())
    torch.testing.assert_close(torch.tensor(points, dtype=torch.float64), curve_in_plane.wave(z), atol=1e-8, rtol=0)


@pytest.mark.parametrize("sigma", [0.03, 0.3, 1.0])
def test_page_s_monte_carlo_estimate(page, sigma):
    z = torch.randn(1000, 1, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    points, x = curve_in_plane.wave(z), torch.tensor([0.4, 1.0], dtype=torch.float64)
    answer = page("curve_in_plane", MONTE_CARLO, points=points.tolist(), x=x.tolist(), sigma=sigma)
    log_p = Normal(points, sigma).log_prob(x).sum(1)  # (S,)
    assert answer["estimate"] == pytest.approx(log_p.logsumexp(0).item() - math.log(1000), rel=1e-9)
    share = log_p.softmax(0)
    heavy = share[answer["heavy"]]
    assert heavy.sum() >= 0.95 > heavy.sum() - heavy.min()  # all of them are needed
    assert heavy.min() >= share.sort(descending=True).values[len(heavy) - 1]  # and no fewer would do
    if sigma == 0.03:
        assert len(heavy) < 40
    if sigma == 1.0:
        assert len(heavy) > 300


def test_monte_carlo_survives_underflow(page):
    answer = page("curve_in_plane", MONTE_CARLO, points=[[0.0, 0.0], [1.0, 0.0]], x=[5.0, 0.0], sigma=0.03)
    assert answer["heavy"] == [1]
    assert answer["estimate"] == pytest.approx(-8 / 0.03**2 - math.log(2 * math.pi * 0.03**2) - math.log(2))


@pytest.mark.parametrize("sigma", [0.03, 0.2, 1.0])
def test_heat_map_is_the_density(page, sigma):
    widget = CurveInPlane()
    cells = page("curve_in_plane", "cellsFor(sigma, limit)", sigma=sigma, limit=widget.limit)
    ask = "mixtureDensity(curveTable(curve, halfWidth), sigma, limit, cells)"
    answer = page("curve_in_plane", ask, **sent(widget), sigma=sigma, limit=widget.limit, cells=cells)
    density = np.array(answer).reshape(cells, cells)
    side = 2 * widget.limit / cells
    assert side < 1.2 * sigma  # no finer structure than the cells can show
    chosen = np.random.default_rng(0).integers(0, cells, (12, 2)).tolist()
    chosen += [list(np.unravel_index(density.argmax(), density.shape))]
    for row, column in chosen:
        x = [(column + 0.5) * side - widget.limit, widget.limit - (row + 0.5) * side]
        expected = math.exp(fine_quadrature(curve_in_plane.wave, x, sigma))
        assert density[row, column] == pytest.approx(expected, rel=0.01, abs=2e-3 * density.max()), (row, column)
    if sigma == 0.2:  # the window holds nearly all of P(X)
        assert density.sum() * side**2 == pytest.approx(1, abs=0.02)


def test_curve_follows_the_page(from_page):
    widget = CurveInPlane()
    before = widget.log_p_x()
    from_page(widget, {"x": [-1.0, 2.0], "z": 0.5, "sigma": 0.1, "samples": 4321})
    assert (widget.x, widget.z, widget.sigma, widget.samples) == ([-1.0, 2.0], 0.5, 0.1, 4321)
    assert widget.log_p_x() == pytest.approx(fine_quadrature(curve_in_plane.wave, (-1.0, 2.0), 0.1), rel=1e-9)
    assert widget.log_p_x() < before - 10
    assert f"{widget.log_p_x():.2f} nats" in widget.describe()


@pytest.mark.parametrize(("arguments", "words"), [
    ({"model": models.VAE(2)}, "needs a vae_helpers.one_dimension.Curve, not VAE"),
    ({"model": Curve(lambda z: z, 0.3)}, "data_size 2, and this one has 1"),
    ({"model": Curve(lambda z: torch.cat([9 * z, z], -1), 0.3)}, "reaches 27 from the origin; scale f"),
    ({"model": Curve(lambda z: torch.cat([z, z.log()], -1), 0.3)}, "f\\(z\\) must be finite"),
    ({"model": Curve(curve_in_plane.wave, 2.0)}, "sigma must be a number from 0.03 to 1, not 2"),
])  # fmt: skip
def test_wrong_curves_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        CurveInPlane(**arguments)


WRONG = {
    "x must be 2 numbers from -100 to 100, not": [
        ("x", wrong)
        for wrong in ((1.0,), (1.0, 2.0, 3.0), (1.0, math.nan), (-math.inf, 0.0), (True, 0.0), "at", 1.0, None)
    ],
    "z must be a number from -8 to 8, not": [("z", wrong) for wrong in (8.1, math.nan, math.inf, False, "here", [1.0])],
    "sigma must be a number from 0.03 to 1, not": [("sigma", wrong) for wrong in (0.0, 2.0, math.nan, True, "wide")],
    "samples must be a number from 1 to 10000, not": [
        ("samples", wrong) for wrong in (0, 10_001, math.inf, math.nan, True, "many")
    ],
    "samples must be a whole number from 1 to 10000, not 2.5": [("samples", 2.5)],
}


@pytest.mark.parametrize(
    ("words", "name", "wrong"), [(words, *pair) for words, pairs in WRONG.items() for pair in pairs]
)
def test_wrong_numbers_are_refused(words, name, wrong):
    with pytest.raises(InputError, match=words):
        CurveInPlane(**{name: wrong})
    widget = CurveInPlane()
    before = getattr(widget, name)
    with pytest.raises(InputError, match=words):
        setattr(widget, name, wrong)
    assert getattr(widget, name) == before


def test_curve_has_a_picture():
    widget = CurveInPlane(x=(0.5, -0.5), z=1.0, sigma=0.4)
    axis = widget.picture().axes[0]
    density = widget._density()
    assert axis.collections  # drawn
    side = 2 * widget.limit / len(density)
    row, column = 80, 70  # counted from below
    x = [(column + 0.5) * side - widget.limit, (row + 0.5) * side - widget.limit]
    assert density[row, column] == pytest.approx(math.exp(fine_quadrature(curve_in_plane.wave, x, 0.4)), rel=1e-6)
    assert axis.lines[-1].get_xydata().tolist() == [[0.5, -0.5]]
    circle = axis.lines[2].get_xydata() - curve_in_plane.wave(torch.ones(1, 1)).numpy()
    np.testing.assert_allclose(np.hypot(*circle.T), 0.4, rtol=1e-5)


def test_color_scale_rises_from_the_paper(page):
    hue = [round(255 * v) for v in to_rgb(plots.COLORS["blue"])]
    for paper in ([255, 255, 255], [17, 17, 17]):
        scale = np.array(page("curve_in_plane", "ts.map(colorScale(paper, hue))", ts=np.linspace(0, 1, 33).tolist(),
                              paper=paper, hue=hue))  # fmt: skip
        assert scale[0].tolist() == paper and scale.min() >= 0 and scale.max() <= 255
        luminance = scale @ [0.2126, 0.7152, 0.0722]
        steps = np.diff(luminance) * (-1 if paper[0] == 255 else 1)
        assert steps.min() > 0 and steps.sum() > 120  # in one direction, and far


def test_controls_of_the_page(alone):
    page = alone(CurveInPlane())
    state = {"x": [1.1, 0.4], "z": -1.2, "sigma": 0.25, "samples": 100}
    for label, name, expected in (
        ("σ, the width of P(X|z)", "sigma", 0.2535), ("z, the marker's place on the curve", "z", -1.19),
        ("S, the number of Monte Carlo draws", "samples", 105), ("X₁", "x", [1.11, 0.4]), ("X₂", "x", [1.11, 0.41]),
    ):  # fmt: skip
        page.get_by_role("slider", name=label).press("ArrowRight")
        page.wait_for_timeout(200)
        state[name] = expected
        for trait, value in state.items():
            assert page.evaluate(f"window.model.get({trait!r})") == pytest.approx(value, rel=0.006), (label, trait)
    said = r"^X = \(1\.11, 0\.41\), log P\(X\) = −2\.\d\d nats, Monte Carlo −\d\.\d\d nats, \d+ of 105 draws matter: "
    heard = "(said) => new RegExp(said).test(document.querySelector('[aria-live]').textContent)"
    page.wait_for_function(heard, arg=said, timeout=10_000)
    pictures = "[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()).join()"
    before, exact = page.evaluate(pictures), page.get_by_role("cell").first.inner_text()
    page.get_by_role("button", name="new draws").click()
    page.wait_for_function(f"(before) => {pictures} !== before", arg=before, timeout=10_000)
    assert page.get_by_role("cell").first.inner_text() == exact
    page.evaluate("window.model.set('sigma', 0.05)")  # the heat map and its key follow σ
    page.wait_for_timeout(200)
    ridge = curve_in_plane.wave(torch.linspace(0.5, 1.3, 17, dtype=torch.float64)[:, None])
    peak = max(math.exp(fine_quadrature(curve_in_plane.wave, x, 0.05)) for x in ridge.tolist())
    assert float(page.get_by_text("P(X): 0").inner_text().split()[-1]) == pytest.approx(peak, rel=0.02)
    assert page.complaints == []
