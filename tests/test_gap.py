"""The gap of (5) and its two parts."""

import pytest
import torch

from vae_helpers import data, gap, likelihood, objective, weights
from vae_helpers.beyond import full_covariance
from vae_helpers.models import VAE, LinearGaussian


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class Mistaken(LinearGaussian):
    """A linear model whose encoder is wrong in mean and width, so that there is something to amortize."""

    def encode(self, x):
        q = super().encode(x).base_dist
        return torch.distributions.Independent(torch.distributions.Normal(q.loc + 0.7, 3 * q.scale), 1)


@pytest.fixture
def linear():
    weight = numbers(5, 2)
    weight[:, 1] += weight[:, 0]  # columns that are not orthogonal: a posterior that is not diagonal
    return Mistaken(weight, numbers(5, seed=1), 0.6)


def test_the_bound_equals_the_closed_form_of_a_linear_model(linear):
    x = numbers(7, 5, seed=2)
    mu, sigma = numbers(7, 2, seed=3), numbers(7, 2, seed=4).abs() + 0.1
    posterior = linear.posterior(x)
    divergence = objective.gaussian_kl(mu, torch.diag_embed(sigma**2), posterior.mean, posterior.covariance_matrix)
    wanted = linear.log_prob(x) - divergence
    assert torch.allclose(gap.elbo(linear, x, mu, sigma), wanted, atol=1e-9)
    assert torch.allclose(gap.elbo(linear, x, mu, sigma, nodes=3), wanted, atol=1e-9)  # quadratic in z: 3 are exact


def test_the_bound_agrees_with_many_draws():
    model = VAE(latent_size=2, hidden_sizes=(20,), seed=3)
    for parameter in model.parameters():
        parameter.requires_grad_(False).mul_(3)  # a bent decoder
    x = data.binarize(data.load("strokes", n=6).train_images[:3])
    mu, sigma = objective.mean_and_sigma(model.encode(x))
    z = mu + sigma * torch.randn(50_000, 1, 2, generator=torch.Generator().manual_seed(0))
    log_p = model.decode(z).log_prob(x).double()  # (S, B)
    drawn = log_p.mean(dim=0) - objective.kl_to_standard_normal(mu, 2 * sigma.log())
    assert ((gap.elbo(model, x, mu, sigma) - drawn).abs() < 4 * log_p.std(dim=0) / 50_000**0.5).all()
    assert (gap.elbo(model, x, mu, sigma, nodes=1) - drawn).abs().min() > 4 * log_p.std(dim=0).max() / 50_000**0.5


def test_the_best_q_of_a_linear_model_is_found(linear):
    x = numbers(6, 5, seed=5)
    mu, sigma, *_ = gap.best_q(linear, x, steps=300)
    best = LinearGaussian.encode(linear, x)  # in closed form
    assert torch.allclose(mu, best.mean, atol=2e-3)
    assert torch.allclose(sigma, best.stddev, rtol=5e-3)


def test_both_parts_of_a_linear_models_gap(linear):
    x = numbers(6, 5, seed=6)
    parts = gap.split(linear, x, steps=300)
    posterior, best = linear.posterior(x), LinearGaussian.encode(linear, x)
    approximation = objective.gaussian_kl(
        best.mean, torch.diag_embed(best.variance), posterior.mean, posterior.covariance_matrix
    )
    assert approximation.min() > 0.05  # the posterior is not diagonal
    assert torch.allclose(parts.log_p_x, linear.log_prob(x), atol=1e-3)
    assert torch.allclose(parts.approximation, approximation, atol=2e-3)
    assert torch.allclose(parts.gap, parts.amortization + parts.approximation)
    assert parts.amortization.min() > 0.1


def test_a_search_leaves_the_models_gradients_alone(bernoulli_vae):
    """A learner may search in the middle of a training of their own."""
    model, x = bernoulli_vae()
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 0.5)
    gap.split(model, x, steps=2)
    full_covariance.best(model.float(), x.float(), steps=2)
    full_covariance.search(model, x.float(), True, steps=2)
    assert all((parameter.grad == 0.5).all() for parameter in model.parameters())


def test_a_search_never_ends_below_the_encoder():
    model = weights.load("mnist-2d")
    x = data.binarize(data.load("strokes", n=12).train_images[:6])
    mu, sigma = objective.mean_and_sigma(model.encode(x))
    start = gap.elbo(model, x, mu, sigma)
    for steps in (1, 5):
        parts = gap.split(model, x, steps)
        assert (parts.best_elbo >= start).all() and (parts.approximation > -0.01).all()
    assert torch.allclose(parts.elbo, start) and torch.allclose(parts.log_p_x, likelihood.quadrature(model, x))


@pytest.mark.parametrize("latent_size", [3, 16, 100])
@pytest.mark.parametrize("function", [gap.split, gap.best_q, gap.highest])
def test_more_than_two_dimensions_are_refused(function, latent_size):
    words = f"1 or 2 latent dimensions, and this model has {latent_size}: .*importance_sampled"
    with pytest.raises(ValueError, match=words):
        function(VAE(latent_size, hidden_sizes=(5,)), torch.zeros(1, 784))


def test_more_nodes_than_memory_holds_are_refused():
    model, mu = VAE(16, hidden_sizes=(5,)), torch.zeros(1, 16)
    with pytest.raises(ValueError, match=r"each of 16 latent dimensions are 9\^16 nodes, too many"):
        gap.elbo(model, torch.zeros(1, 784), mu, mu + 1)
    assert gap.elbo(model, torch.zeros(1, 784), mu, mu + 1, nodes=1).isfinite()


def test_the_search_for_the_best_q_has_converged(mnist):
    """Forty steps left digit 35 a tenth of a nat short, which looked as if its best Q leaned."""
    model, x = weights.load("mnist-2d"), data.binarize(mnist.test_images, seed=0)[20:40]
    found, longer = gap.best_q(model, x), gap.best_q(model, x, steps=300)
    assert (longer.elbo - found.elbo).max() < 0.02


@pytest.mark.parametrize("size", [1, 2, 3])
def test_nodes_of_quadrature_have_the_moments_of_a_standard_normal(size):
    points, weights = gap.gauss_hermite(4, size)
    assert points.shape == (4**size, size) and weights.sum().item() == pytest.approx(1)
    for power, moment in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15)):
        assert (weights @ points**power).tolist() == pytest.approx([moment] * size)
    if size > 1:
        assert (weights @ (points[:, 0] ** 2 * points[:, 1] ** 4)).item() == pytest.approx(3)
