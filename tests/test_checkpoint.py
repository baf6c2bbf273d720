"""A run stopped at any moment goes on from its file bit for bit, and no other file is taken for its own."""

import errno
import json
import os
import shutil
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


def test_a_killed_process_resumes_bit_for_bit(tmp_path, tried):
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
    tried("a training killed (SIGKILL) and gone on with, bit for bit", 1)


KILLS = """
import json, os, random, signal, sys, tempfile, time, torch
from pathlib import Path
from stripes import copy, fit, same, small, stripes

torch.set_num_threads(1)
x, times, kills, alike, left = stripes(), random.Random(0), 0, True, []
def run(model, checkpoint=None):
    return fit(model, x, 30, x[:60], checkpoint=checkpoint)
straight = small()
expected = run(straight)
while kills < 5:  # a quick machine may end a training before it is killed so often
    file = Path(tempfile.mkdtemp(dir=sys.argv[1])) / "run"
    while True:
        child = os.fork()
        if child == 0:
            run(small(), file)
            os._exit(0)
        time.sleep(times.uniform(0, 0.2) + 0.02 * kills)
        os.kill(child, signal.SIGKILL)
        if os.waitpid(child, 0)[1] == 0:
            break
        kills += 1
    resumed = small(seed=2)
    history = run(resumed, file)
    alike &= same(resumed, copy(straight)) and [e.elbo for e in history.epochs] == [e.elbo for e in expected.epochs]
    left.append(sorted(os.listdir(file.parent)))
print(json.dumps([kills, alike, left]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_a_run_killed_again_and_again_ends_as_the_undisturbed_one(tmp_path, tried):
    """At any moment, so also while it writes; what was half written then is gone at the end."""
    here = os.pathsep.join([os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": here}
    command = [sys.executable, "-c", KILLS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    kills, alike, left = json.loads(done.stdout.splitlines()[-1])
    tried("a training killed (SIGKILL) and gone on with, bit for bit", kills, 0 if alike else kills)
    assert alike and kills >= 5
    assert all(names == ["run", "run.before"] for names in left)


@pytest.mark.parametrize("stop", [1, 2, 4])
def test_resuming_after_any_epoch_is_bit_for_bit(tmp_path, monkeypatch, stop, tried):
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
    before = ["run.safetensors.before"]  # and nothing half written
    assert sorted(os.listdir(tmp_path)) == ["run.safetensors", *before]
    tried("a training ended after any epoch and gone on with, bit for bit", 1)


def test_a_finished_checkpoint_gives_the_finished_model(tmp_path):
    x, file = stripes(), tmp_path / "run"
    model, again = small(), small(seed=2)
    expected = fit(model, x, 3, checkpoint=file)
    written = file.read_bytes()
    history = fit(again, x, 3, checkpoint=str(file))
    assert same(again, copy(model)) and history == expected and file.read_bytes() == written


# --- what cannot be written


class FullDisk:
    """A disk on which no file can be finished while `full`."""

    def __init__(self, monkeypatch):
        self.full, self.fsync = False, os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, number):
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.fsync(number)


def test_a_full_disk_is_told_once_and_the_run_trains_on(tmp_path, monkeypatch, capsys, tried):
    """Full during epochs 2 to 4 of 6: no epoch, no figure, no weight is lost, nor the checkpoint of epoch 1."""
    x, file, disk = stripes(), tmp_path / "run", FullDisk(monkeypatch)
    straight = small()
    expected = fit(straight, x, 6)

    class Filling(VAE):
        calls = 0

        def encode(self, x):
            self.calls += 1
            disk.full = 8 < self.calls <= 4 * 8  # 8 batches an epoch
            if self.calls == 4 * 8:
                assert len(storage.load(file)[1]["history"]["epochs"]) == 1
                assert os.listdir(tmp_path) == ["run"]
            return super().encode(x)

    model = small(kind=Filling)
    history = fit(model, x, 6, checkpoint=file)
    assert same(model, copy(straight)) and [e.elbo for e in history.epochs] == [e.elbo for e in expected.epochs]
    told = capsys.readouterr().out
    assert told.count("could not be saved") == 1 and "Epoch 2 could not be saved in" in told
    assert "No space left on device" in told and "Training goes on" in told
    tried("an epoch's checkpoint on a full disk", 3)
    assert len(storage.load(file)[1]["history"]["epochs"]) == 6


def test_a_folder_that_vanishes_is_made_again(tmp_path):
    class Vanishing(VAE):
        calls = 0

        def encode(self, x):
            self.calls += 1
            if self.calls == 12:
                shutil.rmtree(tmp_path / "folder")
            return super().encode(x)

    assert len(fit(small(kind=Vanishing), stripes(), 3, checkpoint=tmp_path / "folder" / "run").epochs) == 3
    assert len(storage.load(tmp_path / "folder" / "run")[1]["history"]["epochs"]) == 3


@pytest.mark.parametrize(
    "where", ["", "{folder}", "{folder}/file/run", "~nouser/run", "{folder}/" + 300 * "a", "a\0b", 3]
)
def test_where_no_file_can_be_is_said_before_the_first_epoch(tmp_path, where, tried):
    (tmp_path / "file").write_text("in the way")
    model = small(kind=Interrupted)
    model.at = 1  # the first batch would be interrupted
    where = where.format(folder=tmp_path) if isinstance(where, str) else where
    with pytest.raises(ValueError, match=r"no file can be written as|must be the path of a file") as told:
        fit(model, stripes(), 2, checkpoint=where)
    assert "delete" not in str(told.value) and os.listdir(tmp_path) == ["file"]
    tried("a checkpoint where no file can be", 1)


def test_spaces_and_other_alphabets_in_a_path_are_fine(tmp_path):
    file = tmp_path / "mein Ordner ü" / "数 б.safetensors"
    model, again = small(), small(seed=1)
    expected = fit(model, stripes(), 2, checkpoint=file)
    assert fit(again, stripes(), 2, checkpoint=file) == expected and same(again, copy(model))


# --- what cannot be read


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


DAMAGE = {
    "truncated": "is damaged: its checksum differs", "empty": "is damaged, or not a file", "one bit": "is damaged",
    "text": "is damaged, or not a file that the course wrote", "other tensors": "is damaged, or not a file",
    "no settings": "is not a checkpoint of this version of the course",
}  # fmt: skip


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_checkpoint_is_named_and_left_in_place(tmp_path, how, tried):
    x, file = stripes(), tmp_path / "run.safetensors"
    fit(small(), x, 1, checkpoint=file)
    damage(file, how)
    before = file.read_bytes()
    model = small(seed=4)
    weights = copy(model)
    with pytest.raises(ValueError, match=rf"run\.safetensors {DAMAGE[how]}.*move this one away to start afresh"):
        fit(model, x, 1, checkpoint=file)
    assert file.read_bytes() == before and same(model, weights)
    tried("a damaged or foreign checkpoint", 1)


def test_every_flipped_bit_of_a_header_is_noticed(tmp_path, tried):
    file = tmp_path / "run"
    fit(small(), stripes(), 1, checkpoint=file)
    settings = checkpoint.Settings(1, 50, 0.02, 1.0, False, 0)
    run = training.begin(small(seed=4), settings, 8, torch.device("cpu"))
    facts, weights = storage.load(file)[1]["settings"], copy(run.model)
    header, taken = int.from_bytes(file.read_bytes()[:8], "little"), []
    with file.open("r+b", buffering=0) as content:
        for bit in range(8 * (8 + header)):
            content.seek(bit // 8)
            [byte] = content.read(1)
            for value in (byte ^ 1 << bit % 8, byte):
                content.seek(bit // 8)
                content.write(bytes([value]))
                if value != byte:
                    try:
                        run.resume(file, facts)
                        taken.append(bit)
                    except ValueError as problem:
                        assert "delete" not in str(problem)
    tried("one bit of a checkpoint's header flipped", 8 * (8 + header), len(taken))
    assert not taken and same(run.model, weights) and run.history.epochs == []
    run.resume(file, facts)  # with all bits back
    assert len(run.history.epochs) == 1 and not same(run.model, weights)


@pytest.mark.parametrize(
    "part", ["optimizer.", "optimizer.0.exp_avg", "generator", "best.", "model.", "best.encoder.0.bias"]
)
def test_a_well_sealed_file_without_a_part_is_refused_before_the_model_is_touched(tmp_path, part, tried):
    file, model = tmp_path / "run", small(seed=4)
    fit(small(), stripes(), 1, checkpoint=file)
    tensors, facts = storage.load(file)
    fewer = {name: value for name, value in tensors.items() if not name.startswith(part)}
    assert fewer != tensors
    storage.save(file, fewer, facts)
    weights = copy(model)
    with pytest.raises(ValueError, match="not a checkpoint of this version of the course"):
        fit(model, stripes(), 1, checkpoint=file)
    assert same(model, weights)
    tried("a well-sealed checkpoint that lacks a part", 1)


@pytest.mark.parametrize("part", ["settings", "tensors", "groups", "schedule", "history"])
def test_a_well_sealed_file_without_a_fact_is_refused(tmp_path, part):
    file, model = tmp_path / "run", small(seed=4)
    fit(small(), stripes(), 1, checkpoint=file)
    tensors, facts = storage.load(file)
    weights = copy(model)
    for value in (None, [], {}, "x"):
        storage.save(file, tensors, facts | {part: value})
        with pytest.raises(ValueError, match=r"not a checkpoint of this version|another run|other sizes"):
            fit(model, stripes(), 1, checkpoint=file)
    assert same(model, weights)


def test_the_file_of_a_newer_course_is_called_so(tmp_path):
    file = tmp_path / "run"
    fit(small(), stripes(), 1, checkpoint=file)
    tensors, facts = storage.load(file)
    facts["history"]["epochs"][0]["figure_of_another_year"] = 1.0
    storage.save(file, tensors, facts)
    with pytest.raises(ValueError, match=r"not a checkpoint of this version of the course.*figure_of_another_year"):
        fit(small(), stripes(), 1, checkpoint=file)


@pytest.mark.parametrize("how", ["truncated", "empty", "one bit", "text"])
def test_a_damaged_checkpoint_gives_way_to_the_generation_before(tmp_path, capsys, how, tried):
    x, file, straight = stripes(), tmp_path / "run", small()
    expected = fit(straight, x, 5)
    model = small(kind=Interrupted)
    model.at = 3 * 8 + 6
    fit(model, x, 5, checkpoint=file)
    damage(file, how)
    again = small(seed=9)
    history = fit(again, x, 5, checkpoint=file)
    assert "The run goes on from the generation before: epoch 2." in capsys.readouterr().out
    assert same(again, copy(straight)) and [e.elbo for e in history.epochs] == [e.elbo for e in expected.epochs]
    damage(file, how)
    with pytest.raises(ValueError, match="damaged"):  # and of other settings it is not taken
        fit(small(), x, 6, checkpoint=file)
    tried("a damaged checkpoint with the generation before beside it", 1)


@pytest.mark.parametrize("how", ["overwritten", "cut short"])
def test_a_checkpoint_changed_in_place_while_it_is_gone_on_from_changes_nothing(tmp_path, how, tried):
    x, file, straight = stripes(), tmp_path / "run", small()
    fit(straight, x, 3)
    model = small(kind=Interrupted)
    model.at = 2 * 8 + 1
    fit(model, x, 3, checkpoint=file)

    class Overwriting(VAE):
        def encode(self, x):
            with file.open("r+b") as same_file:  # as cp and sync clients do
                same_file.write(bytes(file.stat().st_size)) if how == "overwritten" else same_file.truncate()
            return super().encode(x)

    again = small(seed=9, kind=Overwriting)
    fit(again, x, 3, checkpoint=file)
    assert same(again, copy(straight))
    tried("a checkpoint overwritten or cut short in place while a run goes on from it", 1)


# --- what is of another run


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
