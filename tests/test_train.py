"""The command that trains on a folder of pictures: in one process and in several, to its end and stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_helpers import pictures, storage, train, training, weights
from vae_helpers.models import VAE

ROOT = Path(__file__).parents[1]
FEW = ["--side", "6", "--latent", "2", "--batch-size", "8"]
# What torchrun starts in place of the command: process VICTIM is killed as its epoch AFTER begins, and each notes what
# it reads.
STAGED = """
import os, signal, torch
from vae_helpers import pictures, ranks, train

rank, epoch, read = os.environ["RANK"], ranks._epoch, pictures._read

def mortal(us, run, *arguments):
    if "VICTIM" in os.environ and len(run.history.epochs) == int(os.environ["AFTER"]):
        torch.distributed.barrier()  # the process that writes the checkpoint has written it when all are here
        if rank == os.environ["VICTIM"]:
            os.kill(os.getpid(), signal.SIGKILL)
    return epoch(us, run, *arguments)

def noted(path, *arguments):
    with open(os.environ["NOTES"] + rank, "a") as notes:
        print(path.name, file=notes)
    return read(path, *arguments)

ranks._epoch, pictures._read = mortal, noted
train.main()
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """45 pictures of a bright bar at any height, and two files that are none."""
    place = tmp_path_factory.mktemp("pictures")
    for number, top in enumerate(np.random.default_rng(0).integers(0, 10, 45)):
        pixels = np.full((12, 12), 30, np.uint8)
        pixels[top : top + 3] = 220
        Image.fromarray(pixels).save(place / f"{number:02}.png")
    (place / "07b.png").write_bytes(b"")
    (place / "40b.png").write_text("no picture")
    return place


@pytest.fixture(scope="session")
def whole(folder, tmp_path_factory):
    """What one process leaves after four epochs."""
    out = tmp_path_factory.mktemp("whole") / "model.safetensors"
    train.main(command(folder, out))
    return out


def command(folder, out, *more, epochs=4):
    return ["--images", str(folder), "--out", str(out), "--epochs", str(epochs), "--device", "cpu", *FEW, *more]


def start(processes, arguments, tmp_path, **environment):
    """The command under torchrun."""
    (tmp_path / "staged.py").write_text(STAGED)
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    settings = {"NOTES": str(tmp_path / "notes"), "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    launch = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--master-port=0"]
    return subprocess.Popen(
        [*launch, "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", str(tmp_path / "staged.py"), *arguments],
        env={**os.environ, **settings, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", cwd=tmp_path,
    )  # fmt: skip


def torchrun(*arguments, **environment):
    """Its exit code, and what was printed."""
    with start(*arguments, **environment) as process:
        text = process.communicate(timeout=100)[0]
    return process.returncode, text


def ours(text):
    """The lines by which the command says that it stopped."""
    return [line for line in text.splitlines() if line.startswith("train: ")]


def agree(first, second):
    """Both files hold the same weights, but for rounding: they are kept in half precision."""
    a, b = (weights.read(path).state_dict() for path in (first, second))
    for name, value in a.items():
        torch.testing.assert_close(b[name], value, rtol=4e-3, atol=4e-4)


# --- one process


def test_it_leaves_a_model_and_a_contact_sheet(whole, folder):
    assert sorted(path.name for path in whole.parent.iterdir()) == ["model.png", "model.safetensors"]
    model = weights.read(whole)
    record = storage.load(whole)[1]["training"]
    assert model.latent_size == 2 and model.data_size == 36 and model.sigma.item() == pytest.approx(0.1)
    assert record["pictures"] == 45 and record["epochs_done"] == 4 and len(record["seconds"]) == 4
    with Image.open(whole.with_suffix(".png")) as sheet:
        assert sheet.width > 12 * 56 and sheet.height > 4 * 56


def test_it_is_fit_on_the_folder(whole, folder):
    images = pictures.load(folder, side=6).images
    model = VAE(2, likelihood="gaussian", sigma=0.1, data_size=36)
    model.start_at(images.mean(dim=0))
    history = training.fit(model, images, 4, batch_size=8, learning_rate=1e-3, progress=False)
    assert storage.load(whole)[1]["training"]["bound"] == pytest.approx(history.epochs[history.best_epoch].elbo)
    for name, value in weights.read(whole).state_dict().items():
        torch.testing.assert_close(value, model.state_dict()[name], rtol=1e-3, atol=1e-6)


def test_it_says_what_it_read_and_what_it_did(folder, tmp_path, capsys):
    train.main(
        command(folder, tmp_path / "model.safetensors", "--color", "--ink", "--likelihood", "bernoulli", epochs=2)
    )
    out, err = capsys.readouterr()
    assert "45 pictures read, 2 files skipped" in out and "'07b.png': is empty: 0 bytes" in out
    assert "of 2, bound " in out and "nats/image" in out and "model.png" in out and "12/12" in out and not err
    model = weights.read(tmp_path / "model.safetensors")
    assert model.data_size == 108 and model.likelihood == "bernoulli"


def test_stopped_it_goes_on_to_the_same_end(whole, folder, tmp_path, capsys, monkeypatch):
    out, calls, encode = tmp_path / "model.safetensors", [], VAE.encode

    def interrupted(self, x):
        calls.append(len(x))
        if len(calls) == 2 * 6 + 3:  # six batches an epoch
            raise KeyboardInterrupt
        return encode(self, x)

    monkeypatch.setattr(VAE, "encode", interrupted)
    with pytest.raises(SystemExit) as stop:
        train.main(command(folder, out))
    told = capsys.readouterr().out
    assert stop.value.code == 130 and "2 of 4 epochs; the same command goes on from there" in told
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".before", ".checkpoint", ".png", ".safetensors"]
    monkeypatch.undo()
    train.main(command(folder, out))
    a, b = (storage.load(path)[0] for path in (whole, out))
    assert all(torch.equal(a[name], b[name]) for name in a) and not list(tmp_path.glob("*.checkpoint*"))


def test_stopped_in_the_first_epoch_it_writes_nothing(folder, tmp_path, monkeypatch):
    def interrupted(self, x):
        raise KeyboardInterrupt

    monkeypatch.setattr(VAE, "encode", interrupted)
    with pytest.raises(SystemExit, match="nothing new was written"):
        train.main(command(folder, tmp_path / "model.safetensors"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("other", "what"),
    [(["--batch-size", "9"], "batch_size was 8, now 9"), (["--latent", "3"], "model was"), (["--ink"], "images was"),
     (["--epochs", "7"], "epochs was 2, now 7"), (["--seed", "1"], "seed was 0, now 1")],
)  # fmt: skip
def test_a_checkpoint_of_other_pictures_or_settings_is_refused(folder, tmp_path, monkeypatch, other, what):
    out = tmp_path / "model.safetensors"
    monkeypatch.setattr(storage, "remove", lambda path: None)  # as if killed just before the end
    train.main(command(folder, out, epochs=2))
    before = train.checkpoint_of(out).read_bytes()
    with pytest.raises(SystemExit, match=what):
        train.main(command(folder, out, *other, epochs=2))
    assert train.checkpoint_of(out).read_bytes() == before


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"--images": "nowhere"}, "there is no folder nowhere"),
        ({"--images": "{empty}"}, "looked for .png"),
        ({"--out": "model.pt"}, "must end in .safetensors"),
        ({"--out": "{folder}/model.safetensors"}, "its contact sheet would be one of the pictures"),
        ({"--device": "abacus"}, "there is no device 'abacus'"),
        ({"--latent": "0"}, "latent_size must be"),
        ({"--side": "0"}, "side must be"),
        ({"--batch-size": "0"}, "batch_size must be"),
        ({"--sigma": "-1"}, "needs sigma"),
        ({"--learning-rate": "1e12"}, "diverged"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(folder, tmp_path, change, what):
    (tmp_path / "empty").mkdir()
    more = [part.format(empty=tmp_path / "empty", folder=folder) for pair in change.items() for part in pair]
    with pytest.raises(SystemExit) as refusal:
        train.main([*command(folder, tmp_path / "model.safetensors"), *more])
    assert what in refusal.value.code and refusal.value.code.startswith("train: ") and "\n" not in refusal.value.code
    assert not list(tmp_path.glob("model*")) and not list(folder.glob("model*"))


# --- several processes


def test_two_processes_come_to_what_one_comes_to_and_each_reads_its_part(whole, folder, tmp_path):
    code, text = torchrun(2, command(folder, tmp_path / "model.safetensors"), tmp_path)
    assert code == 0, text
    agree(whole, tmp_path / "model.safetensors")
    record, alone = (storage.load(path)[1]["training"] for path in (tmp_path / "model.safetensors", whole))
    assert record["bound"] == pytest.approx(alone["bound"], rel=1e-4) and record["processes"] == 2
    assert "together: 45 pictures in 2 processes, 2 files skipped" in text
    assert "'07b.png': is empty" in text and "'40b.png': is not a picture" in text
    read = [(tmp_path / f"notes{rank}").read_text().split() for rank in range(2)]
    assert [name for part in read for name in part] == sorted(path.name for path in folder.iterdir())
    assert max(map(len, read)) == 24
    assert not train.checkpoint_of(tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("victim", [0, 1])
def test_when_a_process_dies_one_line_says_so_and_the_run_resumes(whole, folder, tmp_path, victim):
    out = tmp_path / "model.safetensors"
    code, text = torchrun(2, command(folder, out), tmp_path, VICTIM=str(victim), AFTER="2")
    [line] = ours(text)
    assert code != 0 and "a process of this run died" in line and "goes on from there" in line
    assert "Connection closed" not in text and not out.exists()
    assert len(storage.load(train.checkpoint_of(out))[1]["history"]["epochs"]) == 2
    train.main(command(folder, out))  # with as many processes as one likes: here with one
    agree(whole, out)


def test_a_run_that_died_resumes_in_several_processes(whole, folder, tmp_path):
    out = tmp_path / "model.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        encode, calls = VAE.encode, []

        def interrupted(self, x):
            calls.append(x)
            if len(calls) == 15:
                raise KeyboardInterrupt
            return encode(self, x)

        patch.setattr(VAE, "encode", interrupted)
        with pytest.raises(SystemExit):
            train.main(command(folder, out))
    code, text = torchrun(2, command(folder, out), tmp_path)
    assert code == 0 and "12/24" in text, text
    agree(whole, out)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_stops_all_processes_with_one_line(folder, tmp_path):
    out = tmp_path / "model.safetensors"
    with start(2, command(folder, out, epochs=100_000), tmp_path) as process:
        patience = time.monotonic() + 60
        while not train.checkpoint_of(out).exists() and time.monotonic() < patience:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=60)[0]
    [line] = ours(text)
    assert process.returncode != 0 and "told to stop" in line and "goes on from there" in line
    assert storage.load(train.checkpoint_of(out))[1]["history"]["epochs"]


def test_without_a_picture_one_process_of_several_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.txt").write_text("x")
    code, text = torchrun(2, command(tmp_path / "empty", tmp_path / "model.safetensors"), tmp_path)
    [line] = ours(text)
    assert code != 0 and "looked for .png" in line


def test_a_process_without_pictures_takes_part(tmp_path):
    place = tmp_path / "one"
    place.mkdir()
    Image.new("L", (9, 9), 99).save(place / "a.png")
    code, text = torchrun(2, command(place, tmp_path / "model.safetensors", epochs=2), tmp_path)
    assert code == 0 and "together: 1 pictures in 2 processes" in text, text
    train.main(command(place, tmp_path / "alone.safetensors", epochs=2))
    agree(tmp_path / "alone.safetensors", tmp_path / "model.safetensors")


def test_a_run_that_diverges_later_leaves_what_it_had_learned(folder, tmp_path, monkeypatch):
    out, epoch = tmp_path / "model.safetensors", training._epoch

    def failing(run, *arguments):
        if len(run.history.epochs) == 2:
            raise FloatingPointError("the bound became nan: training has diverged.")
        return epoch(run, *arguments)

    monkeypatch.setattr(training, "_epoch", failing)
    with pytest.raises(SystemExit) as end:
        train.main(command(folder, out))
    assert "diverged" in end.value.code and "delete it to begin again with other settings" in end.value.code
    assert storage.load(out)[1]["training"]["epochs_done"] == 2
    assert out.with_suffix(".png").exists() and train.checkpoint_of(out).exists()


def test_output_to_a_file_without_greek_letters_stops_nothing(folder, tmp_path):
    """As on Windows, where `> log.txt` has letters of the region's own."""
    arguments = command(folder, tmp_path / "model.safetensors")
    for more in ([*arguments], ["--help"]):
        run = subprocess.run(
            [sys.executable, "-m", "vae_helpers.train", *more], capture_output=True, cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr.decode("cp1252")
    assert (tmp_path / "model.safetensors").exists()
