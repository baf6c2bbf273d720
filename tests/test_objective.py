"""The terms of the bound against torch.distributions, finite differences and closed forms."""

import math

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from vae_helpers import objective
from vae_helpers.models import VAE


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def covariance(*shape, seed=0):
    a = random(*shape, shape[-1], seed=seed)
    return a @ a.mT + 0.3 * torch.eye(shape[-1], dtype=torch.float64)


def zeros(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return model


def slopes(function, at, step=1e-5):
    """Central differences of a scalar function of one float64 tensor."""
    result = torch.zeros_like(at)
    for i in range(at.numel()):
        shift = torch.zeros_like(at)
        shift.view(-1)[i] = step
        result.view(-1)[i] = (function(at + shift) - function(at - shift)) / (2 * step)
    return result


# --- KL divergences


@pytest.mark.parametrize("shape", [(3,), (4, 1), (2, 5, 3)])
def test_kl_to_standard_normal_is_that_of_torch(shape):
    mu, logvar = random(*shape), random(*shape, seed=1)
    q = Independent(Normal(mu, (logvar / 2).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    torch.testing.assert_close(objective.kl_to_standard_normal(mu, logvar), kl_divergence(q, p))


def test_kl_of_a_distribution_and_by_dimension_are_those_of_torch():
    mu, sigma = random(4, 3), random(4, 3, seed=1).exp()
    q, p = Normal(mu, sigma), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    torch.testing.assert_close(objective.kl_by_dimension(mu, sigma), kl_divergence(q, p))
    torch.testing.assert_close(objective.kl(Independent(q, 1)), kl_divergence(q, p).sum(1))
    tiny = objective.kl_by_dimension(torch.zeros(1), torch.tensor([1e-15]))  # σ² is 1e-30: no rounding to log 0
    assert tiny.item() == pytest.approx(15 * math.log(10) - 0.5, rel=1e-6)


def test_kl_to_standard_normal_by_numerical_integration():
    z = torch.linspace(-20, 20, 40001, dtype=torch.float64)
    q, p = Normal(0.7, 0.4), Normal(0.0, 1.0)
    integral = torch.trapezoid(q.log_prob(z).exp() * (q.log_prob(z) - p.log_prob(z)), z)
    kl = objective.kl_to_standard_normal(torch.tensor([0.7]).double(), torch.tensor([2 * math.log(0.4)]).double())
    assert kl.item() == pytest.approx(integral.item(), abs=1e-7)


def test_gradient_of_kl_by_finite_differences():
    mu, logvar = random(1, 3).requires_grad_(), random(1, 3, seed=1).requires_grad_()
    objective.kl_to_standard_normal(mu, logvar).sum().backward()
    fixed_mu, fixed_logvar = mu.detach(), logvar.detach()
    by_mu = slopes(lambda m: objective.kl_to_standard_normal(m, fixed_logvar).sum(), fixed_mu)
    by_logvar = slopes(lambda v: objective.kl_to_standard_normal(fixed_mu, v).sum(), fixed_logvar)
    torch.testing.assert_close(mu.grad, by_mu, atol=1e-8, rtol=1e-6)
    torch.testing.assert_close(logvar.grad, by_logvar, atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize(
    ("mu", "logvar"),
    [(torch.zeros(2, 3), torch.zeros(3)), (torch.zeros(()), torch.zeros(())), (torch.zeros(2), torch.zeros(3))],
)
def test_kl_to_standard_normal_refuses_shapes_that_differ(mu, logvar):
    with pytest.raises(ValueError, match=r"(mu|logvar) must be of shape"):
        objective.kl_to_standard_normal(mu, logvar)


@pytest.mark.parametrize(
    ("batch0", "batch1"), [((), ()), ((4,), (4,)), ((4,), ()), ((), (4,)), ((3, 1), (4,)), ((2, 3), (3,))]
)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_gaussian_kl_is_that_of_torch_batched_and_broadcast(batch0, batch1, k):
    mean0, mean1 = random(*batch0, k), random(*batch1, k, seed=1)
    covariance0, covariance1 = covariance(*batch0, k, seed=2), covariance(*batch1, k, seed=3)
    shape = torch.broadcast_shapes(batch0, batch1)
    p = MultivariateNormal(mean0.expand(*shape, k), covariance0.expand(*shape, k, k))
    q = MultivariateNormal(mean1.expand(*shape, k), covariance1.expand(*shape, k, k))
    kl = objective.gaussian_kl(mean0, covariance0, mean1, covariance1)
    assert kl.shape == shape and kl.dtype == torch.float64
    torch.testing.assert_close(kl, kl_divergence(p, q))


def test_gaussian_kl_lets_means_and_covariances_broadcast_apart():
    """Three means with one covariance between them: three scalar sums of the textbook formula, inverses and all."""
    mean0, mean1 = random(3, 2), random(2, seed=1)
    covariance0, covariance1 = covariance(2, seed=2), covariance(2, seed=3)
    kl = objective.gaussian_kl(mean0, covariance0, mean1, covariance1)
    inverse = torch.linalg.inv(covariance1)
    for row in range(3):
        d = mean1 - mean0[row]
        log_ratio = math.log(torch.linalg.det(covariance1) / torch.linalg.det(covariance0))
        expected = 0.5 * (torch.trace(inverse @ covariance0) + d @ inverse @ d - 2 + log_ratio)
        assert kl[row].item() == pytest.approx(expected.item())


def test_gaussian_kl_of_diagonal_gaussians_is_the_sum_of_one_dimensional_ones():
    mu, logvar = random(4, 3), random(4, 3, seed=1)
    standard = torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
    expected = sum(
        kl_divergence(Normal(mu[:, i], (logvar[:, i] / 2).exp()), Normal(0.0, 1.0)) for i in range(3)
    )  # fmt: skip
    torch.testing.assert_close(objective.gaussian_kl(mu, torch.diag_embed(logvar.exp()), *standard), expected)


def test_gaussian_kl_is_zero_only_between_equals_and_unit_free():
    mean, sigma = random(3), covariance(3)
    assert objective.gaussian_kl(mean, sigma, mean, sigma).item() == pytest.approx(0, abs=1e-12)
    there = objective.gaussian_kl(mean, sigma, mean + 0.1, sigma)
    assert there > 0
    scaled = objective.gaussian_kl(1e-5 * mean, 1e-10 * sigma, 1e-5 * (mean + 0.1), 1e-10 * sigma)
    torch.testing.assert_close(scaled, there)


def test_gaussian_kl_differentiates():
    mean, sigma = random(2).requires_grad_(), covariance(2)
    target = random(2, seed=4), covariance(2, seed=5)
    objective.gaussian_kl(mean, sigma, *target).backward()
    expected = -torch.linalg.solve(target[1], target[0] - mean.detach())
    torch.testing.assert_close(mean.grad, expected)


NOT_COVARIANCES = [
    (torch.tensor([[1.0, 2.0], [2.0, 1.0]]), "covariance0 is not positive definite"),
    (torch.zeros(2, 2), "covariance0 is not positive definite"),
    (-torch.eye(2), "covariance0 is not positive definite"),
    (torch.tensor([[1.0, 0.5], [0.0, 1.0]]), "covariance0 is not symmetric"),
    (1e-8 * torch.tensor([[1.0, 0.5], [0.0, 1.0]]), "covariance0 is not symmetric"),
    (torch.full((2, 2), math.nan), "covariance0 must be finite"),
    (torch.eye(3), r"covariance0 must be of shape \(\*, k, k\) with k = 2, not .* \(3, 3\)"),
    (torch.ones(2), r"covariance0 must be of shape \(\*, k, k\), not .* \(2,\)"),
    (torch.stack([torch.eye(2), -torch.eye(2)]), "not positive definite"),
]


@pytest.mark.parametrize(("bad", "words"), NOT_COVARIANCES)
def test_gaussian_kl_refuses_what_is_no_covariance(bad, words):
    good = torch.zeros(2), torch.eye(2)
    with pytest.raises(ValueError, match=words):
        objective.gaussian_kl(torch.zeros(2), bad, *good)
    with pytest.raises(ValueError, match=words.replace("covariance0", "covariance1")):
        objective.gaussian_kl(*good, torch.zeros(2), bad)


@pytest.mark.parametrize(
    ("mean0", "mean1", "words"),
    [
        (torch.zeros(2), torch.zeros(3), "mean1 must be of shape|covariance1 must be of shape"),
        (torch.tensor(0.0), torch.zeros(2), "mean0 must be"),
        (torch.zeros(3, 2), torch.zeros(4, 2), "must broadcast together"),
        (torch.tensor([0.0, math.nan]), torch.zeros(2), "must be finite"),
    ],
)
def test_gaussian_kl_refuses_means_that_do_not_fit(mean0, mean1, words):
    with pytest.raises(ValueError, match=words):
        objective.gaussian_kl(mean0, torch.eye(2), mean1, torch.eye(2))


# --- sampling


def test_reparameterize_has_the_moments_asked_for():
    mu, sigma = torch.tensor([[1.0, -2.0], [0.0, 5.0]]), torch.tensor([[0.5, 2.0], [1.0, 0.1]])
    z = objective.reparameterize(mu, sigma, 40_000, torch.Generator().manual_seed(0))
    assert z.shape == (40_000, 2, 2)
    torch.testing.assert_close(z.mean(0), mu, atol=0.05, rtol=0)
    torch.testing.assert_close(z.std(0), sigma, atol=0.0, rtol=0.02)
    flat = (z.reshape(-1, 4) - mu.reshape(4)) / sigma.reshape(4)
    assert (torch.corrcoef(flat.T) - torch.eye(4)).abs().max() < 0.025  # every coordinate its own ε


def test_reparameterize_lets_gradients_through_as_finite_differences_say():
    mu, sigma = random(2, 3).requires_grad_(), random(2, 3, seed=1).exp().requires_grad_()

    def value(m, s):
        return objective.reparameterize(m, s, 4, torch.Generator().manual_seed(7)).pow(3).sin().sum()

    value(mu, sigma).backward()
    fixed_mu, fixed_sigma = mu.detach(), sigma.detach()
    by_mu = slopes(lambda m: value(m, fixed_sigma), fixed_mu, 1e-7)
    by_sigma = slopes(lambda s: value(fixed_mu, s), fixed_sigma, 1e-7)
    torch.testing.assert_close(mu.grad, by_mu, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(sigma.grad, by_sigma, rtol=1e-4, atol=1e-4)


def test_reparameterize_keeps_dtype_and_repeats_with_its_generator():
    mu = torch.zeros(2, 3, dtype=torch.float64)
    first, again = (objective.reparameterize(mu, mu + 1, 2, torch.Generator().manual_seed(4)) for _ in range(2))
    assert first.dtype == torch.float64 and torch.equal(first, again)


@pytest.mark.parametrize("samples", [0, -1, 1.5, "3", None])
def test_sample_counts_must_be_whole_and_positive(samples):
    model, x = VAE(2, (4,), data_size=6), torch.rand(2, 6)
    for function in (objective.elbo, objective.iwae):
        with pytest.raises(ValueError, match="whole number of 1 or more"):
            function(model, x, samples)


# --- the bound


def test_a_network_of_zeros_pays_one_bit_per_pixel_and_nothing_for_z():
    model, x = zeros(VAE(5, (30,))), torch.rand(7, 784, generator=torch.Generator().manual_seed(0)).round()
    bound = objective.elbo(model, x, samples=3)
    torch.testing.assert_close(bound.reconstruction, torch.full((7,), -784 * math.log(2)))
    assert torch.equal(bound.kl, torch.zeros(7))
    torch.testing.assert_close(bound.elbo, torch.full((7,), -784 * math.log(2)))
    torch.testing.assert_close(objective.iwae(model, x, 4), torch.full((7,), -784 * math.log(2)))


def test_a_gaussian_network_of_zeros_scores_by_the_normal_density():
    model, x = zeros(VAE(2, (4,), "gaussian", "learned", data_size=6)), torch.rand(3, 6)
    expected = (-0.5 * x.square() - 0.5 * math.log(2 * math.pi)).sum(1)
    torch.testing.assert_close(objective.elbo(model, x).reconstruction, expected)


def test_terms_are_per_image_whatever_the_batch(bernoulli_vae):
    """With z made certain (σ → 0), each image's terms must not know of its neighbors."""
    model, x = bernoulli_vae(images=12)
    with torch.no_grad():
        model.encoder[-1].weight[2:] = 0
        model.encoder[-1].bias[2:] = -60.0
    whole = objective.elbo(model, x)
    assert whole.reconstruction.shape == whole.kl.shape == (12,)
    for size in (1, 5):
        parts = [objective.elbo(model, part) for part in x.split(size)]
        torch.testing.assert_close(torch.cat([part.reconstruction for part in parts]), whole.reconstruction)
        torch.testing.assert_close(torch.cat([part.kl for part in parts]), whole.kl)


def test_terms_of_the_bound_by_integration_over_a_grid(bernoulli_vae):
    """E_Q[log P(X|z)] and D[Q‖P] by the midpoint rule in two dimensions, from the two distributions alone."""
    model, x = bernoulli_vae(images=4)
    with torch.no_grad():
        q = model.encode(x)
        half = 8 * q.stddev.max() + q.mean.abs().max()
        axis = torch.linspace(-half, half, 401, dtype=torch.float64)
        z = torch.cartesian_prod(axis, axis)
        log_q = q.log_prob(z[:, None])  # (G, B)
        weight = log_q.exp() * (axis[1] - axis[0]) ** 2
        torch.testing.assert_close(weight.sum(0), torch.ones(4, dtype=torch.float64), atol=1e-6, rtol=0)
        f = model.decoder(z)  # (G, D)
        log_p = torch.nn.functional.logsigmoid(f) @ x.T + torch.nn.functional.logsigmoid(-f) @ (1 - x).T  # (G, B)
        bound = objective.elbo(model, x, samples=40_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(bound.reconstruction, (weight * log_p).sum(0), atol=0.06, rtol=0)
    log_prior = -0.5 * z.square().sum(1, keepdim=True) - math.log(2 * math.pi)
    torch.testing.assert_close(bound.kl, (weight * (log_q - log_prior)).sum(0), atol=1e-5, rtol=0)


def test_gradient_of_the_bound_by_finite_differences(bernoulli_vae):
    """Through encoder, sampling and decoder, at fixed ε."""
    model, x = bernoulli_vae(images=3)

    def value():
        return objective.elbo(model, x, 2, torch.Generator().manual_seed(5)).elbo.mean()

    value().backward()
    for parameter in (model.encoder[0].weight, model.encoder[-1].bias, model.decoder[0].weight, model.decoder[-1].bias):
        for i in (0, parameter.numel() - 1):
            with torch.no_grad():
                flat = parameter.view(-1)
                flat[i] += 1e-6
                up = value()
                flat[i] -= 2e-6
                down = value()
                flat[i] += 1e-6
            slope = ((up - down) / 2e-6).item()
            assert parameter.grad.view(-1)[i].item() == pytest.approx(slope, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("latent_size", [1, 2, 3])
def test_gap_of_the_bound_is_the_divergence_from_the_posterior(linear_gaussian, latent_size):
    """Equation (5) itself: log P(X) − ELBO = D[Q‖P(z|X)], the right-hand side from torch and from gaussian_kl."""
    model, x = linear_gaussian(latent_size)
    q, posterior = model.encode(x), model.posterior(x)
    # E_Q[log P(X|z)] in closed form: the squared error of the mean and the trace of WᵀW against Q's variances
    squared = (x - model.bias - q.mean @ model.weight.T).square().sum(1) + q.variance @ model.weight.square().sum(0)
    reconstruction = -0.5 * squared / 0.25 - 6 * math.log(0.5 * math.sqrt(2 * math.pi))
    bound = objective.elbo(model, x, samples=60_000, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(bound.reconstruction, reconstruction, atol=0.06, rtol=0)
    gap = model.log_prob(x) - (reconstruction - bound.kl)
    diagonal = MultivariateNormal(q.mean, torch.diag_embed(q.variance))
    torch.testing.assert_close(gap, kl_divergence(diagonal, posterior))
    kl = objective.gaussian_kl(q.mean, torch.diag_embed(q.variance), posterior.mean, posterior.covariance_matrix)
    torch.testing.assert_close(gap, kl)
    assert (gap > -1e-12).all() and (latent_size == 1) == bool((gap < 1e-9).all())


# --- the K-sample bound


def test_iwae_of_the_exact_posterior_is_log_p_of_x_with_one_sample(linear_gaussian):
    """Where Q is the posterior every weight equals P(X), so that one draw suffices: an identity, free of noise."""
    model, x = linear_gaussian(1)
    for samples in (1, 7):
        torch.testing.assert_close(objective.iwae(model, x, samples), model.log_prob(x))


def test_bounds_stand_in_order(linear_gaussian):
    model, x = linear_gaussian(3, images=3)
    many = x.repeat_interleave(4000, dim=0)
    generator = torch.Generator().manual_seed(3)

    def mean(k):
        return objective.iwae(model, many, k, generator).view(3, -1).mean(1)

    with torch.no_grad():
        elbo = objective.elbo(model, many, 1, generator).elbo.view(3, -1).mean(1)
        levels = [mean(1), mean(2), mean(8), mean(64)]
    torch.testing.assert_close(levels[0], elbo, atol=0.1, rtol=0)  # K = 1 is the bound itself
    truth = model.log_prob(x)
    for lower, upper in zip(levels, [*levels[1:], truth], strict=True):
        assert (lower < upper + 0.02).all()
    assert (truth - levels[0] > 0.1).all() and (truth - levels[3] < 0.05).all()


def test_iwae_weights_by_hand():
    """Three weights, of which the bound is the log of the mean: recomputed from the ε that the generator gives."""
    model, x = VAE(2, (5,), data_size=6).double(), torch.rand(2, 6, dtype=torch.float64).round()
    value = objective.iwae(model, x, 3, torch.Generator().manual_seed(8))
    eps = torch.randn(3, 2, 2, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    total = 0
    for k in range(3):
        z = mu + (logvar / 2).exp() * eps[k]
        probability = torch.sigmoid(model.decoder(z))
        p_x = torch.where(x > 0, probability, 1 - probability).prod(1)
        prior = (-0.5 * z.square()).exp().prod(1) / (2 * math.pi)
        q = (-0.5 * eps[k].square() - logvar / 2).exp().prod(1) / (2 * math.pi)
        total = total + p_x * prior / q
    torch.testing.assert_close(value, (total / 3).log())


def test_iwae_differentiates_as_finite_differences_say(bernoulli_vae):
    model, x = bernoulli_vae(images=3)

    def value():
        return objective.iwae(model, x, 5, torch.Generator().manual_seed(5)).mean()

    value().backward()
    for parameter in (model.encoder[-1].bias, model.decoder[-1].bias):
        with torch.no_grad():
            parameter[1] += 1e-6
            up = value()
            parameter[1] -= 2e-6
            down = value()
            parameter[1] += 1e-6
        assert parameter.grad[1].item() == pytest.approx(((up - down) / 2e-6).item(), rel=1e-4)


@pytest.mark.parametrize("function", [objective.elbo, objective.iwae])
@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.rand(2, 7), r"shape \(batch, 6\)"),
        (torch.full((2, 6), math.nan), "NaN"),
        (torch.full((2, 6), 2.0), r"\[0, 1\]"),
        (torch.zeros(2, 6, dtype=torch.int64), "floating point"),
    ],
)
def test_bad_images_are_refused_by_the_bounds(function, images, words):
    with pytest.raises(ValueError, match=words):
        function(VAE(2, (4,), data_size=6), images, 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kl_near_the_prior_keeps_its_digits_and_is_never_negative(dtype):
    """There σ² − 1 and log σ² cancel; the series in t = log σ² has what is left: e^t − 1 − t = t²/2 + t³/6 + …"""
    t = torch.cat([torch.logspace(-7.5, -2, 4001), -torch.logspace(-7.5, -2, 4001)]).to(dtype)[:, None]
    kl = objective.kl_to_standard_normal(torch.zeros_like(t), t)
    exact = 0.5 * sum(t[:, 0].double() ** n / math.factorial(n) for n in range(2, 12))
    assert (kl >= 0).all()
    coarse = torch.finfo(dtype).eps * t[:, 0].abs()  # half a digit of t, in which the difference is taken
    assert ((kl.double() - exact).abs() <= coarse).all()
    sigma = 1 + torch.arange(-200, 200, dtype=dtype)[:, None] * torch.finfo(dtype).eps
    assert (objective.kl_by_dimension(torch.zeros_like(sigma), sigma) >= 0).all()
    assert (objective.kl(Independent(Normal(torch.zeros_like(sigma), sigma), 1)) >= 0).all()


@pytest.mark.parametrize("k", [2, 16, 60])
def test_divergence_of_nearly_equal_gaussians_keeps_its_digits(k):
    generator = torch.Generator().manual_seed(k)
    factor = torch.randn(k, k, generator=generator)
    covariance, mean = factor @ factor.T + k * torch.eye(k), torch.randn(k, generator=generator)
    # Σ₁ = (1 + 1e-4) Σ₀, for which D = k/2 (1/(1 + t) − 1 + log(1 + t)), whatever Σ₀ is
    t = 2.0**-13
    exact = k / 2 * (1 / (1 + t) - 1 + math.log1p(t))
    assert objective.gaussian_kl(mean, covariance, mean, (1 + t) * covariance).item() == pytest.approx(exact, rel=0.05)


def test_divergence_of_a_factor_is_that_of_its_covariance():
    generator = torch.Generator().manual_seed(0)
    c = torch.randn(7, 3, 3, generator=generator).tril()
    c.diagonal(dim1=-2, dim2=-1).abs_().add_(0.2)
    mu = torch.randn(7, 3, generator=generator)
    exact = kl_divergence(MultivariateNormal(mu, scale_tril=c), MultivariateNormal(torch.zeros(3), torch.eye(3)))
    assert torch.allclose(objective.kl_of_factor(mu, c), exact, atol=1e-4)


@pytest.mark.parametrize("kind", [torch.distributions.LogNormal, torch.distributions.HalfNormal])
def test_what_only_looks_like_a_gaussian_is_refused(kind):
    with pytest.raises(ValueError, match="diagonal Gaussian"):
        objective.kl(kind(*[torch.ones(2)] * (2 if kind is torch.distributions.LogNormal else 1)))
