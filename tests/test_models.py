"""The models against torch.distributions, numpy and by-hand formulas."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal

from vae_helpers.models import VAE, LinearGaussian

X = torch.rand(3, 8, generator=torch.Generator().manual_seed(0))


def by_hand(network, v):
    """A multilayer perceptron with tanh GELUs between its linear maps, in numpy."""
    linear = [
        (m.weight.detach().double().numpy(), m.bias.detach().double().numpy()) for m in network if hasattr(m, "bias")
    ]
    v = v.double().numpy()
    for number, (weight, bias) in enumerate(linear):
        v = v @ weight.T + bias
        if number < len(linear) - 1:
            v = 0.5 * v * (1 + np.tanh(np.sqrt(2 / np.pi) * (v + 0.044715 * v**3)))
    return v


def test_encoder_is_mu_and_log_variance_of_a_diagonal_gaussian():
    model = VAE(2, (5, 4), data_size=8)
    mu, logvar = np.split(by_hand(model.encoder, X), 2, axis=1)
    q = model.encode(X)
    assert q.batch_shape == (3,) and q.event_shape == (2,)
    np.testing.assert_allclose(q.mean.detach(), mu, atol=1e-6)
    np.testing.assert_allclose(q.variance.detach(), np.exp(logvar), rtol=1e-5)
    z = torch.tensor([[0.3, -1.0]] * 3)
    density = -0.5 * ((z.numpy() - mu) ** 2 / np.exp(logvar) + logvar + np.log(2 * np.pi)).sum(1)
    np.testing.assert_allclose(q.log_prob(z).detach(), density, rtol=1e-5)


def test_bernoulli_decoder_scores_pixels():
    model, z = VAE(2, (5,), data_size=8), torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(2))
    p = model.decode(z)
    assert p.batch_shape == (4, 3) and p.event_shape == (8,)
    probability = 1 / (1 + np.exp(-by_hand(model.decoder, z)))
    np.testing.assert_allclose(p.mean.detach(), probability, rtol=1e-5)
    x = (X > 0.5).float()
    expected = np.where(x.bool(), np.log(probability), np.log1p(-probability)).sum(-1)
    np.testing.assert_allclose(p.log_prob(x).detach(), expected, rtol=1e-5)


@pytest.mark.parametrize("sigma", [0.3, 2, "learned"])
def test_gaussian_decoder_has_the_named_sigma(sigma):
    model, z = VAE(2, (5,), "gaussian", sigma, data_size=8), torch.randn(3, 2)
    number = 1.0 if sigma == "learned" else sigma
    mean = by_hand(model.decoder, z)
    expected = -0.5 * ((X.numpy() - mean) ** 2 / number**2 + np.log(2 * np.pi * number**2)).sum(1)
    np.testing.assert_allclose(model.decode(z).log_prob(X).detach(), expected, rtol=1e-4)
    assert model.sigma.item() == pytest.approx(number, rel=1e-6)
    assert any(p is getattr(model, "log_sigma", None) for p in model.parameters()) == (sigma == "learned")
    assert "log_sigma" in model.state_dict()


def test_learned_sigma_gets_the_gradient_of_the_log_density():
    model, z = VAE(2, (5,), "gaussian", "learned", data_size=8).double(), torch.randn(3, 2).double()
    x = X.double()
    model.decode(z).log_prob(x).sum().backward()
    residual = (x - model.decode(z).mean).square().sum().item()
    assert model.log_sigma.grad.item() == pytest.approx(residual - x.numel())  # d/dlogσ at σ = 1


def test_prior_is_a_standard_normal():
    z = torch.tensor([[0.0, 0.0, 0.0], [1.0, -2.0, 0.5]])
    expected = -0.5 * z.square().sum(1) - 1.5 * math.log(2 * math.pi)
    torch.testing.assert_close(VAE(3, (4,), data_size=8).prior.log_prob(z), expected)


def test_default_layout_is_the_course_s():
    model = VAE()
    assert sum(p.numel() for p in model.parameters()) == (
        784 * 400 + 400 + 400 * 400 + 400 + 400 * 4 + 4 + 2 * 400 + 400 + 400 * 400 + 400 + 400 * 784 + 784
    )
    assert VAE(**model.config).state_dict().keys() == model.state_dict().keys()


def test_seed_fixes_the_weights_and_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second, third = (VAE(2, (4,), data_size=6, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.encoder[0].weight, second.encoder[0].weight)
    assert not torch.equal(first.encoder[0].weight, third.encoder[0].weight)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"latent_size": 0}, "a whole number of 1 or more"),
        ({"latent_size": 2.0}, "a whole number of 1 or more"),
        ({"hidden_sizes": (400, -1)}, "a whole number of 1 or more"),
        ({"hidden_sizes": 400}, r"tuple of widths such as \(400, 400\)"),
        ({"data_size": 0}, "a whole number of 1 or more"),
        ({"likelihood": "poisson"}, "'poisson'"),
        ({"sigma": 0.1}, "Bernoulli likelihood has no sigma"),
        ({"likelihood": "gaussian"}, "positive number or 'learned'"),
        ({"likelihood": "gaussian", "sigma": 0}, "positive number or 'learned'"),
        ({"likelihood": "gaussian", "sigma": -1.0}, "not -1.0"),
        ({"likelihood": "gaussian", "sigma": math.nan}, "not nan"),
        ({"likelihood": "gaussian", "sigma": "big"}, "not 'big'"),
    ],
)
def test_impossible_models_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        VAE(**arguments)


BAD_IMAGES = [
    ([[0.0] * 8], "torch tensor, not list"),
    (np.zeros((1, 8)), "torch tensor, not ndarray"),
    (torch.zeros(8), r"shape \(batch, 8\), not \(8,\).*reshape\(-1, 8\)"),
    (torch.zeros(2, 2, 4), r"not \(2, 2, 4\).*reshape\(-1, 8\)"),
    (torch.zeros(2, 9), r"shape \(batch, 8\), not \(2, 9\)"),
    (torch.zeros(0, 8), "no images"),
    (torch.zeros(2, 8, dtype=torch.uint8), "floating point, not torch.uint8"),
    (torch.zeros(2, 8, dtype=torch.int64), "floating point, not torch.int64"),
    (torch.zeros(2, 8, dtype=torch.float64), r"model computes in torch.float32; use images.to\(torch.float32\)"),
    (torch.tensor([[math.nan] + [0.0] * 7]), "NaN"),
    (torch.tensor([[math.inf] + [0.0] * 7]), "infinite"),
]


@pytest.mark.parametrize(("images", "words"), BAD_IMAGES)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_bad_images_are_refused_in_words(images, words, likelihood):
    model = VAE(2, (5,), likelihood, None if likelihood == "bernoulli" else 1.0, data_size=8)
    with pytest.raises(ValueError, match=words):
        model.encode(images)


def test_a_model_in_double_precision_takes_single_precision_too():
    model = VAE(2, (5,), data_size=8).double()
    assert torch.equal(model.encode(X.float()).mean, model.encode(X.float().double()).mean)
    with pytest.raises(ValueError, match=r"computes in torch\.float64"):
        model.encode(X.half())


@pytest.mark.parametrize(
    ("value", "words"), [(1.001, r"\[0, 1\].*1.001"), (-0.1, r"\[0, 1\].*-0.1"), (255.0, "by 255")]
)
def test_bernoulli_pixels_must_lie_in_the_unit_interval(value, words):
    x = X.clone()
    x[1, 3] = value
    with pytest.raises(ValueError, match=words):
        VAE(2, (5,), data_size=8).encode(x)
    VAE(2, (5,), "gaussian", 1.0, data_size=8).encode(x)  # where any real pixel is fine


@pytest.mark.parametrize(
    ("z", "words"),
    [
        (torch.zeros(3), r"2 latent dimensions.*\(3,\)"),
        (torch.tensor(1.0), r"2 latent dimensions.*\(\)"),
        (torch.zeros(4, 3), r"2 latent dimensions.*\(4, 3\)"),
        (torch.zeros(4, 2, dtype=torch.int64), "floating point tensor, not torch.int64"),
        (torch.zeros(4, 2, dtype=torch.float64), "computes in torch.float32"),
        ([0.0, 0.0], "floating point tensor, not list"),
        (torch.tensor([0.0, math.nan]), "NaN"),
        (torch.tensor([0.0, math.inf]), "infinite"),
    ],
)
@pytest.mark.parametrize("kind", ["vae", "linear"])
def test_bad_latents_are_refused_in_words(z, words, kind):
    model = VAE(2, (5,), data_size=8) if kind == "vae" else LinearGaussian(torch.ones(8, 2), torch.zeros(8), 1.0)
    with pytest.raises(ValueError, match=words):
        model.decode(z)


@pytest.mark.parametrize("latent_size", [1, 2, 4])
def test_linear_gaussian_matches_bayes_rule_in_matrix_form(linear_gaussian, latent_size):
    """Against the joint Gaussian of (z, X) and its Schur complement, not the precision form of the code."""
    model, x = linear_gaussian(latent_size)
    weight, bias = model.weight, model.bias
    marginal = weight @ weight.T + 0.25 * torch.eye(6, dtype=torch.float64)
    gain = weight.T @ torch.linalg.inv(marginal)
    posterior = model.posterior(x)
    torch.testing.assert_close(posterior.mean, (x - bias) @ gain.T)
    covariance = torch.eye(latent_size, dtype=torch.float64) - gain @ weight
    torch.testing.assert_close(posterior.covariance_matrix, covariance.expand(len(x), -1, -1))
    residual = (x - bias).numpy()
    quadratic = np.einsum("bi,ij,bj->b", residual, np.linalg.inv(marginal.numpy()), residual)
    expected = -0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * marginal.numpy())[1])
    np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-10)
    # Bayes: log P(X) = log P(X|z) + log P(z) − log P(z|X) at every z
    z = torch.randn(len(x), latent_size, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    bayes = model.decode(z).log_prob(x) + model.prior.log_prob(z) - posterior.log_prob(z)
    np.testing.assert_allclose(bayes, expected, rtol=1e-9)


def test_linear_gaussian_encoder_is_the_best_diagonal_one(linear_gaussian):
    """No change of its means or widths brings it closer to the posterior."""
    model, x = linear_gaussian(3)
    q, posterior = model.encode(x[:1]), model.posterior(x[:1])

    def divergence(mean, sigma):
        diagonal = MultivariateNormal(mean, torch.diag_embed(sigma**2))
        return torch.distributions.kl_divergence(diagonal, posterior).item()

    best = divergence(q.mean, q.stddev)
    for i in range(3):
        for factor in (0.97, 1.03):
            sigma = q.stddev.clone()
            sigma[0, i] *= factor
            assert divergence(q.mean, sigma) > best
        for step in (-0.02, 0.02):
            mean = q.mean.clone()
            mean[0, i] += step
            assert divergence(mean, q.stddev) > best


@pytest.mark.parametrize(
    ("weight", "bias", "sigma", "words"),
    [
        (torch.ones(4), torch.zeros(4), 1.0, r"weight must be of shape \(D, L\)"),
        (torch.ones(4, 2), torch.zeros(2), 1.0, r"bias must be of shape \(D,\) with D = 4"),
        (torch.ones(4, 2), torch.zeros(4), 0.0, "positive number, not 0"),
        (torch.ones(4, 2), torch.zeros(4), math.nan, "positive number, not nan"),
    ],
)
def test_impossible_linear_gaussians_are_refused(weight, bias, sigma, words):
    with pytest.raises(ValueError, match=words):
        LinearGaussian(weight, bias, sigma)


@pytest.mark.parametrize(("images", "words"), BAD_IMAGES)
@pytest.mark.parametrize("method", ["posterior", "encode", "log_prob"])
def test_linear_gaussian_refuses_bad_images(images, words, method):
    model = LinearGaussian(torch.ones(8, 2), torch.zeros(8), 1.0)
    with pytest.raises(ValueError, match=words):
        getattr(model, method)(images)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_decoder_that_starts_at_the_mean_picture_decodes_it_where_z_adds_nothing(likelihood):
    model = VAE(2, (7,), likelihood, 0.5 if likelihood == "gaussian" else None, data_size=6, seed=1)
    mean = torch.tensor([0.0, 0.2, 0.5, 0.7, 0.9995, 1.0])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.start_at(mean)
    changed = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    assert changed == ["decoder.2.bias"]
    assert model.decoder[2].bias.requires_grad
    with torch.no_grad():
        model.decoder[2].weight.zero_()
        picture = model.decode(torch.randn(3, 2)).mean
    expected = mean.clamp(0.001, 0.999) if likelihood == "bernoulli" else mean
    torch.testing.assert_close(picture, expected.expand(3, 6))


def test_no_constant_picture_has_a_higher_density_than_the_mean():
    """So it is where a decoder that ignores z ends; the oracle is a search by gradient."""
    x = torch.rand(40, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    model = VAE(2, (3,), data_size=5).double()
    model.start_at(x.mean(dim=0))
    logits = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=100, line_search_fn="strong_wolfe", tolerance_grad=1e-10)

    def loss():
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(logits.expand(40, 5), x)
        value.backward()
        return value

    optimizer.step(loss)
    torch.testing.assert_close(model.decoder[-1].bias, logits, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("mean", "words"), [(torch.rand(5), "5"), (torch.tensor([0.0, 2.0]), "0"), (torch.tensor([0.0, math.nan]), "NaN")]
)
def test_a_start_that_is_no_picture_is_refused(mean, words):
    with pytest.raises(ValueError, match=words):
        VAE(2, (3,), data_size=2).start_at(mean)


def test_decoder_has_the_encoder_s_widths_in_reverse():
    widths = [layer.out_features for layer in VAE(2, (5, 4), data_size=8).decoder if hasattr(layer, "out_features")]
    assert widths == [4, 5, 8]


@pytest.mark.parametrize("sigma", [0.1, 0.01, 0.001])
def test_log_p_of_a_linear_model_is_right_for_small_sigma(sigma):
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(60, 2, generator=generator), torch.randn(60, generator=generator)
    model = LinearGaussian(weight, bias, sigma)
    x = model.decode(torch.randn(4, 2, generator=generator)).sample()
    exact = weight.double() @ weight.double().T + model.sigma.double() ** 2 * torch.eye(60, dtype=torch.float64)
    exact = MultivariateNormal(bias.double(), exact).log_prob(x.double())
    assert model.log_prob(x).tolist() == pytest.approx(exact.tolist(), abs=0.01)
