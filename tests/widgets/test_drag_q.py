"""DragQ: the page's integrals (run by Node) against torch and closed forms; traits, picture, refusals."""

import math

import pytest
import torch

from vae_helpers import likelihood
from vae_helpers.models import VAE, LinearGaussian
from vae_helpers.one_dimension import Curve
from vae_helpers.widgets import DragQ

CURVES = {
    "wave": (lambda z: z + 1.2 * torch.sin(2 * z), 0.5),
    "line": (lambda z: 1.5 * z - 0.3, 0.3),
    "parabola": (lambda z: z**2 - 1, 0.2),
    "steep": (lambda z: 4 * torch.tanh(3 * z), 0.1),
    "flat": (lambda z: 0 * z, 2.0),
}


def curve(name="wave"):
    return Curve(*CURVES[name])


def on_page(page, widget, expression, states):
    """An expression for each state in the page, where `grid` is what it makes of f at that X."""
    return page(
        "drag_q",
        f"((numbers) => states.map((state) => ((grid) => ({expression}))(onGrid(numbers, sigma, half, state.x))))(doubles(f))",
        f=widget._f, sigma=widget._sigma, half=widget._half_width, states=states,
    )  # fmt: skip


IDENTITY = "{...integrals(grid, state.mean, state.sd), log_p_x: grid.logPX}"
CORNERS = [{"mean": m, "sd": s, "x": x} for m in (-4.0, 4.0) for s in (0.05, 3.0) for x in (-4.0, 4.0)]


@pytest.mark.parametrize("name", CURVES)
def test_page_integrates_as_torch_does(page, name):
    numbers = torch.rand(12, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64).tolist()
    states = CORNERS + [{"mean": 8 * a - 4, "sd": 0.05 * 60**b, "x": 8 * c - 4} for a, b, c in numbers]
    model = curve(name)
    answers = on_page(page, DragQ(model), IDENTITY, states)
    for state, answer in zip(states, answers, strict=True):
        x = torch.tensor([[state["x"]]], dtype=torch.float64)
        truth = likelihood.identity(model, x, state["mean"], state["sd"], half_width=30, points=24001)
        for field, value in truth._asdict().items():
            assert answer[field] == pytest.approx(value, abs=1e-6, rel=1e-10), (field, state)
        left, right = answer["log_p_x"] - answer["gap"], answer["reconstruction"] - answer["kl"]
        assert left == pytest.approx(right, abs=1e-9, rel=1e-11)


def test_page_agrees_with_closed_forms(page):
    """Where f is a line, X and the posterior are Gaussian, and every term has a closed form."""
    slope, shift, sigma = 1.5, -0.3, torch.tensor(0.3).double().item()  # 0.3 as the model holds it, in float32
    state = {"mean": -0.4, "sd": 0.7, "x": 1.2}
    (answer,) = on_page(page, DragQ(curve("line")), IDENTITY, [state])
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
def test_best_gaussian_has_the_smallest_gap(page, name):
    model, xs = curve(name), [-1.0, 0.7, 3.0]
    states = [{"mean": 0, "sd": 1, "x": x} for x in xs]
    found = on_page(page, DragQ(model), "bestGaussian(grid, [-4, 4], [0.05, 3])", states)
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


def test_page_writes_powers_of_ten(page):
    assert page("drag_q", "numbers.map(powerOfTen)", numbers=[0, 1.23e-12, -4e-16, 2.5e7]) == [
        "0", "1.2 × 10⁻¹²", "−4.0 × 10⁻¹⁶", "2.5 × 10⁷",
    ]  # fmt: skip


# ---- Python's side ----


def test_terms_are_those_of_the_identity():
    widget = DragQ(curve(), 0.7, mean=-1.1, sd=0.4)
    terms = widget.terms()
    expected = likelihood.identity(curve(), torch.tensor([[0.7]]).double(), -1.1, 0.4)
    assert terms == pytest.approx(expected)
    assert terms.reconstruction - terms.kl == pytest.approx(terms.log_p_x - terms.gap)
    assert f"log P(X) = {terms.log_p_x:.3f}" in widget.describe() and "(-1.10" in widget.describe()


def test_page_moves_q_and_x(from_page):
    widget, heard = DragQ(curve()), []
    assert (widget.mean, widget.sd, widget.x) == (0, 1, 1)
    widget.observe(lambda change: heard.append((change.name, change.new)), ["mean", "sd", "x"])
    from_page(widget, {"mean": 1.25, "sd": 0.05, "x": -4.0})
    assert (widget.mean, widget.sd, widget.x) == (1.25, 0.05, -4.0)
    assert dict(heard) == {"mean": 1.25, "sd": 0.05, "x": -4.0}
    assert widget.terms().log_p_x != DragQ(curve()).terms().log_p_x
    assert widget._start == {"x": 1.0, "mean": 0.0, "sd": 1.0}
    assert widget._ranges == {"x": [-4, 4], "mean": [-4, 4], "sd": [0.05, 3]}


def test_has_a_picture():
    widget = DragQ(curve(), 0.5, mean=1.0, sd=0.25)
    left, right = widget.picture().axes
    terms = widget.terms()
    reconstruction, minus_kl, bound, gap, log_p_x = right.patches
    assert reconstruction.get_width() == pytest.approx(terms.reconstruction)
    assert minus_kl.get_width() == pytest.approx(-terms.kl)
    assert bound.get_width() == pytest.approx(terms.reconstruction - terms.kl)
    assert gap.get_x() == pytest.approx(bound.get_width())  # the gap starts where the bound ends, ...
    assert gap.get_x() + gap.get_width() == pytest.approx(terms.log_p_x) == log_p_x.get_width()  # ... and ends here
    q = left.lines[0].get_xydata()
    assert q[:, 1].max() == pytest.approx(1 / (0.25 * math.sqrt(2 * math.pi)))
    assert q[q[:, 1].argmax(), 0] == pytest.approx(1.0)
    outline = torch.as_tensor(left.collections[0].get_paths()[0].vertices)
    area = 0.5 * (outline[:-1, 0] * outline[1:, 1] - outline[1:, 0] * outline[:-1, 1]).sum().abs()
    assert area.item() == pytest.approx(1, abs=1e-4)  # the posterior is a density


def test_refuses_other_models():
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


@pytest.mark.parametrize(("name", "value"), [
    ("x", 4.5), ("x", "one"), ("x", math.nan), ("x", True), ("mean", 4.1), ("mean", math.nan), ("mean", -math.inf),
    ("mean", [0.0]), ("mean", None), ("sd", 0), ("sd", 0.04), ("sd", 3.01), ("sd", 3.5), ("sd", math.inf), ("sd", True),
])  # fmt: skip
def test_refuses_other_numbers(refused, name, value):
    refused(lambda **given: DragQ(curve(), **given), name, value, f"{name} must be a number from .*, not")


def test_shows_itself_anywhere():
    widget = DragQ(curve())
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and "DragQ" in data["text/plain"]
