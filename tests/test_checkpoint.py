"""A run stopped at any moment goes on from its file bit for bit, and no other file is taken for its own."""

import os
import signal
import subprocess
import sys
import time

import pytest
import safetensors.torch
import torch
from stripes import Interrupted, copy, fit, same, small, stripes

from vae_helpers import checkpoint, storage, training
from vae_helpers.models import VAE

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
    run = training.begin(small(), checkpoint.Settings(2, 50, 0.01, 1.0, False, 0), 10, torch.device("cpu"))
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
