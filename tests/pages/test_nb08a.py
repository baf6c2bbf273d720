"""What notebook 08's first half says: worded by its numbers, and true of drawn digits as well."""

import matplotlib.figure
import pytest
import torch
from torch.distributions import Independent, Normal

from vae_helpers import conditional, data, likelihood, objective, weights
from vae_helpers.beyond import full_covariance, mixture_prior, recipe_first, signal
from vae_helpers.exercises import catalogue
from vae_helpers.pages import nb08a

GRADIENT = catalogue()["k_sample_gradient"].reference


@pytest.fixture(scope="module")
def drawn():
    digits = data.load("strokes", n=1200)
    return data.binarize(digits.train_images, seed=0), digits.train_labels


def test_the_more_draws_in_training_the_better_p_and_the_worse_its_q_alone(drawn):
    x, ks = drawn[0][:60], [1, 5, 50]
    rows, exact = {}, {}
    for name, file in (("K = 1", "plain"), ("K = 5", "k5"), ("K = 50", "k50")):
        model = recipe_first.load(file)
        rows[name], exact[name] = nb08a.bounds(model, x, ks), likelihood.quadrature(model, x).mean().item()
        assert rows[name][0] < rows[name][1] < rows[name][2] < exact[name]
    assert exact["K = 50"] > exact["K = 5"] > exact["K = 1"]
    assert rows["K = 50"][0] < rows["K = 5"][0]
    said = nb08a.bounds_in_words(rows, exact)
    gain = exact["K = 50"] - exact["K = 1"]
    assert f"K = 50: log P(X) +{gain:.1f} nats, its one-draw bound" in said and said.count("lower") == 2
    table = nb08a.bounds_table(ks, rows, exact).splitlines()
    assert len(table) == 4 and table[3].endswith(f"{exact['K = 50']:.1f}".replace("-", "−"))
    turned = dict(reversed(rows.items())), dict(reversed(exact.items()))
    said = nb08a.bounds_in_words(*turned)
    assert said.count("higher") == 2 and "log P(X) −" in said
    assert isinstance(nb08a.bounds_figure(ks, rows, exact), matplotlib.figure.Figure)


def test_the_more_draws_in_training_the_wider_q(drawn):
    x = drawn[0][:200]
    widths = [recipe_first.load(name).encode(x).stddev.prod(dim=1).mean() for name in ("plain", "k5", "k50")]
    assert widths[0] < widths[1] < widths[2]


def test_bounds_average_what_objective_iwae_gives(drawn):
    model, x = recipe_first.load("k5"), drawn[0][:20]
    with torch.no_grad():
        own = [objective.iwae(model, x, 5, torch.Generator().manual_seed(s)).mean() for s in range(40)]
    assert nb08a.bounds(model, x, [5])[0] == pytest.approx(torch.stack(own).mean().item(), abs=0.5)


def test_the_encoders_signal_falls_and_the_decoders_rises(drawn):
    pool = signal.pool(recipe_first.load("k5"), drawn[0][:8], draws=4096, chunk=1024)
    ks, rows = [1, 4, 16], {}
    for name, part in (("encoder", pool.encoder), ("decoder", pool.decoder)):
        rows[name] = [signal.signal_to_noise(pool.log_w, part, k, GRADIENT).median().item() for k in ks]
    assert rows["encoder"][0] > rows["encoder"][2] and rows["decoder"][2] > 2 * rows["decoder"][0]
    said = nb08a.signal_in_words(ks, rows)
    assert f"falls to {rows['encoder'][2] / rows['encoder'][0]:.0%}" in said
    assert f"rises {rows['decoder'][2] / rows['decoder'][0]:.1f}-fold" in said
    figure = nb08a.signal_figure(ks, rows)
    left, right = (axis.get_legend().get_texts()[0].get_text() for axis in figure.axes)
    assert "slope −" in left and "slope +" in right


def test_leaning_closes_part_of_the_approximation_and_hardly_any_of_the_whole(drawn):
    model, x = weights.load("mnist-2d"), drawn[0][:20]
    found = full_covariance.best(model, x)
    gap, left = (found.log_p_x - found.encoder).mean(), (found.log_p_x - found.full).mean()
    before = (found.log_p_x - found.diagonal).mean()
    assert 0 < before - left < 0.1 * gap
    said = nb08a.closed_in_words(found)
    assert f"closes {1 - left / before:.0%} of" in said and f"{(before - left) / gap:.1%} of the whole" in said
    figure = nb08a.leaning(model, x, found, torch.tensor([3, 1]))
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == [f"+{(found.full - found.diagonal)[i].item():.2f} nats" for i in (3, 1)]


def test_a_mixture_gains_on_new_digits_and_the_digits_own_q_only_on_old_ones(drawn):
    model = weights.load("mnist-16d")
    mu, sigma = mixture_prior.codes(model, drawn[0])
    old, new = (part + scale * torch.randn(part.shape, generator=torch.Generator().manual_seed(0))
                for part, scale in ((mu[:500], sigma[:500]), (mu[1000:], sigma[1000:])))  # fmt: skip
    priors = {
        "mixture of 10": mixture_prior.fit(mu[:1000], sigma[:1000], 10).density,
        "500 digits' own Q": nb08a.exemplars(mu[:500], sigma[:500]),
    }
    rows = {name: tuple((p.log_prob(z) - model.prior.log_prob(z)).mean().item() for z in (old, new))
            for name, p in priors.items()}  # fmt: skip
    assert rows["mixture of 10"][1] > 0
    assert rows["500 digits' own Q"][0] > rows["mixture of 10"][0] and rows["500 digits' own Q"][1] < -10
    table = nb08a.prior_table(rows)
    assert f"{rows['mixture of 10'][1]:+.2f}" in table and "−" in table and "-" not in table


def test_the_digits_own_q_is_the_average_of_q():
    generator = torch.Generator().manual_seed(0)
    mu, sigma, z = (torch.randn(4, 2, generator=generator) for _ in range(3))
    sigma = sigma.exp()
    by_hand = Independent(Normal(mu, sigma), 1).log_prob(z[:, None]).exp().mean(dim=1).log()
    torch.testing.assert_close(nb08a.exemplars(mu, sigma).log_prob(z), by_hand)


def test_draws_from_a_fitted_prior_are_surer_than_those_from_the_standard_one(drawn):
    model, judge = weights.load("mnist-16d"), conditional.classifier()
    mu, sigma = mixture_prior.codes(model, drawn[0])
    mixture = mixture_prior.fit(mu, sigma, 30)
    generator = torch.Generator().manual_seed(0)
    coins, eps = torch.rand(800, generator=generator), torch.randn(800, 16, generator=generator)
    draw = catalogue()["draw_mixture"].reference
    z = draw(mixture.logits.softmax(0), mixture.means, mixture.log_sds.exp(), coins, eps)
    shares = [nb08a.sure(model.decode(each).mean, judge) for each in (z, eps)]
    assert shares[0] > shares[1] + 0.05
    assert nb08a.sure(torch.zeros(3, 784), lambda x: torch.zeros(len(x), 10)) == 0


def test_a_prior_that_is_trained_along_is_better_for_drawn_digits_too(drawn):
    x, labels = drawn[0][:60], drawn[1][:60]
    pair = {"plain": recipe_first.load("plain"), "trained": recipe_first.load("mixture")}
    levels = [likelihood.quadrature(model, x).mean().item() for model in pair.values()]
    assert levels[1] > levels[0]
    figure = nb08a.planes(pair, x, labels)
    assert [axis.get_title() for axis in figure.axes] == ["plain", "trained"]
