"""Every other explorer in one scratch notebook: a drag moves readout and traits; drawn digits land among their class."""

import json
import math

import numpy as np
import pytest
from hands import drag, eventually

# Each: how it is made, where to press, which traits must follow, and what the page must say then, by Python's reckoning.
EXPLORERS = {
    "BeTheGenerator": ("BeTheGenerator()", "input[type=range]", ["z"], "thickness {w.z['thickness']:.1f} px"),
    "CompleteTheDigit": (
        "CompleteTheDigit(models.ConditionalVAE(16, 784, (300,), learned_prior=True), conditional.Network([784, 300, 784]))",
        ".vae-plane", ["left"], "digit 1 of 30, class {w._labels[0]}; known: columns {w.left + 1} to {w.left + 6}",
    ),
    "CoverTheDigit": (
        "CoverTheDigit(weights.load('mnist-2d'))", ".vae-plane", ["pixel"],
        "{int((1 - w.left()).sum())} pixels covered; ",
    ),
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
    "HoldTheStyle": (
        "HoldTheStyle(models.ConditionalVAE(8, 10, (300,)))", "input[type=range]", ["z"],
        "nothing drawn; log P(z) = {Normal(0.0, 1.0).log_prob(torch.tensor(w.z)).sum():.2f} nats",
    ),
    "ItemizedBill": (
        "ItemizedBill(weights.load('mnist-16d'))", ".vae-plane", ["pixel"],
        "pixel in row {w.pixel // 28 + 1}, column {w.pixel % 28 + 1}: ",
    ),
    "LatentSliders": (
        "LatentSliders(weights.load('mnist-16d'))", "input[type=range]", ["z"],
        "log P(z) = {Normal(0.0, 1.0).log_prob(torch.tensor(w.z)).sum():.2f} nats",
    ),
    "NoiseToDigit": (
        "NoiseToDigit(diffusion.sample(diffusion.Denoiser(8), 4, 12, torch.Generator().manual_seed(0)))", "input[type=range]",
        ["t"], "at t = {w.t} of 12: 4 draws",
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
def every_explorer(scratch):
    """One notebook, one kernel, that shows all of EXPLORERS in their order, and DrawDigit last."""
    setup = """import torch
from torch.distributions import Normal
from vae_helpers import conditional, data, models, weights, widgets
from vae_helpers.beyond import diffusion
shown = {}"""
    cells = [f"shown[{name!r}] = widgets.{made}\nshown[{name!r}]" for name, (made, *_) in EXPLORERS.items()]
    with scratch("explorers", setup, *cells, DRAWING) as notebook:
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


def test_a_drawing_is_billed_as_in_python(every_explorer):
    notebook = every_explorer
    root = notebook.page.locator(".vae-explorer").nth(list(EXPLORERS).index("ItemizedBill"))
    pad, cells = root.locator(".vae-pad"), root.locator(".vae-bars > .vae-number")
    pad.scroll_into_view_if_needed()

    def agree():  # the model's three sums and the picture as it is; gzip and PNG may differ by bytes from Python's
        made = (
            "(lambda w: [float(w.bill().pixels.sum()), float(w.bill().latents.sum()), w.bill().total, w.bill().gzip])"
        )
        found = notebook.value(f"{made}(shown['ItemizedBill'])")
        eventually(lambda: [float(cells.nth(i).inner_text()) for i in range(3)], found[:3], atol=0.2)
        eventually(lambda: float(cells.nth(3).inner_text()), found[3], atol=96)
        return found

    root.get_by_role("button", name="blank page").click()
    eventually(lambda: notebook.value("sum(shown['ItemizedBill'].pixels)"), 0)
    blank = agree()
    drag(notebook.page, pad, *ZERO[0])
    eventually(lambda: notebook.value("sum(shown['ItemizedBill'].pixels)") > 0, True)
    notebook.page.wait_for_timeout(500)  # the last of the drawing has come to Python
    zero = agree()
    assert blank[3] == 48 and zero[3] > 300 and zero[2] < zero[3]
    assert notebook.complaints == []


def test_completions_have_the_shares_that_python_finds(every_explorer):
    """All but the top half covered, and then everything: shares of humps, and of what Q holds, beside sums by torch."""
    notebook = every_explorer
    root = notebook.page.locator(".vae-explorer").nth(list(EXPLORERS).index("CoverTheDigit"))
    root.get_by_role("button", name="uncover all").click()
    root.get_by_role("button", name="cover the bottom half").click()
    eventually(lambda: notebook.value("int(shown['CoverTheDigit'].left().sum())"), 392)
    said, captions = root.locator(".vae-readout"), root.locator("figcaption")
    held = """(lambda w, z: float(w.posterior().flatten()[(((z - w.q()[0]) / w.q()[1]) ** 2).sum(1) <= 4].sum()))(
        shown['CoverTheDigit'], widgets.cover_the_digit.grid())"""
    eventually(lambda: int(said.inner_text().split("\n")[1].split("%")[0]) / 100, notebook.value(held), atol=0.15)
    shares = [int(text.split()[1].rstrip("%")) for text in captions.all_inner_texts() if "–" not in text]
    assert 90 <= sum(shares) <= 101 and shares == sorted(shares, reverse=True)
    root.get_by_role("button", name="cover the top half").click()
    eventually(lambda: notebook.value("int(shown['CoverTheDigit'].left().sum())"), 0)
    eventually(lambda: captions.first.inner_text() == "A: 100%", True)
    assert notebook.complaints == []


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
