"""fit() from the outside: what it learns, how it stops, and that nothing is lost on the way."""

import math
import os
import signal
import subprocess
import sys
import time

import matplotlib.figure
import pytest
import safetensors.torch
import torch

from vae_helpers import checkpoint, data, measure, objective, storage, training
from vae_helpers.models import VAE, LinearGaussian


def stripes(n=400, seed=0):
    """Images of 12 pixels with one bit of structure: the left or the right half is lit, with a few pixels flipped."""
    generator = torch.Generator().manual_seed(seed)
    left = torch.rand(n, 1, generator=generator) < 0.5
    clean = torch.cat([left.expand(-1, 6), ~left.expand(-1, 6)], dim=1)
    return (clean ^ (torch.rand(n, 12, generator=generator) < 0.05)).float()


def small(seed=0, kind=VAE, **arguments):
    return kind(**{"latent_size": 1, "hidden_sizes": (8,), "data_size": 12, "seed": seed} | arguments)


def copy(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(model, weights):
    return all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def fit(model, *arguments, **options):
    return training.fit(model, *arguments, **{"progress": False, "batch_size": 50, "learning_rate": 0.02} | options)


class Interrupted(VAE):
    """Someone presses Ctrl-C at the encoder's `at`-th call."""

    at = math.inf
    calls = 0

    def encode(self, x):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return super().encode(x)


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


def test_evaluate_gives_every_image_its_own_bound_in_batches():
    model, x = small(), stripes(25)
    with torch.no_grad():
        model.encoder[-1].weight[1:] = 0
        model.encoder[-1].bias[1:] = -60.0  # z is certain, so that cutting into batches changes nothing
    whole, parts = measure.evaluate(model, x), measure.evaluate(model, x, samples=3, batch_size=7)
    assert whole.elbo.shape == (25,) and not whole.elbo.requires_grad
    torch.testing.assert_close(whole.elbo, parts.elbo)
    torch.testing.assert_close(whole.kl, torch.distributions.kl_divergence(model.encode(x), model.prior).detach())


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


def test_ctrl_c_then_resume_is_the_run_that_never_stopped(tmp_path):
    x, file = stripes(), tmp_path / "run.safetensors"
    straight = small(kind=Interrupted)
    expected = fit(straight, x, 5)
    model = small(kind=Interrupted)
    model.at = 3 * 8 + 6
    fit(model, x, 5, checkpoint=file)
    again = small(seed=9, kind=Interrupted)
    history = fit(again, x, 5, checkpoint=file)
    assert same(again, copy(straight)) and not history.interrupted
    assert [e.elbo for e in history.epochs] == [e.elbo for e in expected.epochs]


# --- checkpoints

RUN = """
import sys, time, torch
from vae_helpers import training
from vae_helpers.models import VAE
class Slow(VAE):
    def encode(self, x):
        time.sleep({sleep})
        return super().encode(x)
torch.set_num_threads(1)
generator = torch.Generator().manual_seed(0)
x = torch.rand(200, 12, generator=generator)
model = Slow(1, (8,), data_size=12)
history = training.fit(model, x[:150], 6, x[150:], batch_size=50, binarize=True, progress=False, checkpoint=sys.argv[1])
"""


def test_a_killed_process_resumes_bit_for_bit(tmp_path):
    """SIGKILL in the middle of a run; the run that takes over equals the one that was left alone."""
    file = tmp_path / "new folder" / "run.safetensors"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    victim = subprocess.Popen([sys.executable, "-c", RUN.format(sleep=0.15), str(file)], env=environment)
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and victim.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
    finally:
        victim.send_signal(signal.SIGKILL) if os.name == "posix" else victim.kill()
        victim.wait()
    assert file.exists() and victim.returncode != 0

    def run(seed, checkpoint):
        x = torch.rand(200, 12, generator=torch.Generator().manual_seed(0))
        model = type("Slow", (VAE,), {})(1, (8,), data_size=12, seed=seed)
        history = training.fit(
            model, x[:150], 6, x[150:], batch_size=50, binarize=True, progress=False, checkpoint=checkpoint
        )
        return model, history

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        resumed, history = run(7, file)  # other initial weights, which the checkpoint replaces
        straight, expected = run(0, None)
    finally:
        torch.set_num_threads(threads)
    assert same(resumed, copy(straight))
    assert history.best_epoch == expected.best_epoch and len(history.epochs) == 6
    for one, other in zip(history.epochs, expected.epochs, strict=True):
        assert (one.reconstruction, one.kl, one.held_out_elbo) == (other.reconstruction, other.kl, other.held_out_elbo)


@pytest.mark.parametrize("stop", [1, 2, 4])
def test_resuming_after_any_epoch_is_bit_for_bit(tmp_path, monkeypatch, stop):
    x, file = stripes(), tmp_path / "run.safetensors"
    straight = small()
    expected = fit(straight, x, 5, x[:60])
    save, saved = checkpoint.Run.save, []

    def save_then_die(run, *arguments):
        save(run, *arguments)
        saved.append(1)
        if len(saved) == stop:
            raise SystemError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Run, "save", save_then_die)
        with pytest.raises(SystemError):
            fit(small(), x, 5, x[:60], checkpoint=file)
    resumed = small(seed=3)
    history = fit(resumed, x, 5, x[:60], checkpoint=file)
    assert same(resumed, copy(straight))
    assert [e.held_out_elbo for e in history.epochs] == [e.held_out_elbo for e in expected.epochs]
    assert os.listdir(tmp_path) == ["run.safetensors"]  # nothing half written beside it


def test_a_finished_checkpoint_gives_the_finished_model(tmp_path):
    x, file = stripes(), tmp_path / "run"
    model, again = small(), small(seed=2)
    expected = fit(model, x, 3, checkpoint=file)
    written = file.read_bytes()
    history = fit(again, x, 3, checkpoint=str(file))
    assert same(again, copy(model)) and history == expected and file.read_bytes() == written


def test_a_write_that_fails_leaves_the_last_good_checkpoint(tmp_path, monkeypatch):
    x, file = stripes(), tmp_path / "run"
    fit(small(), x, 2, checkpoint=file)
    written = file.read_bytes()

    def half(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(safetensors.torch, "save_file", half)
    run = training._begin(small(), checkpoint.Settings(2, 50, 0.01, 1.0, False, 0), 10, torch.device("cpu"))
    with pytest.raises(OSError, match="disk full"):
        run.save(file, {})
    assert file.read_bytes() == written and os.listdir(tmp_path) == ["run"]


def damage(file, how):
    content = file.read_bytes()
    if how == "truncated":
        file.write_bytes(content[:-100])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "one bit":
        changed = bytearray(content)
        changed[-500] ^= 4
        file.write_bytes(bytes(changed))
    elif how == "text":
        file.write_text("This is no checkpoint. " * 20)
    elif how == "other tensors":
        safetensors.torch.save_file({"a": torch.zeros(3)}, file)
    elif how == "no settings":
        storage.save(file, {"a": torch.zeros(3)}, {})
    elif how == "folder":
        file.unlink()
        file.mkdir()


@pytest.mark.parametrize("how", ["truncated", "empty", "one bit", "text", "other tensors", "no settings", "folder"])
def test_a_damaged_checkpoint_is_named_and_left_in_place(tmp_path, how):
    x, file = stripes(), tmp_path / "run.safetensors"
    fit(small(), x, 1, checkpoint=file)
    damage(file, how)
    before = file.read_bytes() if file.is_file() else None
    model = small(seed=4)
    weights = copy(model)
    with pytest.raises(ValueError, match=r"run\.safetensors is not a readable checkpoint.*delete it to start over"):
        fit(model, x, 1, checkpoint=file)
    assert file.exists() and (before is None or file.read_bytes() == before)
    assert same(model, weights)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 4}, "its epochs was 3, now 4"),
        ({"batch_size": 40}, "its batch_size was 50, now 40"),
        ({"learning_rate": 0.01}, "its learning_rate was 0.02, now 0.01"),
        ({"beta": 2.0}, "its beta was 1.0, now 2.0"),
        ({"binarize": True}, "its binarize was False, now True"),
        ({"seed": 1}, "its seed was 0, now 1"),
        ({"images": stripes(seed=5)}, "its images was"),
        ({"held_out": stripes(20)}, "its held_out was None"),
        ({"model": {"hidden_sizes": (9,)}}, "its model was"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused_and_left_in_place(tmp_path, change, words):
    file = tmp_path / "run.safetensors"
    fit(small(), stripes(), 3, checkpoint=file)
    written = file.read_bytes()
    model = small(**change.pop("model", {}))
    options = {"images": stripes(), "epochs": 3, "checkpoint": file} | change
    with pytest.raises(ValueError, match=f"from another run: {words}"):
        fit(model, **options)
    assert file.read_bytes() == written


def test_a_checkpoint_of_a_model_of_other_sizes_is_refused(tmp_path):
    """Models without a config, such as those of one's own making."""

    def plain(width):
        model = small(hidden_sizes=(width,))
        del model.config
        return model

    file = tmp_path / "run.safetensors"
    fit(plain(8), stripes(), 1, checkpoint=file)
    model = plain(9)
    weights = copy(model)
    with pytest.raises(ValueError, match="model of other sizes"):
        fit(model, stripes(), 1, checkpoint=file)
    assert same(model, weights)


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


# --- what it shows


def test_history_plots_the_bound_and_its_terms():
    history = fit(small(), stripes(), 4, stripes(50, seed=1))
    figure = history.plot()
    assert isinstance(figure, matplotlib.figure.Figure) and len(figure.axes) == 3
    by_title = {axis.get_title(): axis for axis in figure.axes}
    for title, key in {"the bound": "elbo", "reconstruction term": "reconstruction", "KL term": "kl"}.items():
        training_curve, held_out = by_title[title].get_lines()
        assert list(training_curve.get_xdata()) == [1, 2, 3, 4]
        assert list(training_curve.get_ydata()) == [getattr(e, key) for e in history.epochs]
        assert list(held_out.get_ydata()) == [getattr(e, f"held_out_{key}") for e in history.epochs]
        assert "nats" in by_title[title].get_ylabel() and by_title[title].get_xlabel() == "epoch"
    same_figure = matplotlib.figure.Figure()
    assert history.plot(same_figure) is same_figure and history.plot(same_figure) is same_figure
    assert len(same_figure.axes) == 3


def test_history_without_held_out_images_has_one_curve_each():
    figure = fit(small(), stripes(), 2).plot()
    assert [len(axis.get_lines()) for axis in figure.axes] == [1, 1, 1]


def test_progress_bar_says_bound_and_terms_with_their_unit(capsys):
    history = fit(small(), stripes(), 2, stripes(50, seed=1), progress=True)
    shown, last = capsys.readouterr().err, history.epochs[-1]
    assert "nats/image" in shown and "16/16" in shown
    assert f"bound {last.elbo:.1f} = {last.reconstruction:.1f} − {last.kl:.1f}" in shown
    assert f"held out {last.held_out_elbo:.1f} =" in shown
    fit(small(), stripes(), 1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("size", [12, 16])
def test_live_works_without_a_notebook(size):
    """12 pixels are no square picture: then only the curves are drawn."""
    x = torch.rand(60, size)
    assert len(fit(small(data_size=size), x, 2, live=True).epochs) == 2


def test_live_redraws_curves_and_eight_samples(monkeypatch):
    import IPython.display

    drawn, updates = [], []

    def savefig(figure, buffer, **_):
        images = [axis.get_images()[0].get_array() for axis in figure.axes if axis.get_images()]
        drawn.append(([len(a.get_lines()[0].get_xdata()) for a in figure.axes if a.get_lines()], images))
        buffer.write(b"%d" % len(drawn))

    class Handle:
        def update(self, data, raw):
            updates.append(data["image/png"])

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", savefig)
    monkeypatch.setattr(IPython.display, "display", lambda data, display_id, raw: Handle())
    model = small(data_size=16)
    fit(model, torch.rand(60, 16), 3, live=True)
    first, *shown = drawn  # an empty figure to begin with, then one for each epoch
    assert first == ([], []) and updates == [b"2", b"3", b"4"]
    assert [curves for curves, _ in shown] == [[1] * 3, [2] * 3, [3] * 3]
    assert all(len(images) == 8 and images[0].shape == (4, 4) for _, images in shown)
    x = torch.rand(60, 16, generator=torch.Generator().manual_seed(0))
    one, other = small(data_size=16), small(data_size=16)
    fit(one, x, 2, live=True)
    fit(other, x, 2)
    assert same(one, copy(other))  # looking on changes nothing


# --- bad input


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "epochs must be a whole number of 1 or more, not 0"),
        ({"epochs": 2.5}, "epochs must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number of 1 or more, not 0"),
        ({"learning_rate": 0}, "learning_rate must be positive"),
        ({"learning_rate": math.nan}, "learning_rate must be positive"),
        ({"beta": -1}, "beta 0 or more"),
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
