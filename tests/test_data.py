"""Where digits come from, and what happens to files that are not what they should be."""

import hashlib
import os
import shutil
import socket
from pathlib import Path

import pytest
import torch
import torchvision.datasets

from vae_helpers import data, strokes
from vae_helpers import mnist as source

COUNTS = {"train": 12, "t10k": 5}


def pictures(part):
    """Bytes of a few images and their labels, with the IDX headers of MNIST."""
    n = COUNTS[part]
    pixels = bytes((7 * i) % 256 for i in range(n * 784))
    labels = bytes(i % 10 for i in range(n))
    head = lambda *numbers: b"".join(number.to_bytes(4, "big") for number in numbers)  # noqa: E731
    return head(2051, n, 28, 28) + pixels, head(2049, n) + labels


def place(folder):
    """Write the four small files below `folder`, as torchvision does; return where."""
    raw = Path(folder) / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for part in COUNTS:
        for kind, content in zip(("images-idx3", "labels-idx1"), pictures(part), strict=True):
            (raw / f"{part}-{kind}-ubyte").write_bytes(content)
    return raw


@pytest.fixture
def tiny(monkeypatch, tmp_path, no_data):
    """MNIST made small: its four files have twelve and five images. Returns the folder given as VAE_COURSE_DATA."""
    raw = place(tmp_path / "source")
    sums = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in raw.iterdir()}
    assert set(sums) == set(source.FILES)
    monkeypatch.setattr(source, "FILES", {name: sums[name] for name in source.FILES})
    return tmp_path / "own"


@pytest.fixture
def downloads(monkeypatch):
    """A download that copies the small files, and a list of the folders it was asked to fill."""
    asked = []

    def fetch(root, train, download):
        assert download
        asked.append(Path(root))
        place(root)

    monkeypatch.setattr(torchvision.datasets, "MNIST", fetch)
    return asked


@pytest.fixture
def offline(monkeypatch):
    """Downloads fail as torchvision says it without a network; names and sockets are refused besides."""

    def fail(root, train, download):
        (Path(root) / "MNIST" / "raw").mkdir(parents=True)
        (Path(root) / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").write_bytes(b"half")
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried mirror, got:\nno route to host\n")

    def refuse(*arguments, **options):
        raise OSError("no network in this test")

    monkeypatch.setattr(torchvision.datasets, "MNIST", fail)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)


def check_tiny(digits):
    assert digits.name == "mnist" and digits.train_latents is None and digits.test_latents is None
    for part, images, labels in (
        ("train", digits.train_images, digits.train_labels),
        ("t10k", digits.test_images, digits.test_labels),
    ):
        n = COUNTS[part]
        assert images.shape == (n, 784) and images.dtype == torch.float32
        assert labels.shape == (n,) and labels.dtype == torch.int64
        expected = torch.tensor([[(7 * (row * 784 + i)) % 256 / 255 for i in range(784)] for row in range(n)])
        torch.testing.assert_close(images, expected)
        assert labels.tolist() == [i % 10 for i in range(n)]


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- the search


def test_own_folder_comes_first_and_is_not_written_to(tiny, monkeypatch, downloads, no_data, capsys):
    raw = place(tiny)
    before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
    monkeypatch.setenv("VAE_COURSE_DATA", str(tiny))
    monkeypatch.setattr(source, "cached_folder", lambda: pytest.fail("the cache was looked at, too"))
    check_tiny(data.load("mnist"))
    assert downloads == [] and not no_data.exists() and capsys.readouterr().out == ""
    assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == before


def test_cache_comes_second(tiny, downloads, no_data, capsys):
    place(no_data)
    check_tiny(data.load())
    assert downloads == [] and capsys.readouterr().out == ""


def test_download_comes_last_and_fills_the_cache(tiny, downloads, no_data, capsys):
    check_tiny(data.load())
    assert len(downloads) == 1
    assert files(no_data) == sorted(f"MNIST/raw/{name}" for name in source.FILES)  # no scraps of the download
    assert "Downloading MNIST" in capsys.readouterr().out
    check_tiny(data.load())
    assert len(downloads) == 1


def test_an_own_folder_without_mnist_is_said_and_passed_over(tiny, monkeypatch, downloads, capsys):
    tiny.mkdir()
    monkeypatch.setenv("VAE_COURSE_DATA", str(tiny))
    check_tiny(data.load())
    out = capsys.readouterr().out
    assert "VAE_COURSE_DATA is set" in out and "is missing" in out and str(tiny) in out
    assert len(downloads) == 1 and files(tiny) == []


@pytest.mark.parametrize("name", list(source.FILES))
@pytest.mark.parametrize("how", ["truncated", "altered", "longer", "empty"])
def test_a_damaged_own_file_is_refused_by_name(tiny, monkeypatch, downloads, name, how):
    file = place(tiny) / name
    content = bytearray(file.read_bytes())
    if how == "altered":
        content[len(content) // 2 + 4] ^= 1
    changed = {"truncated": content[:-3], "altered": content, "longer": content + b"\0", "empty": b""}[how]
    file.write_bytes(bytes(changed))
    monkeypatch.setenv("VAE_COURSE_DATA", str(tiny))
    with pytest.raises(ValueError, match=f"{name} is not the MNIST file.*checksum.*unset VAE_COURSE_DATA"):
        data.load("mnist")
    assert file.read_bytes() == bytes(changed) and downloads == []


def test_a_damaged_cache_file_is_named_and_fetched_again(tiny, downloads, no_data, capsys):
    file = place(no_data) / "t10k-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:-1])
    check_tiny(data.load())
    assert len(downloads) == 1
    out = capsys.readouterr().out
    assert "t10k-images-idx3-ubyte is damaged" in out and "fetching it again" in out


def test_a_missing_cache_file_is_fetched(tiny, downloads, no_data):
    (place(no_data) / "train-labels-idx1-ubyte").unlink()
    check_tiny(data.load())
    assert len(downloads) == 1


def test_a_download_that_arrives_damaged_is_not_kept(tiny, monkeypatch, no_data, capsys):
    def fetch(root, train, download):
        file = place(root) / "train-images-idx3-ubyte"
        file.write_bytes(file.read_bytes()[:-1])

    monkeypatch.setattr(torchvision.datasets, "MNIST", fetch)
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)
    assert data.load().name == "strokes"
    assert "train-images-idx3-ubyte arrived damaged" in capsys.readouterr().out
    assert files(no_data) == []


@pytest.mark.parametrize("problem", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_download_leaves_nothing(tiny, monkeypatch, no_data, problem):
    def fetch(root, train, download):
        (place(root) / "t10k-labels-idx1-ubyte").unlink()
        raise problem

    monkeypatch.setattr(torchvision.datasets, "MNIST", fetch)
    timeout = socket.getdefaulttimeout()
    with pytest.raises(problem):
        data.load()
    assert list(no_data.rglob("*")) == [] and socket.getdefaulttimeout() == timeout


def test_an_interrupted_download_keeps_what_the_cache_had(tiny, monkeypatch, no_data):
    raw = place(no_data)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"damaged")
    before = files(no_data)

    def fetch(root, train, download):
        raise KeyboardInterrupt

    monkeypatch.setattr(torchvision.datasets, "MNIST", fetch)
    with pytest.raises(KeyboardInterrupt):
        data.load()
    assert files(no_data) == before


def test_offline_says_so_in_one_line_and_draws_digits(offline, no_data, capsys):
    digits = data.load("mnist")
    assert digits.name == "strokes" and len(digits.train_images) == 12
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and out.endswith("\n")
    assert "MNIST could not be downloaded (no route to host)" in out and "strokes" in out
    assert files(no_data) == []


def test_a_cache_that_cannot_be_written_falls_back_to_strokes(monkeypatch, tmp_path, no_data, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(source, "cache_folder", lambda: tmp_path / "file" / "cache")
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)
    assert data.load().name == "strokes"
    assert "could not be downloaded" in capsys.readouterr().out


# --- the real files


def test_mnist_is_mnist(mnist):
    """Facts about MNIST that others published: counts per class, mean ink 0.1307 and its spread 0.3081."""
    assert mnist.train_images.shape == (60_000, 784) and mnist.test_images.shape == (10_000, 784)
    for images, labels in ((mnist.train_images, mnist.train_labels), (mnist.test_images, mnist.test_labels)):
        assert images.dtype == torch.float32 and images.min() == 0 and images.max() == 1
        assert labels.dtype == torch.int64 and len(labels) == len(images)
    assert mnist.train_images.double().mean().item() == pytest.approx(0.1307, abs=5e-5)
    assert mnist.train_images.double().std().item() == pytest.approx(0.3081, abs=5e-5)
    assert mnist.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test_labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_a_real_file_cut_short_is_refused(mnist, monkeypatch, tmp_path):
    genuine = Path(os.environ["VAE_COURSE_DATA"]).expanduser() / "MNIST" / "raw"
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in source.FILES:
        shutil.copyfile(genuine / name, raw / name)
    with (raw / "train-images-idx3-ubyte").open("r+b") as file:
        file.truncate(40_000_016)  # whole images, so that only the checksum tells
    monkeypatch.setenv("VAE_COURSE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="train-images-idx3-ubyte is not the MNIST file"):
        data.load("mnist")


# --- drawn digits


def test_strokes_come_with_the_latents_that_drew_them():
    digits = data.load("strokes", n=60, seed=3)
    assert digits.name == "strokes"
    assert digits.train_images.shape == (60, 784) and digits.test_images.shape == (10, 784)
    for images, labels, latents in (
        (digits.train_images, digits.train_labels, digits.train_latents),
        (digits.test_images, digits.test_labels, digits.test_latents),
    ):
        assert images.dtype == torch.float32 and images.min() >= 0 and images.max() <= 1
        assert images.sum(1).min() > 10  # ink in every picture
        assert labels.dtype == torch.int64 and 0 <= labels.min() and labels.max() <= 9
        assert isinstance(latents, strokes.Latents) and all(len(column) == len(images) for column in latents)
        assert torch.equal(labels, latents.digit)
        for row in (0, len(images) - 1):  # each picture from its own latents, one by one
            alone = strokes.render(strokes.Latents(*(column[row : row + 1] for column in latents)))
            torch.testing.assert_close(alone.reshape(784), images[row])


def test_seed_fixes_the_strokes():
    first, again, other = (data.load("strokes", n=12, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.train_images, again.train_images) and torch.equal(first.test_images, again.test_images)
    assert not torch.equal(first.train_images, other.train_images)
    assert not any(torch.equal(image, train) for image in first.test_images for train in first.train_images)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "cifar"}, '"mnist" and "strokes", not \'cifar\''),
        ({"name": None}, "not None"),
        ({"name": "mnist", "n": 100}, "take a slice of MNIST"),
        ({"name": "strokes", "n": 5}, "whole number of 6 or more, not 5"),
        ({"name": "strokes", "n": 100.0}, "whole number of 6 or more, not 100.0"),
    ],
)
def test_impossible_requests_are_refused(no_data, arguments, words):
    with pytest.raises(ValueError, match=words):
        data.load(**arguments)


# --- binarize


def test_binarize_draws_each_pixel_with_its_gray_value():
    gray = torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0]).repeat(20_000, 1)
    drawn = data.binarize(gray, seed=0)
    assert drawn.dtype == gray.dtype and ((drawn == 0) | (drawn == 1)).all()
    torch.testing.assert_close(drawn.mean(0), gray[0], atol=5 * 0.5 / 20_000**0.5, rtol=0)
    assert drawn[:, 0].sum() == 0 and drawn[:, 4].sum() == 20_000  # black stays black, white stays white
    assert torch.corrcoef(drawn[:, 1:4].T).fill_diagonal_(0).abs().max() < 0.03
    assert torch.equal(drawn, data.binarize(gray, seed=0)) and not torch.equal(drawn, data.binarize(gray, seed=1))
    assert torch.equal(data.binarize(drawn, seed=5), drawn)
    before = torch.get_rng_state()
    data.binarize(gray)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.full((2, 3), 1.5), r"\[0, 1\]"),
        (torch.full((2, 3), -0.5), r"\[0, 1\]"),
        (torch.full((2, 3), float("nan")), "NaN"),
        (torch.ones(2, 3, dtype=torch.uint8), "floating point tensor, not torch.uint8.*by 255"),
        ([[0.5]], "floating point tensor, not list"),
    ],
)
def test_binarize_refuses_what_are_no_gray_values(images, words):
    with pytest.raises(ValueError, match=words):
        data.binarize(images)


def test_pixels_drawn_with_a_generator_are_those_of_its_seed():
    gray = torch.rand(5, 784, generator=torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(7)
    first, second = data.draw_pixels(gray, generator), data.draw_pixels(gray, generator)
    assert torch.equal(first, data.binarize(gray, seed=7)) and not torch.equal(first, second)
