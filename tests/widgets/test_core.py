"""What the explorers' pages share: networks as torch computes them, the handshake with Python, numbers as text, axes."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_helpers.widgets import base

# ---- network.js ----


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("latent_size", [2, 16])
def test_page_decodes_as_torch_does(page, vae, images, likelihood, latent_size):
    model, sigma = vae(latent_size, likelihood), 0.3 if likelihood == "gaussian" else 1.0
    z = 2 * torch.randn(8, latent_size, generator=torch.Generator().manual_seed(0))
    shapes, content = base.network_bytes(model.decoder)
    answers = page(
        "latent_plane",
        """((layers) => zs.map((z, i) => [decodeMean(layers, z, likelihood),
           logLikelihood(forward(layers, z), xs[i], likelihood, sigma), logPrior(z)]))(network(shapes, bytes))""",
        shapes=shapes, bytes=content, zs=z.tolist(), xs=images[:8].tolist(), likelihood=likelihood, sigma=sigma,
    )  # fmt: skip
    f = model.decoder(z)
    if likelihood == "bernoulli":
        mean, log_p = torch.sigmoid(f), Bernoulli(logits=f, validate_args=False).log_prob(images[:8]).sum(1)
    else:
        mean, log_p = f, Normal(f, sigma).log_prob(images[:8]).sum(1)
    assert mean.std() > 0.1  # the comparison below would mean little for a flat gray
    means, log_likelihoods, log_priors = (torch.tensor(column) for column in zip(*answers, strict=True))
    torch.testing.assert_close(means, mean, atol=1e-4, rtol=0)
    torch.testing.assert_close(log_likelihoods, log_p, atol=1e-2, rtol=1e-5)
    torch.testing.assert_close(log_priors, model.prior.log_prob(z))


@pytest.mark.parametrize("count", [1, 4, 5])
def test_page_runs_several_inputs_at_once(page, count):
    """Also where rows and inputs do not come in pairs."""
    torch.manual_seed(count)
    network = torch.nn.Sequential(torch.nn.Linear(3, 7), torch.nn.GELU(approximate="tanh"), torch.nn.Linear(7, 5))
    shapes, content = base.network_bytes(network)
    inputs = torch.randn(count, 3)
    found = page(
        "latent_plane",
        "forwardAll(network(shapes, bytes), inputs)",
        shapes=shapes,
        bytes=content,
        inputs=inputs.tolist(),
    )
    torch.testing.assert_close(torch.tensor(found), network(inputs).detach(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("latent_size", [2, 16])
def test_page_encodes_as_torch_does(page, vae, images, latent_size):
    model = vae(latent_size)
    shapes, content = base.network_bytes(model.encoder)
    answers = page(
        "draw_digit",
        "xs.map((x) => encode(network(shapes, bytes), x)).map((code) => [code.mu, code.sigma, klToPrior(code)])",
        shapes=shapes, bytes=content, xs=images[:8].tolist(),
    )  # fmt: skip
    q = model.encode(images[:8]).base_dist
    mu, sigma, kl = (torch.tensor(column) for column in zip(*answers, strict=True))
    torch.testing.assert_close(mu, q.loc, atol=1e-4, rtol=0)
    torch.testing.assert_close(sigma, q.scale, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(kl, kl_divergence(q, Normal(0.0, 1.0)).sum(1), atol=1e-3, rtol=1e-4)


def test_page_samples_pixels(page):
    mean, noise = [0.2, 0.8, 0.5], [0.5, 0.5, -2.0]
    assert page("latent_plane", "decodeSample(m, 'bernoulli', 1, noise)", m=mean, noise=noise) == [0, 1, 1]
    gaussian = page("latent_plane", "decodeSample(m, 'gaussian', 0.1, noise)", m=mean, noise=noise)
    assert gaussian == pytest.approx([0.25, 0.85, 0.3])
    uniform = np.array(page("latent_plane", "pixelNoise(4000, 'bernoulli')"))
    assert uniform.min() >= 0 and uniform.max() < 1 and abs(uniform.mean() - 0.5) < 0.03
    normal = np.array(page("latent_plane", "pixelNoise(4000, 'gaussian')"))
    assert abs(normal.mean()) < 0.1 and abs(normal.std() - 1) < 0.06  # six standard errors


def test_numbers_arrive_from_bytes_off_alignment(page):
    values = torch.tensor([0.1, -2.5, 1e-30])
    assert page("drag_q", "floats(b)", b=base.float_bytes(values)) == pytest.approx(values.tolist())
    assert page("drag_q", "doubles(b)", b=base.double_bytes(values.double())) == values.double().tolist()
    assert page("drag_q", "octets(b)", b=base.octet_bytes(torch.tensor([0, 0.5, 1]))) == [0, 128, 255]


# ---- state.js ----


def test_throttle_calls_first_and_last(page):
    heard = page(
        "latent_plane",
        """((clock, heard, latest) => {
             const call = throttle(() => heard.push([clock.now - 1000, latest]), 100);
             for (const time of times) { clock.advance(1000 + time - clock.now); latest = time; call(); }
             clock.advance(1000);
             return heard;
           })(fakeClock(), [], null)""",
        times=[0, 10, 20, 30, 150, 160, 500],
    )
    # At once, then every 100 ms at most, each time with the latest state; a call after a pause comes through at once.
    assert heard == [[0, 0], [100, 30], [200, 160], [500, 500]]


# A kernel's model whose traits are x and y, one list and one number, and an explorer's state shared with it. `log` has
# [time, "saved" or "took", x, y] of whatever went out to Python or came in from it; `at(ms)` lets time pass.
SHARED = """(() => {
  const clock = fakeClock(), listeners = new Map(), traits = { x: [0], y: 0 }, log = [];
  const note = (what, { x, y }) => log.push([clock.now - 1000, what, x[0], y]);
  const model = {
    get: (name) => traits[name],
    set(name, value) { traits[name] = value; [...(listeners.get(`change:${name}`) ?? [])].forEach((hear) => hear()); },
    save_changes: () => note("saved", traits),
    on: (event, hear) => listeners.set(event, [...(listeners.get(event) ?? []), hear]),
    off: (event, hear) => listeners.set(event, listeners.get(event).filter((other) => other !== hear)),
  };
  const sharing = share(model, ["x", "y"], (state) => note("took", state));
  const at = (ms) => clock.advance(1000 + ms - clock.now), send = (x, y) => sharing.send({ x: [x], y });
  %s
  at(10_000);
  return log;
})()"""


def test_state_goes_out_ten_times_a_second(page):
    log = page("latent_plane", SHARED % "send(1, 1); at(10); send(2, 2); at(20); send(3, 3); at(150); send(4, 4);")
    # Of itself it hears nothing: `x` is set before `y`, and the state in between is nobody's.
    assert log == [[0, "saved", 1, 1], [100, "saved", 3, 3], [200, "saved", 4, 4]]


def test_state_comes_in_at_once(page):
    log = page("latent_plane", SHARED % "at(5); model.set('y', 7); at(6); model.set('x', [8]);")
    assert log == [[5, "took", 0, 7], [6, "took", 8, 7]]


def test_nothing_comes_in_while_a_drag_holds_the_state(page):
    drag = "sharing.hold(true); send(1, 1); at(10); model.set('y', 7); at(20); send(2, 2); sharing.hold(false);"
    log = page("latent_plane", SHARED % (drag + "at(300); model.set('y', 9);"))
    assert log == [[0, "saved", 1, 1], [100, "saved", 2, 2], [300, "took", 2, 9]]


def test_what_came_in_is_not_undone_by_what_waits_to_go_out(page):
    log = page("latent_plane", SHARED % "send(1, 1); at(10); send(2, 2); at(50); model.set('y', 7);")
    assert log[:2] == [[0, "saved", 1, 1], [50, "took", 1, 7]]
    assert log[2:] == [[100, "saved", 1, 7]]


def test_state_is_no_one_else_s_to_change(page):
    """What was sent or read shares no list with the page, or Python would see a change that nobody sent."""
    steps = "const mine = { x: [1], y: 1 }; sharing.send(mine); at(10); sharing.send(mine); mine.x[0] = 5;"
    assert page("latent_plane", SHARED % (steps + "at(200); sharing.read().x[0] = 6; note('now', traits);")) == [
        [0, "saved", 1, 1], [100, "saved", 1, 1], [200, "now", 1, 1],
    ]  # fmt: skip


def test_an_ended_explorer_hears_nothing_and_loses_nothing(page):
    steps = "send(1, 1); at(10); send(2, 2); sharing.stop(); model.set('y', 7);"
    assert page("latent_plane", SHARED % steps) == [[0, "saved", 1, 1], [100, "saved", 2, 2]]


# ---- page.js and chart.js ----


def test_page_writes_numbers(page):
    assert page("latent_plane", "[-1.005, 0, -0.001, 12].map((v) => number(v))") == ["−1.00", "0.00", "0.00", "12.00"]
    assert page("latent_plane", "[number(-0.04, 1), number(2.5, 0), plain(-0.25)]") == ["0.0", "3", "−0.25"]
    assert page("latent_plane", "pair([-1, 0.126])") == "(−1.00, 0.13)"
    assert page("latent_plane", "[1, 12, 307].map(subscript)") == ["₁", "₁₂", "₃₀₇"]


def test_charts_have_straight_axes(page):
    """The ends of the axes lie on the chart's borders, and numbers between them in proportion; up is more."""
    made = "chart({ width: 380, height: 250 }, { left: 48, right: 14, top: 12, bottom: 38 }, [0, 80], [50, 250])"
    x, y, back = page(
        "rate_distortion_dial",
        f"(({{ toX, toY, fromX, fromY }}) => [[0, 20, 60, 80].map(toX), [50, 100, 250].map(toY), "
        f"[fromX(toX(7)), fromY(toY(8))]])({made})",
    )
    assert x == pytest.approx([48, 127.5, 286.5, 366]) and y == pytest.approx([212, 162, 12])
    assert back == pytest.approx([7, 8])
