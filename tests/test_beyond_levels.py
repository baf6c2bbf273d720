"""Two levels, codes and chains of noise (notebook 08): against quadrature, torch.distributions, enumeration and long ways round."""

import json
import math

import pytest
import torch
from torch.distributions import Bernoulli, Categorical, Independent, Normal, kl_divergence

from vae_helpers import beyond, data, objective
from vae_helpers.beyond import diffusion, discrete, recipe_levels, two_levels


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# ---- two levels ----


def small(upper=1, lower=1):
    model = two_levels.TwoLevelVAE(upper, lower, 12, data_size=5, seed=3).requires_grad_(False)
    for parameter in model.parameters():
        parameter *= 1.4
    return model, torch.randint(2, (3, 5), generator=seeded()).float()


def test_the_bound_with_two_levels_is_below_log_p_by_the_divergence_to_the_posterior():
    """Equation (13): both sides on a grid of (z₁, z₂), the right one also by many draws of `bound`."""
    model, x = small()
    axis = torch.linspace(-9, 9, 361)
    z1, z2 = (grid.reshape(-1, 1) for grid in torch.meshgrid(axis, axis, indexing="ij"))
    cell = 2 * math.log(axis[1] - axis[0])
    log_p = model.decode(z1[:, None]).log_prob(x) + (model.below(z2).log_prob(z1) + model.prior.log_prob(z2))[:, None]
    draws = [two_levels.bound(model, x, seeded(i)) for i in range(4000)]
    for i in range(3):
        q2 = model.encode_upper(x[i : i + 1])
        q1 = model.encode_lower(x[i : i + 1].expand(len(z2), -1), z2)
        log_q = q2.log_prob(z2) + q1.log_prob(z1)
        weight = (log_q + cell).exp()
        assert weight.sum().item() == pytest.approx(1, abs=1e-3)
        log_p_x = (log_p[:, i] + cell).logsumexp(0).item()
        below = log_p_x - (weight * (log_q - log_p[:, i] + log_p_x)).sum().item()
        values = torch.stack([draw.elbo[i] for draw in draws])
        assert values.mean().item() == pytest.approx(below, abs=4 * values.std().item() / 4000**0.5 + 1e-3)
        estimate = two_levels.log_p_x(model, x, 3000, seeded())[i].item()
        assert estimate == pytest.approx(log_p_x, abs=0.05)


def test_each_divergence_is_that_of_torch():
    model, x = small(3, 4)
    terms = two_levels.bound(model, x, seeded())
    generator = seeded()
    upper = model.encode_upper(x)
    z2 = upper.mean + upper.stddev * torch.randn(upper.mean.shape, generator=generator)
    lower = model.encode_lower(x, z2)
    z1 = lower.mean + lower.stddev * torch.randn(lower.mean.shape, generator=generator)
    assert torch.allclose(terms.upper, kl_divergence(upper, model.prior), atol=1e-5)
    assert torch.allclose(terms.lower, kl_divergence(lower, model.below(z2)), atol=1e-5)
    assert torch.allclose(terms.reconstruction, model.decode(z1).log_prob(x), atol=1e-5)


# ---- codes ----


def vq(seed=0):
    return discrete.VQVAE(places=3, codes=4, size=2, hidden=8, data_size=6, seed=seed)


def test_the_nearest_code_and_the_loss_by_loops():
    model = vq()
    x = torch.randint(2, (5, 6), generator=seeded()).float()
    loss, k = discrete.loss(model, x, commitment=0.3)
    h = model.before(x)
    for i in range(5):
        pull, vectors = 0.0, []
        for m in range(3):
            distances = [(h[i, m] - code).square().sum().item() for code in model.codebook]
            assert k[i, m].item() == distances.index(min(distances))
            pull += 1.3 * min(distances)
            vectors.append(model.codebook[k[i, m]])
        logits = model.decoder(torch.cat(vectors))
        log_p = Independent(Bernoulli(logits=logits), 1).log_prob(x[i])
        assert loss[i].item() == pytest.approx(pull - log_p.item(), rel=1e-5)


def test_the_encoder_learns_from_the_decoder_straight_through_and_the_codebook_only_from_its_pull():
    model = vq()
    x = torch.randint(2, (5, 6), generator=seeded()).float()
    discrete.loss(model, x, commitment=0.0)[0].sum().backward()
    through = model.encoder[-1].weight.grad.clone()
    vectors = model.codebook[model.encode(x)].detach().requires_grad_()
    (by_code,) = torch.autograd.grad(-model.decode(vectors).log_prob(x).sum(), vectors)
    (expected,) = torch.autograd.grad((model.before(x) * by_code).sum(), model.encoder[-1].weight)
    assert torch.allclose(through, expected, atol=1e-5) and expected.abs().max() > 1e-3
    h, k = model.before(x).detach(), model.encode(x)
    pull = torch.zeros_like(model.codebook)
    for i in range(5):
        for m in range(3):
            pull[k[i, m]] += 2 * (model.codebook[k[i, m]] - h[i, m]).detach()
    assert torch.allclose(model.codebook.grad, pull, atol=1e-5)


def test_dead_codes_are_moved_onto_outputs_and_living_ones_stay():
    model = vq()
    with torch.no_grad():
        model.codebook[2] += 100
    x = torch.randint(2, (5, 6), generator=seeded()).float()
    k, before = model.encode(x), model.codebook.detach().clone()
    dead = sorted(set(range(4)) - set(k.flatten().tolist()))
    assert 2 in dead and discrete.revive(model, x, k, seeded()) == len(dead)
    outputs = model.before(x).flatten(0, 1).detach()
    for code in range(4):
        if code in dead:
            assert (outputs - model.codebook[code]).norm(dim=1).min() < 1e-6
        else:
            assert torch.equal(model.codebook[code], before[code])


def test_perplexity_counts_codes():
    assert discrete.perplexity(torch.arange(8).repeat(3), 8) == pytest.approx(8)
    assert discrete.perplexity(torch.zeros(2, 5, dtype=torch.long), 8) == pytest.approx(1)
    k = torch.tensor([0, 0, 0, 1])
    expected = Categorical(torch.tensor([0.75, 0.25])).entropy().exp().item()
    assert discrete.perplexity(k, 8) == pytest.approx(expected, rel=1e-5)


def test_counted_priors_are_probabilities_and_the_bound_is_below_log_p():
    """Over all 4³ codes each prior sums to 1, and log P(X|c(X)) + log P(c(X)) is at most log P(X), by enumeration."""
    model = vq()
    seen = torch.randint(4, (50, 3), generator=seeded()).sort(dim=1).values
    every = torch.cartesian_prod(*[torch.arange(4)] * 3)
    x = torch.randint(2, (5, 6), generator=seeded(1)).float()
    k = model.encode(x)
    own = model.decode(model.codebook[k]).log_prob(x)
    for lengths, codes in zip(
        discrete.code_lengths(seen, every, 4).items(), discrete.code_lengths(seen, k, 4).values(), strict=True
    ):
        name, length = lengths
        assert (-length).exp().sum().item() == pytest.approx(1, abs=1e-4), name
        log_p = model.decode(model.codebook[every][:, None]).log_prob(x) - length[:, None]
        assert (own - codes <= log_p.logsumexp(dim=0) + 1e-5).all()
    lengths = {name: value.mean().item() for name, value in discrete.code_lengths(seen, seen, 4).items()}
    assert lengths["given the place before"] < lengths["frequency at each place"] < lengths["all codes alike"]


@pytest.fixture(scope="module")
def states():
    logits = torch.tensor([0.5, 0.0, -0.5], dtype=torch.float64)
    values = torch.tensor([-1.0, 0.5, 2.0], dtype=torch.float64)
    return logits, values


def enumerated(logits, loss):
    leaf = logits.clone().requires_grad_()
    return torch.autograd.grad((leaf.softmax(0) * loss).sum(), leaf)[0]


@pytest.mark.parametrize("latents", [1, 3])
@pytest.mark.parametrize("baseline", [0.0, 2.0])
def test_the_score_function_estimate_is_unbiased(states, latents, baseline):
    logits, values = states
    loss = values**2
    draws = discrete.score_gradients(logits, loss, 200_000, seeded(), latents, baseline)
    error = draws.std(dim=0) / 200_000**0.5
    assert ((draws.mean(dim=0) - enumerated(logits, loss)).abs() < 4.5 * error).all()


def test_gumbel_gradients_are_those_of_autograd_and_right_where_the_loss_is_a_line(states):
    logits, values = states
    found = discrete.gumbel_gradients(logits, values, lambda z: 2 * z, 0.7, 50, seeded())
    uniform = torch.rand(50, 3, generator=seeded(), dtype=torch.float64)
    for row, u in zip(found, uniform, strict=True):
        leaf = logits.clone().requires_grad_()
        z = ((leaf - (-u.log()).log()) / 0.7).softmax(0) @ values
        assert torch.allclose(row, torch.autograd.grad(z**2, leaf)[0], atol=1e-9)
    cold = discrete.gumbel_gradients(logits, values, torch.ones_like, 0.1, 400_000, seeded())
    error = cold.std(dim=0) / 400_000**0.5
    assert ((cold.mean(dim=0) - enumerated(logits, values)).abs() < 4.5 * error + 0.01).all()


# ---- chains ----


def test_signal_and_noise_share_the_variance_and_betas_lead_there():
    alpha, sigma = diffusion.signal_and_noise(torch.linspace(0, 1, 7))
    assert torch.allclose(alpha**2 + sigma**2, torch.ones(7)) and (alpha.diff() < 0).all()
    betas = diffusion.betas(6)
    assert torch.allclose((1 - betas).cumprod(0).sqrt(), alpha[1:], atol=1e-6) and ((betas > 0) & (betas < 1)).all()


def test_the_step_back_is_bayes_rule_on_a_grid():
    """Q(x_s|x_t, x₀) ∝ Q(x_t|x_s) Q(x_s|x₀) for one pixel."""
    s, t, x0, xt = 0.3, 0.5, 1.0, -0.4
    one = lambda v: torch.tensor([[v]])  # noqa: E731
    (alpha_s, sigma_s), (alpha_t, sigma_t) = (diffusion.signal_and_noise(torch.tensor(v)) for v in (s, t))
    a = alpha_t / alpha_s
    grid = torch.linspace(-8, 8, 8001)
    noise = (sigma_t**2 - a**2 * sigma_s**2).sqrt()
    log = Normal(a * grid, noise).log_prob(torch.tensor(xt)) + Normal(alpha_s * x0, sigma_s).log_prob(grid)
    weight = log.softmax(0)
    mean = (weight * grid).sum()
    found = diffusion.back(one(x0), one(xt), one(s), one(t))
    assert found.mean.item() == pytest.approx(mean.item(), abs=1e-4)
    assert found.variance.item() == pytest.approx((weight * (grid - mean) ** 2).sum().item(), abs=1e-4)


def test_the_terms_of_the_chain_are_those_of_torch():
    p = diffusion.Step(torch.randn(4, 6, generator=seeded()), torch.rand(4, 1, generator=seeded()) + 0.1)
    q = diffusion.Step(torch.randn(4, 6, generator=seeded(1)), torch.rand(4, 1, generator=seeded(1)) + 0.1)
    oracle = kl_divergence(
        Normal(q.mean, q.variance.sqrt().expand(4, 6)), Normal(p.mean, p.variance.sqrt().expand(4, 6))
    )
    assert torch.allclose(diffusion.step_kl(q, p), oracle.sum(dim=1), rtol=1e-4)
    x0 = 2.0 * torch.randint(2, (4, 6), generator=seeded()) - 1
    alpha, sigma = diffusion.signal_and_noise(torch.ones(4, 1))
    oracle = kl_divergence(Normal(alpha * x0, sigma.expand(4, 6)), Normal(0.0, 1.0)).sum(dim=1)
    assert torch.allclose(diffusion.prior_term(x0), oracle, atol=1e-5)
    time, x1 = torch.full((4, 1), 0.2), torch.randn(4, 6, generator=seeded(2))
    alpha, sigma = diffusion.signal_and_noise(time)
    ink, paper = (Normal(sign * alpha, sigma).log_prob(x1) for sign in (1, -1))
    oracle = torch.where(x0 > 0, ink, paper) - torch.logaddexp(ink, paper)
    assert torch.allclose(diffusion.first_term(x0, x1, time), oracle.sum(dim=1), atol=1e-4)


def test_the_bound_over_steps_is_below_an_entropy_that_is_known():
    """Pixels that are independent coins: the exact guess tanh(αx/σ²) gives nearly −D log 2, from below, nearer with T."""

    def exact(xt, time):
        alpha, sigma = diffusion.signal_and_noise(time)
        return (alpha * xt / sigma**2).tanh()

    x0 = 2.0 * torch.randint(2, (2000, 4), generator=seeded()) - 1
    bounds = [diffusion.bound(exact, x0, count, seeded(1)).elbo.mean().item() for count in (10, 40, 160, 640)]
    truth = -4 * math.log(2)
    assert bounds == sorted(bounds) and bounds[-1] < truth + 0.05
    assert bounds[-1] == pytest.approx(truth, abs=0.06) and bounds[0] < truth - 0.2


def test_the_loss_of_training_is_the_bound_of_many_steps():
    model = diffusion.Denoiser(8, data_size=4).requires_grad_(False)
    x = torch.randint(2, (4000, 4), generator=seeded()).float()
    loss = recipe_levels.chain_loss(model, x, seeded()).mean().item()
    chain = diffusion.bound(model, 2 * x - 1, 400, seeded(1))
    assert loss == pytest.approx(chain.steps.sum(dim=0).mean().item(), rel=0.05)


def test_samples_of_the_exact_chain_are_the_coins_of_the_data():
    """P(pixel = 1) = 0.9 for one pixel: the exact guess is tanh(αx/σ² + ½ log 9)."""

    class Coin:
        data_size = 1

        def __call__(self, xt, time):
            alpha, sigma = diffusion.signal_and_noise(time)
            return (alpha * xt / sigma**2 + 0.5 * math.log(9)).tanh()

    path = diffusion.sample(Coin(), 4000, 100, seeded())
    assert len(path) == 100 and path[0][0].std().item() == pytest.approx(1, abs=0.05)
    assert (path[-1][0] > 0).float().mean().item() == pytest.approx(0.9, abs=0.02)


def test_small_pictures_are_means_and_large_ones_repeat():
    x = torch.zeros(1, 28, 28)
    x[0, :2, :2], x[0, 26, 26] = 0.6, 1.0
    reduced = diffusion.small(x.flatten(1))
    assert reduced.sum() == 1 and reduced[0, 0] == 1
    again = diffusion.large(2 * reduced - 1).reshape(28, 28)
    assert again.sum() == 4 and again[:2, :2].sum() == 4


# ---- shipped ----


def figures():
    return json.loads((beyond.FOLDER / "figures_levels.json").read_text(encoding="utf-8"))


def test_every_recipe_has_its_model_and_its_figures():
    assert set(figures()) == set(recipe_levels.MODELS) == set(recipe_levels.WHAT)
    card = (beyond.FOLDER / "README_levels.md").read_text(encoding="utf-8")
    assert card == recipe_levels.card(figures())
    assert all((beyond.FOLDER / f"{name}.safetensors").stat().st_size < 1_000_000 for name in recipe_levels.MODELS)


@pytest.mark.parametrize("name", recipe_levels.MODELS)
def test_a_shipped_model_measures_what_its_figures_say(name, mnist):
    recorded, model = figures()[name], recipe_levels.load(name)
    assert sum(value.numel() for value in model.parameters()) == recorded["parameters"]
    images = mnist.test_images[:2000]
    reduced = recipe_levels.MODELS[name][4]
    x = data.binarize(diffusion.small(images) if reduced else images, seed=0)
    with torch.no_grad():
        if name == "vq":
            fit = model.decode(model.codebook[model.encode(x)]).log_prob(x).mean().item()
            assert fit == pytest.approx(recorded["reconstruction"], abs=3)
        elif name == "denoiser":
            chain = diffusion.bound(model, 2 * x[:500] - 1, recipe_levels.STEPS_OF_CHAIN, seeded())
            assert chain.elbo.mean().item() == pytest.approx(recorded["elbo"], abs=2)
        elif name == "two-levels":
            assert two_levels.bound(model, x, seeded()).elbo.mean().item() == pytest.approx(recorded["elbo"], abs=3)
        else:
            assert objective.elbo(model, x, generator=seeded()).elbo.mean().item() == pytest.approx(
                recorded["elbo"], abs=3
            )


@pytest.mark.parametrize("name", recipe_levels.MODELS)
def test_recipes_lower_their_loss(name):
    make, loss, _, _, reduced = recipe_levels.MODELS[name]
    images = data.load("strokes", n=300).train_images
    images = diffusion.small(images) if reduced else images
    model, x = make(), (images > 0.5).float()

    def level():
        with torch.no_grad():
            value = discrete.loss(model, x)[0] if loss is None else loss(model, x, seeded())
        return value.mean().item()

    before = level()
    if loss is None:
        discrete.train(model, images, 150, reviving=20)
    else:
        recipe_levels.train(model, loss, images, 150, 100)
    assert level() < 0.8 * before
