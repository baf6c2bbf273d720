"""BeatTheEncoder: the page's terms against quadrature by torch, what it refuses, and its life in Chromium."""

import math

import pytest
import torch

from vae_helpers import gap, likelihood
from vae_helpers.models import VAE
from vae_helpers.widgets import BeatTheEncoder, inputs

TERMS = """(() => {
  const grid = windowOf(floats(log), center, half, logPX);
  return states.map(([mu, sigma]) => termsOf(grid, mu, sigma));
})()"""


@pytest.fixture(scope="module")
def widget(trained):
    return BeatTheEncoder(*trained)


def test_page_computes_the_terms_as_torch_does(page, trained, widget):
    model, x = trained
    half, (c1, c2) = widget._half, widget._center
    states = [
        ([c1, c2], [half / 8, half / 10]), ([c1 + half / 4, c2 - half / 5], [half / 20, half / 9]),
        (widget._encoder["mu"], widget._encoder["sigma"]),
    ]  # fmt: skip
    found = page(
        "beat_the_encoder", TERMS, log=widget._log_likelihood, center=widget._center, half=half, logPX=widget.log_p_x,
        states=states,
    )  # fmt: skip
    log_p_x = likelihood.quadrature(model, x).item()
    assert widget.log_p_x == pytest.approx(log_p_x, abs=1e-3)
    for (mu, sigma), terms in zip(states, found, strict=True):
        elbo = gap.elbo(model, x, torch.tensor([mu]), torch.tensor([sigma]), nodes=40).item()
        assert terms["reconstruction"] - terms["kl"] == pytest.approx(elbo, abs=0.02)
        assert terms["gap"] == pytest.approx(log_p_x - elbo, abs=0.02)  # its own sum, not the difference
        assert terms["gap"] > 0
    assert widget.encoder_elbo == pytest.approx(
        gap.elbo(model, x, *map(torch.tensor, ([m] for m in states[2])), 40).item(), abs=0.02
    )


def test_python_knows_the_terms_of_the_present_q(widget):
    widget.mu, widget.sigma = widget._encoder["mu"], widget._encoder["sigma"]
    terms = widget.terms()
    assert terms["elbo"] == pytest.approx(terms["reconstruction"] - terms["kl"])
    assert terms["elbo"] == pytest.approx(widget.encoder_elbo, abs=0.05)
    assert f"{widget.log_p_x:.2f} nats" in widget.describe()
    for revealed in (False, True):
        widget.revealed = revealed
        assert len(widget.picture().axes[0].collections) == revealed


def test_page_keeps_q_inside_its_window(page):
    (mu, sigma) = (
        page("beat_the_encoder", "settled({center: [1, 0], half: 2, spacing: 0.1}, {mu: [9, -9], sigma: [0, 7]})")[k]
        for k in ("mu", "sigma")
    )
    assert sigma == [pytest.approx(0.15), 0.5] and mu == [pytest.approx(1 + 2 - 0.45), pytest.approx(-0.5)]


@pytest.mark.parametrize("wrong", [{"mu": [math.nan, 0]}, {"mu": [0.0]}, {"sigma": [0.0, 1.0]}, {"sigma": [True, 1.0]}])
def test_other_numbers_are_refused(trained, widget, wrong):
    with pytest.raises(inputs.InputError):
        BeatTheEncoder(*trained, **wrong)
    ((name, value),) = wrong.items()
    with pytest.raises(inputs.InputError, match=f"{name} must be 2 numbers"):
        setattr(widget, name, value)


def test_other_models_and_images_are_refused(trained):
    model, x = trained
    with pytest.raises(inputs.InputError, match="needs 2 latent dimensions"):
        BeatTheEncoder(VAE(3), x)
    with pytest.raises(inputs.InputError, match="takes one image"):
        BeatTheEncoder(model, x.repeat(2, 1))
    with pytest.raises(ValueError, match="images must have shape"):
        BeatTheEncoder(model, x[:, :5])


def test_drag_and_keys_in_the_page(alone, widget):
    widget.mu, widget.sigma, widget.revealed = widget._encoder["mu"], widget._encoder["sigma"], False
    view = alone(widget)
    before = view.locator(".vae-score").inner_text()
    assert before.startswith(("won over the network: 0.00", "0.00 nats below"))
    board = view.locator("canvas.vae-plane")
    box, state = board.bounding_box(), "window.model.get('mu')"
    start = view.evaluate(state)
    share = [(start[d] - widget._center[d] + widget._half) / (2 * widget._half) for d in (0, 1)]
    at = [box["x"] + 42 + share[0] * (380 - 54), box["y"] + 12 + (1 - share[1]) * (380 - 38)]
    view.mouse.move(*at)
    view.mouse.down()
    view.mouse.move(at[0] - 30, at[1] - 20, steps=4)
    view.mouse.up()
    view.wait_for_function(f"{state}[0] < {start[0]} && {state}[1] > {start[1]}")
    assert view.locator(".vae-score").inner_text() != before
    board.press("Home")
    view.wait_for_function("(mu) => JSON.stringify(window.model.get('mu')) === JSON.stringify(mu)", arg=start)
    board.press("+")
    view.wait_for_function(f"window.model.get('sigma')[0] > {widget.sigma[0]}")
    view.get_by_role("button", name="show P(z|X)").click()
    view.wait_for_function("window.model.get('revealed') === true")
    assert view.get_by_role("button", name="hide P(z|X)").is_visible()
    assert view.complaints == []
