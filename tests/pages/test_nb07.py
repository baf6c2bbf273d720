"""What notebook 07 measures and says: against other routes, and true of whatever digits it ran on."""

import math

import pytest
import torch

from vae_helpers import conditional, data
from vae_helpers.conditional import strip
from vae_helpers.exercises import catalogue
from vae_helpers.pages import nb07

ENERGY = catalogue()["energy_score"].reference


@pytest.fixture(scope="module")
def measured():
    """Of drawn digits: the table of section 7.5."""
    drawn = data.load("strokes", n=200)
    x, labels = (drawn.train_images[:100] > 0.5).float(), drawn.train_labels[:100]
    y = strip(x, 11)
    ways = nb07.ways(x, y, conditional.completer(), conditional.regressor())
    judge = conditional.classifier()
    return {name: nb07.scores(x, y, labels, *way, judge, ENERGY) for name, way in ways.items()}


def test_both_sides_by_quadrature_are_those_of_a_model_that_is_known():
    """z ~ N(0, 1), X = z + noise: P(X) = N(0, 1 + σ²), and the posterior is N(X/(1 + σ²), σ²/(1 + σ²))."""
    sigma, x, normal = 0.5, 0.8, torch.distributions.Normal
    parts = nb07.both_sides(
        lambda z: normal(z, sigma).log_prob(torch.tensor(x)),
        normal(0.3, 0.7).log_prob, normal(0.0, 1.0).log_prob, -10, 10,
    )  # fmt: skip
    posterior = normal(x / (1 + sigma**2), sigma / math.sqrt(1 + sigma**2))
    q = normal(0.3, 0.7)
    assert parts["log P(X|y)"] == pytest.approx(
        normal(0.0, math.sqrt(1 + sigma**2)).log_prob(torch.tensor(x)).item(), abs=1e-6
    )
    assert parts["D[Q‖P(z|X,y)]"] == pytest.approx(torch.distributions.kl_divergence(q, posterior).item(), abs=1e-6)
    assert parts["D[Q‖P(z|y)]"] == pytest.approx(
        torch.distributions.kl_divergence(q, normal(0.0, 1.0)).item(), abs=1e-6
    )
    left = parts["log P(X|y)"] - parts["D[Q‖P(z|X,y)]"]
    assert left == pytest.approx(parts["E_Q[log P(X|z,y)]"] - parts["D[Q‖P(z|y)]"], abs=1e-6)


def test_the_story_of_the_table_holds_for_drawn_digits_too(measured):
    regressor, cvae, single = (measured[name] for name in ("regressor", "CVAE", "CVAE, latent off"))
    assert min(row.agrees for row in measured.values()) > 0.95
    assert cvae.log_p > regressor.log_p > single.log_p
    assert cvae.energy < min(regressor.energy, single.energy)
    assert regressor.spread == pytest.approx(0, abs=1e-4) == single.spread and cvae.spread > 1
    said = nb07.verdict(measured)
    assert "lowest energy score: CVAE; highest log P(X|y): CVAE; lowest: CVAE, latent off" in said
    assert f"costs {cvae.log_p - single.log_p:.0f} nats" in said
    assert nb07.table(measured).count("nats") == 3


def test_the_verdict_follows_the_numbers(measured):
    turned = dict(zip(measured, reversed(measured.values()), strict=True))
    assert "highest log P(X|y): regressor" not in nb07.verdict(measured)
    assert nb07.verdict(turned) != nb07.verdict(measured)


def test_spread_is_the_mean_distance_of_two_answers():
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(3, 784, generator=generator) < 0.2).float()
    answers = torch.rand(4, 3, 784, generator=generator)
    row = nb07.scores(
        x, strip(x, 5), torch.tensor([0, 1, 2]), answers, torch.zeros(3), conditional.classifier(), ENERGY
    )
    pairs = [(answers[i] - answers[j]).norm(dim=1) for i in range(4) for j in range(i)]
    assert row.spread == pytest.approx(torch.stack(pairs).mean().item(), rel=1e-4)


def test_where_draws_agree_and_what_is_left_of_the_class():
    assert nb07.where_least(range(0, 6, 2), [3.0, 1.0, 2.0]) == (
        "draws are most alike with the strip from column 3 on (1.0), least from 1 (3.0)"
    )
    labels = torch.arange(10).repeat(20)
    told = nb07.class_left(torch.nn.functional.one_hot(labels, 10).float(), labels)
    assert told.startswith("nearest class mean of z: 100%") and "much of the class" in told
    noise = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    assert nb07.class_left(noise, labels).endswith("little of the class is left in z")
    shown = nb07.completions({"X": torch.zeros(3, 784), "given": nb07.seen(strip(torch.zeros(3, 784), 4))})
    assert len(shown.axes[0].images) == 6
