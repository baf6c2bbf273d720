"""The conditional VAE, what is given of an image, and the shipped models of notebook 07."""

import json
import math

import pytest
import torch
from torch.distributions import kl_divergence

from vae_helpers import conditional, data, likelihood, models, objective, weights
from vae_helpers.conditional import Network, one_hot, recipe, strip
from vae_helpers.models import ConditionalVAE


def small(learned_prior=True):
    """Two latents, three numbers in y, six pixels; weights large enough that y matters."""
    model = ConditionalVAE(2, 3, (8,), learned_prior=learned_prior, data_size=6, seed=1).requires_grad_(False)
    for parameter in model.parameters():
        parameter *= 1.2
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(2, (5, 6), generator=generator).float()
    return model, x, torch.randn(5, 3, generator=generator)


@pytest.mark.parametrize("learned_prior", [True, False])
def test_the_bound_is_below_log_p_of_x_given_y_by_the_divergence_to_the_posterior(learned_prior):
    """Equation (11), both sides on a grid of z, for every image and its own y."""
    model, x, y = small(learned_prior)
    model, x, y = model.double(), x.double(), y.double()
    axis = torch.linspace(-24, 24, 641, dtype=torch.float64)
    z, cell = torch.cartesian_prod(axis, axis), (axis[1] - axis[0]) ** 2
    for i in range(len(x)):
        own = slice(i, i + 1)
        q, prior = model.encode(x[own], y[own]), model.prior(y[own])
        log_q, log_prior = (d.log_prob(z[:, None])[:, 0] for d in (q, prior))
        log_p = model.decode(z[:, None], y[own]).log_prob(x[i])[:, 0]
        log_p_x = (log_p + log_prior + cell.log()).logsumexp(dim=0)
        weight = log_q.exp() * cell
        left = log_p_x - (weight * (log_q - (log_p + log_prior - log_p_x))).sum()
        right = (weight * log_p).sum() - objective.kl(q, prior)[0]
        assert left.item() == pytest.approx(right.item(), abs=1e-6)


def test_with_y_held_it_is_a_model_like_any_other():
    model, x, y = small()
    given = model.given(y)
    assert isinstance(given, models.Model)
    terms = objective.elbo(given, x, samples=4000, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(terms.kl, kl_divergence(model.encode(x, y), model.prior(y)), atol=1e-5)
    log_p_x = likelihood.importance_sampled(given, x, 4000, 20_000, torch.Generator().manual_seed(0))
    assert (terms.elbo < log_p_x + 0.05).all()
    grid = torch.cartesian_prod(*[torch.linspace(-9, 9, 181)] * 2)
    for i in range(5):
        one = model.given(y[i : i + 1])
        joint = one.decode(grid[:, None]).log_prob(x[i])[:, 0] + one.prior.log_prob(grid[:, None])[:, 0]
        assert joint.logsumexp(0).item() + 2 * math.log(0.1) == pytest.approx(log_p_x[i].item(), abs=0.1)


def test_every_part_is_told_its_own_y():
    model, x, y = small()
    z = torch.randn(4, 5, 2)
    together = model.decode(z, y).mean  # (4, 5, 6)
    for i in range(5):
        alone = slice(i, i + 1)
        assert torch.allclose(together[:, i], model.decode(z[:, alone], y[alone]).mean[:, 0], atol=1e-6)
        assert torch.allclose(model.prior(y).mean[i], model.prior(y[alone]).mean[0], atol=1e-6)
        assert torch.allclose(model.encode(x, y).mean[i], model.encode(x[alone], y[alone]).mean[0], atol=1e-6)
    other = y.flip(0)
    for now, then in (
        (model.decode(z, y), model.decode(z, other)),
        (model.prior(y), model.prior(other)),
        (model.encode(x, y), model.encode(x, other)),
    ):
        assert (now.mean - then.mean).abs().max() > 0.01


def test_a_prior_that_is_not_learned_is_standard_and_one_row_of_y_serves_all():
    model, x, y = small(learned_prior=False)
    assert torch.equal(model.prior(y).mean, torch.zeros(5, 2)) and torch.equal(model.prior(y).stddev, torch.ones(5, 2))
    one = y[:1]
    assert torch.equal(model.encode(x, one).mean, model.encode(x, one.expand(5, -1)).mean)
    assert objective.elbo(model.given(one), x).elbo.shape == (5,)


def test_kl_to_a_prior_of_any_place_and_width():
    model, x, y = small()
    q, prior = model.encode(x, y), model.prior(y)
    assert torch.allclose(objective.kl(q, prior), kl_divergence(q, prior), atol=1e-5)
    assert torch.allclose(objective.kl(q), objective.kl(q, models.VAE(2).prior), atol=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ConditionalVAE(0, 3), "a whole number of 1 or more"),
        (lambda: ConditionalVAE(2, True), "a whole number of 1 or more"),
        (
            lambda: small()[0].prior(torch.zeros(5, 4)),
            r"y must have shape \(5, 3\), one row for each image, not \(5, 4\)",
        ),
        (lambda: small()[0].encode(torch.zeros(5, 6), torch.zeros(4, 3)), r"shape \(5, 3\), one row for each image"),
        (
            lambda: small()[0].given(torch.zeros(5, 3).double()),
            "torch.float64, but the model computes in torch.float32",
        ),
        (lambda: small()[0].decode(torch.zeros(5, 3), torch.zeros(5, 3)), "this model's 2 latent dimensions"),
        (lambda: small()[0].given("two"), "y must be a tensor"),
        (lambda: strip(torch.zeros(2, 700), 3), r"\(B, 784\), not a .* \(2, 700\)"),
        (lambda: strip(torch.zeros(2, 784), 23), "begins at 0 to 22, not 23"),
        (lambda: strip(torch.zeros(2, 784), torch.tensor([0, -1])), "begins at 0 to 22, not -1"),
    ],
)
def test_what_is_refused_is_said(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_strip_says_what_is_in_it_and_nothing_else():
    x = (torch.rand(3, 784, generator=torch.Generator().manual_seed(0)) < 0.3).float()
    y = strip(x, torch.tensor([0, 11, 22])).reshape(3, 28, 28)
    for i, left in enumerate((0, 11, 22)):
        inside = y[i, :, left : left + 6]
        assert torch.equal(inside, 2 * x[i].reshape(28, 28)[:, left : left + 6] - 1)
        assert y[i].abs().sum() == 28 * 6
    assert torch.equal(strip(x, 4), strip(x, torch.tensor([4, 4, 4])))
    assert torch.equal(one_hot(torch.tensor([3, 0])).nonzero(), torch.tensor([[0, 3], [1, 0]]))


SHIPPED = {
    "completer": conditional.completer,
    "completer-standard": lambda: conditional.completer(learned_prior=False),
    "by-class": conditional.by_class,
    "regressor": conditional.regressor,
    "classifier": conditional.classifier,
}


def test_every_recipe_has_its_model_and_its_figures():
    figures = json.loads((conditional.FOLDER / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) == set(SHIPPED) == set(recipe.MODELS)
    assert {path.stem for path in conditional.FOLDER.glob("*.safetensors")} == set(SHIPPED)
    card = (conditional.FOLDER / "README.md").read_text(encoding="utf-8")
    assert card == recipe.card(figures)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_measures_what_its_card_says(name, mnist):
    recorded = json.loads((conditional.FOLDER / "figures.json").read_text(encoding="utf-8"))[name]
    test = data.binarize(mnist.test_images, seed=0)
    model = SHIPPED[name]()
    assert sum(value.numel() for value in model.parameters()) == recorded["parameters"]
    if name == "classifier":
        right = (model(test).argmax(dim=1) == mnist.test_labels).float().mean().item()
        assert right == pytest.approx(recorded["accuracy"], abs=1e-4) and right > 0.97
        return
    generator, (_, loss, told, _) = torch.Generator().manual_seed(1), recipe.MODELS[name]
    few, labels = test[:3000], mnist.test_labels[:3000]
    with torch.no_grad():
        bound = -loss(model, few, told(few, labels, generator), generator).mean().item()
    assert bound == pytest.approx(recorded.get("elbo", recorded.get("log_p_x")), abs=3)


@pytest.mark.parametrize("name", recipe.MODELS)
def test_recipes_lower_their_loss(name):
    make, loss, told, _ = recipe.MODELS[name]
    drawn = data.load("strokes", n=400)
    model, generator = make(), torch.Generator().manual_seed(0)
    x, labels = (drawn.train_images > 0.5).float(), drawn.train_labels

    def level():
        with torch.no_grad():
            return loss(model, x, told(x, labels, generator), generator).mean().item()

    before = level()
    recipe.train(model, loss, told, drawn.train_images, labels, epochs=4)
    assert level() < 0.8 * before


def test_networks_come_back_from_their_files(tmp_path):
    network = Network([4, 3, 2], seed=5)
    weights.write(network, tmp_path / "n.safetensors", {"command": "none"})
    again = weights.read(tmp_path / "n.safetensors", Network)
    x = torch.rand(3, 4)
    assert torch.allclose(network(x), again(x), atol=1e-2)


def test_images_in_parts_are_refused_where_each_has_its_own_y():
    model, x, y = small()
    given = model.given(y)
    with pytest.raises(ValueError, match=r"5 rows of y are held, and 1 images came.*as large as images times samples"):
        likelihood.importance_sampled(given, x, 100, 100)
    with pytest.raises(ValueError, match="give one image at a time"):
        likelihood.log_joint(given, x, torch.zeros(5, 2))  # as many z as images, and no pairs of these
    one, z = model.given(y[:1]), torch.randn(3, 2)
    pairs = likelihood.log_joint(one, x, z)  # (5, 3)
    each = model.decode(z[:, None], y[:1]).log_prob(x[2]).squeeze(1) + one.prior.log_prob(z)
    assert torch.allclose(pairs[2], each, atol=1e-4)
    assert torch.isfinite(likelihood.importance_sampled(one, x, 100, 100)).all()
    with pytest.raises(ValueError, match="one for each image"):
        model.decode(torch.zeros(2), y[:1])
