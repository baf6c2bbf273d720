"""The curve model and what is exact about it, and the ring, against closed forms."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_helpers import likelihood, models, one_dimension
from vae_helpers.models import VAE, LinearGaussian
from vae_helpers.one_dimension import Curve, identity, log_integral, ring


def test_a_straight_curve_is_the_linear_gaussian():
    w, b = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.3, 0.0, -1.0])
    curve, line = Curve(lambda z: z * w.to(z) + b.to(z), 0.8), LinearGaussian(w[:, None], b, 0.8)
    z, x = torch.randn(5, 1, generator=torch.Generator().manual_seed(0)), torch.tensor([[1.0, 0.5, -0.2]])
    torch.testing.assert_close(curve.decode(z).log_prob(x), line.decode(z).log_prob(x))
    torch.testing.assert_close(likelihood.quadrature(curve, x), line.log_prob(x), atol=1e-3, rtol=0)
    assert (curve.latent_size, curve.data_size) == (1, 3)


@pytest.mark.parametrize(
    ("f", "sigma", "words"),
    [
        (lambda z: z, 0, "sigma must be a positive number, not 0"),
        (lambda z: z, math.nan, "sigma must be a positive number, not nan"),
        (lambda z: z.sum(), 1.0, r"f must map \(3, 1\) to \(3, D\), but gives \(\)"),
        (lambda z: z.T, 1.0, r"gives \(1, 3\)"),
    ],
)
def test_impossible_curves_are_refused(f, sigma, words):
    with pytest.raises(ValueError, match=words):
        Curve(f, sigma)


def test_log_integral_of_a_gaussian_along_any_dimension():
    """∫ exp(−z²/2 − 900) dz = √2π e⁻⁹⁰⁰, far below the smallest number there is."""
    z = torch.linspace(-9, 9, 181, dtype=torch.float64)
    log_f = (-0.5 * z**2 - 900).expand(2, -1)
    expected = torch.full((2,), 0.5 * math.log(2 * math.pi) - 900, dtype=torch.float64)
    torch.testing.assert_close(log_integral(log_f, 0.1), expected)
    torch.testing.assert_close(log_integral(log_f.T, 0.1, dim=0), expected)


@pytest.mark.parametrize(("mu", "sigma"), [(0.3, 0.4), (-1.0, 0.9), (0.0, 0.05)])
def test_every_term_of_the_identity_has_its_closed_form_on_a_line(mu, sigma):
    """X = 1.5 z + noise: posterior, log P(X) and both divergences are Gaussian."""
    slope, noise, x = 1.5, 0.6, 0.7
    terms = identity(Curve(lambda z: slope * z, noise), torch.tensor([[x]]), mu, sigma)

    def number(value):
        return torch.tensor(value, dtype=torch.float64)

    q, prior = Normal(number(mu), number(sigma)), Normal(number(0.0), number(1.0))
    precision = 1 + slope**2 / noise**2
    posterior = Normal(number(slope * x / noise**2 / precision), number(precision**-0.5))
    expected_square = (x - slope * mu) ** 2 + slope**2 * sigma**2
    reconstruction = -0.5 * expected_square / noise**2 - math.log(noise * math.sqrt(2 * math.pi))
    assert terms.kl == pytest.approx(kl_divergence(q, prior).item(), abs=1e-7)
    assert terms.gap == pytest.approx(kl_divergence(q, posterior).item(), abs=1e-6)
    assert terms.reconstruction == pytest.approx(reconstruction, abs=1e-6)
    evidence = Normal(number(0.0), number(math.sqrt(slope**2 + noise**2)))
    assert terms.log_p_x == pytest.approx(evidence.log_prob(number(x)).item(), abs=1e-6)


def test_identity_refuses_what_its_grid_cannot_hold():
    curve, x = Curve(lambda z: z, 1.0), torch.zeros(1, 1)
    with pytest.raises(ValueError, match="1 latent dimension and 1 example, not 2 and 1"):
        identity(VAE(2, (3,), data_size=1), x, 0.0, 1.0)
    with pytest.raises(ValueError, match="1 latent dimension and 1 example, not 1 and 2"):
        identity(curve, torch.zeros(2, 1), 0.0, 1.0)
    for mu, sigma in ((0.0, 0.004), (9.0, 0.5), (0.0, 1.3)):
        with pytest.raises(ValueError, match="does not fit the grid"):
            identity(curve, x, mu, sigma)


def test_the_ring_keeps_angles_and_moves_radii_to_about_one():
    z = torch.tensor([[3.0, 4.0], [-0.6, 0.8], [0.0, -10.0]])
    torch.testing.assert_close(ring(z), torch.tensor([[0.9, 1.2], [-0.66, 0.88], [0.0, -2.0]]))
    with pytest.raises(ValueError, match="undefined at z = 0"):
        ring(torch.zeros(1, 2))
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 2\)"):
        ring(torch.zeros(3))


def test_learners_copies_of_earlier_notebooks_find_the_names_where_they_were():
    assert models.Curve is one_dimension.Curve and likelihood.identity is one_dimension.identity


@pytest.mark.parametrize("x", [0.0, 0.3333, 0.00125])  # on a point of the grid, beside one, between two
def test_identity_refuses_a_likelihood_narrower_than_its_grid(x):
    """Where it answers, log P(X) is that of N(0, 1 + σ²); at σ = 1e-4 it gave −116 in place of the right 6.5."""
    answered = 0
    for noise in torch.logspace(-5, 0, 26).tolist():
        try:
            terms = identity(Curve(lambda z: z, noise), torch.tensor([[x]]), 0.0, 0.3)
        except ValueError as problem:
            assert noise < 0.003 and "narrower than the grid" in str(problem)
            continue
        answered += 1
        exact = Normal(0.0, (1 + noise**2) ** 0.5).log_prob(torch.tensor(x, dtype=torch.float64)).item()
        assert terms.log_p_x == pytest.approx(exact, abs=1e-6)
    assert answered > 10


def test_identity_refuses_a_posterior_that_its_grid_cuts_off():
    with pytest.raises(ValueError, match="does not vanish at the ends"):
        identity(Curve(lambda z: z, 0.1), torch.tensor([[10.1]]), 0.0, 0.3)
