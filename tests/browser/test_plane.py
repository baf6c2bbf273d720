"""Notebook 00 and its explorer, under a real pointer and real keys, seen from page and kernel; and what `looks` notices there."""

import numpy as np
import pytest
from hands import drag, eventually
from looks import OUTPUTS, inked_edges, overlaps, settle, unlike_the_page
from steps import CELLS

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


def test_a_formula_counts_where_it_is_seen(notebook):
    """Not where its text for screen readers lies, cut to a pixel: at 200 % that reaches into the line above."""
    page, before = notebook.page, notebook.page.viewport_size
    page.set_viewport_size({"width": 640, "height": 500})
    settle(page, OUTPUTS)
    question = page.locator(".vae-quiz > p").filter(has=page.locator("mjx-math")).first
    assert overlaps(page, f"{OUTPUTS} .vae-quiz > p") == []
    formula = question.locator("mjx-container").first
    formula.evaluate("(node) => { node.style.top = '-22px'; }")
    assert overlaps(page, f"{OUTPUTS} .vae-quiz > p") == [
        "<mjx-math z> lies over Predict, then open the answer you chose."
    ]
    formula.evaluate("(node) => { node.style.top = ''; }")
    page.set_viewport_size(before)


def test_pictures_that_are_cut_or_white_are_noticed(notebook):
    """A picture with ink on its edge, one on white, one without a description."""
    page = notebook.page
    page.evaluate("""() => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 40;
        canvas.getContext("2d").fillRect(0, 10, 20, 20);
        const image = document.createElement("img");
        image.id = "bad"; image.src = canvas.toDataURL(); image.style.background = "white";
        document.body.append(image);
    }""")
    page.wait_for_function("document.querySelector('#bad').naturalWidth === 40")
    assert len(unlike_the_page(page, "#bad", dark=True)) == 2 and len(inked_edges(page, "#bad")) == 1
    page.evaluate("document.querySelector('#bad').remove()")
