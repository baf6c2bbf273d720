"""The models that mistakes make: there is one for each that is listed, it measures what is recorded, and cards offer it."""

import json

import pytest
import torch
from answers import CATALOGUE, define

from vae_helpers import data, measure, weights
from vae_helpers.exercises import consequences, engine, made_by
from vae_helpers.exercises.consequences import recipe

LISTED = [*consequences.SEEN]
IDS = [f"{exercise}: {mistake}" for exercise, mistake in LISTED]


@pytest.mark.parametrize(("exercise", "mistake"), LISTED, ids=IDS)
def test_the_mistake_exists_and_its_model_is_small(exercise, mistake):
    assert mistake in {one.name for one in CATALOGUE[exercise].mistakes}
    assert consequences.path_of(exercise, mistake).stat().st_size < 400_000
    assert made_by(exercise, mistake).latent_size == 2


def test_there_are_models_of_eight_mistakes_or_more_and_no_other_files():
    assert len(LISTED) >= 8
    wanted = {consequences.path_of(*key).name for key in (*LISTED, ())}
    assert {path.name for path in consequences.FOLDER.glob("*.safetensors")} == wanted
    assert set(consequences.figures()) == {name.removesuffix(".safetensors") for name in wanted}


@pytest.mark.parametrize("path", sorted(consequences.FOLDER.glob("*.safetensors")), ids=lambda path: path.stem)
def test_a_model_measures_what_is_recorded(path, mnist):
    model, recorded = weights.read(path), consequences.figures()[path.stem]
    with torch.no_grad():
        q = model.encode(mnist.test_images)
        kl = torch.distributions.kl_divergence(q, model.prior).mean().item()
    assert kl == pytest.approx(recorded["kl"], abs=0.01)
    bound = measure.evaluate(model, mnist.test_images, seed=1).elbo.mean().item()
    assert bound == pytest.approx(recorded["elbo"], rel=0.01)
    assert recorded["bounds"][-1] == pytest.approx(recorded["elbo"], rel=0.05)


def test_no_mistake_reaches_the_bound_of_the_right_model():
    right = consequences.figures()["right"]["elbo"]
    others = [consequences.figures()[consequences.path_of(*key).stem]["elbo"] for key in LISTED]
    assert max(others) < right - 3


@pytest.mark.parametrize(("exercise", "mistake"), LISTED, ids=IDS)
def test_the_recipe_trains_with_the_mistake(exercise, mistake, monkeypatch):
    """On a few drawn digits, for two epochs: other weights come out than without it."""
    monkeypatch.setattr(recipe, "EPOCHS", 2)
    monkeypatch.setattr(recipe, "BATCH", 20)
    images = data.load("strokes", n=100).train_images
    mistaken, _ = recipe.train(exercise, mistake, images, images[:10])
    right, bounds = recipe.train(None, None, images, images[:10])
    assert len(bounds) == 3 and bounds[-1] > bounds[0]
    pairs = zip(mistaken.parameters(), right.parameters(), strict=True)
    assert any((a - b).abs().max() > 1e-5 for a, b in pairs)


def test_a_card_that_names_such_a_mistake_offers_its_model(checked):
    wrong = define("return mu", "mu, logvar, eps", "reparameterize")
    feedback = engine.judge(CATALOGUE["reparameterize"], wrong)
    assert feedback.mistake == "no noise"
    fold = consequences.fold(feedback)
    assert (
        fold.summary == "Show the model that this mistake makes"
        and 'made_by("reparameterize", "no noise")' in fold.body
    )
    assert fold.picture.count("<img") == 2 and fold.picture.count("alt=") == 2 and len(fold.picture) < 600_000
    feedback, returned = checked(wrong)
    assert returned is CATALOGUE["reparameterize"].reference
    assert "Show the model that this mistake makes" in feedback._repr_mimebundle_()["text/html"]


def test_other_cards_offer_none(checked):
    for body in ("return mu + (logvar / 2).exp() * eps", "return mu + torch.tanh(logvar) * eps"):
        feedback, _ = checked(define(body, "mu, logvar, eps", "reparameterize"))
        assert "Show the model" not in str(feedback)


def test_a_model_that_is_not_there_is_refused_with_the_list():
    with pytest.raises(ValueError, match=r"no model shows 'haste' of 'forward'; there are: reparameterize, no noise;"):
        made_by("forward", "haste")


def test_the_record_is_what_the_recipe_writes():
    recorded = json.loads((consequences.FOLDER / "figures.json").read_text())
    assert all(len(one["bounds"]) == recipe.EPOCHS + 1 for one in recorded.values())
