"""What several test files share. Oracles stand in the tests themselves."""

import json
import os
import zlib
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from tools import lab
from vae_helpers import data, models
from vae_helpers import mnist as source

AXE = "4.14.1"  # as .ci/run installs it

# Properties are tried on the same examples every time; HYPOTHESIS_PROFILE=many looks for others, by hand.
settings.register_profile("course", derandomize=True, deadline=None, max_examples=25, database=None)
settings.register_profile("many", deadline=None, max_examples=400)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "course"))

# What the quick loop, -m "not slow", leaves out: notebooks, these rooms, which are run one by one, and these files.
ROOMS = {"browser", "exercises", "pages", "site", "widgets"}
SLOW = """test_bad_input test_beyond_best test_beyond_levels test_bits_back test_checkpoint test_contributing test_gap
    test_out_of_order test_patients test_properties_of_codes test_release test_roll_up test_stops test_train
    test_weights test_without_constriction""".split()


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.suffix == ".ipynb" or item.path.parent.name in ROOMS or item.path.stem in SLOW:
            item.add_marker("slow")


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """With -n 2 a file stays in one process, and all tests of exercises do: they share what slips of right answers leave."""
    from xdist.scheduler import LoadFileScheduling

    class ByRoom(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "exercises" if "tests/exercises/" in file else file

    return ByRoom(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def lacking():
    """lacking("no `node` on the PATH"): give a test up for want of something: skipped, or failed where CI is set."""
    ci = os.environ.get("CI", "").lower() not in ("", "0", "false")

    def give_up(what):
        (pytest.fail if ci else pytest.skip)(f"CI is set, and {what}" if ci else what)

    return give_up


@pytest.fixture(scope="session")
def chromium(lacking):
    """A context of the one Chromium that all tests of a session share: Playwright runs once in a process."""
    if need := lab.missing(("playwright",)):
        lacking(f"tests in a browser need {need}, which is not installed here")
    with lab.chromium() as context:
        yield context


@pytest.fixture(scope="session")
def axe(lacking):
    """axe-core as JavaScript, from the file that $AXE_CORE names or from node_modules beside the tests."""
    given = os.environ.get("AXE_CORE")
    path = Path(given) if given else Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        lacking(f"there is no {path}: `npm install --no-save axe-core@{AXE}` brings it")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def tried(request):
    """tried("a stored file cut short", 500, lost): a line of docs/reliability.md, kept where $VAE_COURSE_TRIED names a folder."""
    told = []
    yield lambda what, times, lost=0: told.append({"what": what, "times": times, "lost": lost})
    if folder := os.environ.get("VAE_COURSE_TRIED"):
        file = f"{request.path.stem}-{zlib.crc32(request.node.nodeid.encode()):08x}.json"
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / file).write_text(json.dumps(told), encoding="utf-8")


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """A machine that has no MNIST: no folder given, and an empty cache, whose path is returned."""
    monkeypatch.delenv("VAE_COURSE_DATA", raising=False)
    monkeypatch.setattr(source, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def mnist():
    """MNIST from $VAE_COURSE_DATA; tests that need it are skipped without."""
    given = os.environ.get("VAE_COURSE_DATA")
    if not given or not (Path(given).expanduser() / "MNIST" / "raw" / "train-images-idx3-ubyte").exists():
        pytest.skip("MNIST is not in $VAE_COURSE_DATA")
    digits = data.load("mnist")
    assert digits.name == "mnist"
    return digits


@pytest.fixture
def linear_gaussian():
    """A factory of random linear-Gaussian models in float64 and images that they draw."""

    def make(latent_size, data_size=6, sigma=0.5, images=5, seed=0):
        generator = torch.Generator().manual_seed(seed)
        weight = torch.randn(data_size, latent_size, generator=generator, dtype=torch.float64)
        bias = torch.randn(data_size, generator=generator, dtype=torch.float64)
        z = torch.randn(images, latent_size, generator=generator, dtype=torch.float64)
        noise = torch.randn(images, data_size, generator=generator, dtype=torch.float64)
        return models.LinearGaussian(weight, bias, sigma), z @ weight.T + bias + sigma * noise

    return make


@pytest.fixture
def bernoulli_vae():
    """A small VAE whose posteriors differ from the prior, and black-and-white images for it."""

    def make(latent_size=2, data_size=8, images=6, dtype=torch.float64):
        model = models.VAE(latent_size, (7,), data_size=data_size, seed=3).to(dtype)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2.5)
        generator = torch.Generator().manual_seed(1)
        return model, (torch.rand(images, data_size, generator=generator) < 0.5).to(dtype)

    return make
