"""TwoGaussians: the page's terms (run by Node) against torch; traits, picture, refusals."""

import math

import pytest
import torch
import traitlets
from torch.distributions import MultivariateNormal, kl_divergence

from vae_helpers import objective
from vae_helpers.widgets import TwoGaussians


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
def test_page_divides_as_torch_does(page, k):
    pairs, widget = random_pairs(k), TwoGaussians(k)
    answers = page("two_gaussians", "pairs.map(([a, b]) => divergence(a, b))", pairs=pairs)
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


def test_angles_are_those_of_an_axis(page):
    widget = TwoGaussians(2)
    angles = [0, 90, -90, 91, 180, -135.5, 450, -30.1]
    wrapped = []
    for angle in angles:
        widget.angle1 = angle
        wrapped.append(widget.angle1)
    assert wrapped == pytest.approx([0, 90, 90, -89, 0, 44.5, 90, -30.1])
    assert page("two_gaussians", "angles.map(asAxis)", angles=angles) == pytest.approx(wrapped)


def test_a_pulled_end_takes_its_axis_along(page):
    """The end of an axis lies 2 standard deviations from the middle, and follows the pointer; the other axis keeps its sd."""
    generator = torch.Generator().manual_seed(6)
    cases = [(a, axis, side, moved.tolist()) for (a, _), moved in zip(random_pairs(2), torch.randn(20, 2, generator=generator), strict=False)
             for axis in (0, 1) for side in (-1, 1)]  # fmt: skip
    answers = page("two_gaussians", "cases.map((given) => stretched(...given))", cases=cases)
    unit = lambda angle, axis: torch.tensor([math.cos(a := math.radians(angle + 90 * axis)), math.sin(a)])  # noqa: E731
    for (before, axis, side, moved), after in zip(cases, answers, strict=True):
        end = side * 2 * before["sd"][axis] * unit(before["angle"], axis) + torch.tensor(moved)
        now = 2 * after["sd"][axis] * unit(after["angle"], axis)
        torch.testing.assert_close(now if end @ now > 0 else -now, end, atol=1e-5, rtol=1e-5)
        assert after["sd"][1 - axis] == before["sd"][1 - axis] and -90 < after["angle"] <= 90


# ---- Python's side ----


@pytest.mark.parametrize("k", [1, 2])
def test_page_moves_gaussians(from_page, k):
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
    assert widget._ranges == {"mean": [-4, 4], "sd": [0.2, 2.5]}
    with pytest.raises(traitlets.TraitError):
        widget.dimensions = 3 - k


@pytest.mark.parametrize("k", [1, 2])
def test_has_a_picture(k):
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


@pytest.mark.parametrize("dimensions", [0, 3, "two", None, True, 1.5, math.nan])
def test_only_one_or_two_dimensions(dimensions):
    with pytest.raises(ValueError, match="dimensions must be 1 or 2"):
        TwoGaussians(dimensions)


@pytest.mark.parametrize(("name", "value"), [
    ("mean0", [0.0]), ("mean0", [0.0] * 3), ("mean0", 0.0), ("mean0", "ab"), ("mean1", [0.0, 4.1]), ("mean1", [5.0, 5.0]),
    ("mean1", [0.0, True]), ("mean1", torch.tensor([1.0, math.inf])), ("sd0", [1.0, 0.1]), ("sd0", [0.1, 0.1]),
    ("sd0", [True, 1.0]), ("sd1", [math.nan, 1.0]), ("sd1", [1.0, None]), ("sd1", []),
])  # fmt: skip
def test_refuses_other_lists(refused, name, value):
    refused(lambda **given: TwoGaussians(2, **given), name, value, f"{name} must be 2 numbers from .*, not")


@pytest.mark.parametrize(("name", "value"), [
    ("mean0", [0.0, 0.0]), ("mean0", 0.0), ("mean1", [5.0]), ("sd0", [0.1]), ("sd1", [math.nan]), ("sd1", [True]),
])  # fmt: skip
def test_refuses_other_lists_in_one_dimension(refused, name, value):
    refused(lambda **given: TwoGaussians(1, **given), name, value, f"{name} must be 1 number from .*, not")


@pytest.mark.parametrize("value", ["flat", math.nan, math.inf, True, [0.0], 3601])
def test_refuses_other_angles(refused, value):
    refused(lambda **given: TwoGaussians(2, **given), "angle1", value, "angle1 must be a number from .*, not")


@pytest.mark.parametrize("value", [20.0, 180.0])
def test_a_line_has_no_angles(refused, value):
    refused(lambda **given: TwoGaussians(1, **given), "angle0", value, r"angle0 must be .* 0 in one dimension")


def test_takes_tensors():
    widget = TwoGaussians(2, mean0=torch.tensor([0.5, -2]))
    widget.sd1 = torch.tensor([1.0, 2.0])
    assert widget.mean0 == [0.5, -2] and widget.sd1 == [1, 2]


@pytest.mark.parametrize("k", [1, 2])
def test_shows_itself_anywhere(k):
    widget = TwoGaussians(k)
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and "TwoGaussians" in data["text/plain"]
