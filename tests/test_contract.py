"""The contract of a model: who meets it, and that the rest of the course asks for no more."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from vae_helpers import gap, likelihood, measure, models, objective, one_dimension
from vae_helpers.models import VAE, LinearGaussian
from vae_helpers.one_dimension import Curve


@pytest.mark.parametrize("model", [VAE(2, (3,), data_size=4), LinearGaussian(torch.ones(4, 2), torch.zeros(4), 1.0)])
def test_models_meet_the_contract(model):
    assert isinstance(model, models.Model) and isinstance(model, models.Generative)


def test_a_curve_is_generative_and_infers_nothing():
    curve = Curve(lambda z: z, 0.5)
    assert isinstance(curve, models.Generative) and not isinstance(curve, models.Model)


class Own:
    """A model of one's own with the six names of the contract and nothing else: X is one coin, bent by z."""

    latent_size, data_size = 1, 1
    prior = Independent(Normal(torch.zeros(1), torch.ones(1)), 1)

    def check(self, x):
        if x.shape[1:] != (1,):
            raise ValueError("one coin an example")

    def encode(self, x):
        self.check(x)
        return Independent(Normal(x - 0.5, torch.ones_like(x)), 1)

    def decode(self, z):
        return Independent(Bernoulli(logits=2 * z, validate_args=False), 1)


@pytest.mark.parametrize("lacking", ["latent_size", "data_size", "prior", "check", "encode", "decode"])
def test_each_name_is_needed(lacking):
    names = {name: value for name, value in vars(Own).items() if not name.startswith("__") and name != lacking}
    assert isinstance(Own(), models.Model)
    assert not isinstance(type("Less", (), names)(), models.Model)


def test_the_contract_is_all_that_bounds_and_integrals_ask_of_a_model():
    model, x = Own(), torch.tensor([[0.0], [1.0]])
    exact = likelihood.quadrature(model, x)
    assert exact.tolist() == pytest.approx([math.log(0.5)] * 2, abs=1e-3)  # heads and tails are mirror images
    parts = gap.split(model, x)
    assert (parts.elbo <= parts.best_elbo).all() and (parts.best_elbo < exact).all()
    assert (measure.evaluate(model, x, samples=1000).elbo < exact).all()
    assert measure.rate_distortion(model, x).active.tolist() == [True]
    assert (objective.iwae(model, x, 1000) < exact + 0.1).all()


class Elsewhere(Own):
    """The same coin with another P(z)."""

    prior = Independent(Normal(torch.full((1,), 0.5), torch.full((1,), 2.0)), 1)


def test_a_prior_of_ones_own_counts_in_every_number():
    model, x = Elsewhere(), torch.tensor([[0.0], [1.0]])
    exact = likelihood.quadrature(model, x)
    q = model.encode(x)
    kl = kl_divergence(q, model.prior)
    z = torch.linspace(-12, 12, 4801)[:, None, None]  # (G, 1, 1)
    reconstruction = (q.log_prob(z).exp() * model.decode(z).log_prob(x)).sum(dim=0) * 0.005
    parts = gap.split(model, x)
    assert parts.elbo.tolist() == pytest.approx((reconstruction - kl).tolist(), abs=1e-3)
    assert (parts.elbo <= parts.best_elbo).all() and (parts.best_elbo < exact).all()
    assert measure.rate_distortion(model, x).rate == pytest.approx(kl.mean().item(), abs=1e-5)
    assert measure.evaluate(model, x).kl.tolist() == pytest.approx(kl.tolist(), abs=1e-5)
    terms = one_dimension.identity(model, x[:1], q.mean[0].item(), 1.0, half_width=25.0)
    assert terms.log_p_x == pytest.approx(exact[0].item(), abs=1e-3)
    assert terms.kl == pytest.approx(kl[0].item(), abs=1e-5)
    assert terms.gap == pytest.approx(exact[0].item() - parts.elbo[0].item(), abs=2e-3)
