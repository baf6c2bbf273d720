"""The explorers of latent variable models: what the page computes (run by Node) against torch, traits, pictures."""

import base64
import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from matplotlib.colors import to_rgb
from torch.distributions import Normal

from vae_helpers import likelihood, models, strokes
from vae_helpers.widgets import base, be_the_generator, curve_in_plane, gaussian_to_ring
from vae_helpers.widgets.be_the_generator import BeTheGenerator
from vae_helpers.widgets.curve_in_plane import CurveInPlane
from vae_helpers.widgets.gaussian_to_ring import GaussianToRing, ring

MODULES = ("be_the_generator", "curve_in_plane", "gaussian_to_ring")
KINDS = (BeTheGenerator, CurveInPlane, GaussianToRing)


@pytest.fixture
def node(tmp_path):
    """Ask an explorer's joined module to do a job."""
    program = shutil.which("node")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, but there is no `node` on the PATH: the page's arithmetic would go untested")
        pytest.skip("no `node` on the PATH: install Node.js to test what the page computes")

    def ask(module, job, **arguments):
        path = tmp_path / f"{module}.mjs"
        path.write_text(base.module(module), encoding="utf-8")
        request = json.dumps({"module": str(path), "job": job, **arguments})
        script = Path(__file__).with_name("explorers_latent.mjs")
        done = subprocess.run(
            [program, str(script)], input=request, capture_output=True, encoding="utf-8", timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def from_page(widget, state):
    """What arrives from a page after model.set and save_changes."""
    widget._handle_msg({"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []})


def as_dicts(latents):
    """`Latents` of (N,) tensors as N dicts of numbers."""
    rows = zip(*(value.tolist() for value in latents), strict=True)
    return [dict(zip(latents._fields, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", MODULES)
def test_module_is_joined_without_imports(name):
    joined = base.module(name)
    assert not re.search(r"^\s*import\b", joined, re.MULTILINE)
    assert joined.count("export default") == 1
    names = re.findall(r"^(?:export )?(?:const|let|function) (\w+)", joined, re.MULTILINE)
    assert len(names) == len(set(names))
    core = (base.STATIC / "core.js").read_text(encoding="utf-8")
    imports = re.search(r"^import \{([^}]*)\} from", (base.STATIC / f"{name}.js").read_text(encoding="utf-8"), re.M)
    for imported in re.findall(r"\w+", imports[1]):
        assert re.search(rf"^export (?:const|function) {imported}\b", core, re.M), f"core.js exports no {imported}"
        assert re.search(rf"\b{imported}\b", joined[len(core) :]), f"{name}.js imports {imported} and does not use it"


@pytest.mark.parametrize("kind", KINDS)
def test_explorers_show_themselves_anywhere(kind):
    widget = kind()
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and kind.__name__ in data["text/plain"]


# ---- be the generator ----


def sent_strokes(widget):
    return {"glyphs": widget._glyphs, "pen": widget._pen}


def test_page_draws_digits_as_torch_does(node):
    natural = strokes.sample_latents(60, seed=3)
    generator = torch.Generator().manual_seed(4)
    anywhere = {name: low + (high - low) * torch.rand(60, generator=generator)
                for name, (low, high) in strokes.RANGES.items()}  # fmt: skip
    for z in (natural, strokes.Latents(torch.arange(60) % 10, **anywhere)):
        images = node("be_the_generator", "images", **sent_strokes(BeTheGenerator()), zs=as_dicts(z))
        expected = strokes.render(z).reshape(60, 784)
        assert expected.std() > 0.1
        torch.testing.assert_close(torch.tensor(images), expected, atol=1e-4, rtol=0)


def test_page_draws_latents_from_the_same_prior(node):
    widget, n = BeTheGenerator(), 20_000
    drawn = node("be_the_generator", "draws", prior=widget._prior, ranges=widget._ranges, n=n)
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


def test_generator_follows_the_page():
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
    ({"digit": 2.5}, "digit must be a whole number from 0 to 9"),
    ({"slant": 41}, "slant must be a number from -25 to 40, not 41"),
    ({"thickness": math.nan}, "thickness must be a number from 1.5 to 4.5"),
    ({"width": "wide"}, "width must be a number"),
    ({"weight": 1}, "no latent 'weight'; the stroke model has digit, thickness"),
])  # fmt: skip
def test_wrong_latents_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        BeTheGenerator(**wrong)
    widget = BeTheGenerator()
    with pytest.raises(traitlets.TraitError, match=words):
        widget.z = wrong
    assert widget.z == {"digit": be_the_generator.FIRST_DIGIT} | strokes.DEFAULTS


def test_generator_has_a_picture():
    widget = BeTheGenerator(digit=5, thickness=4.5)
    digit, latents = widget.picture().axes
    np.testing.assert_allclose(digit.images[0].get_array(), widget.image()[0])
    names = list(strokes.RANGES)
    assert [text.get_text().split(" = ")[0] for text in latents.get_yticklabels()] == names
    places = {round(line.get_ydata()[0]): line.get_xdata()[0] for line in latents.lines}
    assert places[names.index("thickness")] == pytest.approx(1) and places[names.index("x")] == pytest.approx(0.5)


# ---- curve in the plane ----


def sent_curve(widget):
    return {"curve": base64.b64encode(widget._curve).decode(), "halfWidth": widget._half_width}


def spiral(z):
    radius = 0.4 + 0.5 * torch.nn.functional.softplus(z)
    return torch.cat([radius * torch.cos(2 * z), radius * torch.sin(2 * z)], dim=-1)


CURVES = {"wave": curve_in_plane.wave, "spiral": spiral, "tanh": lambda z: torch.cat([z.tanh(), z**2 / 4], dim=-1)}
POINTS = [(0.0, 0.0), (1.1, 0.4), (-2.4, 2.4), (2.5, -2.5), (0.7, 1.21), (-0.03, -1.9)]


def fine_quadrature(f, x, sigma):
    """log P(X) on a grid wider and finer than the page's, by torch.distributions."""
    z = torch.linspace(-11, 11, 150_001, dtype=torch.float64)
    log_likelihood = Normal(f(z[:, None]), sigma).log_prob(torch.tensor(x, dtype=torch.float64)).sum(1)
    return (log_likelihood + Normal(0.0, 1.0).log_prob(z)).logsumexp(0).item() + math.log(22 / 150_000)


@pytest.mark.parametrize("name", CURVES)
def test_page_computes_p_x_exactly(node, name):
    widget = CurveInPlane(models.Curve(CURVES[name], 0.3))
    cases = [{"x": x, "sigma": sigma} for x in POINTS for sigma in (0.03, 0.08, 0.4, 1.0)]
    for case, page in zip(cases, node("curve_in_plane", "logPX", **sent_curve(widget), cases=cases), strict=True):
        expected = fine_quadrature(CURVES[name], **case)
        assert page == pytest.approx(expected, rel=1e-6), case
        widget.x, widget.sigma = case["x"], case["sigma"]
        assert widget.log_p_x() == pytest.approx(expected, rel=1e-9), case


def test_exact_p_x_has_the_closed_form_of_a_line():
    widget = CurveInPlane(models.Curve(lambda z: torch.cat([z, 0 * z], dim=-1), 0.2), x=(0.7, -0.3))
    expected = Normal(0, math.hypot(1, 0.2)).log_prob(torch.tensor(0.7)) + Normal(0, 0.2).log_prob(torch.tensor(-0.3))
    assert widget.log_p_x() == pytest.approx(expected.item(), rel=1e-6)


def test_exact_p_x_agrees_with_the_course_s_quadrature():
    model = models.Curve(curve_in_plane.wave, 0.25).double()
    widget = CurveInPlane(model)
    expected = likelihood.quadrature(model, torch.tensor([widget.x], dtype=torch.float64), tolerance=1e-8)
    assert widget.log_p_x() == pytest.approx(expected.item(), abs=1e-7)


def test_page_interpolates_the_curve(node):
    z = torch.cat([3 * torch.randn(200, 1, generator=torch.Generator().manual_seed(0)), torch.tensor([[-8.0], [8.0]])])
    z = z.clamp(-8, 8).double()
    points = node("curve_in_plane", "curve", **sent_curve(CurveInPlane()), zs=z[:, 0].tolist())
    torch.testing.assert_close(torch.tensor(points, dtype=torch.float64), curve_in_plane.wave(z), atol=1e-8, rtol=0)


@pytest.mark.parametrize("sigma", [0.03, 0.3, 1.0])
def test_page_s_monte_carlo_estimate(node, sigma):
    z = torch.randn(1000, 1, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    points, x = curve_in_plane.wave(z), torch.tensor([0.4, 1.0], dtype=torch.float64)
    answer = node("curve_in_plane", "monteCarlo", points=points.tolist(), x=x.tolist(), sigma=sigma)
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


def test_monte_carlo_survives_underflow(node):
    answer = node("curve_in_plane", "monteCarlo", points=[[0.0, 0.0], [1.0, 0.0]], x=[5.0, 0.0], sigma=0.03)
    assert answer["heavy"] == [1]
    assert answer["estimate"] == pytest.approx(-8 / 0.03**2 - math.log(2 * math.pi * 0.03**2) - math.log(2))


@pytest.mark.parametrize("sigma", [0.03, 0.2, 1.0])
def test_heat_map_is_the_density(node, sigma):
    widget = CurveInPlane()
    answer = node("curve_in_plane", "density", **sent_curve(widget), sigma=sigma, limit=widget.limit)
    cells, density = answer["cells"], np.array(answer["density"]).reshape(answer["cells"], -1)
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


def test_curve_follows_the_page():
    widget = CurveInPlane()
    before = widget.log_p_x()
    from_page(widget, {"x": [-1.0, 2.0], "z": 0.5, "sigma": 0.1, "samples": 4321})
    assert (widget.x, widget.z, widget.sigma, widget.samples) == ([-1.0, 2.0], 0.5, 0.1, 4321)
    assert widget.log_p_x() == pytest.approx(fine_quadrature(curve_in_plane.wave, (-1.0, 2.0), 0.1), rel=1e-9)
    assert widget.log_p_x() < before - 10
    assert f"{widget.log_p_x():.2f} nats" in widget.describe()
    for name, wrong in (("sigma", 0.0), ("sigma", 2.0), ("samples", 0), ("samples", 10_001), ("x", [1.0])):
        with pytest.raises(traitlets.TraitError):
            setattr(widget, name, wrong)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"model": models.VAE(2)}, "needs a vae_helpers.models.Curve, not VAE"),
    ({"model": models.Curve(lambda z: z, 0.3)}, "data_size 2, and this one has 1"),
    ({"model": models.Curve(lambda z: torch.cat([9 * z, z], -1), 0.3)}, "reaches 27 from the origin; scale f"),
    ({"model": models.Curve(lambda z: torch.cat([z, z.log()], -1), 0.3)}, "f\\(z\\) must be finite"),
    ({"model": models.Curve(curve_in_plane.wave, 2.0)}, "sigma must be a number from 0.03 to 1 here, not 2"),
    ({"samples": 0}, "samples must be a number from 1 to 10000 here, not 0"),
    ({"samples": 2.5}, "samples counts draws: it must be a whole number"),
    ({"x": (1.0, 2.0, 3.0)}, "x must be two finite numbers"),
    ({"x": (1.0, math.nan)}, "x must be two finite numbers"),
    ({"x": "here"}, "x must be two finite numbers"),
    ({"z": "here"}, "z must be a finite number"),
])  # fmt: skip
def test_wrong_curves_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        CurveInPlane(**arguments)


def test_curve_has_a_picture():
    widget = CurveInPlane(x=(0.5, -0.5), z=1.0, sigma=0.4)
    axis = widget.picture().axes[0]
    density = axis.images[0].get_array()
    side = 2 * widget.limit / len(density)
    row, column = 80, 70  # counted from below
    x = [(column + 0.5) * side - widget.limit, (row + 0.5) * side - widget.limit]
    assert density[row, column] == pytest.approx(math.exp(fine_quadrature(curve_in_plane.wave, x, 0.4)), rel=1e-6)
    assert axis.lines[-1].get_xydata().tolist() == [[0.5, -0.5]]
    circle = axis.lines[1].get_xydata() - curve_in_plane.wave(torch.ones(1, 1)).numpy()
    np.testing.assert_allclose(np.hypot(*circle.T), 0.4, rtol=1e-5)


# ---- Gaussian to ring ----


def test_ring_is_the_map():
    z = torch.tensor([[3.0, 4.0], [-0.6, 0.8], [0.0, -10.0]])
    torch.testing.assert_close(ring(z), torch.tensor([[0.9, 1.2], [-0.66, 0.88], [0.0, -2.0]]))
    torch.testing.assert_close(ring(z[0]), torch.tensor([0.9, 1.2]))
    z = torch.randn(4, 50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(ring(z).norm(dim=-1), 1 + z.norm(dim=-1) / 10)
    torch.testing.assert_close(torch.atan2(*ring(z).unbind(-1)), torch.atan2(*z.unbind(-1)))


@pytest.mark.parametrize("wrong", [torch.zeros(3, 2), torch.ones(3, 3), torch.tensor(1.0), torch.ones(2).long()])
def test_ring_refuses_what_it_cannot_map(wrong):
    with pytest.raises(ValueError, match=r"undefined at z = 0" if wrong.shape == (3, 2) else r"shape \(\.\.\., 2\)"):
        ring(wrong)


@pytest.mark.parametrize("amount", [0.0, 0.35, 1.0])
def test_page_bends_as_torch_does(node, amount):
    z = torch.randn(40, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    answers = node("gaussian_to_ring", "ring", zs=z.tolist(), amount=amount)
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


def test_page_keeps_away_from_the_origin(node):
    zs = [[0, 0], [0.003, -0.004], [0.3, 0.4], [-1e-9, 0]]
    away = [a["away"] for a in node("gaussian_to_ring", "ring", zs=zs, amount=0.5)]
    np.testing.assert_allclose(away, [[0.05, 0], [0.03, -0.04], [0.3, 0.4], [-0.05, 0]], atol=1e-12)
    for z in away:
        GaussianToRing(z=z)  # Python takes every point that the page can send


def test_colors_go_round(node):
    angles = np.deg2rad([-179.9, -90, 0, 90, 179.9, 180])
    hues = [a["hue"] for a in node("gaussian_to_ring", "ring", zs=np.stack([np.cos(angles), np.sin(angles)], 1).tolist(),
                                   amount=1)]  # fmt: skip
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


def test_ring_follows_the_page():
    widget = GaussianToRing()
    from_page(widget, {"z": [-0.6, 0.8], "amount": 0.5, "radius": 0.7})
    assert (widget.z, widget.amount, widget.radius) == ([-0.6, 0.8], 0.5, 0.7)
    torch.testing.assert_close(widget.bend(torch.tensor(widget.z)), torch.tensor([-0.63, 0.84]))
    assert "g(z) = (-0.66, 0.88), ‖g(z)‖ = 1.10" in widget.describe()
    for name, wrong in (("z", [0.0, 0.0]), ("z", [1.0]), ("amount", 1.1), ("radius", 0.0)):
        with pytest.raises(traitlets.TraitError):
            setattr(widget, name, wrong)
    assert widget.z == [-0.6, 0.8]


@pytest.mark.parametrize(("arguments", "words"), [
    ({"z": (0.0, 0.0)}, "at least 0.05 away from the origin, where g\\(z\\) is undefined"),
    ({"z": (4.0, 0.0)}, "z must be two numbers from -3.5 to 3.5"),
    ({"z": (math.nan, 1.0)}, "z must be two numbers from -3.5 to 3.5"),
    ({"z": 3}, "z must be two numbers"),
    ({"amount": 2}, "amount must be a number from 0 to 1, not 2"),
    ({"radius": 0}, "radius must be a number from 0.05 to 1, not 0"),
])  # fmt: skip
def test_wrong_rings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        GaussianToRing(**arguments)


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
