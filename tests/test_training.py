"""`fit` from the outside: what it learns, how it stops, what it refuses."""

import math
import os
import subprocess
import sys

import pytest
import torch
from stripes import Interrupted, copy, fit, same, small, stripes

from vae_helpers import data, objective, training
from vae_helpers.models import VAE, LinearGaussian

# --- learning


def test_training_finds_the_structure():
    """Independent pixels cost 12 ln 2 = 8.32 nats; one bit and the flips cost ln 2 + 12 H(0.05) = 3.08, at best."""
    model, held_out = small(), stripes(300, seed=1)
    history = fit(model, stripes(), 20, held_out)
    assert len(history.epochs) == 20 and not history.interrupted
    flips = -(0.05 * math.log(0.05) + 0.95 * math.log(0.95))
    best = history.epochs[history.best_epoch].held_out_elbo
    assert -5.0 < best < -(math.log(2) + 12 * flips) + 0.15
    assert history.epochs[0].elbo < -7.0


def test_reported_figures_are_means_over_images_in_nats():
    """One step a epoch with all images in it: the training figures are those of the weights before the step."""
    model, x = small(), stripes(100)
    generator = torch.Generator().manual_seed(5)
    order = torch.randperm(100, generator=generator)
    expected = objective.elbo(model, x[order], 1, generator)
    history = fit(model, x, 1, x[:30], batch_size=100, seed=5)
    epoch = history.epochs[0]
    assert epoch.reconstruction == pytest.approx(expected.reconstruction.mean().item(), rel=1e-5)
    assert epoch.kl == pytest.approx(expected.kl.mean().item(), rel=1e-5)
    assert epoch.elbo == pytest.approx(epoch.reconstruction - epoch.kl)
    assert epoch.held_out_elbo == pytest.approx(epoch.held_out_reconstruction - epoch.held_out_kl)
    exact_kl = 0
    with torch.no_grad():
        for image in x[:30]:
            q = model.encode(image[None])
            exact_kl += torch.distributions.kl_divergence(q, model.prior).item() / 30
    assert epoch.held_out_kl == pytest.approx(exact_kl, rel=1e-4)
    assert epoch.seconds > 0 and history.seconds == pytest.approx(epoch.seconds)


def test_uneven_last_batch_counts_by_its_images():
    """A model that cannot learn (rate ~ 0) has the same mean KL however the images are cut."""
    x = stripes(103)
    kl = [fit(small(), x, 1, batch_size=size, learning_rate=1e-12).epochs[0].kl for size in (103, 10, 7)]
    q = small().encode(x)
    expected = torch.distributions.kl_divergence(q, small().prior).mean().item()
    assert kl == pytest.approx([expected] * 3, rel=1e-4)


def test_every_image_is_seen_once_an_epoch_in_an_order_of_its_own():
    class Watching(VAE):
        def encode(self, x):
            self.seen.extend(x.detach()[:, 0].tolist())
            return super().encode(x)

    x = torch.rand(40, 12, generator=torch.Generator().manual_seed(0))
    model = small(kind=Watching)
    model.seen = []
    fit(model, x, 2, batch_size=16)
    first, second = model.seen[:40], model.seen[40:]
    assert sorted(first) == sorted(second) == sorted(x[:, 0].tolist())
    assert first != second and first != x[:, 0].tolist()


def test_seed_fixes_the_run_and_the_global_generator_is_left_alone():
    x, runs = stripes(), []
    for seed in (1, 1, 2):
        torch.rand(7)
        before = torch.get_rng_state()
        model = small()
        fit(model, x, 2, seed=seed)
        assert torch.equal(torch.get_rng_state(), before)
        runs.append(model)
    assert same(runs[0], copy(runs[1])) and not same(runs[0], copy(runs[2]))


def test_beta_weighs_the_kl():
    x = stripes()
    figures = {beta: fit(small(), x, 15, beta=beta).epochs[-1] for beta in (0.0, 1.0, 20.0)}
    assert figures[20.0].kl < 0.05 < figures[1.0].kl < figures[0.0].kl


def test_binarize_draws_new_black_and_white_pixels_for_every_batch():
    class Watching(VAE):
        def encode(self, x):
            self.batches.append(x.detach().clone())
            return super().encode(x)

    gray = torch.full((50, 12), 0.25)
    model = small(kind=Watching)
    model.batches = []
    fit(model, gray, 40, batch_size=50, binarize=True)
    batches = torch.stack(model.batches)
    assert ((batches == 0) | (batches == 1)).all()
    assert not torch.equal(batches[0], batches[1])
    assert batches.mean().item() == pytest.approx(0.25, abs=5 * math.sqrt(0.25 * 0.75 / batches.numel()))


def test_binarize_draws_held_out_pixels_once():
    class Watching(VAE):
        def encode(self, x):
            if not torch.is_grad_enabled():
                self.judged.append(x.clone())
            return super().encode(x)

    model, gray = small(kind=Watching), torch.rand(60, 12)
    model.judged = []
    fit(model, gray, 3, gray[:20], binarize=True)
    assert len(model.judged) == 3
    assert torch.equal(model.judged[0], model.judged[2]) and ((model.judged[0] == 0) | (model.judged[0] == 1)).all()


def test_a_learned_sigma_comes_to_the_noise_of_the_data():
    generator = torch.Generator().manual_seed(0)
    x = 0.3 * torch.randn(1000, 12, generator=generator)
    model = small(likelihood="gaussian", sigma="learned")
    fit(model, x, 20)
    assert model.sigma.item() == pytest.approx(0.3, rel=0.08)


def test_the_model_ends_with_its_best_epoch():
    """Held-out images of another kind: the bound on them falls as training goes on, so an early epoch is best."""
    kept = []

    class Recording(VAE):
        def encode(self, x):
            if not torch.is_grad_enabled() and len(kept) < 12:
                kept.append(copy(self))
            return super().encode(x)

    model = small(kind=Recording)
    history = fit(model, stripes(), 12, 1 - 0.5 * stripes(100))
    scores = [epoch.held_out_elbo for epoch in history.epochs]
    assert history.best_epoch == scores.index(max(scores)) < 11
    assert same(model, kept[history.best_epoch]) and not same(model, kept[-1])


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_a_run_of_few_steps_learns_at_the_rate_asked_for(steps):
    """Adam's first step moves every weight whose gradient is not zero by the learning rate."""
    model, x = small(), stripes(50 * steps)
    before = copy(model)
    fit(model, x, 1, learning_rate=0.01)
    moved = torch.cat([(value - before[name]).abs().flatten() for name, value in model.state_dict().items()])
    if steps == 1:
        assert moved.median().item() == pytest.approx(0.01, rel=0.01)
    assert 0.005 < moved.max().item() <= 0.0101 * steps


def test_a_run_of_ten_steps_or_more_takes_the_one_cycle():
    """The same steps by hand, with torch's schedule, end in the same weights bit for bit."""
    x, model, other = stripes(), small(), small()
    fit(model, x, 2, learning_rate=0.02)
    optimizer = torch.optim.Adam(other.parameters(), lr=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=16)
    generator, best = torch.Generator().manual_seed(0), []
    for _ in range(2):
        total = 0
        for rows in torch.randperm(400, generator=generator).split(50):
            terms = objective.elbo(other, x[rows], 1, generator)
            optimizer.zero_grad()
            (-terms.elbo.mean()).backward()
            optimizer.step()
            schedule.step()
            total += terms.elbo.detach().sum()
        best.append((total.item(), copy(other)))
    assert same(model, max(best, key=lambda pair: pair[0])[1])


# --- interrupts


def test_ctrl_c_within_an_epoch_ends_cleanly_with_the_best_weights(capsys):
    x = stripes()  # 8 batches an epoch
    model = small(kind=Interrupted)
    model.at = 2 * 8 + 4
    history = fit(model, x, 10)
    assert history.interrupted and len(history.epochs) == 2
    assert "Stopped after 2 of 10 epochs" in capsys.readouterr().out
    weights = []

    class Recording(VAE):
        def encode(self, x):
            weights.append(copy(self))
            return super().encode(x)

    epochs = fit(small(kind=Recording), x, 10).epochs[:2]
    best = max(range(2), key=lambda i: epochs[i].elbo)
    assert history.best_epoch == best and same(model, weights[8 * (best + 1)])


def test_ctrl_c_in_the_first_epoch_leaves_a_usable_model():
    model = small(kind=Interrupted)
    model.at = 5
    history = fit(model, stripes(), 10)
    assert history.interrupted and history.epochs == [] and history.best_epoch is None
    assert all(value.isfinite().all() for value in model.state_dict().values())
    history.plot()


# --- divergence


@pytest.mark.parametrize("options", [{}, {"held_out": stripes(50)}])
def test_divergence_stops_the_run_and_says_what_to_try(options):
    model = small()
    before = copy(model)
    with pytest.raises(FloatingPointError, match=r"diverged.*learning_rate ten times smaller"):
        fit(model, stripes(), 3, learning_rate=1e8, batch_size=5, **options)
    assert same(model, before)  # no epoch ended, so that the last good weights are the first


@pytest.mark.parametrize("where", ["mid-epoch", "last step"])
def test_divergence_in_a_later_epoch_leaves_the_best_weights(where):
    """Weights turn NaN in the third epoch; the model must come back from the better of the first two."""
    snapshots = []

    class Failing(VAE):
        calls = 0

        def encode(self, x):
            self.calls += 1
            if self.calls % 8 == 1:
                snapshots.append(copy(self))
            q = super().encode(x)
            if self.calls == {"mid-epoch": 20, "last step": 24}[where]:  # 8 batches an epoch; gradients turn NaN
                q.base_dist.loc.register_hook(lambda gradient: gradient * math.nan)
            return q

    model = small(kind=Failing)
    with pytest.raises(FloatingPointError, match="diverged"):
        fit(model, stripes(), 6)
    assert any(same(model, snapshot) for snapshot in snapshots[1:3])


# --- what it says


def test_a_script_whose_output_has_no_minus_sign_trains_to_its_end():
    """As on Windows, where `> log.txt` has letters of the region's own."""
    script = "import torch; from vae_helpers import models, training; "
    script += "training.fit(models.VAE(2, (3,), data_size=4), torch.rand(40, 4), 2, batch_size=10)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    )
    assert run.returncode == 0, run.stderr.decode("cp1252")
    assert b"bound -" in run.stdout and b"nats/image" in run.stdout


def test_progress_bar_says_bound_and_terms_with_their_unit(capsys):
    history = fit(small(), stripes(), 2, stripes(50, seed=1), progress=True)
    shown, last = capsys.readouterr().out, history.epochs[-1]
    assert "nats/image" in shown and "16/16" in shown
    assert f"bound {last.elbo:.1f} = {last.reconstruction:.1f} − {last.kl:.1f}" in shown
    assert f"held out {last.held_out_elbo:.1f} =" in shown
    fit(small(), stripes(), 1)
    assert capsys.readouterr().out == ""


# --- bad input


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "epochs must be a whole number of 1 or more, not 0"),
        ({"epochs": 2.5}, "epochs must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number of 1 or more, not 0"),
        ({"learning_rate": 0}, "learning_rate must be a positive number"),
        ({"learning_rate": math.nan}, "learning_rate must be a positive number"),
        ({"beta": -1}, "beta must be a number of 0 or more"),
        ({"seed": None}, "seed must be a whole number, not None"),
        ({"images": torch.rand(10, 11)}, r"shape \(batch, 12\), not \(10, 11\)"),
        ({"images": torch.rand(10, 3, 4)}, r"reshape\(-1, 12\)"),
        ({"images": torch.zeros(0, 12)}, "no images"),
        ({"images": torch.zeros(10, 12, dtype=torch.uint8)}, "floating point"),
        ({"images": torch.full((10, 12), 2.0)}, r"\[0, 1\]"),
        ({"images": torch.full((10, 12), math.nan)}, "NaN"),
        ({"held_out": torch.rand(10, 11)}, r"shape \(batch, 12\), not \(10, 11\)"),
        ({"held_out": torch.full((10, 12), math.nan)}, "NaN"),
        ({"model": LinearGaussian(torch.ones(12, 1), torch.zeros(12), 1.0)}, "no parameters to train"),
        ({"model": small().requires_grad_(False)}, r"requires_grad_\(\)"),
    ],
)
def test_bad_settings_are_refused_before_anything_changes(options, words):
    model = options.get("model", small())
    before = copy(model)
    with pytest.raises(ValueError, match=words):
        fit(**{"model": model, "images": stripes(20), "epochs": 1} | options)
    assert same(model, before)


# --- real digits


def test_two_thousand_real_digits_are_soon_modeled(mnist):
    """A minute's recipe in small: two passes beat the best score of independent pixels, 206 nats on MNIST."""
    x = data.binarize(mnist.train_images[:4000], 0)
    model = VAE(2, (100,))
    history = training.fit(model, x, 6, held_out=x[:500], batch_size=100, progress=False)
    frequency = x.mean(0).clamp(1e-3, 1 - 1e-3)
    independent = torch.distributions.Bernoulli(frequency).log_prob(x).sum(1).mean().item()
    assert history.epochs[history.best_epoch].held_out_elbo > independent + 20
