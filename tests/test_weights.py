"""The shipped models: their files, their card, and their figures measured again on a part of the test digits."""

import json
import math

import pytest
import torch

from vae_helpers import beyond, conditional, data, likelihood, storage, weights
from vae_helpers.beyond import recipe_first, recipe_levels
from vae_helpers.conditional import recipe as conditional_recipe
from vae_helpers.models import VAE
from vae_helpers.weights import recipes, records, settings

METRICS = weights.FOLDER / "metrics.json"
SHIPPED = weights.names()
RECORDED = json.loads(METRICS.read_text()) if METRICS.exists() else {}
FAMILIES_JSON = weights.FOLDER / "families.json"
FAMILIES = json.loads(FAMILIES_JSON.read_text()) if FAMILIES_JSON.exists() else {}

needs_shipped = pytest.mark.skipif(not SHIPPED, reason="no weights in this checkout")
needs_families = pytest.mark.skipif(not FAMILIES, reason="no families.json in this checkout")
needs_metrics = pytest.mark.skipif(not RECORDED, reason="no metrics.json in this checkout")


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A folder of weights of its own, with one small model in it."""
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    model = VAE(3, (5, 4), data_size=6, seed=1)
    weights.write(model, tmp_path / "small.safetensors", {"command": "none", "seconds": 1})
    return tmp_path, model


# --- the format


def test_what_is_written_is_read_back_to_half_precision(elsewhere):
    folder, model = elsewhere
    assert [path.name for path in folder.iterdir()] == ["small.safetensors"]
    assert weights.names() == ["small"]
    again = weights.load("small")
    assert again.config == model.config and not again.training
    for name, value in model.state_dict().items():
        read = again.state_dict()[name]
        assert read.dtype == torch.float32 and torch.equal(read, value.half().float())
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert weights.training_record("small") == {"command": "none", "seconds": 1}


@pytest.mark.parametrize("sigma", [0.5, "learned"])
def test_a_gaussian_model_keeps_its_sigma(tmp_path, sigma):
    model = VAE(2, (4,), "gaussian", sigma, data_size=6)
    weights.write(model, tmp_path / "g.safetensors", {})
    assert weights.read(tmp_path / "g.safetensors").sigma.item() == pytest.approx(model.sigma.item(), rel=1e-6)


@pytest.mark.parametrize("name", ["nothing", "", "../small", "small.safetensors", None])
def test_an_unknown_name_is_answered_with_the_known_ones(elsewhere, name):
    with pytest.raises(ValueError, match=r"there is no shipped model .*; there are: small"):
        weights.load(name)


@pytest.mark.parametrize("how", ["truncated", "empty", "text", "one bit", "no config", "other config"])
def test_a_damaged_file_is_named_with_the_way_out(elsewhere, how):
    folder, model = elsewhere
    file = folder / "small.safetensors"
    if how == "truncated":
        file.write_bytes(file.read_bytes()[:-10])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "text":
        file.write_text("<html>not found</html>" * 30)
    elif how == "one bit":
        changed = bytearray(file.read_bytes())
        changed[-50] ^= 4
        file.write_bytes(bytes(changed))
    else:
        tensors = {name: value.half() for name, value in model.state_dict().items()}
        facts = {"config": model.config | {"latent_size": 2}} if how == "other config" else {}
        storage.save(file, tensors, facts)
    with pytest.raises(ValueError, match=r"small\.safetensors is damaged.*git checkout"):
        weights.load("small")


def test_what_cannot_be_read_is_not_called_damaged(elsewhere):
    with pytest.raises(ValueError, match="cannot be read") as told:
        weights.read(elsewhere[0] / "nowhere.safetensors")
    assert "damaged" not in str(told.value) and "git" not in str(told.value)


def test_a_small_file_of_a_huge_model_costs_nothing(elsewhere):
    """It is refused by its sizes before there is a model of them: 3 TB here."""
    folder, model = elsewhere
    tensors = {name: value.half() for name, value in model.state_dict().items()}
    storage.save(folder / "small.safetensors", tensors, {"config": model.config | {"hidden_sizes": [10**6, 10**6]}})
    with pytest.raises(ValueError, match=r"damaged \(Error\(s\) in loading state_dict"):
        weights.load("small")


# --- what ships


@needs_shipped
def test_the_course_s_models_ship():
    assert {"mnist-2d", "mnist-16d"} <= set(SHIPPED) and sorted(SHIPPED) == SHIPPED
    for name, latent_size in (("mnist-2d", 2), ("mnist-16d", 16)):
        model = weights.load(name)
        assert model.latent_size == latent_size and model.data_size == 784 and model.likelihood == "bernoulli"
        assert all(value.isfinite().all() for value in model.state_dict().values())


@needs_shipped
def test_weights_are_small_and_nothing_unpickles():
    found = [path for path in weights.FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.suffix for path in found} <= {".safetensors", ".json", ".md", ".py"}
    assert sum(path.stat().st_size for path in found if path.suffix == ".safetensors") <= 12_000_000


@needs_metrics
def test_every_model_has_recipe_figures_and_command():
    families = {name for family in weights.FAMILIES for name in weights.members(family).values()}
    assert set(RECORDED) == set(SHIPPED) == set(recipes.RECIPES) - families
    for name, record in RECORDED.items():
        run = record["training"]
        assert run == weights.training_record(name)
        assert run["command"].startswith(f"python -m vae_helpers.weights.recipes {name}")
        assert 1 <= run["best_epoch"] <= run["epochs"] and run["seconds"] > 0
        assert record["parameters"] == sum(p.numel() for p in weights.load(name).parameters())
        for figures in (record["test"], record[f"first_{recipes.SUBSET}"]):
            assert all(math.isfinite(value) for value in figures.values())
            assert figures["elbo"] == pytest.approx(figures["reconstruction"] - figures["kl"], abs=1e-3)
            assert figures["elbo"] < figures["log_p_x"] < 0
            if "exact_log_p_x" in figures:
                assert figures["log_p_x"] <= figures["exact_log_p_x"] + 0.05
        assert ("exact_log_p_x" in record["test"]) == (recipes.RECIPES[name].model["latent_size"] <= 2)
    assert recipes.SAMPLES >= 1000
    assert RECORDED["mnist-16d"]["test"]["log_p_x"] > RECORDED["mnist-2d"]["test"]["log_p_x"] + 10


@needs_metrics
def test_the_card_is_that_of_the_metrics():
    assert (weights.FOLDER / "README.md").read_text(encoding="utf-8") == recipes.card(RECORDED, FAMILIES)


@needs_metrics
def test_the_card_says_the_figures():
    text = (weights.FOLDER / "README.md").read_text(encoding="utf-8")
    for name, record in RECORDED.items():
        assert f"`{name}`" in text and f"`{record['training']['command']}`" in text
        for value in record["test"].values():
            assert f"{value:.2f}" in text
    for name, record in FAMILIES.items():
        assert f"`{name}`" in text and f"`{record['training']['command']}`" in text
        (row,) = [line for line in text.splitlines() if f"| `{name}` |" in line and "python" not in line]
        for key in ("rate", "distortion", "elbo"):
            assert f" {record['test'][key]:.2f} " in row
        assert f" {record['test']['active_units']} of 16 " in row
        assert (f" {record['test']['squared_error']:.5f} " in row) == name.startswith("sigma")


# --- the figures, measured again


def digits_of(mnist):
    return data.binarize(mnist.test_images, recipes.TEST_SEED)[: recipes.SUBSET]


def by_hand(model, x, samples, seed):
    """Per image: each term of the bound by `samples` draws, and log weights (S, B), from the two networks alone."""
    generator = torch.Generator().manual_seed(seed)
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
    reconstructions, log_w = [], []
    for _ in range(samples):
        eps = torch.randn(mu.shape, generator=generator)
        z = mu + (logvar / 2).exp() * eps
        log_p = -torch.nn.functional.binary_cross_entropy_with_logits(model.decoder(z), x, reduction="none").sum(1)
        reconstructions.append(log_p)
        log_w.append(log_p - 0.5 * z.square().sum(1) + 0.5 * (eps.square() + logvar).sum(1))
    return torch.stack(reconstructions), kl, torch.stack(log_w)


@needs_metrics
@pytest.mark.parametrize("name", list(RECORDED))
def test_bound_measured_again(mnist, name):
    recorded = RECORDED[name][f"first_{recipes.SUBSET}"]
    reconstructions, kl, _ = by_hand(weights.load(name), digits_of(mnist), 40, seed=11)
    noise = (reconstructions.std(0).square().sum() / 10).sqrt().item() / recipes.SUBSET  # of the record's 10 draws
    assert recorded["kl"] == pytest.approx(kl.mean().item(), abs=1e-3)
    assert recorded["reconstruction"] == pytest.approx(reconstructions.mean().item(), abs=5 * noise)
    assert recorded["elbo"] == pytest.approx((reconstructions.mean() - kl.mean()).item(), abs=5 * noise)


@needs_metrics
@pytest.mark.parametrize("name", list(RECORDED))
def test_importance_sampled_log_p_x_measured_again(mnist, name):
    """On all digits of the subset with 200 draws: below the record, which has 1000, by little."""
    recorded = RECORDED[name][f"first_{recipes.SUBSET}"]
    _, _, log_w = by_hand(weights.load(name), digits_of(mnist), 200, seed=12)
    estimate = (log_w.logsumexp(0) - math.log(200)).mean().item()
    assert recorded["log_p_x"] - 1.0 < estimate < recorded["log_p_x"] + 0.15


@needs_metrics
def test_importance_sampled_log_p_x_of_a_few_digits_nears_the_exact_one(mnist):
    model, x = weights.load("mnist-2d"), digits_of(mnist)[:20]
    exact = likelihood.quadrature(model, x)
    estimate = likelihood.importance_sampled(model, x, 1000, generator=torch.Generator().manual_seed(1))
    # The weights average to P(X), so that by Markov an estimate is three nats too high in fewer than e⁻³ of all cases;
    # too low it is for the odd digit whose Q misses the posterior, hence the median.
    assert (estimate < exact + 3).all()
    assert (estimate - exact).median().item() == pytest.approx(0, abs=0.1)


@needs_metrics
def test_exact_log_p_x_measured_again(mnist):
    """By the midpoint rule, written here: cells of 0.05, those that matter cut into 25."""
    model, x = weights.load("mnist-2d"), digits_of(mnist)
    recorded = RECORDED["mnist-2d"][f"first_{recipes.SUBSET}"]["exact_log_p_x"]
    values = likelihood.quadrature(model, x)
    assert values.mean().item() == pytest.approx(recorded, abs=5e-3)
    few = x[:8]

    def log_joint(z):
        f = model.decoder(z)
        return few @ f.T - torch.nn.functional.softplus(f).sum(1) - 0.5 * z.square().sum(1) - math.log(2 * math.pi)

    axis = torch.arange(-99, 100) * 0.05
    cells = torch.cartesian_prod(axis, axis)
    coarse = torch.cat([log_joint(part) for part in cells.split(10_000)], dim=1)  # (B, G)
    kept = cells[(coarse > coarse.amax(1, keepdim=True) - 15).any(0)]
    inside = torch.cartesian_prod(*[torch.arange(-2, 3) * 0.01] * 2)
    fine = log_joint((kept[:, None] + inside).flatten(0, 1))
    expected = fine.logsumexp(1) + 2 * math.log(0.01)
    torch.testing.assert_close(values[:8], expected, atol=0.01, rtol=0)


# --- the families


@needs_families
def test_families_ship_in_order():
    assert list(FAMILIES) == [name for family in weights.FAMILIES for name in weights.members(family).values()]
    for family, likelihood_ in (("beta", "bernoulli"), ("sigma", "gaussian")):
        models = weights.family(family)
        assert len(models) >= 7 and list(models) == sorted(models)
        for value, model in models.items():
            assert (model.likelihood, model.latent_size, model.data_size) == (likelihood_, 16, 784)
            assert not model.training and not any(parameter.requires_grad for parameter in model.parameters())
            if family == "sigma":
                assert model.sigma.item() == pytest.approx(value, rel=1e-6)  # not rounded to half precision
    assert 1.0 in weights.FAMILIES["beta"]
    assert not set(weights.names()) & set(FAMILIES)
    assert weights.load("beta-2").config == weights.family("beta")[2].config


@needs_families
def test_every_member_has_recipe_figures_and_command():
    for family in weights.FAMILIES:
        assert weights.family_figures(family) == {
            value: FAMILIES[name]["test"] for value, name in weights.members(family).items()
        }
        for value, name in weights.members(family).items():
            recipe, run = recipes.RECIPES[name], FAMILIES[name]["training"]
            assert run == weights.training_record(name)
            assert run["command"].startswith(f"python -m vae_helpers.weights.recipes {family} ")
            assert recipe.model | recipe.fit == (
                settings.SMALL | {"epochs": 30}
                | ({"beta": value} if family == "beta" else {"likelihood": "gaussian", "sigma": value})
            )  # fmt: skip
            assert FAMILIES[name]["parameters"] == sum(p.numel() for p in weights.load(name).parameters())


@needs_families
@pytest.mark.parametrize("family", weights.FAMILIES)
def test_a_family_runs_from_all_dimensions_to_none(family):
    figures = list(weights.family_figures(family).values())
    rates, errors = [f["rate"] for f in figures], [f["squared_error"] for f in figures]
    active = [f["active_units"] for f in figures]
    assert rates == sorted(rates, reverse=True) and errors == sorted(errors) and active == sorted(active, reverse=True)
    assert active[0] == 16 and rates[0] > 40
    assert active[-1] == 0 and rates[-1] < 0.01
    assert any(0 < count < 16 for count in active)
    if family == "beta":  # training with β = 1 is what maximizes the bound
        bounds = {value: f["elbo"] for value, f in weights.family_figures(family).items()}
        assert max(bounds, key=bounds.get) == 1


def test_an_unknown_family_is_answered_with_the_known_ones():
    for call in (weights.family, weights.family_figures, weights.members):
        with pytest.raises(ValueError, match="there is no shipped family 'mnist'; there are: beta, sigma"):
            call("mnist")


@needs_families
@pytest.mark.parametrize("name", list(FAMILIES))
def test_family_figures_measured_again(mnist, name):
    recorded, model = FAMILIES[name][f"first_{recipes.SUBSET}"], weights.load(name)
    x = mnist.test_images if name.startswith("sigma") else data.binarize(mnist.test_images, recipes.TEST_SEED)
    x = x[: recipes.SUBSET]
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)  # (L,)
    assert recorded["kl_by_dimension"] == pytest.approx(kl.tolist(), rel=1e-3, abs=1e-5)
    assert recorded["rate"] == pytest.approx(kl.sum().item(), rel=1e-4, abs=1e-5)
    variance = ((mu - mu.mean(0)) ** 2).mean(0)
    assert recorded["active"] == (variance > 0.01).tolist() and recorded["active_units"] == sum(recorded["active"])
    generator, squares, logs = torch.Generator().manual_seed(13), [], []
    for _ in range(40):
        f = model.decoder(mu + (logvar / 2).exp() * torch.randn(mu.shape, generator=generator))
        mean = f if name.startswith("sigma") else torch.sigmoid(f)
        squares.append((mean - x).square().sum(1))
        if name.startswith("sigma"):
            sigma = float(name.removeprefix("sigma-"))
            logs.append(392 * math.log(2 * math.pi * sigma**2) + squares[-1] / (2 * sigma**2))
        else:
            logs.append(torch.nn.functional.binary_cross_entropy_with_logits(f, x, reduction="none").sum(1))
    for key, values in (("distortion", torch.stack(logs)), ("squared_error", torch.stack(squares) / 784)):
        noise = (values.std(0).square().sum() * (1 / 10 + 1 / 40)).sqrt().item() / recipes.SUBSET
        assert recorded[key] == pytest.approx(values.mean().item(), abs=5 * noise, rel=1e-5), key
        assert noise < 0.01 * abs(values.mean())
    assert recorded["elbo"] == pytest.approx(-recorded["distortion"] - recorded["rate"], abs=0.01)


def test_a_family_is_made_by_one_command(monkeypatch):
    done = []
    for job in ("train", "record"):
        monkeypatch.setattr(recipes, job, lambda name, device, job=job: done.append((job, name, device)))
    monkeypatch.setattr("sys.argv", ["recipes", "sigma", "--device", "cpu"])
    recipes.main()
    names = list(weights.members("sigma").values())
    assert done == [(job, name, "cpu") for name in names for job in ("train", "record")]
    assert names[0] == "sigma-0.05"


def test_a_kill_leaves_the_last_good_figures(elsewhere, monkeypatch):
    folder, _ = elsewhere
    recipes._write("README.md", "before")
    monkeypatch.setattr(storage.os, "replace", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        recipes._write("README.md", "after")
    assert (folder / "README.md").read_text() == "before"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "small.safetensors"]


@pytest.mark.parametrize(
    ("path", "order"),
    [
        (conditional.FOLDER / "figures.json", conditional_recipe.MODELS),
        (beyond.FOLDER / "figures_first.json", recipe_first.MODELS),
        (beyond.FOLDER / "figures_levels.json", recipe_levels.MODELS),
    ],
    ids=["conditional", "first", "levels"],
)
def test_figures_are_kept_beside_the_others_in_the_order_of_the_recipe(path, order, tmp_path):
    shipped = json.loads(path.read_text(encoding="utf-8"))
    copy = tmp_path / "figures.json"
    for name in reversed(list(order)):
        assert name in records.keep(copy, order, name, shipped[name])
    assert copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_recipes_refuse_other_digits_than_mnist(monkeypatch):
    load = data.load
    monkeypatch.setattr(data, "load", lambda name: load("strokes", n=20))
    with pytest.raises(SystemExit, match="on MNIST, which could not be had"):
        records.mnist()


def test_a_damaged_file_of_ones_own_is_not_to_be_had_from_the_course(tmp_path):
    own = tmp_path / "own.safetensors"
    own.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="train it again") as refusal:
        weights.read(own)
    assert "git" not in str(refusal.value)


def test_numbers_too_large_for_half_precision_come_back(tmp_path):
    model = VAE(2, (3,), data_size=4, likelihood="gaussian", sigma=1.0)
    model.start_at(torch.tensor([1e5, 0.0, 1.0, -2e5]))
    weights.write(model, tmp_path / "large.safetensors", {})
    again = weights.read(tmp_path / "large.safetensors")
    assert torch.allclose(again.decoder[-1].bias, model.decoder[-1].bias, rtol=1e-3)
