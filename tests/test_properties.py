"""What must hold for whatever comes: the objective and log P(X), from tiny to huge scales, float32 beside float64.

Examples that once failed are kept as @example. tests/test_properties_of_codes.py has the pen, the coder and the engine.
"""

import math

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from torch.distributions import Independent, Normal

from vae_helpers import likelihood, models, objective

SEEDS = st.integers(0, 2**32 - 1)
EXPONENTS = st.floats(-6, 6)  # of ten: scales from 1e-6 to 1e6
SIZES = st.integers(1, 4)


def draws(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def gaussian(mu, sigma):
    return Independent(Normal(mu, sigma), 1)


def scaled_vae(exponent, seed, latent_size=2, data_size=5, **likelihood_):
    """A VAE whose last layers put out numbers of about 10^exponent, log-variances at most 60, in float64."""
    model = models.VAE(latent_size, (4,), data_size=data_size, seed=seed % 1000, **likelihood_).double()
    with torch.no_grad():
        for parameter in model.decoder[-1].parameters():
            parameter.mul_(10**exponent)
        model.encoder[-1].weight[latent_size:].mul_(min(60.0, 10**exponent))
        model.encoder[-1].weight[:latent_size].mul_(10**exponent)
    return model.requires_grad_(False)


def images(seed, count, size):
    return (draws(seed, count, size) > 0).double()


# ---- divergences ----


@given(SEEDS, st.lists(SIZES, min_size=1, max_size=3), EXPONENTS, st.floats(0, 80))
@example(0, [1], 6.0, 80.0)
def test_the_kl_keeps_its_shape_its_sign_and_its_digits(seed, shape, exponent, widest):
    mu, logvar = 10**exponent * draws(seed, *shape), widest * draws(seed + 1, *shape).clamp(-1, 1)
    kl = objective.kl_to_standard_normal(mu, logvar)
    assert kl.shape == tuple(shape[:-1]) and kl.isfinite().all() and (kl >= -1e-12).all()
    single = objective.kl_to_standard_normal(mu.float(), logvar.float()).double()
    terms = (mu**2 + logvar.exp() + logvar.abs() + 1).sum(-1)  # what is added up; its rounding is what float32 loses
    assert ((single - kl).abs() <= 1e-5 * terms).all()


@given(SEEDS, SIZES, SIZES, EXPONENTS, st.floats(-3, 3), st.floats(-3, 3))
def test_a_divergence_depends_on_no_unit(seed, batch, size, exponent, first, second):
    unit = 10**exponent
    q = [draws(seed, batch, size), draws(seed + 1, batch, size).exp() * math.exp(first)]
    p = [draws(seed + 2, size), draws(seed + 3, size).exp() * math.exp(second)]
    plain = objective.kl(gaussian(*q), gaussian(*p))
    torch.testing.assert_close(objective.kl(gaussian(*(unit * v for v in q)), gaussian(*(unit * v for v in p))), plain)
    full = [v for mean, sigma in (q, p) for v in (unit * mean, torch.diag_embed((unit * sigma) ** 2))]
    torch.testing.assert_close(objective.gaussian_kl(*full), plain, rtol=1e-8, atol=1e-8)
    assert (plain >= 0).all() and plain.shape == (batch,)


@given(SEEDS, SIZES, EXPONENTS)
def test_a_full_divergence_is_that_of_torch_and_0_from_itself(seed, size, exponent):
    mean, root = draws(seed, 2, size), draws(seed + 1, 2, size, size) + 2 * torch.eye(size)
    covariance = root @ root.mT + 0.1 * torch.eye(size)
    scale = 10**exponent
    both = [scale * mean[0], scale**2 * covariance[0], scale * mean[1], scale**2 * covariance[1]]
    a, b = (torch.distributions.MultivariateNormal(mean[i], covariance[i]) for i in (0, 1))
    wanted = torch.distributions.kl_divergence(a, b)
    torch.testing.assert_close(objective.gaussian_kl(*both), wanted, rtol=1e-6, atol=1e-6)
    assert objective.gaussian_kl(*both[:2], *both[:2]).abs() < 1e-6


@given(SEEDS, SIZES, SIZES, SIZES, EXPONENTS)
def test_the_noise_alone_tells_draws_from_mu_and_sigma(seed, samples, batch, size, exponent):
    mu, sigma = draws(seed, batch, size), 10**exponent * draws(seed + 1, batch, size).abs()
    z = objective.reparameterize(mu, sigma, samples, torch.Generator().manual_seed(seed))
    eps = draws(seed, samples, batch, size)
    assert z.shape == (samples, batch, size)
    torch.testing.assert_close(z, mu + sigma * eps)


# ---- bounds ----


@given(SEEDS, EXPONENTS, SIZES, SIZES, st.sampled_from(["bernoulli", "gaussian"]))
def test_bounds_are_numbers_whatever_the_logits_and_keep_their_order(seed, exponent, batch, samples, kind):
    """With the same draws the mean of log w is at most log of the mean of w, to the last digit."""
    model = scaled_vae(exponent, seed, likelihood=kind, **({"sigma": 0.1} if kind == "gaussian" else {}))
    x = images(seed, batch, 5)
    log_w = objective.log_weights(model, x, samples, torch.Generator().manual_seed(seed))  # (S, B)
    bound = objective.iwae(model, x, samples, torch.Generator().manual_seed(seed))
    terms = objective.elbo(model, x, samples, torch.Generator().manual_seed(seed))
    for value in (bound, terms.elbo, terms.kl, terms.reconstruction):
        assert value.shape == (batch,) and value.isfinite().all()
    assert (log_w.mean(dim=0) <= bound + 1e-9 * (1 + bound.abs())).all() and (terms.kl >= 0).all()
    if kind == "bernoulli":
        assert (terms.reconstruction <= 0).all()


@given(SEEDS, st.floats(-6, 3), SIZES)
def test_float32_gives_the_bound_of_float64(seed, exponent, batch):
    """Each with its own z, the same but for rounding; a logit of 1e4 is exact to 1e-3."""
    model, x = scaled_vae(exponent, seed), images(seed, batch, 5)
    z = objective.reparameterize(*objective.mean_and_sigma(model.encode(x)), 3, torch.Generator().manual_seed(seed))
    assume(z.abs().max() < 1e4)
    wanted = model.decode(z).log_prob(x)
    single = model.float().decode(z.float()).log_prob(x.float()).double()
    assert (
        single.isfinite().all()
        and ((single - wanted).abs() <= 1e-5 * (1 + 5 * 10**exponent * (1 + z.abs().max()))).all()
    )


@pytest.mark.parametrize("samples", [1, 5, 50])
@given(SEEDS, SIZES, st.floats(-1, 1), st.floats(-1.5, 1))
def test_bound_then_k_sample_bound_then_log_p_x(samples, seed, latent_size, exponent, log_sigma):
    """In expectation, so within five standard errors of 2,000 draws each, where log P(X) is known exactly."""
    weight = 10**exponent * draws(seed, 3, latent_size)
    model = models.LinearGaussian(weight, draws(seed + 1, 3), 10**log_sigma)
    x = (model.bias + weight @ draws(seed + 2, latent_size) + 10**log_sigma * draws(seed + 3, 3)).expand(2000, 3)
    generator = torch.Generator().manual_seed(seed)
    exact = model.log_prob(x[:1]).item()
    bound, tight = objective.elbo(model, x, 1, generator).elbo, objective.iwae(model, x, samples, generator)
    errors = [5 * (value.std() / math.sqrt(len(value))).item() + 1e-9 for value in (bound, tight)]
    assert tight.mean().item() <= exact + errors[1]
    assert bound.mean().item() <= tight.mean().item() + sum(errors)


@given(SEEDS, EXPONENTS, st.floats(-6, 0))
def test_every_weight_is_p_x_where_q_is_the_posterior(seed, exponent, log_sigma):
    """One latent dimension: Q is exact, and no draw tells more than another, whatever the units of X."""
    weight, sigma = 10**exponent * draws(seed, 3, 1), 10 ** (exponent + log_sigma / 3)
    model = models.LinearGaussian(weight, 10**exponent * draws(seed + 1, 3), sigma)
    x = model.bias + 10**exponent * draws(seed + 2, 4, 3)
    log_w = objective.log_weights(model, x, 6, torch.Generator().manual_seed(seed))
    torch.testing.assert_close(log_w, model.log_prob(x).expand(6, 4), rtol=1e-5, atol=1e-5)


# ---- log P(X) ----


@given(SEEDS, SIZES, st.integers(1, 7), st.integers(1, 40))
def test_the_estimate_has_a_number_for_each_image_whatever_the_chunk(seed, batch, samples, chunk):
    model, x = scaled_vae(0.0, seed), images(seed, batch, 5)
    found = likelihood.importance_sampled(model, x, samples, chunk, torch.Generator().manual_seed(seed))
    assert found.shape == (batch,) and found.dtype == x.dtype and (found <= 0).all() and found.isfinite().all()


@given(SEEDS, st.integers(1, 2), st.floats(-1.3, 0.5))
def test_quadrature_is_exact_or_says_that_it_is_not(seed, latent_size, log_sigma):
    model = models.LinearGaussian(draws(seed, 3, latent_size), draws(seed + 1, 3), 10**log_sigma)
    x = model.bias + draws(seed + 2, 2, latent_size) @ model.weight.T + 10**log_sigma * draws(seed + 3, 2, 3)
    try:
        found = likelihood.quadrature(model, x)
    except ValueError as told:
        assert "quadrature did not settle" in str(told)
    else:
        torch.testing.assert_close(found, model.log_prob(x), rtol=0, atol=2e-3)


@given(SEEDS, EXPONENTS, st.sampled_from(["bernoulli", "gaussian"]))
def test_all_pairs_at_once_are_the_pairs_one_by_one(seed, exponent, kind):
    model = scaled_vae(exponent, seed, likelihood=kind, **({"sigma": 0.1} if kind == "gaussian" else {}))
    x, z = images(seed, 3, 5), draws(seed + 1, 4, 2)
    wanted = model.decode(z[:, None]).log_prob(x).T + model.prior.log_prob(z)  # (3, 4)
    torch.testing.assert_close(likelihood.log_joint(model, x, z), wanted, rtol=1e-9, atol=1e-9 * (1 + 10**exponent))
