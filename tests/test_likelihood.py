"""log P(X) against closed forms, against quadrature written here, and each estimate against the others."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from vae_helpers import likelihood, objective
from vae_helpers.models import VAE, LinearGaussian

IMAGES = [
    (torch.rand(2, 7), r"shape \(batch, 6\)"),
    (torch.rand(6), r"shape \(batch, 6\)"),
    (torch.zeros(0, 6), "no images"),
    (torch.full((2, 6), math.nan), "NaN"),
    (torch.full((2, 6), 2.0), r"\[0, 1\]"),
    (torch.zeros(2, 6, dtype=torch.int64), "floating point"),
    ([[0.0] * 6], "torch tensor, not list"),
]
FUNCTIONS = [likelihood.importance_sampled, likelihood.quadrature, likelihood.posterior_grid]


def gauss_hermite(model, x, nodes=80):
    """log ∫ P(X|z) N(z; 0, I) dz of a Bernoulli VAE by Gauss-Hermite nodes, in numpy but for the decoder's pass."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    log_weights = np.log(weights / math.sqrt(2 * math.pi))
    grids = np.meshgrid(*[points] * model.latent_size, indexing="ij")
    z = np.stack([grid.ravel() for grid in grids], axis=1)
    total = sum(grid.ravel() for grid in np.meshgrid(*[log_weights] * model.latent_size, indexing="ij"))
    with torch.no_grad():
        f = model.decoder(torch.as_tensor(z, dtype=x.dtype)).double().numpy()
    signs = 2 * x.double().numpy() - 1  # log sigmoid(±f)
    log_p = np.stack([-np.logaddexp(0, -sign * f).sum(1) for sign in signs])  # (B, G)
    shift = (log_p + total).max(1, keepdims=True)
    return torch.as_tensor(shift[:, 0] + np.log(np.exp(log_p + total - shift).sum(1)))


def smooth_vae(latent_size, dtype=torch.float64, images=6):
    """Weights mild enough for Gauss-Hermite to be exact to many digits, and images."""
    model = VAE(latent_size, (5,), data_size=6, seed=2).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    return model, (torch.rand(images, 6, generator=torch.Generator().manual_seed(0)) < 0.5).to(dtype)


# --- quadrature


@pytest.mark.parametrize("latent_size", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_quadrature_agrees_with_gauss_hermite(latent_size, dtype):
    model, x = smooth_vae(latent_size, dtype)
    exact = gauss_hermite(model, x)
    torch.testing.assert_close(gauss_hermite(model, x, nodes=60), exact, atol=1e-7, rtol=0)  # the oracle has settled
    value = likelihood.quadrature(model, x)
    assert value.dtype == dtype and value.shape == (6,)
    torch.testing.assert_close(value.double(), exact, atol=1e-4, rtol=0)


def test_all_images_there_are_have_probability_one_together():
    """Σ over all 2⁶ images of P(X) = 1."""
    model, _ = smooth_vae(2)
    every = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 6)
    assert likelihood.quadrature(model, every).exp().sum().item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("latent_size", [1, 2])
@pytest.mark.parametrize("sigma", [2.0, 0.3, 0.05])
def test_quadrature_of_a_linear_gaussian_is_its_closed_form(linear_gaussian, latent_size, sigma):
    model, x = linear_gaussian(latent_size, sigma=sigma)
    torch.testing.assert_close(likelihood.quadrature(model, x), model.log_prob(x), atol=1e-3, rtol=0)


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 4])
def test_quadrature_is_not_fooled_by_narrow_posteriors(angle):
    """Peaks of width 1/50 and ridges of 1 × 1/50, between the points of the first grids at 200 different places.

    Two coarse grids can agree by chance on a peak that both miss; that must not pass for convergence.
    """
    rotation = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]).double()
    generator = torch.Generator().manual_seed(0)
    for precision in ([50.0, 50.0], [50.0, 1.0]):
        model = LinearGaussian(torch.diag(torch.tensor(precision).double()) @ rotation, torch.zeros(2).double(), 1.0)
        z = torch.rand(200, 2, generator=generator, dtype=torch.float64)
        x = z @ model.weight.T
        torch.testing.assert_close(likelihood.quadrature(model, x), model.log_prob(x), atol=1e-3, rtol=0)
    line = LinearGaussian(torch.full((3, 1), 40.0).double(), torch.zeros(3).double(), 1.0)
    x = torch.rand(500, 1, generator=generator, dtype=torch.float64) * line.weight.T
    torch.testing.assert_close(likelihood.quadrature(line, x), line.log_prob(x), atol=1e-3, rtol=0)


def test_quadrature_widens_its_window_where_the_posterior_lies_outside(linear_gaussian):
    model, x = linear_gaussian(2, sigma=1.0)
    far = x + 12 * model.weight[:, 0]  # about twelve prior standard deviations out
    torch.testing.assert_close(likelihood.quadrature(model, far), model.log_prob(far), atol=1e-3, rtol=0)
    narrow = likelihood.quadrature(model, x, half_width=1.0)
    torch.testing.assert_close(narrow, model.log_prob(x), atol=1e-3, rtol=0)


def test_each_image_is_integrated_for_itself(linear_gaussian):
    model, x = linear_gaussian(2, sigma=0.1, images=260)  # more than are held at once
    together = likelihood.quadrature(model, x)
    assert together.shape == (260,)
    torch.testing.assert_close(together, model.log_prob(x), atol=1e-3, rtol=0)


def test_a_posterior_too_narrow_for_any_grid_is_refused():
    model = LinearGaussian(torch.full((4, 1), 1.0).double(), torch.zeros(4).double(), 1e-6)
    with pytest.raises(ValueError, match=r"narrower than the finest grid.*importance_sampled"):
        likelihood.quadrature(model, torch.full((3, 4), 0.1234567).double())


@pytest.mark.parametrize("function", [likelihood.quadrature, likelihood.posterior_grid])
def test_a_latent_space_too_large_for_a_grid_is_refused(function):
    with pytest.raises(ValueError, match=r"1 or 2 latent dimensions, and this model has 3.*importance_sampled"):
        function(VAE(3, (4,), data_size=6), torch.rand(2, 6))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("images", "words"), IMAGES)
def test_bad_images_are_refused_in_words(function, images, words):
    with pytest.raises(ValueError, match=words):
        function(VAE(2, (4,), data_size=6), images)


@pytest.mark.parametrize(
    "arguments", [{"tolerance": 0}, {"tolerance": math.nan}, {"half_width": 0}, {"half_width": math.inf}]
)
def test_impossible_grids_are_refused(arguments):
    with pytest.raises(ValueError, match=r"must be a (positive )?number"):
        likelihood.quadrature(VAE(2, (4,), data_size=6), torch.rand(2, 6), **arguments)


# --- importance sampling


@pytest.mark.parametrize("latent_size", [1, 2, 5])
def test_importance_sampling_of_a_linear_gaussian_nears_its_closed_form(linear_gaussian, latent_size):
    model, x = linear_gaussian(latent_size, data_size=40, sigma=2.0)
    value = likelihood.importance_sampled(model, x, 20_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(value, model.log_prob(x), atol=0.06, rtol=0)


@pytest.mark.parametrize("latent_size", [1, 2])
def test_importance_sampling_of_a_vae_nears_the_integral(latent_size):
    model, x = smooth_vae(latent_size)
    value = likelihood.importance_sampled(model, x, 40_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(value, gauss_hermite(model, x), atol=0.03, rtol=0)


@pytest.mark.parametrize("chunk", [1, 4, 5, 7, 33, 1000, 10**6])
def test_the_estimate_of_an_exact_posterior_does_not_depend_on_chunks(linear_gaussian, chunk):
    """With Q the posterior, all weights are P(X): any draw miscounted, or a wrong divisor, shows without noise."""
    model, x = linear_gaussian(1)
    value = likelihood.importance_sampled(model, x, samples=23, chunk=chunk)
    torch.testing.assert_close(value, model.log_prob(x))


@pytest.mark.parametrize("chunk", [40, 64, 5000])
def test_chunks_change_the_estimate_by_no_more_than_noise(chunk):
    model, x = smooth_vae(2)
    value = likelihood.importance_sampled(model, x, 3000, chunk, torch.Generator().manual_seed(1))
    torch.testing.assert_close(value, gauss_hermite(model, x), atol=0.1, rtol=0)


@pytest.mark.parametrize(("samples", "chunk", "images"), [(1000, 50, 6), (7, 50, 6), (300, 4, 6), (300, 1, 2)])
def test_memory_is_bounded_whatever_the_samples(samples, chunk, images):
    """No more than `chunk` latents are decoded at once, and `samples` an image in all."""

    class Counting(VAE):
        sizes = ()

        def decode(self, z):
            self.sizes = (*self.sizes, z[..., 0].numel())
            return super().decode(z)

    model = Counting(2, (4,), data_size=6)
    likelihood.importance_sampled(model, torch.rand(images, 6), samples, chunk)
    assert max(model.sizes) <= chunk
    assert sum(model.sizes) == samples * images


def test_importance_sampling_leaves_no_graph_and_repeats_with_its_generator():
    model, x = smooth_vae(2)
    first, again = (likelihood.importance_sampled(model, x, 50, 70, torch.Generator().manual_seed(4)) for _ in range(2))
    assert not first.requires_grad and first.dtype == torch.float64 and torch.equal(first, again)


def test_bounds_stand_in_order():
    """ELBO ≤ K-sample bound ≤ log P(X), on average over many repetitions, with the integral from this file."""
    model, x = smooth_vae(2, images=3)
    many, generator = x.repeat_interleave(3000, dim=0), torch.Generator().manual_seed(0)
    with torch.no_grad():
        elbo = objective.elbo(model, many, 1, generator).elbo.view(3, -1).mean(1)
    k5, k50 = (likelihood.importance_sampled(model, many, k, generator=generator).view(3, -1).mean(1) for k in (5, 50))
    exact = gauss_hermite(model, x)
    assert (elbo < k5).all() and (k5 < k50).all() and (k50 < exact + 0.005).all()
    assert (exact - elbo > 0.02).all() and (exact - k50 < 0.02).all()


@pytest.mark.parametrize("value", [0, -3, 2.5, "10", None])
@pytest.mark.parametrize("name", ["samples", "chunk"])
def test_counts_must_be_whole_and_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of 1 or more"):
        likelihood.importance_sampled(VAE(2, (4,), data_size=6), torch.rand(2, 6), **{name: value})


# --- the posterior on a grid


@pytest.mark.parametrize("latent_size", [1, 2])
def test_posterior_grid_of_a_linear_gaussian_is_its_closed_form(linear_gaussian, latent_size):
    model, x = linear_gaussian(latent_size)
    grid = likelihood.posterior_grid(model, x, points=41)
    assert grid.z.shape == (41**latent_size, latent_size) and grid.log_density.shape == (5, 41**latent_size)
    expected = model.posterior(x).log_prob(grid.z[:, None]).T
    torch.testing.assert_close(grid.log_density, expected, atol=1e-3, rtol=1e-9)
    torch.testing.assert_close(grid.log_p_x, model.log_prob(x), atol=1e-3, rtol=0)


def test_posterior_grid_of_a_vae_is_bayes_rule():
    model, x = smooth_vae(2)
    grid = likelihood.posterior_grid(model, x, points=25, half_width=3.0)
    z = grid.z[[0, 77, 312, 624]]
    probability = torch.sigmoid(model.decoder(z))
    for row, point in enumerate((0, 77, 312, 624)):
        p_x = torch.where(x > 0, probability[row], 1 - probability[row]).prod(1)
        prior = math.exp(-0.5 * z[row].square().sum()) / (2 * math.pi)
        expected = p_x * prior / gauss_hermite(model, x).exp()
        torch.testing.assert_close(grid.log_density[:, point].exp(), expected, atol=1e-4, rtol=1e-3)


def test_posterior_grid_covers_the_window_asked_for():
    model, x = smooth_vae(2)
    center = torch.tensor([1.0, -2.0])
    grid = likelihood.posterior_grid(model, x, points=5, center=center, half_width=0.5)
    expected = [(1 + a, -2 + b) for a in (-0.5, -0.25, 0, 0.25, 0.5) for b in (-0.5, -0.25, 0, 0.25, 0.5)]
    torch.testing.assert_close(grid.z, torch.tensor(expected, dtype=torch.float64))
    assert grid.spacing == pytest.approx(0.25)
    whole = likelihood.posterior_grid(model, x, points=121, half_width=6.0)
    mass = whole.log_density.exp().sum(1) * whole.spacing**2
    torch.testing.assert_close(mass, torch.ones(6, dtype=torch.float64), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"points": 1}, "points must be a whole number of 2 or more"),
        ({"points": 10.0}, "points must be a whole number of 2 or more"),
        ({"half_width": 0}, "half_width must be a positive number"),
        ({"half_width": math.inf}, "half_width must be a positive number"),
        ({"center": torch.zeros(3)}, r"center must have shape \(2,\), not \(3,\)"),
        ({"center": torch.tensor([0.0, math.nan])}, "NaN"),
    ],
)
def test_windows_that_are_no_windows_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        likelihood.posterior_grid(VAE(2, (4,), data_size=6), torch.rand(2, 6), **arguments)


TOO_NARROW = """
import resource, torch
from vae_helpers import likelihood, models
weight = torch.tensor([[1.0, 0.3], [-0.5, 1.0], [0.2, 0.7]])
x = torch.randn(50, 2, generator=torch.Generator().manual_seed(1)) @ weight.T
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    likelihood.quadrature(models.LinearGaussian(weight, torch.zeros(3), 1e-5), x)
except ValueError as problem:
    print(problem)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in kB on Linux")
def test_posteriors_too_narrow_for_quadrature_are_refused_in_little_memory():
    """50 of them: a mask over the finest grid, of 10,241² points, took 7 GB and a minute before."""
    told = subprocess.run([sys.executable, "-c", TOO_NARROW], capture_output=True, text=True, check=True).stdout
    words, taken = told.splitlines()
    assert "narrower than the finest grid" in words and int(taken) < 500_000  # kB


def test_many_images_on_one_grid_are_parted_where_their_points_would_be_too_many(monkeypatch):
    model = VAE(2, (20,), data_size=30, seed=1)
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(4)
    x = torch.rand(140, 30, generator=torch.Generator().manual_seed(0)).round()
    alone = torch.cat([likelihood.quadrature(model, one) for one in x.split(1)])
    seen, log_joint = [], likelihood.log_joint
    monkeypatch.setattr(likelihood, "log_joint", lambda m, x, z: seen.append(len(x)) or log_joint(m, x, z))
    torch.testing.assert_close(likelihood.quadrature(model, x), alone, atol=1e-3, rtol=0)
    assert max(seen) == 128
    monkeypatch.setattr(likelihood, "MOST_PAIRS", 1_500_000)
    seen.clear()
    torch.testing.assert_close(likelihood.quadrature(model, x), alone, atol=1e-3, rtol=0)
    assert max(seen) == 128 and 64 in seen


def test_a_tolerance_out_of_reach_is_refused_before_the_grid_is_too_large(monkeypatch):
    model, x = VAE(2, (4,), data_size=6), torch.rand(50, 6, generator=torch.Generator().manual_seed(0)).round()
    pairs, log_joint = [], likelihood.log_joint
    monkeypatch.setattr(likelihood, "log_joint", lambda m, x, z: pairs.append(len(x) * len(z)) or log_joint(m, x, z))
    with pytest.raises(ValueError, match="pairs of an image and a point at once"):
        likelihood.quadrature(model, x, tolerance=1e-14)
    assert sum(pairs) < 2 * likelihood.MOST_PAIRS


def test_a_model_that_has_diverged_is_called_that():
    model = VAE(2, (3,), data_size=4)
    torch.nn.init.constant_(model.decoder[-1].bias, math.nan)
    with pytest.raises(ValueError, match="training has diverged"):
        likelihood.quadrature(model, torch.zeros(2, 4))
