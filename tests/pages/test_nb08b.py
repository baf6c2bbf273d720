"""What the second half of notebook 08 measures and says: against other routes, and true of whatever digits it ran on."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from vae_helpers import data, measure
from vae_helpers.beyond import diffusion, discrete, recipe_levels, two_levels
from vae_helpers.pages import nb08b
from vae_helpers.widgets import hold_the_noise


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def drawn():
    """Drawn digits, black and white."""
    return (data.load("strokes", n=600).train_images > 0.5).float()


def test_both_sides_by_quadrature_are_those_of_a_model_that_is_known():
    """All Gaussian: z₂ ~ N(0, 1), z₁ ~ N(z₂, 1), X ~ N(z₁, 0.5²): P(X) = N(0, 2.25); the posterior by linear algebra."""
    x = 0.8
    parts = nb08b.both_sides(
        prior=Normal(0.0, 1.0).log_prob,
        below=lambda z1, z2: Normal(z2, 1.0).log_prob(z1),
        likelihood=lambda z1: Normal(z1, 0.5).log_prob(torch.tensor(x)),
        q2=Normal(0.3, 0.7).log_prob,
        q1=lambda z1, z2: Normal(0.5 + 0.4 * z2, 0.6).log_prob(z1),
    )
    assert parts["log P(X)"] == pytest.approx(Normal(0.0, 1.5).log_prob(torch.tensor(x)).item(), abs=1e-5)
    prior = torch.tensor([[2.0, 1.0], [1.0, 1.0]])  # of (z₁, z₂)
    gain = prior[:, 0] / 2.25
    posterior = MultivariateNormal(gain * x, prior - torch.outer(gain, prior[0]))
    q = MultivariateNormal(
        torch.tensor([0.5 + 0.4 * 0.3, 0.3]),
        torch.tensor([[0.36 + 0.16 * 0.49, 0.4 * 0.49], [0.4 * 0.49, 0.49]]),
    )
    assert parts["D[Q‖P(z₁,z₂|X)]"] == pytest.approx(kl_divergence(q, posterior).item(), abs=1e-4)
    upper = kl_divergence(Normal(0.3, 0.7), Normal(0.0, 1.0)).item()
    assert parts["D[Q(z₂|X)‖P(z₂)]"] == pytest.approx(upper, abs=1e-5)
    # Of N(0.5 + 0.4 z₂, 0.6²) to N(z₂, 1): the squared distance of the means has the mean (0.5 − 0.18)² + 0.36·0.49.
    lower = 0.5 * (0.36 + (0.5 - 0.6 * 0.3) ** 2 + 0.36 * 0.49 - 1) - math.log(0.6)
    assert parts["E D[Q(z₁|z₂,X)‖P(z₁|z₂)]"] == pytest.approx(lower, abs=1e-5)
    left = parts["log P(X)"] - parts["D[Q‖P(z₁,z₂|X)]"]
    right = parts["E_Q[log P(X|z₁)]"] - upper - lower
    assert left == pytest.approx(right, abs=1e-4)


def test_what_is_held_stays():
    model = recipe_levels.load("two-levels")
    upper, both, lower = nb08b.held(model, number=6).values()
    assert upper.shape == both.shape == lower.shape == (6, 784)
    assert torch.allclose(lower, lower[:1], atol=1e-5)
    assert all(torch.cdist(rows, rows).fill_diagonal_(9).min() > 0.1 for rows in (upper, both))
    said = nb08b.moved(model, pairs=200)
    apart = [float(line.split("pictures")[1].split()[0]) for line in said.splitlines()[:3]]
    assert apart[0] < apart[2] and apart[1] < apart[2]
    assert 0.6 < apart[0] / apart[2] < 0.75, "the prediction of 8.4 says about two thirds"
    # By the law of total variance, from draws of its own: what is left of the variance of each pixel when z₂ is known.
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        below = model.below(torch.randn(100, model.upper_size, generator=generator))
        z1 = below.mean + below.stddev * torch.randn(30, 100, model.lower_size, generator=generator)
        pictures = model.decode(z1).mean
    left = pictures.var(dim=0).sum(dim=1).mean() / pictures.flatten(0, 1).var(dim=0).sum()
    ratio, told = (float(part.split()[-1]) / 100 for part in said.splitlines()[3].split("%")[:2])
    assert ratio == pytest.approx(apart[0] / apart[2], abs=0.006)
    assert told == pytest.approx(left.item(), abs=0.06) and 0.44 < told < 0.58, "a reply of 8.4 says about half"


def test_the_steepest_place_and_the_bias_of_an_estimate():
    gradient = torch.zeros(3, 4, 2)
    gradient[2, 1] = torch.tensor([3.0, -4.0])
    gradient[0, 0, 0] = 4.5
    assert nb08b.steepest(gradient) == (2, 1, 5.0)
    estimates = torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    bias, deviation = nb08b.bias_and_deviation(estimates, torch.tensor([2.0, 1.0]))
    assert bias == pytest.approx(1) and deviation == pytest.approx((2 + 8) ** 0.5)


def test_the_loss_of_a_vq_vae_is_flat_on_drawn_digits_too(drawn):
    model = recipe_levels.load("vq")
    x, h = drawn[:300], model.before(drawn[:300])

    def loss(h):
        return -model.decode(model.codebook[model.nearest(h)]).log_prob(x)

    change = (loss(h + 1e-3 * torch.randn(h.shape, generator=seeded())) - loss(h)).abs()
    assert (change < 1e-4).float().mean() > 0.8


def test_counting_codes_gains_nats_on_drawn_digits_and_a_bound_stays_one(drawn):
    model = recipe_levels.load("vq")
    k, seen = model.encode(drawn[:300]), model.encode(drawn[300:])
    lengths = [value.mean().item() for value in discrete.code_lengths(seen, k, model.codes).values()]
    assert lengths[0] == pytest.approx(model.places * math.log(model.codes)) and lengths[1] < lengths[0]
    rows = nb08b.code_draws(model, seen, number=4)
    assert len(rows) == 2 and all(row.shape == (4, 784) for row in rows.values())
    pair = torch.tensor([[0, 1, 2, 3]]).repeat(50, 3)  # always the same code: the chain can draw no other
    only = nb08b.code_draws(model, pair, number=3)["drawn:\ngiven the place before"]
    assert torch.allclose(only, model.decode(model.codebook[pair[:3]]).mean, atol=1e-5)


def test_the_story_of_temperature_holds():
    """Section 8.5: colder is less biased and louder; on this model the score function is unbiased, and quieter than τ = 0.1."""
    logits = torch.tensor([0.5, 0.0, -0.5, 0.0, 0.5], dtype=torch.float64)
    values = torch.linspace(-2, 2, 5, dtype=torch.float64)
    losses = hold_the_noise.loss(values)
    pi = logits.softmax(0)
    exact = pi * (losses - pi @ losses)
    found = {}
    for tau in (1.0, 0.1):
        draws = discrete.gumbel_gradients(logits, values, hold_the_noise.slope, tau, 40_000, seeded(3))
        found[tau] = nb08b.bias_and_deviation(draws, exact)
    assert found[0.1][0] < found[1.0][0] / 2 and found[0.1][1] > 2 * found[1.0][1]
    score = {}
    for latents, baseline in ((1, 0.0), (16, 0.0), (16, 16 * float(pi @ losses))):
        draws = discrete.score_gradients(logits, losses, 40_000, seeded(4), latents, baseline)
        score[latents, bool(baseline)] = nb08b.bias_and_deviation(draws, exact)
    assert score[1, False][0] < 0.05 and score[1, False][1] < found[0.1][1]
    assert score[16, False][1] > 5 * score[1, False][1] and score[16, True][1] < score[16, False][1] / 3


def test_more_steps_raise_the_bound_on_drawn_digits_too(drawn):
    model, x = recipe_levels.load("denoiser"), diffusion.small(drawn[:100])
    chains = {count: diffusion.bound(model, 2 * x - 1, count, seeded()) for count in (10, 30, 100)}
    bounds = [chain.elbo.mean().item() for chain in chains.values()]
    assert bounds == sorted(bounds)
    costs = chains[100].steps.mean(dim=1)
    assert 10 < costs.argmax() < 50 and costs[-1] < 0.1 * costs.max()
    (axis,) = nb08b.by_step(chains).axes
    for bars, (count, chain) in zip(axis.patches, chains.items(), strict=True):
        height, edges, _ = bars.get_data()
        assert len(height) == count - 1 and edges[-1] == 1  # the first step is a coin for each pixel
        area = (height * (edges[1:] - edges[:-1])).sum().item()
        assert area == pytest.approx(chain.steps.sum(dim=0).mean().item(), rel=1e-5)


def test_the_two_levels_are_as_good_as_one_on_drawn_digits(drawn):
    one = measure.evaluate(recipe_levels.load("one-level"), drawn).elbo.mean().item()
    two = two_levels.bound(recipe_levels.load("two-levels"), drawn, seeded()).elbo.mean().item()
    said = nb08b.beside({"one level": one, "two levels": two})
    assert abs(one - two) < 5 and f"{one:.1f}".replace("-", "−") in said
    best = "two levels" if two > one else "none is above the one level's"
    assert best in said.splitlines()[-1]


def test_pictures_have_a_row_for_each_name():
    path = diffusion.sample(diffusion.Denoiser(8), 4, 6, seeded())
    assert len(nb08b.filmstrip(path, [6, 3, 1]).axes[0].images) == 8 * 3
    counts = torch.tensor([5, 0, 9])
    for axis in nb08b.usage({"a": counts, "b": counts}).axes:
        # The code without use has no point.
        assert axis.lines[0].get_ydata().tolist() == pytest.approx([9 / 14, 5 / 14])
    axis = nb08b.staircase(torch.linspace(-1, 1, 5), torch.tensor([2.0, 2, 1, 1, 1]), -4.0).axes[0]
    slope = axis.lines[1].get_ydata()[1] - axis.lines[1].get_ydata()[0]
    assert slope / (axis.lines[1].get_xdata()[1] - axis.lines[1].get_xdata()[0]) == pytest.approx(-4)
    axis = nb08b.dial({1.0: (0.5, 2.0), 0.1: (0.1, 9.0)}, (0.0, 2.5)).axes[0]
    assert [list(line.get_ydata())[:2] for line in axis.lines] == [[0.5, 0.1], [2.0, 9.0], [2.5, 2.5]]
