"""What is reported of a model, against closed forms."""

import json
import math

import pytest
import torch
from stripes import small, stripes

from vae_helpers import measure
from vae_helpers.models import VAE, LinearGaussian


def test_evaluate_gives_every_image_its_own_bound_in_batches():
    model, x = small(), stripes(25)
    with torch.no_grad():
        model.encoder[-1].weight[1:] = 0
        model.encoder[-1].bias[1:] = -60.0  # z is certain, so that cutting into batches changes nothing
    whole, parts = measure.evaluate(model, x), measure.evaluate(model, x, samples=3, batch_size=7)
    assert whole.elbo.shape == (25,) and not whole.elbo.requires_grad
    torch.testing.assert_close(whole.elbo, parts.elbo)
    torch.testing.assert_close(whole.kl, torch.distributions.kl_divergence(model.encode(x), model.prior).detach())


@pytest.mark.parametrize(("samples", "most"), [(1, 8), (3, 6), (20, 20)])
def test_no_more_is_decoded_at_once_than_was_said(samples, most):
    """Images times samples; one image with all its draws at the least."""
    model, x, decoded = small(), stripes(25), []
    decode = model.decode
    model.decode = lambda z: decoded.append(z[..., 0].numel()) or decode(z)
    for measured in (measure.evaluate, measure.rate_distortion):
        decoded.clear()
        measured(model, x, samples=samples, batch_size=8)
        assert max(decoded) == most and sum(decoded) == 25 * samples


def test_rate_and_distortion_of_a_linear_gaussian_model(linear_gaussian):
    """Both in closed form: for z ~ N(μ, diag s²), E‖x − b − Wz‖² = ‖x − b − Wμ‖² + Σᵢ sᵢ² ‖Wᵢ‖²."""
    model, x = linear_gaussian(3, images=40)
    assert isinstance(model, LinearGaussian)
    found = measure.rate_distortion(model, x, samples=4000, batch_size=7)
    w, sigma2 = model.weight, model.sigma.item() ** 2
    precision = torch.eye(3, dtype=torch.float64) + w.T @ w / sigma2
    mu, s2 = (x - model.bias) @ w @ torch.linalg.inv(precision) / sigma2, 1 / precision.diagonal()
    kl = 0.5 * (mu**2 + s2 - 1 - s2.log()).mean(0)
    torch.testing.assert_close(found.kl_by_dimension, kl)
    assert found.rate == pytest.approx(kl.sum().item())
    squared = (x - model.bias - mu @ w.T).square().sum(1).mean() + (s2 * w.square().sum(0)).sum()
    assert found.squared_error == pytest.approx(squared.item() / 6, rel=0.005)
    assert found.distortion == pytest.approx(
        3 * math.log(2 * math.pi * sigma2) + squared.item() / (2 * sigma2), rel=0.005
    )
    assert found.elbo == pytest.approx(measure.evaluate(model, x, samples=4000).elbo.mean().item(), rel=0.005)
    assert found.active.all()
    again = found.as_numbers()
    assert json.loads(json.dumps(again)) == again and again["active_units"] == 3
    assert again["elbo"] == pytest.approx(-again["rate"] - again["distortion"], rel=1e-4)


def test_active_units_are_those_whose_mean_varies():
    """An encoder that reads pixel i into μᵢ, a tenth of it into the second and nothing into the third."""
    weight = torch.tensor([[1.0, 0, 0], [0, 0.1, 0], [0, 0, 0]])
    model = VAE(3, (3,), data_size=3)
    model.encoder = torch.nn.Linear(3, 6).requires_grad_(False)
    model.encoder.weight.copy_(torch.cat([weight, torch.zeros(3, 3)]))
    model.encoder.bias.copy_(torch.tensor([0.0, 0, 5, 0, 0, 0]))  # far from 0 is not active: it says nothing of X
    x = (torch.arange(40).reshape(40, 1) % 2).float().expand(40, 3)  # variance ¼ in every pixel
    assert measure.active_units(model, x).tolist() == [True, False, False]
    assert measure.active_units(model, x, threshold=0.002).tolist() == [True, True, False]
    assert measure.active_units(model, x, threshold=0.3).tolist() == [False] * 3
    found = measure.rate_distortion(model, x)
    assert found.active.tolist() == [True, False, False] and found.kl_by_dimension[2] == pytest.approx(12.5)
    assert measure.active_units(model, x[:1]).tolist() == [False] * 3  # one image varies in nothing


def test_the_variance_of_an_active_unit_is_over_the_data_as_they_are():
    """Means of 0 and 0.2 have variance 0.01 over these two images; divided by N − 1 it would be 0.02."""
    model = VAE(1, (), data_size=1)
    model.encoder = torch.nn.Linear(1, 2).requires_grad_(False)
    model.encoder.weight.copy_(torch.tensor([[1.0], [0.0]]))
    model.encoder.bias.zero_()
    x = torch.tensor([[0.0], [0.2]])
    assert measure.active_units(model, x, threshold=0.009).tolist() == [True]
    assert measure.active_units(model, x, threshold=0.011).tolist() == [False]


def test_evaluate_repeats_with_its_seed_and_says_when_a_model_has_diverged():
    model, x = small(), stripes(10)
    first, again, other = (measure.evaluate(model, x, seed=seed).elbo for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    with torch.no_grad():
        model.encoder[-1].bias.fill_(torch.inf)
    with pytest.raises(FloatingPointError, match=r"diverged.*learning_rate ten times smaller"):
        measure.evaluate(model, x)
