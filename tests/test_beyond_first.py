"""What notebook 08's first half rests on: the K-sample gradient's clarity, full covariances, and priors that are learned."""

import json
import math

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from vae_helpers import beyond, data, gap, likelihood, measure, models, objective, weights
from vae_helpers.beyond import full_covariance, mixture_prior, recipe_first, signal
from vae_helpers.beyond.mixture_prior import Mixture, MixturePriorVAE, WithPrior


def shares_of(log_w, gradients):
    return (log_w.softmax(0)[..., None] * gradients).sum(0)


# Signal and noise


def test_a_pools_gradients_are_those_of_the_networks_last_biases(bernoulli_vae):
    model, x = bernoulli_vae(dtype=torch.float32)
    x = x[:1]
    pool = signal.pool(model, x, draws=6, pixels=8, seed=5)
    assert pool.log_w.shape == (6, 1) and pool.encoder.shape == (6, 1, 4) and pool.decoder.shape == (6, 1, 8)
    bound = objective.iwae(model, x, 6, torch.Generator().manual_seed(5)).sum()
    assert bound.item() == pytest.approx((pool.log_w.logsumexp(0) - math.log(6)).item(), abs=1e-5)
    last = model.encoder[-1].bias, model.decoder[-1].bias
    by_encoder, by_decoder = torch.autograd.grad(bound, last)
    torch.testing.assert_close(shares_of(pool.log_w, pool.encoder)[0], by_encoder, atol=1e-5, rtol=1e-4)
    found = shares_of(pool.log_w, pool.decoder)[0]
    torch.testing.assert_close(found.sort().values, by_decoder.sort().values, atol=1e-5, rtol=1e-4)


def test_chunks_and_pixels_do_not_change_what_is_drawn(bernoulli_vae):
    model, x = bernoulli_vae(dtype=torch.float32)
    whole, parts = signal.pool(model, x, 20, pixels=3), signal.pool(model, x, 20, pixels=3, chunk=7)
    assert whole.decoder.shape == (20, 6, 3)
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other)


def test_signal_to_noise_is_that_of_gradients_whose_mean_and_spread_are_known():
    generator = torch.Generator().manual_seed(0)
    mean = torch.tensor([[3.0, 4.0], [0.0, 0.0]])  # of length 5 and 0, two images
    g = mean + 2 * torch.randn(40_000, 2, 2, generator=generator)
    log_w = torch.zeros(40_000, 2)
    for k in (1, 4):  # equal weights average k gradients: the noise falls by √k
        found = signal.signal_to_noise(log_w, g, k, shares_of)
        assert found[0].item() == pytest.approx(5 / (2 * math.sqrt(2)) * math.sqrt(k), rel=0.03)
        assert found[1].item() < 0.03 * math.sqrt(k)


def test_without_a_signal_few_gradients_show_none():
    """The correction for noise in the mean: without it, ten gradients of pure noise would show a ratio of about 1/√10."""
    g = torch.randn(10, 400, 2, generator=torch.Generator().manual_seed(1))
    squares = signal.signal_to_noise(torch.zeros(10, 400), g, 1, shares_of).square()
    assert (squares == 0).float().mean() > 0.4 and squares.median() < 0.02


def test_a_pool_of_too_few_draws_is_refused():
    with pytest.raises(ValueError, match="5 draws hold 1 groups of 4; two or more"):
        signal.signal_to_noise(torch.zeros(5, 1), torch.zeros(5, 1, 2), 4, shares_of)


def test_slope_of_a_power():
    assert signal.slope([1, 2, 8, 32], [3 * k**-0.5 for k in (1, 2, 8, 32)]) == pytest.approx(-0.5)


def test_the_laws_hold_where_weights_scatter_little(linear_gaussian):
    """Rainforth et al.'s own case: a Q near the posterior of a model in which all is known; D[Q‖P(z|X)] is quadratic there."""
    generator = torch.Generator().manual_seed(0)
    mu, shift = torch.tensor([0.3]), 0.15
    z = mu + shift + torch.randn(400_000, 1, 1, generator=generator)  # Q = N(μ + shift, 1), P(z|X) = N(μ, 1)
    log_w = (Normal(mu, 1.0).log_prob(z) - Normal(mu + shift, 1.0).log_prob(z))[..., 0]
    path = -(z - mu)  # ∂ log w/∂(mean of Q) where z moves with the mean, so that log Q(z) stays as it is
    falls = [signal.signal_to_noise(log_w, path, k, shares_of).item() for k in (1, 4, 16)]
    # Its mean is −shift for K = 1, and its standard deviation 1.
    assert falls[0] == pytest.approx(shift, rel=0.1)
    assert falls[0] > falls[1] > falls[2]
    assert signal.slope([1, 4, 16], falls) == pytest.approx(-0.5, abs=0.2)


# Full covariances


def drawn_q(images=6, size=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    below = torch.randn(images, size * (size - 1) // 2, generator=generator)
    log_scale = 0.3 * torch.randn(images, size, generator=generator)
    return torch.randn(images, size, generator=generator), full_covariance.factor(log_scale, below), log_scale


def test_a_factor_is_lower_triangular_with_the_scales_on_its_diagonal():
    _, c, log_scale = drawn_q()
    assert torch.equal(c, c.tril())
    torch.testing.assert_close(c.diagonal(dim1=1, dim2=2), log_scale.exp())
    assert torch.linalg.eigvalsh(c @ c.mT).min() > 0


def test_kl_of_a_full_covariance_is_that_of_torch_and_of_equation_6():
    mu, c, _ = drawn_q()
    q, p = MultivariateNormal(mu, scale_tril=c), MultivariateNormal(torch.zeros(3), torch.eye(3))
    torch.testing.assert_close(full_covariance.kl(mu, c), kl_divergence(q, p), atol=1e-5, rtol=1e-5)
    by_six = objective.gaussian_kl(mu, c @ c.mT, torch.zeros(3), torch.eye(3))
    torch.testing.assert_close(full_covariance.kl(mu, c), by_six, atol=1e-4, rtol=1e-4)


def test_the_bound_with_a_full_covariance_is_that_of_draws_and_of_a_diagonal_one(bernoulli_vae):
    model, x = bernoulli_vae()
    mu, c, log_scale = (value.double() for value in drawn_q(6, 2))
    c = 0.3 * c
    exact = full_covariance.elbo(model, x, mu, c, nodes=15)
    drawn = full_covariance.by_draws(model, x, mu, c, 20_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(exact, drawn, atol=0.03, rtol=0)
    sigma = log_scale.exp()
    torch.testing.assert_close(
        full_covariance.elbo(model, x, mu, torch.diag_embed(sigma)), gap.elbo(model, x, mu, sigma)
    )


def test_of_a_gaussian_posterior_the_best_full_covariance_is_the_posterior_itself(linear_gaussian):
    model, x = linear_gaussian(latent_size=2)
    x = x.float()
    model = models.LinearGaussian(model.weight.float(), model.bias.float(), 0.5)
    found, posterior = full_covariance.best(model, x, steps=300), model.posterior(x)
    torch.testing.assert_close(found.full, found.log_p_x, atol=5e-3, rtol=0)
    torch.testing.assert_close(found.mu, posterior.mean, atol=0.02, rtol=0)
    torch.testing.assert_close(found.c @ found.c.mT, posterior.covariance_matrix.expand(5, 2, 2), atol=0.01, rtol=0.05)
    # The best diagonal one misses by ½ log of what its correlation makes of the determinant.
    covariance = posterior.covariance_matrix
    precision = torch.linalg.inv(covariance)
    missing = 0.5 * (precision.diagonal(dim1=-2, dim2=-1).log().sum(-1) + torch.logdet(covariance))
    torch.testing.assert_close(found.log_p_x - found.diagonal, missing.expand(5), atol=0.01, rtol=0.01)


def test_no_bound_is_above_log_p_and_each_family_holds_the_one_before(bernoulli_vae):
    model, x = bernoulli_vae(dtype=torch.float32)
    found = full_covariance.best(model, x)
    assert (found.encoder <= found.diagonal).all() and (found.diagonal <= found.full).all()
    assert (found.full <= found.log_p_x + 2e-3).all()


def test_a_search_by_draws_comes_near_to_the_one_by_quadrature(bernoulli_vae):
    model, x = bernoulli_vae(dtype=torch.float32)
    model.requires_grad_(False)
    exact = full_covariance.best(model, x, steps=100)
    for full, wanted in ((False, exact.diagonal), (True, exact.full)):
        mu, c = full_covariance.search(model, x, full, steps=300, draws=16)
        assert full or torch.equal(c, torch.diag_embed(c.diagonal(dim1=1, dim2=2)))
        torch.testing.assert_close(full_covariance.elbo(model, x, mu, c), wanted, atol=0.05, rtol=0)


def test_samples_of_a_searched_q_give_log_p_where_the_encoders_q_lies_wrong(linear_gaussian):
    model, x = linear_gaussian(latent_size=3)
    model = models.LinearGaussian(model.weight.float(), model.bias.float(), 0.5)
    x = x.float()
    torch.testing.assert_close(full_covariance.log_p_x(model, x), model.log_prob(x), atol=0.03, rtol=0)
    astray = models.VAE(2, (4,), data_size=6, seed=0).requires_grad_(False)
    with torch.no_grad():
        astray.encoder[-1].bias[:2] += 1.5  # its codes lie off
        astray.encoder[-1].bias[2:] -= 2.0  # and are narrow
    x = torch.rand(5, 6, generator=torch.Generator().manual_seed(0)).round()
    exact = likelihood.quadrature(astray, x)
    torch.testing.assert_close(full_covariance.log_p_x(astray, x), exact, atol=0.03, rtol=0)
    assert (
        exact - likelihood.importance_sampled(astray, x, 100, generator=torch.Generator().manual_seed(0))
    ).mean() > 0.3


# Priors


def test_a_mixtures_density_is_the_sum_of_its_parts():
    generator = torch.Generator().manual_seed(0)
    mixture = Mixture(torch.randn(4, 2, generator=generator), width=0.7).requires_grad_(False)
    mixture.logits += torch.randn(4, generator=generator)
    z = torch.randn(5, 3, 2, generator=generator)
    shares, sds = mixture.logits.softmax(0), mixture.log_sds.exp()
    parts = [share * Independent(Normal(m, s), 1).log_prob(z).exp()
             for share, m, s in zip(shares, mixture.means, sds, strict=True)]  # fmt: skip
    torch.testing.assert_close(mixture(z), sum(parts).log())
    axis = torch.linspace(-8, 8, 321)
    assert mixture(torch.cartesian_prod(axis, axis)).exp().sum() * 0.05**2 == pytest.approx(1, abs=1e-3)


def test_a_fitted_mixture_nears_the_density_of_the_codes():
    """Codes from two blobs: the fit's mean log-density comes near to the blobs' own."""
    generator = torch.Generator().manual_seed(0)
    center = torch.tensor([[3.0, 0.0], [-3.0, 1.0]])[torch.randint(2, (4000,), generator=generator)]
    mu, sigma = center + 0.3 * torch.randn(4000, 2, generator=generator), torch.full((4000, 2), 0.4)
    mixture = mixture_prior.fit(mu, sigma, parts=6)
    z = mu + sigma * torch.randn(mu.shape, generator=generator)
    blobs = Independent(Normal(torch.tensor([[3.0, 0.0], [-3.0, 1.0]]), torch.full((2, 2), 0.5)), 1)
    truth = (blobs.log_prob(z[:, None]).logsumexp(1) - math.log(2)).mean().item()
    assert truth - 0.1 < mixture(z).mean().item() < truth + 0.02
    assert mixture_prior.fit(mu, sigma, parts=6)(z).equal(mixture(z))


def test_another_prior_changes_log_p_by_what_quadrature_says(bernoulli_vae):
    model, x = bernoulli_vae(dtype=torch.float32)
    wide = WithPrior(model, Independent(Normal(torch.zeros(2), torch.full((2,), 1.7)), 1))
    assert isinstance(wide, models.Model)
    grid = torch.cartesian_prod(*[torch.linspace(-12, 12, 481)] * 2)
    joint = model.decode(grid[:, None]).log_prob(x) + wide.prior.log_prob(grid)[:, None]
    by_hand = joint.logsumexp(0) + 2 * math.log(0.05)
    torch.testing.assert_close(likelihood.quadrature(wide, x), by_hand, atol=2e-3, rtol=0)


def test_codes_are_those_of_the_encoder(bernoulli_vae):
    model, x = bernoulli_vae(dtype=torch.float32)
    mu, sigma = mixture_prior.codes(model, x)
    assert torch.equal(mu, model.encode(x).mean) and torch.equal(sigma, model.encode(x).stddev)


def test_a_model_with_a_learned_prior_is_a_model_like_any_other(bernoulli_vae):
    model = MixturePriorVAE(2, (7,), parts=3, data_size=8, seed=2)
    _, x = bernoulli_vae(dtype=torch.float32)
    assert isinstance(model, models.Model) and model.config["parts"] == 3
    assert MixturePriorVAE(**model.config).mixture.means.shape == (3, 2)
    exact = likelihood.quadrature(model, x)
    drawn = likelihood.importance_sampled(model, x, 20_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(exact, drawn, atol=0.05, rtol=0)
    objective.iwae(model, x, 2).sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in model.parameters())


# The shipped models


def recorded():
    return json.loads((beyond.FOLDER / "figures_first.json").read_text(encoding="utf-8"))


def test_every_recipe_has_its_model_and_its_figures():
    assert list(recorded()) == list(recipe_first.MODELS)
    card = (beyond.FOLDER / "README_first.md").read_text(encoding="utf-8")
    assert card == recipe_first.card(recorded())
    for name in recipe_first.MODELS:
        assert (beyond.FOLDER / f"{name}.safetensors").stat().st_size < 1_000_000


@pytest.mark.parametrize("name", recipe_first.MODELS)
def test_a_shipped_model_measures_what_is_recorded(name, mnist):
    model, row = recipe_first.load(name), recorded()[name]
    assert sum(value.numel() for value in model.parameters()) == row["parameters"]
    test = data.binarize(mnist.test_images, seed=0)
    with torch.no_grad():
        bound = torch.cat([
            objective.iwae(model, x, 1, torch.Generator().manual_seed(1)) for x in test.split(2000)
        ])  # fmt: skip
    assert bound.mean().item() == pytest.approx(row["elbo"], rel=0.005)
    if name != "mixture":
        closed = measure.evaluate(model, test, seed=2).elbo.mean().item()
        assert closed == pytest.approx(row["elbo"], rel=0.005)


def test_the_figures_tell_the_notebooks_story():
    rows = recorded()
    assert rows["k50"]["log_p_x"] > rows["k5"]["log_p_x"] > rows["plain"]["log_p_x"]
    assert rows["k50"]["elbo"] < rows["k5"]["elbo"] < rows["plain"]["elbo"]
    assert rows["mixture"]["log_p_x"] > rows["plain"]["log_p_x"] + 0.5


@pytest.mark.parametrize("name", recipe_first.MODELS)
def test_recipes_raise_their_bound(name):
    kind, own, k = recipe_first.MODELS[name]
    drawn = data.load("strokes", n=300)
    model, x = kind(**recipe_first.SIZES, **own), (drawn.train_images > 0.5).float()

    def level():
        with torch.no_grad():
            return objective.iwae(model, x, k, torch.Generator().manual_seed(0)).mean().item()

    before = level()
    recipe_first.train(model, drawn.train_images, min(k, 5), steps=40)
    assert level() > before + 100


def test_a_learned_prior_comes_back_from_its_file(tmp_path):
    model = MixturePriorVAE(2, (5,), parts=4, data_size=6, seed=1)
    weights.write(model, tmp_path / "m.safetensors", {"command": "none"})
    again = weights.read(tmp_path / "m.safetensors", MixturePriorVAE)
    z = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model.prior.log_prob(z), again.prior.log_prob(z), atol=0.02, rtol=0)
