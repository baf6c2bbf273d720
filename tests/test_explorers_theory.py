"""The explorers of notebooks 02 and 03: the page's numbers (run by Node) against torch, traits, pictures, refusals."""

import base64
import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
import traitlets
from torch.distributions import MultivariateNormal, kl_divergence

from vae_helpers import likelihood, objective
from vae_helpers.models import VAE, Curve, LinearGaussian
from vae_helpers.widgets import DragQ, TwoGaussians, base

CURVES = {
    "wave": (lambda z: z + 1.2 * torch.sin(2 * z), 0.5),
    "line": (lambda z: 1.5 * z - 0.3, 0.3),
    "parabola": (lambda z: z**2 - 1, 0.2),
    "steep": (lambda z: 4 * torch.tanh(3 * z), 0.1),
    "flat": (lambda z: 0 * z, 2.0),
}


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
        script = Path(__file__).with_name("explorers_theory.mjs")
        done = subprocess.run(
            [program, str(script)], input=request, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def from_page(widget, state):
    """What arrives from a page after model.set and save_changes."""
    message = {"data": {"method": "update", "state": state, "buffer_paths": []}}
    widget._handle_msg({"content": message, "buffers": []})


def curve(name="wave"):
    return Curve(*CURVES[name])


def sent(widget, states):
    """A DragQ's model as the page gets it, and the states to compute at."""
    return {
        "f": base64.b64encode(widget._f).decode(), "sigma": widget._sigma, "halfWidth": widget._half_width,
        "states": states,
    }  # fmt: skip


# ---- DragQ: the page's integrals ----

CORNERS = [{"mean": m, "sd": s, "x": x} for m in (-4.0, 4.0) for s in (0.05, 3.0) for x in (-4.0, 4.0)]


@pytest.mark.parametrize("name", CURVES)
def test_page_integrates_as_torch_does(node, name):
    numbers = torch.rand(12, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64).tolist()
    states = CORNERS + [{"mean": 8 * a - 4, "sd": 0.05 * 60**b, "x": 8 * c - 4} for a, b, c in numbers]
    model = curve(name)
    answers = node("drag_q", "identity", **sent(DragQ(model), states))
    for state, answer in zip(states, answers, strict=True):
        x = torch.tensor([[state["x"]]], dtype=torch.float64)
        truth = likelihood.identity(model, x, state["mean"], state["sd"], half_width=30, points=24001)
        for field, value in truth._asdict().items():
            assert answer[field] == pytest.approx(value, abs=1e-6, rel=1e-10), (field, state)
        left, right = answer["log_p_x"] - answer["gap"], answer["reconstruction"] - answer["kl"]
        assert left == pytest.approx(right, abs=1e-9, rel=1e-11)


def test_page_agrees_with_closed_forms(node):
    """Where f is a line, X and the posterior are Gaussian, and every term has a closed form."""
    slope, shift, sigma = 1.5, -0.3, torch.tensor(0.3).double().item()  # 0.3 as the model holds it, in float32
    state = {"mean": -0.4, "sd": 0.7, "x": 1.2}
    (answer,) = node("drag_q", "identity", **sent(DragQ(curve("line")), [state]))
    mean, sd, x = state.values()
    variance = slope**2 + sigma**2
    precision = 1 + slope**2 / sigma**2
    center, width = slope * (x - shift) / sigma**2 / precision, precision**-0.5
    squared = (x - shift - slope * mean) ** 2 + slope**2 * sd**2
    assert answer["log_p_x"] == pytest.approx(-0.5 * ((x - shift) ** 2 / variance + math.log(2 * math.pi * variance)))
    assert answer["reconstruction"] == pytest.approx(-0.5 * (squared / sigma**2 + math.log(2 * math.pi * sigma**2)))
    assert answer["kl"] == pytest.approx(0.5 * (sd**2 + mean**2 - 1) - math.log(sd))
    gap = 0.5 * ((sd**2 + (mean - center) ** 2) / width**2 - 1) + math.log(width / sd)
    assert answer["gap"] == pytest.approx(gap)


@pytest.mark.parametrize("name", ["wave", "parabola", "steep"])
def test_best_gaussian_has_the_smallest_gap(node, name):
    model, xs = curve(name), [-1.0, 0.7, 3.0]
    widget = DragQ(model)
    states = [{"mean": 0, "sd": 1, "x": x} for x in xs]
    found = node("drag_q", "best", **sent(widget, states), means=[-4, 4], sds=[0.05, 3])
    z = torch.linspace(-8, 8, 8001, dtype=torch.float64)
    eps, weight = (torch.linspace(-8, 8, 801, dtype=torch.float64) for _ in range(2))
    weight = torch.softmax(-0.5 * weight**2, dim=0)
    for x, best in zip(xs, found, strict=True):
        x_row = torch.tensor([[x]], dtype=torch.float64)
        truth = likelihood.identity(model, x_row, best["mean"], best["sd"], half_width=30, points=24001)
        # The bound, up to its constants, for many Q by quadrature in ε: none may beat the one found.
        table = -0.5 * ((x - model.f(z)) / float(model.sigma)) ** 2 - 0.5 * z**2
        means = torch.linspace(-4, 4, 81, dtype=torch.float64)
        bounds = []
        for sd in torch.logspace(math.log10(0.05), math.log10(3), 40, dtype=torch.float64):
            at = means[:, None] + sd * eps
            near = ((at + 8) / 0.002).round().long().clamp(0, 8000)
            bounds.append((table[near] * weight).sum(1) + sd.log())
        highest = torch.stack(bounds).max().item() + 0.5 - math.log(float(model.sigma)) - 0.5 * math.log(2 * math.pi)
        assert truth.reconstruction - truth.kl > highest - 0.01, (x, best)
        for step in ((0.003, 1), (-0.003, 1), (0, 1.003), (0, 1 / 1.003)):
            mean, sd = min(4, max(-4, best["mean"] + step[0])), min(3, max(0.05, best["sd"] * step[1]))
            other = likelihood.identity(model, x_row, mean, sd, half_width=30, points=24001)
            assert other.gap >= truth.gap - 1e-9


def test_page_writes_numbers(node):
    assert node("drag_q", "powers", numbers=[0, 1.23e-12, -4e-16, 2.5e7]) == [
        "0", "1.2 × 10⁻¹²", "−4.0 × 10⁻¹⁶", "2.5 × 10⁷",
    ]  # fmt: skip
    values = [-5.2, -0.055, 0, 3.1, -999.0, 1e-3]
    ends = node("drag_q", "ends", numbers=values)
    assert ends == pytest.approx([-6, -0.06, 0, 4, -1000, 1e-3])
    low, high = node("drag_q", "ticks", ranges=[[-6, 0], [0, 0.44]])
    assert low == [-6, -4, -2, 0] and high == [0, 0.1, 0.2, 0.3, 0.4]


# ---- DragQ: Python's side ----


def test_terms_are_those_of_the_identity():
    widget = DragQ(curve(), 0.7, mean=-1.1, sd=0.4)
    terms = widget.terms()
    expected = likelihood.identity(curve(), torch.tensor([[0.7]]).double(), -1.1, 0.4)
    assert terms == pytest.approx(expected)
    assert terms.reconstruction - terms.kl == pytest.approx(terms.log_p_x - terms.gap)
    assert f"log P(X) = {terms.log_p_x:.3f}" in widget.describe() and "(-1.10" in widget.describe()


def test_page_moves_q_and_x():
    widget, heard = DragQ(curve()), []
    assert (widget.mean, widget.sd, widget.x) == (0, 1, 1)
    widget.observe(lambda change: heard.append((change.name, change.new)), ["mean", "sd", "x"])
    from_page(widget, {"mean": 1.25, "sd": 0.05, "x": -4.0})
    assert (widget.mean, widget.sd, widget.x) == (1.25, 0.05, -4.0)
    assert dict(heard) == {"mean": 1.25, "sd": 0.05, "x": -4.0}
    assert widget.terms().log_p_x != DragQ(curve()).terms().log_p_x
    for name, value in (("mean", 4.1), ("sd", 0.04), ("sd", 3.5), ("x", math.nan)):
        with pytest.raises(traitlets.TraitError, match=f"{name} must be a number from"):
            setattr(widget, name, value)
    assert widget._start == {"x": 1.0, "mean": 0.0, "sd": 1.0}


def test_drag_q_has_a_picture():
    widget = DragQ(curve(), 0.5, mean=1.0, sd=0.25)
    left, right = widget.picture().axes
    terms = widget.terms()
    reconstruction, minus_kl, bound, gap, log_p_x = right.patches
    assert reconstruction.get_width() == pytest.approx(terms.reconstruction)
    assert minus_kl.get_width() == pytest.approx(-terms.kl)
    assert bound.get_width() == pytest.approx(terms.reconstruction - terms.kl)
    assert gap.get_x() == pytest.approx(bound.get_width())  # the gap starts where the bound ends, ...
    assert gap.get_x() + gap.get_width() == pytest.approx(terms.log_p_x) == log_p_x.get_width()  # ... and ends here
    q = left.lines[1].get_xydata()
    assert q[:, 1].max() == pytest.approx(1 / (0.25 * math.sqrt(2 * math.pi)))
    assert q[q[:, 1].argmax(), 0] == pytest.approx(1.0)
    outline = torch.as_tensor(left.collections[0].get_paths()[0].vertices)
    area = 0.5 * (outline[:-1, 0] * outline[1:, 1] - outline[1:, 0] * outline[:-1, 1]).sum().abs()
    assert area.item() == pytest.approx(1, abs=1e-4)  # the posterior is a density


def test_drag_q_refuses_other_models():
    with pytest.raises(ValueError, match="not VAE"):
        DragQ(VAE(2))
    with pytest.raises(ValueError, match="not LinearGaussian"):
        DragQ(LinearGaussian(torch.ones(1, 1), torch.zeros(1), 1.0))
    with pytest.raises(ValueError, match="one number as its value, not 2"):
        DragQ(Curve(lambda z: torch.cat([z, z], -1), 0.5))
    with pytest.raises(ValueError, match="finite for every z"):
        DragQ(Curve(lambda z: z.abs().sqrt() / (z + 30), 0.5))
    with pytest.raises(ValueError, match="too narrow for the page's grid"):
        DragQ(Curve(lambda z: 5 * z, 0.003))


@pytest.mark.parametrize("wrong", [{"x": 4.5}, {"x": "one"}, {"mean": math.nan}, {"sd": 0}, {"sd": 3.01}])
def test_drag_q_refuses_other_numbers(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be a number from"):
        DragQ(curve(), **wrong)


# ---- TwoGaussians: the page's terms ----


def random_pairs(k, seed=3, count=20):
    """Pairs of Gaussians over the explorer's whole range, its corners among them."""
    generator = torch.Generator().manual_seed(seed)
    pairs = []
    for _ in range(count):
        a, b = torch.rand(2, 2 * k + 1, generator=generator, dtype=torch.float64).tolist()
        pairs.append([
            {"mean": [8 * v - 4 for v in u[:k]], "sd": [0.2 * 12.5**v for v in u[k : 2 * k]],
             "angle": 180 * u[-1] - 90 if k == 2 else 0.0}
            for u in (a, b)
        ])  # fmt: skip
    narrow = {"mean": [-4.0] * k, "sd": [0.2] * k, "angle": 0.0}
    wide = {"mean": [4.0] * k, "sd": [2.5] * k, "angle": 90.0 if k == 2 else 0.0}
    return [*pairs, [narrow, wide], [wide, narrow], [wide, wide]]


def set_pair(widget, a, b):
    for i, gaussian in enumerate((a, b)):
        for name, value in gaussian.items():
            setattr(widget, f"{name}{i}", value)


def normal(mean, covariance):
    return MultivariateNormal(torch.tensor(mean, dtype=torch.float64), covariance)


@pytest.mark.parametrize("k", [1, 2])
def test_page_divides_as_torch_does(node, k):
    pairs, widget = random_pairs(k), TwoGaussians(k)
    answers = node("two_gaussians", "divergences", pairs=pairs)
    for (a, b), answer in zip(pairs, answers, strict=True):
        set_pair(widget, a, b)
        n0, n1 = normal(widget.mean0, widget.covariance0), normal(widget.mean1, widget.covariance1)
        truth = kl_divergence(n0, n1).item()
        assert answer["total"] == pytest.approx(truth, abs=1e-6, rel=1e-9)
        terms = widget.terms()
        names = {"trace": "trace", "distance": "distance", "size": "size", "log_determinants": "logDeterminants"}
        for field, key in names.items():
            assert answer[key] == pytest.approx(getattr(terms, field), abs=1e-6, rel=1e-9), field
        assert terms.total == pytest.approx(truth, abs=1e-9)
        assert sum(terms[:4]) == pytest.approx(terms.total, abs=1e-9)
        backward = widget.terms(reverse=True)
        assert backward.total == pytest.approx(kl_divergence(n1, n0).item(), abs=1e-9)
        assert backward.log_determinants == pytest.approx(-terms.log_determinants)


def test_terms_by_hand():
    terms = TwoGaussians(1, mean0=[1.0], sd0=[2.0], mean1=[-1.0], sd1=[0.5]).terms()
    assert terms[:4] == pytest.approx((0.5 * 16, 0.5 * 4 / 0.25, -0.5, 0.5 * math.log(0.25 / 4)))


def test_covariance_turns_counterclockwise():
    widget = TwoGaussians(2, sd0=[2.0, 0.5], angle0=30.0)
    direction = torch.tensor([math.cos(math.pi / 6), math.sin(math.pi / 6)], dtype=torch.float64)
    torch.testing.assert_close(widget.covariance0 @ direction, 4 * direction)
    assert widget.covariance0.det().item() == pytest.approx(1)
    assert widget.covariance0[0, 1] > 0  # the long axis rises to the right
    torch.testing.assert_close(
        TwoGaussians(1, sd1=[0.5]).covariance1, torch.tensor([[0.25]], dtype=torch.float64)
    )  # fmt: skip


def test_angles_are_those_of_an_axis(node):
    widget = TwoGaussians(2)
    angles = [0, 90, -90, 91, 180, -135.5, 450, -30.1]
    wrapped = []
    for angle in angles:
        widget.angle1 = angle
        wrapped.append(widget.angle1)
    assert wrapped == pytest.approx([0, 90, 90, -89, 0, 44.5, 90, -30.1])
    assert node("two_gaussians", "angles", angles=angles) == pytest.approx(wrapped)


def test_bars_fit_their_scale(node):
    lists = [[0, 0, -1, 0], [0.45, 7.72, -1, -1.16, 10.2], [3300, -2.5], [-0.5, 0.5, 0]]
    scales = node("two_gaussians", "scales", lists=lists)
    assert scales == [[-1, 1], [-1.5, 15], [-3, 4000], [-0.5, 1]]


# ---- TwoGaussians: Python's side ----


@pytest.mark.parametrize("k", [1, 2])
def test_page_moves_gaussians(k):
    widget = TwoGaussians(k)
    before = widget.terms().total
    state = {"mean0": [0.5] * k, "sd0": [0.2] * k, "mean1": [-4.0] * k, "sd1": [2.5] * k}
    state |= {"angle0": 12.5, "angle1": 90.0} if k == 2 else {"angle0": 0, "angle1": 0}
    from_page(widget, state)
    assert {name: getattr(widget, name) for name in state} == state
    mean0, mean1 = (torch.tensor(mean, dtype=torch.float64) for mean in (widget.mean0, widget.mean1))
    expected = objective.gaussian_kl(mean0, widget.covariance0, mean1, widget.covariance1).item()
    assert widget.terms().total == pytest.approx(expected) != before
    assert f"D[N0‖N1] = {expected:.3f} nats = {expected / math.log(2):.3f} bits" in widget.describe()
    for name, value in (("mean0", [0.0] * (k + 1)), ("mean1", [5.0] * k), ("sd0", [0.1] * k), ("angle0", math.inf)):
        with pytest.raises(traitlets.TraitError, match=f"{name} must be a"):
            setattr(widget, name, value)
    with pytest.raises(traitlets.TraitError):
        widget.dimensions = 3 - k


@pytest.mark.parametrize("k", [1, 2])
def test_two_gaussians_have_a_picture(k):
    widget = TwoGaussians(k)
    left, right = widget.picture().axes
    widths = [bar.get_width() for bar in right.patches]
    assert widths == pytest.approx([*widget.terms(), *widget.terms(reverse=True)])
    if k == 2:
        ellipse = left.patches[1]  # two standard deviations of N₀
        assert (ellipse.width, ellipse.height, ellipse.angle) == (4 * widget.sd0[0], 4 * widget.sd0[1], widget.angle0)
        assert list(ellipse.get_center()) == widget.mean0
    else:
        for line, mean, sd in zip(left.lines, (widget.mean0, widget.mean1), (widget.sd0, widget.sd1), strict=True):
            x, y = line.get_xydata().T
            assert x[y.argmax()] == pytest.approx(mean[0], abs=0.01)
            assert y.max() == pytest.approx(1 / (sd[0] * math.sqrt(2 * math.pi)), rel=1e-3)


@pytest.mark.parametrize("dimensions", [0, 3, "two", None])
def test_only_one_or_two_dimensions(dimensions):
    with pytest.raises(ValueError, match="dimensions must be 1 or 2"):
        TwoGaussians(dimensions)


@pytest.mark.parametrize("wrong", [
    {"mean0": [0.0]}, {"mean0": 0.0}, {"mean1": [0.0, 4.1]}, {"sd0": [1.0, 0.1]}, {"sd1": [math.nan, 1.0]},
    {"angle0": "flat"}, {"angle1": math.nan},
])  # fmt: skip
def test_two_gaussians_refuse_other_numbers(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be a"):
        TwoGaussians(2, **wrong)
    with pytest.raises(ValueError, match=r"angle0 must be .* 0 in one dimension"):
        TwoGaussians(1, angle0=20.0)


# ---- both ----


@pytest.mark.parametrize("make", [lambda: DragQ(curve()), lambda: TwoGaussians(1), lambda: TwoGaussians(2)])
def test_explorers_show_themselves_anywhere(make):
    widget = make()
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and type(widget).__name__ in data["text/plain"]


@pytest.mark.parametrize("name", ["drag_q", "two_gaussians"])
def test_module_is_joined_without_imports(name):
    lines = base.module(name).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("import ")]
    assert sum(line.startswith("export default") for line in lines) == 1
