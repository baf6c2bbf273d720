"""HoldTheNoise: both gradients against autograd, differences and closed forms; the page's numbers (by Node) likewise."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import traitlets

from vae_helpers.one_dimension import Curve
from vae_helpers.widgets import HoldTheNoise, hold_the_noise

STATES = [(-3.0, 0.05), (-3.0, 1.5), (3.0, 1.5), (0.31, 0.4), (1.2, 0.9), (-0.7, 0.05), (2.1, 1.1)]


@pytest.fixture
def ask(page):
    """An expression in the page, where `loss` is made of what Python sends for it."""

    def asked(expression, **values):
        made = f"((loss) => ({expression}))(lossOf(sent))"
        return page("hold_the_noise", made, sent=HoldTheNoise()._loss, **values)

    return asked


def draws(count=12, seed=4):
    return torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def closed_form(mu, sigma):
    """E[ℓ(z)] of Gaussian z, term by term: E[e^{2iz}] = e^{2iμ − 2σ²}, and E[z e^{2iz}] is its derivative."""
    wave, x = hold_the_noise.BEND, hold_the_noise.X
    square = (mu - x) ** 2 + sigma**2
    sine = torch.exp(-2 * sigma**2) * torch.sin(2 * mu)
    z_sine = torch.exp(-2 * sigma**2) * (mu * torch.sin(2 * mu) + 2 * sigma**2 * torch.cos(2 * mu))
    sine_square = 0.5 * (1 - torch.exp(-8 * sigma**2) * torch.cos(4 * mu))
    return 0.5 * (square + 2 * wave * (z_sine - x * sine) + wave**2 * sine_square) + 0.5 * math.log(2 * math.pi)


def test_loss_is_that_of_the_curve():
    z = torch.linspace(-6, 6, 301, dtype=torch.float64)
    model = Curve(lambda z: z + 1.2 * torch.sin(2 * z), 1.0)
    truth = -model.decode(z[:, None]).log_prob(torch.ones(301, 1, dtype=torch.float64))
    torch.testing.assert_close(hold_the_noise.loss(z), truth)
    moving = z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(hold_the_noise.loss(moving).sum(), moving)
    torch.testing.assert_close(hold_the_noise.slope(z), gradient)
    seen = gradient[z.abs() < hold_the_noise.VIEW].sign()
    assert (seen[1:] != seen[:-1]).sum() == 5  # three valleys and the hills between them


@pytest.mark.parametrize(("mu", "sigma"), STATES)
def test_gradients_are_those_of_the_estimate(mu, sigma):
    eps, now = draws(), hold_the_noise.shown(mu, sigma, draws())
    numbers = torch.tensor([mu, sigma], dtype=torch.float64, requires_grad=True)
    estimate = hold_the_noise.loss(numbers[0] + numbers[1] * eps).mean()
    assert now.estimate == pytest.approx(estimate.item())
    assert (now.d_mu, now.d_sigma) == pytest.approx(tuple(torch.autograd.grad(estimate, numbers)[0].tolist()))
    h = 1e-5
    value = lambda *at: hold_the_noise.shown(*at, eps).estimate  # noqa: E731
    assert now.d_mu == pytest.approx((value(mu + h, sigma) - value(mu - h, sigma)) / (2 * h), abs=1e-5)
    assert now.d_sigma == pytest.approx((value(mu, sigma + h) - value(mu, sigma - h)) / (2 * h), abs=1e-5)


@pytest.mark.parametrize(("mu", "sigma"), STATES)
def test_exact_values_have_a_closed_form(mu, sigma):
    now = hold_the_noise.shown(mu, sigma, [0.0])
    numbers = torch.tensor([mu, sigma], dtype=torch.float64, requires_grad=True)
    truth = closed_form(*numbers)
    gradient = torch.autograd.grad(truth, numbers)[0].tolist()
    assert (now.exact, now.exact_d_mu, now.exact_d_sigma) == pytest.approx((truth.item(), *gradient), abs=1e-9)


def test_estimates_tend_to_the_exact_values():
    now = hold_the_noise.shown(-0.8, 0.7, draws(400_000))
    for name in ("", "d_mu", "d_sigma"):
        exact = getattr(now, f"exact_{name}".rstrip("_"))
        assert getattr(now, name or "estimate") == pytest.approx(exact, abs=0.05)


def test_loss_of_the_page_is_that_of_python(ask):
    z = torch.linspace(-6, 6, 301, dtype=torch.float64)
    values, slopes = ask("[z.map(loss.value), z.map(loss.slope)]", z=z.tolist())
    np.testing.assert_allclose(values, hold_the_noise.loss(z), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slopes, hold_the_noise.slope(z), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("mu", "sigma"), STATES)
def test_page_agrees_with_torch(ask, mu, sigma):
    eps = draws()
    now = hold_the_noise.shown(mu, sigma, eps)
    seen, truth = ask("[particles(loss, mu, sigma, eps), exact(loss, mu, sigma)]", mu=mu, sigma=sigma, eps=eps.tolist())
    for name, values in (("z", now.z), ("losses", now.loss), ("slopes", now.slope)):
        np.testing.assert_allclose(seen[name], values, atol=1e-9)
    names = {"estimate": "exact", "d_mu": "exact_d_mu", "d_sigma": "exact_d_sigma"}
    for (estimate, exact), key in zip(names.items(), ("estimate", "dMu", "dSigma"), strict=True):
        assert seen[key] == pytest.approx(getattr(now, estimate), abs=1e-9)
        assert truth[key] == pytest.approx(getattr(now, exact), abs=1e-9)


def test_held_noise_gives_a_smooth_curve_with_the_path_gradient_as_its_slope(ask):
    mus, sigma, eps = [round(-3 + 0.05 * i, 2) for i in range(121)], 0.5, draws()
    fresh = [draws(12, seed).tolist() for seed in range(len(mus))]
    held, jagged, (exact,) = ask(
        "[estimates(loss, mus, sigma, [eps]), estimates(loss, mus, sigma, fresh), estimates(loss, [0], 0, [[0]])]",
        mus=mus, sigma=sigma, eps=eps.tolist(), fresh=fresh,
    )  # fmt: skip
    at = torch.tensor(mus, dtype=torch.float64)
    np.testing.assert_allclose([v for _, v in held], hold_the_noise.estimates(at, sigma, eps), atol=1e-9)
    rows = torch.tensor(fresh, dtype=torch.float64)
    np.testing.assert_allclose([v for _, v in jagged], hold_the_noise.estimates(at, sigma, rows), atol=1e-9)
    assert exact == [0.0, pytest.approx(0.5 + 0.5 * math.log(2 * math.pi))]
    # Off the grid and on it: the line's slope over its neighbors is the path gradient where ε is held, and only there.
    errors = {"held": [], "jagged": []}
    for mu in (-2.02, -1.0, 0.43, 1.5, 2.77):
        now = hold_the_noise.shown(mu, sigma, eps)
        for name, line in (("held", held), ("jagged", jagged)):
            answer = ask("through(line, point)", line=line, point=[mu, now.estimate])
            on_grid = any(abs(mu - v) < 1e-6 for v in mus)
            assert len(answer["points"]) == 121 + (not on_grid) and answer["points"] == sorted(answer["points"])
            assert [mu, pytest.approx(now.estimate)] in answer["points"]
            errors[name].append(abs(answer["slope"] - now.d_mu))
    assert max(errors["held"]) < 0.5 and np.median(errors["jagged"]) > 2


def test_steps_lead_downhill(ask):
    mu, sigma, eps = -0.8, 0.4, draws().tolist()
    losses = []
    for _ in range(60):
        now = hold_the_noise.shown(mu, sigma, eps)
        losses.append(now.estimate)
        if len(losses) < 3:
            gradients = {"dMu": now.d_mu, "dSigma": now.d_sigma}
            step = ask("downhill(mu, sigma, gradients, rate)", mu=mu, sigma=sigma, gradients=gradients,
                       rate=hold_the_noise.RATE)  # fmt: skip
        mu, sigma = mu - 0.05 * now.d_mu, sigma * math.exp(-0.05 * sigma * now.d_sigma)
        assert len(losses) > 2 or step == {"mu": pytest.approx(mu), "sigma": pytest.approx(sigma)}
    assert losses[0] > 3.5 and losses[-1] < 1.1 and all(a >= b for a, b in pairwise(losses))


# ---- Python's side ----


def test_page_moves_everything(from_page):
    widget, eps = HoldTheNoise(), draws(5).tolist()
    assert len(widget.eps) == 12 and widget.hold
    before = widget.shown()
    torch.testing.assert_close(before.z, widget.mu + widget.sigma * torch.tensor(widget.eps, dtype=torch.float64))
    from_page(widget, {"mu": 0.5, "sigma": 0.05, "eps": eps, "hold": False})
    assert (widget.mu, widget.sigma, widget.eps, widget.hold) == (0.5, 0.05, eps, False)
    assert widget.shown().d_mu == pytest.approx(hold_the_noise.shown(0.5, 0.05, eps).d_mu)
    assert widget._start == {"mu": -1.2, "sigma": 0.5}
    assert widget._ranges == {"mu": [-3, 3], "sigma": [0.05, 1.5]}


def test_twenty_steps_are_twenty_times_one(alone):
    view = alone(HoldTheNoise())

    def after(name, times=1):
        for _ in range(times):
            view.get_by_role("button", name=name).click()
        view.wait_for_timeout(700)  # what screen readers hear waits for a pause
        return view.locator("[aria-live]").inner_text()

    one_by_one = after("one step downhill", 20)
    assert after("reset").startswith("μ = −1.20, σ = 0.50") and not one_by_one.startswith("μ = −1.20")
    assert after("twenty steps") == one_by_one
    assert "σ = 0.05" in after("twenty steps", 40)  # in the valley, where nothing holds it up
    assert view.complaints == []


@pytest.mark.parametrize(("name", "value"), [
    ("mu", 4.0), ("mu", 3.1), ("mu", "one"), ("mu", True), ("mu", -math.inf), ("sigma", 0), ("sigma", 0.0), ("sigma", 1.6),
    ("sigma", math.nan), ("sigma", True), ("sigma", [0.5]),
])  # fmt: skip
def test_refuses_other_numbers(refused, name, value):
    refused(HoldTheNoise, name, value, f"{name} must be a number from .*, not")


@pytest.mark.parametrize("value", [
    [], [0.0] * 101, ["a"], [math.nan], [math.inf], [11.0], [True], 0.5, "ab", torch.zeros(2, 2),
])  # fmt: skip
def test_refuses_other_noise(refused, value):
    refused(HoldTheNoise, "eps", value, "eps must be 1 to 100 numbers from -10 to 10, not")


@pytest.mark.parametrize("value", ["yes", 2, math.nan])
def test_noise_is_held_or_not(value):
    with pytest.raises(traitlets.TraitError):
        HoldTheNoise(hold=value)


def test_takes_noise_as_a_tensor():
    assert HoldTheNoise(eps=torch.zeros(3)).eps == [0, 0, 0]


@pytest.mark.parametrize("hold", [True, False])
def test_has_a_picture(hold):
    widget = HoldTheNoise(0.4, 0.6, hold=hold)
    now = widget.shown()
    left, right = widget.picture().axes
    np.testing.assert_allclose(left.lines[1].get_xydata(), torch.stack([now.z, now.loss], 1))
    mus, values = right.lines[0].get_xydata().T
    rough = np.abs(np.diff(values, 2)).max()
    assert rough < 0.05 if hold else rough > 0.5
    exact = right.lines[1].get_xydata()
    truth = closed_form(torch.from_numpy(exact[:, 0].copy()), torch.tensor(0.6, dtype=torch.float64))
    np.testing.assert_allclose(exact[:, 1], truth, atol=1e-6)
    assert right.lines[-1].get_xydata().tolist() == [[0.4, pytest.approx(now.estimate)]]
    if hold:
        assert np.interp(0.4, mus, values) == pytest.approx(now.estimate, abs=0.01)
        ends = right.lines[2].get_xydata()
        assert np.diff(ends[:, 1]) / np.diff(ends[:, 0]) == pytest.approx(now.d_mu)
        assert ends.mean(0) == pytest.approx([0.4, now.estimate])


def test_shows_itself_anywhere():
    widget = HoldTheNoise()
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe()
    now = widget.shown()
    assert f"by μ {now.d_mu:.3f} (exact {now.exact_d_mu:.3f})" in widget.describe()
