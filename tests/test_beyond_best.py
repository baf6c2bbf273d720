"""The best model: a Q of many steps against quadrature and the contract's own terms, its recipe, what ships."""

import json
import math

import pytest
import torch

from vae_helpers import beyond, data, likelihood
from vae_helpers.beyond import card_best, ladder, recipe_best
from vae_helpers.contract import Generative


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def small(blocks=(1, 1), stretch=1.2):
    model = ladder.LadderVAE(blocks, 12, 10, 8, data_size=5, seed=3).requires_grad_(False)
    for parameter in model.parameters():
        parameter *= stretch
    return model, torch.randint(2, (3, 5), generator=seeded()).float()


def near(draws, expected):
    """Whether means over draws (S, B) are what is expected, (B,), within four standard errors."""
    error = draws.std(dim=0) / len(draws) ** 0.5
    return ((draws.mean(dim=0) - expected).abs() < 4 * error + 1e-4).all()


def test_importance_samples_find_the_log_p_x_of_quadrature():
    model, x = small()
    exact = likelihood.quadrature(model, x)
    assert exact.std() > 0.05
    found = ladder.log_p_x(model, x, 20_000, 7_000, seeded())
    assert torch.allclose(found, exact, atol=0.02)
    draws = model.draw(x, 20_000, seeded(1))
    assert (draws.elbo < exact - 0.1).all() and torch.allclose(draws.iwae, exact, atol=0.02)
    assert near((draws.reconstruction + draws.log_ratio).exp(), exact.exp())


@pytest.mark.parametrize("samples, chunk", [(7, 2), (7, 5), (7, 100)])
def test_chunks_change_the_draws_and_not_how_many_there_are(samples, chunk):
    """With a decoder that ignores z and a Q that is P(z), each weight is P(X): any miscount would show."""
    model, x = small()
    for part in (model.to_pixels, *model.to_block):
        part.weight.zero_()
    for part in model.to_block:
        part.bias.zero_()
    found = ladder.log_p_x(model, x, samples, chunk, seeded())
    assert torch.allclose(found, model.decode(torch.zeros(3, 2)).log_prob(x), atol=1e-5)


@pytest.mark.parametrize("blocks", [(4,), (2, 1, 3)])
def test_the_terms_of_a_draw_are_those_of_its_z(blocks):
    model, x = small(blocks)
    draws = model.draw(x, 4000, seeded())
    assert draws.z.shape == (4000, 3, sum(blocks))
    assert torch.allclose(draws.reconstruction, model.decode(draws.z).log_prob(x), atol=1e-4)
    assert near(-draws.log_ratio - draws.kl, torch.zeros(3)) and draws.kl.mean() > 0.05
    assert near(draws.log_ratio.exp(), torch.ones(3)), "P(z)/Q(z|X) does not have mean 1 under Q"


def test_one_block_is_a_gaussian_and_a_later_block_sees_the_one_before():
    one, x = small((2,))
    two, _ = small((1, 1))
    assert one.draw(x, 50, seeded()).kl.std(dim=0).max() < 1e-5
    assert two.draw(x, 50, seeded()).kl.std(dim=0).min() > 1e-4


def test_it_is_a_generative_model_that_refuses_in_words():
    model, x = small()
    assert isinstance(model, Generative)
    with pytest.raises(ValueError, match="pixels must lie"):
        model.draw(2 * x + 1)
    with pytest.raises(ValueError, match="2 latent dimensions"):
        model.decode(torch.zeros(3, 4))


# ---- recipe ----


def test_the_rate_rises_holds_and_falls_to_nothing():
    plan = recipe_best.Plan(steps=1000, falling=400, warm=200)
    rates = [plan.rate(step) for step in range(1000)]
    assert rates[:50] == sorted(rates[:50]) and rates[49] == 1 and set(rates[49:600]) == {1.0}
    assert rates[600:] == sorted(rates[600:], reverse=True) and rates[-1] == pytest.approx(1 / 400)


def test_the_loss_is_the_bound_then_the_bound_with_k_samples():
    model, x = small((2, 1))
    plan = recipe_best.Plan(steps=10, falling=1, tuned=2, k=3, warm=4, bfloat16=False)
    for step, weight in ((0, 0.0), (1, 0.25), (4, 1.0), (7, 1.0)):
        draws = model.draw(x, 1, seeded())
        expected = (weight * draws.kl - draws.reconstruction).mean()
        assert recipe_best.loss(model, x, step, plan, seeded()).item() == pytest.approx(expected.item(), rel=1e-5)
    for step in (8, 9):
        expected = -model.draw(x, 3, seeded()).iwae.mean().item()
        assert recipe_best.loss(model, x, step, plan, seeded()).item() == pytest.approx(expected, rel=1e-5)


def tiny(plan):
    return recipe_best.Run(ladder.LadderVAE((4, 4), 60, 40, 30), plan)


@pytest.mark.parametrize("bfloat16", [True, False])
def test_the_first_steps_raise_the_bound(bfloat16):
    images = data.load("strokes", n=300).train_images
    run, x = tiny(recipe_best.Plan(60, 30, tuned=20, k=2, warm=20, bfloat16=bfloat16)), (images > 0.5).float()
    before = recipe_best.bounds(run.model, x, 2)
    run.go(images, 60)
    assert run.step == 60 and run.seconds > 0
    assert recipe_best.bounds(run.model, x, 2)["elbo"] > 0.7 * before["elbo"]
    run.go(images, 5)
    assert run.step == 60, "the plan is at its end"


def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path):
    images, plan = data.load("strokes", n=300).train_images, recipe_best.Plan(20, 8, tuned=6, k=2, warm=8)
    straight, stopped, resumed = tiny(plan), tiny(plan), tiny(plan)
    straight.go(images, 20)
    stopped.go(images, 9)
    stopped.save(tmp_path / "run.pt")
    resumed.resume(tmp_path / "run.pt")
    assert resumed.step == 9 and resumed.seconds == stopped.seconds
    resumed.go(images, 20)
    for whole, parts in ((straight.model, resumed.model), (straight.average, resumed.average)):
        assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), parts.parameters(), strict=True))
    assert not torch.equal(straight.model.look.weight, straight.average.look.weight)


def test_rounds_together_are_one_estimate_of_all_their_samples():
    rounds = [torch.tensor([-3.0, -80.0]), torch.tensor([-2.0, -90.0])]
    expected = [math.log((math.exp(a) + math.exp(b)) / 2) for a, b in ((-3, -2), (-80, -90))]
    found = card_best.together(rounds)
    assert found["samples"] == 2000 and found["log_p_x"] == pytest.approx(sum(expected) / 2, abs=1e-3)
    assert found["error"] == pytest.approx(abs(expected[0] - expected[1]) / 2, abs=1e-3)


def test_a_round_is_an_estimate_for_each_image_in_order():
    model, x = small()
    x = x.repeat(70, 1)
    found = card_best.one_round(model, x, 0)
    assert torch.allclose(found, likelihood.quadrature(model, x[:3]).repeat(70), atol=0.2)
    assert not torch.equal(found, card_best.one_round(model, x, 1))
    assert torch.equal(found[100:], torch.cat([card_best.one_round(model, x, 0)[100:]]))


# ---- shipped ----


def figures():
    return json.loads((beyond.FOLDER / "figures_best.json").read_text(encoding="utf-8"))


def test_the_shipped_model_is_small_and_its_card_is_that_of_its_figures():
    model, recorded = recipe_best.load(), figures()
    assert sum(value.numel() for value in model.parameters()) == recorded["parameters"] <= 4_000_000
    assert (beyond.FOLDER / "mnist-best.safetensors").stat().st_size < 9_000_000
    assert (beyond.FOLDER / "README_best.md").read_text(encoding="utf-8") == card_best.card()
    assert recorded["steps"] == recipe_best.PLAN.steps
    pilots = json.loads((beyond.FOLDER / "pilots_best.json").read_text(encoding="utf-8"))
    assert list(pilots) == list(recipe_best.PILOTS)


def test_the_shipped_model_measures_what_its_figures_say(mnist):
    model, recorded = recipe_best.load(), figures()
    x = data.binarize(mnist.test_images, seed=0)[::10]
    found = recipe_best.bounds(model, x, 5)
    assert found["elbo"] == pytest.approx(recorded["elbo"], abs=3)
    assert found["kl"] == pytest.approx(recorded["kl"], abs=1)
    few = ladder.log_p_x(model, x[:300], 100, 5000, seeded())
    error = few.std().item() / 300**0.5
    assert found["elbo"] < few.mean().item() == pytest.approx(recorded["log_p_x"], abs=4 * error + 1)
