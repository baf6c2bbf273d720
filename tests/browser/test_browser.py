"""The course in real JupyterLab, under a real pointer and real keys, seen from page and kernel.

First the explorer of notebook 00, then in scratch notebooks: every other explorer, drawing, and stopping a training.
"""

import json
import math
import re
import time
from contextlib import contextmanager

import numpy as np
import pytest

from tools import lab

np.set_printoptions(threshold=20, precision=4, suppress=True)

PIXELS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
}"""
COLORS = """(canvas) => {  // [[red, green, blue, how many pixels], ...]
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), counts = new Map();
    for (let i = 0; i < data.length; i += 4) {
        const color = data.slice(i, i + 3).join();
        counts.set(color, 1 + (counts.get(color) ?? 0));
    }
    return [...counts].map(([color, count]) => [...color.split(",").map(Number), count]);
}"""
CELLS = """() => {
    const { activeCellIndex, widgets } = jupyterapp.shell.currentWidget.content;
    return [activeCellIndex, widgets.length];
}"""


def eventually(answer, expected, seconds: float = 20, **tolerance):
    """Wait until answer() is close to `expected`."""
    end = time.monotonic() + seconds
    while not (close := np.allclose(got := answer(), expected, **tolerance)) and time.monotonic() < end:
        time.sleep(0.1)
    if not close:
        raise AssertionError(f"expected\n{np.asarray(expected)}\nand after {seconds} s still\n{np.asarray(got)}")


def drag(page, place, *stops):
    """Press, pass the stops (in fractions of the place's width and height), release, and let the page draw."""
    box = place.bounding_box()
    points = [(box["x"] + right * box["width"], box["y"] + down * box["height"]) for right, down in stops]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


class Explorer:
    """The first LatentPlane of the page."""

    def __init__(self, notebook):
        self.notebook, self.page = notebook, notebook.page
        self.root = self.page.locator(".vae-explorer").first
        self.plane, self.digit = self.root.locator(".vae-plane"), self.root.locator(".vae-digit")
        self.plane.wait_for(timeout=30_000)
        self.plane.scroll_into_view_if_needed()

    def drag(self, *stops):
        drag(self.page, self.plane, *stops)

    def painted(self):
        """The gray values on the digit's canvas, (784,), 0 to 1."""
        return np.array(self.digit.evaluate(PIXELS)).reshape(784, 4)[:, 0] / 255

    def shown_z(self):
        """z as the page prints it, to two decimals."""
        text = self.root.locator(".vae-readout").first.inner_text().replace("−", "-")
        return [float(part) for part in text.split("(")[1].split(")")[0].split(",")]

    def z(self):
        return self.notebook.value("plane.z")

    def decoded(self):
        """What torch decodes at the kernel's z, as the page should paint it: ink is dark."""
        return 1 - np.array(self.notebook.value("plane.decoded().flatten().tolist()"))


@pytest.fixture
def explorer(notebook):
    return Explorer(notebook)


def test_every_cell_runs(started, notebook):
    _, errors = started
    assert errors == []


@pytest.mark.parametrize("stop", [(0.72, 0.3), (0.25, 0.8)])
def test_a_drag_decodes_in_the_page_what_torch_decodes_in_the_kernel(explorer, stop):
    before = explorer.painted()
    explorer.drag((0.5, 0.5), (0.4, 0.35), stop)
    limit = explorer.notebook.value("plane.limit")
    eventually(lambda: np.sign(explorer.z()), [np.sign(stop[0] - 0.5), np.sign(0.5 - stop[1])])
    eventually(explorer.z, explorer.shown_z(), atol=0.0051)
    # The axes fill most of the canvas, so that a fraction of it is a somewhat larger fraction of the plane.
    fractions = np.array(explorer.z()) / limit / [2 * stop[0] - 1, 1 - 2 * stop[1]]
    assert np.allclose(fractions, fractions.mean(), atol=0.02) and 1 < fractions.mean() < 1.3
    assert not np.allclose(explorer.painted(), before, atol=0.02)
    assert np.abs(explorer.painted() - explorer.decoded()).max() <= 1 / 255 + 1e-3


def test_z_set_in_the_kernel_moves_the_page(explorer):
    explorer.notebook.python("plane.z = [0.25, -1.5]")
    eventually(explorer.shown_z, [0.25, -1.5])
    eventually(explorer.painted, explorer.decoded(), atol=1 / 255 + 1e-3)


def test_keys_move_z_and_leave_the_notebook_alone(explorer):
    explorer.drag((0.5, 0.5), (0.6, 0.6))
    explorer.page.keyboard.press("Home")
    eventually(explorer.z, [0, 0])
    cells = explorer.page.evaluate(CELLS)
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowUp", "b"):
        explorer.page.keyboard.press(key)
    eventually(explorer.z, [0.3, 0.4])
    assert np.abs(explorer.painted() - explorer.decoded()).max() <= 1 / 255 + 1e-3
    explorer.root.locator("input[type=range]").first.focus()
    for key in ("ArrowRight", "ArrowUp", "b"):
        explorer.page.keyboard.press(key)
    eventually(explorer.z, [0.32, 0.4])
    assert explorer.page.evaluate(CELLS) == cells
    explorer.page.keyboard.press("Tab")
    explorer.page.keyboard.press("ArrowDown")
    eventually(explorer.z, [0.32, 0.39])


def luminance(colors):
    """Relative luminance (WCAG 2) of (..., 3) colors from 0 to 255."""
    c = np.asarray(colors) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    one, other = luminance(one), luminance(other)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


@pytest.mark.parametrize("dark", [True, False])
def test_the_plane_is_legible_in_both_themes(explorer, dark):
    digit = explorer.painted()
    explorer.notebook.theme(dark)
    corner = """(canvas) => [...canvas.getContext("2d").getImageData(4, 4, 1, 1).data]"""
    eventually(lambda: luminance(explorer.plane.evaluate(corner)[:3]) < 0.1, dark)
    paper = explorer.plane.evaluate(corner)
    assert paper[3] == 255
    colors = np.array(explorer.plane.evaluate(COLORS))
    # Numerals, circles and the marker: enough ink that reads against the paper as text must.
    assert colors[contrast(colors[:, :3], paper[:3]) >= 4.5, 3].sum() > 1000
    assert np.array_equal(explorer.painted(), digit)  # digits stay ink on paper
    shades = """(node) => {
        const color = getComputedStyle(node).color;
        while (/^rgba\\(.*, 0\\)$/.test(getComputedStyle(node).backgroundColor)) node = node.parentElement;
        return [color, getComputedStyle(node).backgroundColor].map((c) => c.match(/[\\d.]+/g).slice(0, 3).map(Number));
    }"""
    for text in (".vae-readout", ".vae-note", ".vae-slider", "button"):
        assert contrast(*explorer.root.locator(text).first.evaluate(shades)) >= 4.5, text


# ---- scratch notebooks ----


@contextmanager
def scratch(browser_session, name, *cells):
    """A new notebook of these cells, opened and not yet run; its console must hold no error in the end."""
    context, address, folder = browser_session
    made = [
        {"id": f"cell-{i}", "cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
        for i, code in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}
    (folder / f"{name}.ipynb").write_text(json.dumps(content))
    notebook = lab.Notebook(context, address, f"{name}.ipynb")
    try:
        yield notebook
        assert notebook.complaints == []
    finally:
        notebook.close()


# Each: how it is made, where to press, which traits must follow, and what the page must say then, by Python's reckoning.
EXPLORERS = {
    "BeTheGenerator": ("BeTheGenerator()", "input[type=range]", ["z"], "thickness {w.z['thickness']:.1f} px"),
    "CurveInPlane": ("CurveInPlane()", ".vae-plane", ["x"], "X = ({w.x[0]:.2f}, {w.x[1]:.2f}), log P(X) = {w.log_p_x():.2f}"),
    "GaussianToRing": ("GaussianToRing()", ".vae-plane", ["z"], "z = ({w.z[0]:.2f}, {w.z[1]:.2f})"),
    "DragQ": (
        "DragQ(models.Curve(lambda z: z + torch.sin(2 * z), 0.5))", ".vae-plane", ["mean", "sd"],
        "mean {w.mean:.2f} and standard deviation {w.sd:.2f}; X = 1.00; in nats: reconstruction "
        "{w.terms().reconstruction:.3f}",
    ),
    "TwoGaussians": (
        "TwoGaussians(2)", ".vae-plane", ["mean0"],
        "D[N₀‖N₁] = {w.terms().total:.3f} nats",
    ),
    "HoldTheNoise": (
        "HoldTheNoise()", ".vae-plane", ["mu", "sigma"],
        "μ = {w.mu:.2f}, σ = {w.sigma:.2f}, ε held; mean loss {w.shown().estimate:.3f} nats; gradient by μ "
        "{w.shown().d_mu:.3f}, exact {w.shown().exact_d_mu:.3f}",
    ),
    "LatentSliders": (
        "LatentSliders(weights.load('mnist-16d'))", "input[type=range]", ["z"],
        "log P(z) = {Normal(0.0, 1.0).log_prob(torch.tensor(w.z)).sum():.2f} nats",
    ),
    "RateDistortionDial": (
        "RateDistortionDial('beta')", "input[type=range]", ["value"],
        "rate {weights.family_figures('beta')[w.value]['rate']:.2f}, distortion "
        "{weights.family_figures('beta')[w.value]['distortion']:.2f}",
    ),
}  # fmt: skip


# Drawing, and how the kernel finds the test digits that lie nearest to where Q puts the drawing.
DRAWING = """digits, model = data.load("mnist"), weights.load("mnist-2d")
with torch.no_grad():
    codes = model.encode(digits.test_images).mean  # (N, 2)
def nearest():
    near = (codes - torch.tensor(pad.mu)).norm(dim=1).topk(15, largest=False).indices
    return digits.test_labels[near].tolist()
pad = widgets.DrawDigit(model, digits.test_images[:1000], digits.test_labels[:1000])
pad"""


@pytest.fixture(scope="module")
def every_explorer(browser_session):
    """One notebook, one kernel, that shows all of EXPLORERS in their order, and DrawDigit last."""
    setup = """import torch
from torch.distributions import Normal
from vae_helpers import data, models, weights, widgets
shown = {}"""
    cells = [f"shown[{name!r}] = widgets.{made}\nshown[{name!r}]" for name, (made, *_) in EXPLORERS.items()]
    with scratch(browser_session, "explorers", setup, *cells, DRAWING) as notebook:
        assert notebook.run_all() == []
        yield notebook


@pytest.mark.parametrize("name", EXPLORERS)
def test_a_drag_moves_readout_and_traits(every_explorer, name):
    notebook, (_, handle, traits, said) = every_explorer, EXPLORERS[name]
    root = notebook.page.locator(".vae-explorer").nth(list(EXPLORERS).index(name))
    place, live = root.locator(handle).first, root.locator("[aria-live]")
    place.scroll_into_view_if_needed()

    def state():
        expression = f"[[getattr(w, name) for name in {traits}], f{json.dumps(said, ensure_ascii=False)}]"
        values, text = notebook.value(f"(lambda w: {expression})(shown[{name!r}])")
        return values, text.replace("-", "−")

    def agree():  # the page and the kernel, both come to rest
        eventually(lambda: state()[1] in live.text_content(), True)
        return state()

    before, text = agree()
    drag(notebook.page, place, (0.4, 0.5), (0.5, 0.4), (0.7, 0.62))
    eventually(lambda: state()[1] != text, True)
    after, _ = agree()
    assert all(new != old for new, old in zip(after, before, strict=True))
    assert notebook.complaints == []


# The digits as fractions of the pad: strokes, each a list of stops.
ONE = [[(0.56, 0.12), (0.5, 0.5), (0.45, 0.88)]]
ZERO = [[(0.5 + 0.24 * math.sin(0.3 * k), 0.5 - 0.36 * math.cos(0.3 * k)) for k in range(22)]]


def written(cells):
    """The first numbers of the first two cells of DrawDigit's table: the mean of Q, to two decimals."""
    return [float(cells.nth(i).inner_text().replace("−", "-").split()[0]) for i in (0, 1)]


def test_drawn_digits_land_among_those_of_their_class(every_explorer):
    notebook = every_explorer
    root = notebook.page.locator(".vae-explorer").last
    pad, cells = root.locator(".vae-pad"), root.locator(".vae-values td")
    pad.scroll_into_view_if_needed()
    for digit, strokes in ((1, ONE), (0, ZERO)):
        root.get_by_role("button", name="clear").click()
        eventually(lambda: notebook.value("len(pad.mu)"), 0)
        for stroke in strokes:
            drag(notebook.page, pad, *stroke)
        eventually(lambda: notebook.value("len(pad.mu)"), 2)
        eventually(lambda: np.subtract(notebook.value("pad.mu"), written(cells)), [0, 0], atol=0.0051)
        labels = notebook.value("nearest()")
        assert labels.count(digit) > 7, (digit, labels, notebook.value("pad.mu"))
    assert notebook.complaints == []


# ---- training ----


def test_stop_button_and_running_again_lose_nothing(browser_session):
    setup = """import torch
from vae_helpers import data, models, training
digits = data.load("strokes", n=3000)
def train(**settings):
    model = models.VAE(2, (256,), seed=0)
    held_out = digits.test_images
    return model, training.fit(model, digits.train_images, 30, held_out=held_out, batch_size=100, **settings)"""
    cell = 'model, history = train(checkpoint="run.safetensors")'
    (browser_session[2] / "run.safetensors").unlink(missing_ok=True)
    with scratch(browser_session, "training", setup, cell) as notebook:
        page, output = notebook.page, notebook.page.locator(".jp-Cell").nth(1).locator(".jp-Cell-outputArea")

        def start(number):
            page.evaluate(
                """(number) => {
                    const { content } = jupyterapp.shell.currentWidget;
                    content.activeCellIndex = number;
                    content.deselectAll();
                    window.ran = undefined;
                    jupyterapp.commands.execute("notebook:run-cell").finally(() => { window.ran = true; });
                }""",
                number,
            )

        def ended():
            page.wait_for_function("window.ran", timeout=120_000)
            cells = "jupyterapp.shell.currentWidget.content.model.toJSON().cells"
            kinds = f"{cells}.flatMap((cell) => cell.outputs.map((o) => o.output_type))"
            assert "error" not in page.evaluate(kinds), page.evaluate(f"JSON.stringify({cells})")

        def batches():  # by the progress bar: 30 a epoch
            done = re.search(r"(\d+)/900", output.inner_text())
            return int(done[1]) if done else 0

        start(0)
        ended()
        start(1)  # stopped when the batches of three epochs show in the progress bar, with 27 to go
        eventually(lambda: batches() >= 90, True, seconds=60)
        page.locator("[data-jp-item-name=interrupt] button, [data-jp-item-name=interrupt] jp-button").first.click()
        ended()
        stopped = re.search(r"Stopped after (\d+) of 30 epochs", output.inner_text())
        seconds = notebook.value("[epoch.seconds for epoch in history.epochs]")
        assert stopped and 2 <= len(seconds) == int(stopped[1]) < 30
        assert notebook.value("history.interrupted")
        assert notebook.value("model.encode(digits.test_images).mean.isfinite().all().item()")
        start(1)
        ended()
        again = notebook.value("[epoch.seconds for epoch in history.epochs]")
        # Epochs come back with the seconds they took before: they were not run again. The button may have come between
        # the end of an epoch and its checkpoint; then that one is.
        kept = len(seconds) - 1
        assert again[:kept] == seconds[:kept] and len(again) == 30 and not notebook.value("history.interrupted")
        notebook.python("straight, whole = train(progress=False)")
        assert notebook.value("len(whole.epochs)") == 30
        same = "all(torch.equal(a, b) for a, b in zip(model.parameters(), straight.parameters(), strict=True))"
        assert notebook.value(same)
