"""Where digits come from, and what happens to files that are not what they should be."""

import contextlib
import errno
import gzip
import hashlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

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


def contents():
    """The four small files, by name."""
    return {
        f"{part}-{kind}-ubyte": content
        for part in COUNTS
        for kind, content in zip(("images-idx3", "labels-idx1"), pictures(part), strict=True)
    }


def place(folder):
    """Write the four small files below `folder`, as torchvision does; return where."""
    raw = Path(folder) / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in contents().items():
        (raw / name).write_bytes(content)
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
    """A network that has the small files, and a list as long as it was asked for them."""
    asked = []
    monkeypatch.setattr(source, "fetch", lambda: asked.append(1) or contents())
    return asked


@pytest.fixture
def offline(monkeypatch):
    """No network: sockets are refused."""

    def refuse(*arguments, **options):
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.delenv("https_proxy", raising=False)
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
def test_a_damaged_own_file_is_refused_by_name(tiny, monkeypatch, downloads, name, how, tried):
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
    tried("a damaged file of MNIST in one's own folder", 1)


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
    damaged = contents() | {"train-images-idx3-ubyte": contents()["train-images-idx3-ubyte"][:-1]}
    monkeypatch.setattr(source, "fetch", lambda: damaged)
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)
    assert data.load().name == "strokes"
    assert "train-images-idx3-ubyte arrived damaged" in capsys.readouterr().out
    assert files(no_data) == []


@pytest.mark.parametrize("problem", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_download_leaves_nothing(tiny, monkeypatch, no_data, problem):
    def fetch():
        raise problem

    monkeypatch.setattr(source, "fetch", fetch)
    timeout = socket.getdefaulttimeout()
    with pytest.raises(problem):
        data.load()
    assert list(no_data.rglob("*")) == [] and socket.getdefaulttimeout() == timeout


def test_an_interrupted_download_keeps_what_the_cache_had(tiny, monkeypatch, no_data):
    raw = place(no_data)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"damaged")
    before = files(no_data)

    def fetch():
        raise KeyboardInterrupt

    monkeypatch.setattr(source, "fetch", fetch)
    with pytest.raises(KeyboardInterrupt):
        data.load()
    assert files(no_data) == before


def test_offline_says_so_in_one_line_and_draws_digits(offline, no_data, capsys):
    digits = data.load("mnist")
    assert digits.name == "strokes" and len(digits.train_images) == 12
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and out.endswith("\n")
    assert "MNIST could not be downloaded (No route to host)" in out and "strokes" in out
    assert files(no_data) == []


# --- a network that misbehaves


def packed(name):
    return gzip.compress(contents()[name])


def answer(handler, content, length=None):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


def drip(handler, content, pause=0.02):
    for byte in content:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(pause)


def endless(handler):
    answer(handler, gzip.compress(bytes(1000)), 10**12)
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(bytes(10**6))


MUCH = gzip.compress(bytes(10**7))


SERVERS = {  # what it does, and what is said of it
    "nonsense": (lambda h: h.wfile.write(b"\0\0no\r\n\r\n"), "could not be downloaded (\0\0no"),
    "an answer that breaks off": (lambda h: answer(h, b"half", 1000), "arrived damaged"),
    "no answer": (lambda h: None, "could not be downloaded ("),
    "no permission": (lambda h: h.send_error(407), "HTTP Error 407"),
    "no such file": (lambda h: h.send_error(404), "HTTP Error 404"),
    "a page to log in": (lambda h: answer(h, b"<html>Welcome to the hotel</html>"), "arrived damaged"),
    "a redirection to itself": (
        lambda h: (h.send_response(302), h.send_header("Location", h.path), h.end_headers()),
        "infinite loop",
    ),
    "a header that drips": (lambda h: drip(h, b"HTTP/1.0 200 " + b"O" * 10_000), "it took too long"),
    "a file that drips": (lambda h: (answer(h, b"", 10_000), drip(h, bytes(10_000))), "it took too long"),
    "a file without end": (endless, "arrived damaged"),
    "a file that unpacks without end": (lambda h: answer(h, MUCH), "arrived damaged"),
}


@pytest.fixture
def server(monkeypatch):
    """server(act) on the loopback, asked in place of the mirrors."""
    started = []

    def start(act):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(OSError):
                    act(self)

            def log_message(self, *_):
                pass

        started.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=started[-1].serve_forever, daemon=True).start()
        monkeypatch.setattr(source, "MIRRORS", (f"http://127.0.0.1:{started[-1].server_port}/",))
        return source.MIRRORS[0]

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield start
    for each in started:
        each.daemon_threads = True
        each.shutdown()


@pytest.mark.parametrize("how", SERVERS)
def test_a_network_that_misbehaves_ends_in_a_sentence_and_drawn_digits(
    tiny, no_data, server, monkeypatch, capsys, how, tried
):
    monkeypatch.setattr(source, "MOST", 2_000_000)
    monkeypatch.setattr(source, "IN_ALL", 1.0 if "drips" in how else 60.0)
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)
    act, words = SERVERS[how]
    server(act)
    assert data.load().name == "strokes"
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and words in out and "going on with drawn digits" in out and files(no_data) == []
    tried(f"MNIST asked for, and the network gives {how}", 1)


def test_the_files_are_taken_from_the_second_mirror_if_the_first_has_none(tiny, no_data, server, monkeypatch):
    good = server(lambda h: answer(h, packed(h.path.strip("/").removesuffix(".gz"))))
    monkeypatch.setattr(source, "MIRRORS", ("http://127.0.0.1:9/", good))
    check_tiny(data.load())
    check_tiny(data.load("mnist"))  # from the cache
    assert files(no_data) == sorted(f"MNIST/raw/{name}" for name in source.FILES)


TWO = """
import json, pathlib, sys
from vae_helpers import data, mnist
mnist.MIRRORS, mnist.FILES = (sys.argv[1],), json.loads(sys.argv[2])
mnist.cache_folder = lambda: pathlib.Path(sys.argv[3])
sys.stdin.readline()
print(data.load().name)
"""


def test_two_processes_at_once_fill_an_empty_cache(tiny, no_data, server, tried):
    mirror = server(lambda h: answer(h, packed(h.path.strip("/").removesuffix(".gz"))))
    command = [sys.executable, "-c", TWO, mirror, json.dumps(source.FILES), str(no_data)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = {name: value for name, value in os.environ.items() if name != "VAE_COURSE_DATA"}
    both = [subprocess.Popen(command, env=env, **pipes) for _ in range(2)]
    assert [each.communicate("go\n", timeout=120)[0].splitlines()[-1] for each in both] == ["mnist", "mnist"]
    assert files(no_data) == sorted(f"MNIST/raw/{name}" for name in source.FILES)
    tried("two processes that fill an empty cache at once", 1)


# --- folders that are in the way


@pytest.mark.parametrize(
    "what", ["a file above it", "a file", "MNIST is a file", "a file is a folder", "locked", "full"]
)
def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(
    tiny, downloads, monkeypatch, no_data, capsys, what, tried
):
    cache = no_data / "deeper"
    monkeypatch.setattr(source, "cache_folder", lambda: cache)
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)
    if what == "a file is a folder":
        (cache / "MNIST" / "raw" / "train-images-idx3-ubyte").mkdir(parents=True)
    elif what == "MNIST is a file":
        cache.mkdir(parents=True)
        (cache / "MNIST").touch()
    elif what == "a file":
        no_data.mkdir()
        cache.touch()
    elif what == "a file above it":
        no_data.touch()
    else:
        act, number = ("touch", errno.EACCES) if what == "locked" else ("write_bytes", errno.ENOSPC)

        def refuse(self, *_, **__):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(type(cache), act, refuse)
    assert data.load().name == "strokes"
    out = capsys.readouterr().out
    assert str(cache) in out and "set VAE_COURSE_DATA to a folder that holds MNIST" in out and "Errno" not in out
    assert "going on with drawn digits" in out
    tried(f"MNIST wanted where the cache is of no use: {what}", 1)


def test_without_a_home_directory_there_are_drawn_digits(monkeypatch, downloads, capsys):
    for name in ("VAE_COURSE_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it answers then
    monkeypatch.setattr(data, "STROKES_TRAINING", 12)
    assert data.load().name == "strokes" and downloads == []
    assert "no home directory" in (out := capsys.readouterr().out) and "set the environment variable HOME" in out


@pytest.mark.parametrize("what", ["unreadable", "oversized", "a folder", "~nouser"])
def test_an_own_folder_of_no_use_is_said_and_passed_over(tiny, offline, monkeypatch, capsys, what, tried):
    file = place(tiny) / "train-images-idx3-ubyte"
    monkeypatch.setenv("VAE_COURSE_DATA", "~nouser/data" if what == "~nouser" else str(tiny))
    if what == "a folder":
        file.unlink()
        file.mkdir()
    elif what == "oversized":
        os.truncate(file, 10**12)  # sparse: it takes no room
    elif what == "unreadable":
        opened = type(file).open

        def refuse(self, *arguments, **options):
            if self == file:
                raise PermissionError(errno.EACCES, "Permission denied")
            return opened(self, *arguments, **options)

        monkeypatch.setattr(type(file), "open", refuse)
    assert data.load().name == "strokes"
    out = capsys.readouterr().out
    assert "VAE_COURSE_DATA is set, but" in out and "looking elsewhere" in out and "Errno" not in out
    assert ("nouser" if what == "~nouser" else str(file)) in out
    tried(f"MNIST wanted from a folder of one's own: {what}", 1)


def test_spaces_and_other_alphabets_in_a_path_are_fine(tiny, monkeypatch, downloads, tmp_path):
    monkeypatch.setattr(source, "cache_folder", lambda: tmp_path / "mein Ordner ü" / "数")
    check_tiny(data.load())
    monkeypatch.setenv("VAE_COURSE_DATA", str(tmp_path / "mein Ordner ü" / "数"))
    check_tiny(data.load())
    assert len(downloads) == 1


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


@pytest.mark.parametrize("n", [6, 11, 12, 13, 1_000_000])
def test_the_first_training_images_alone(tiny, monkeypatch, n):
    place(tiny)
    monkeypatch.setenv("VAE_COURSE_DATA", str(tiny))
    whole, some = data.load("mnist"), data.load("mnist", n=n)
    assert len(whole.train_images) == 12 and len(some.train_images) == min(n, 12)
    assert torch.equal(some.train_images, whole.train_images[:n])
    assert torch.equal(some.train_labels, whole.train_labels[:n])
    assert torch.equal(some.test_images, whole.test_images) and torch.equal(some.test_labels, whole.test_labels)
    assert some.train_images.untyped_storage().nbytes() == 4 * 784 * min(n, 12)  # the rest is not kept


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
        ({"name": "mnist", "n": 5}, "whole number of 6 or more, not 5"),
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
