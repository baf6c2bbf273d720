"""What the explorers' tests share: the page's arithmetic run by Node, an explorer in Chromium, messages from a page."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
import traitlets

from tools.alone import show
from vae_helpers import conditional, widgets
from vae_helpers.beyond import diffusion
from vae_helpers.models import VAE, ConditionalVAE
from vae_helpers.one_dimension import Curve
from vae_helpers.widgets import base

LIKELIHOODS = {"bernoulli": {}, "gaussian": {"likelihood": "gaussian", "sigma": 0.3}}


@pytest.fixture(scope="session")
def page(tmp_path_factory, lacking):
    """page("drag_q", "integrals(onGrid(doubles(f), 0.5, 30, x), 0, 1)", f=bytes, x=0.3): what the page would compute.

    The expression sees the names that the explorer's files export, and those that are given.
    """
    program = shutil.which("node")
    if program is None:
        lacking("there is no `node` on the PATH: install Node.js to test what the page computes")
    folder, script = tmp_path_factory.mktemp("modules"), Path(__file__).with_name("page.mjs")

    def ask(explorer, expression, **values):
        path = folder / f"{explorer}.mjs"
        path.write_text(base.module(explorer), encoding="utf-8")
        values = {
            name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
            for name, value in values.items()
        }
        request = json.dumps({"module": str(path), "expression": expression, "values": values})
        done = subprocess.run(
            [program, str(script)], input=request, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


@pytest.fixture
def alone(chromium):
    """alone(widget, dark=False): the explorer in a page of Chromium with no kernel, as `tools.alone.show` opens it."""
    opened = []

    def open_page(widget, dark=False):
        opened.append(show(chromium, widget, dark))
        return opened[-1]

    yield open_page
    for page in opened:  # a page holds some 100 MB
        page.close()


@pytest.fixture(scope="session")
def trained():
    """A model whose posteriors are wide enough to see and narrower than the prior, and an image for it."""
    model = VAE(2, (30,), seed=1).requires_grad_(False)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            parameter *= 1.5
    return model, (torch.rand(1, 784, generator=torch.Generator().manual_seed(0)) < 0.3).float()


def louder(model):
    """An untrained model whose outputs span a wide range."""
    for parameter in model.requires_grad_(False).parameters():
        if parameter.dim() == 2:
            parameter *= 3
    return model


@pytest.fixture(scope="session")
def completer():
    """completer(learned_prior=True): a conditional VAE and a regressor for strips, untrained."""

    def make(learned_prior=True):
        model = ConditionalVAE(5, 784, (20,), learned_prior, seed=3)
        return louder(model), louder(conditional.Network([784, 20, 784], seed=4))

    return make


@pytest.fixture(scope="session")
def by_class():
    """A conditional VAE for classes, untrained."""
    return louder(ConditionalVAE(5, 10, (20,), seed=3))


def at_the_pointer(widget):
    """Its Q where the tests' drags begin: they take hold of the ellipse, not of the plane."""
    (first, second), half = widget._center, widget._half
    widget.mu = [first - 0.2 * half, second]  # 40 % of the width
    return widget


@pytest.fixture
def explorer(vae, images, labels, trained, completer, by_class):
    """explorer("DragQ"): each of the explorers as a notebook may make it, by name."""
    make = {
        "BeTheGenerator": lambda kind: kind(),
        "BeatTheEncoder": lambda kind: at_the_pointer(kind(*trained)),
        "CompleteTheDigit": lambda kind: kind(*completer(), images, labels),
        "CoverTheDigit": lambda kind: kind(vae(), images, labels),
        "CurveInPlane": lambda kind: kind(),
        "DragQ": lambda kind: kind(Curve(lambda z: z + 1.2 * torch.sin(2 * z), 0.5)),
        "DrawDigit": lambda kind: kind(vae(), images, labels),
        "GaussianToRing": lambda kind: kind(),
        "HoldTheNoise": lambda kind: kind(),
        "HoldTheStyle": lambda kind: kind(by_class, images, labels),
        "ItemizedBill": lambda kind: kind(vae(), images, labels),
        "LatentPlane": lambda kind: kind(vae(), images, labels),
        "LatentSliders": lambda kind: kind(vae(16), images),
        "NoiseToDigit": lambda kind: kind(
            diffusion.sample(diffusion.Denoiser(8), 4, 12, torch.Generator().manual_seed(0))
        ),
        "RateDistortionDial": lambda kind: kind("beta", images),
        "TwoGaussians": lambda kind: kind(2),
    }
    return lambda name: make[name](getattr(widgets, name))


@pytest.fixture
def from_page():
    """from_page(widget, {trait: value}, [(trait, bytes)]): what arrives after model.set and save_changes in a page."""

    def arrive(widget, state, buffers=()):
        widget._handle_msg({
            "content": {"data": {"method": "update", "state": state, "buffer_paths": [[name] for name, _ in buffers]}},
            "buffers": [memoryview(content) for _, content in buffers],
        })  # fmt: skip

    return arrive


@pytest.fixture
def refused():
    """refused(make, name, value, match): the same words at construction and at setting, a ValueError and a TraitError."""

    def check(make, name, value, match):
        widget = make()
        for attempt in (lambda: make(**{name: value}), lambda: setattr(widget, name, value)):
            with pytest.raises(ValueError, match=match) as error:
                attempt()
            assert isinstance(error.value, traitlets.TraitError)

    return check


@pytest.fixture
def vae():
    """A factory of untrained models whose outputs still span a wide range."""

    def make(latent_size=2, likelihood="bernoulli", seed=1):
        return louder(VAE(latent_size, hidden_sizes=(40, 30), seed=seed, **LIKELIHOODS[likelihood]))

    return make


@pytest.fixture(scope="session")
def images():
    return torch.rand(60, 784, generator=torch.Generator().manual_seed(5)) ** 4


@pytest.fixture(scope="session")
def labels():
    return torch.arange(60) % 10
