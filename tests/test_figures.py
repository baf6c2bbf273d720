"""The still figures: every file of images/ is drawn by code, at its size, and legible in a light and in a dark page."""

import re
from collections import Counter
from pathlib import Path

import matplotlib.colors
import numpy as np
import pytest
from colors import DARK, LIGHT, contrast
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch, Patch
from PIL import Image

from vae_helpers import figures

ROOT = Path(__file__).parents[1]


def test_every_image_of_the_course_is_drawn_by_code(tmp_path):
    figures.main(str(tmp_path))
    drawn = {path.name: Image.open(path).size for path in tmp_path.iterdir()}
    kept = {path.name: Image.open(path).size for path in (ROOT / "images").iterdir()}
    assert drawn == kept and len(kept) == len(figures.FIGURES)
    assert all(dpi >= 190 for dpi in Image.open(ROOT / "images" / "vae.png").info["dpi"])  # sharp at twice its size


def test_the_readme_shows_an_explorer_in_both_themes():
    """As `python -m tools.front_picture` draws it."""
    (name,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    picture = Image.open(ROOT / name).convert("RGB")
    left, right = (picture.crop((x, 0, x + picture.width // 2, picture.height)) for x in (0, picture.width // 2))
    for half, page in ((left, (255, 255, 255)), (right, (17, 17, 17))):
        colors = sorted(half.getcolors(99999), reverse=True)
        assert colors[0][1] == page and len(colors) > 40  # classes in their colors, and a digit in gray
    assert np.abs(np.asarray(left, float) - np.asarray(right, float)).mean() > 50


@pytest.mark.parametrize("name", figures.FIGURES)
def test_the_sheet_of_an_image_is_the_pages(name):
    alpha = np.asarray(Image.open(ROOT / "images" / f"{name}.png").convert("RGBA"))[..., 3]
    assert (alpha[[0, -1]] == 0).all() and (alpha[:, [0, -1]] == 0).all()


def hexadecimal(color):
    return matplotlib.colors.to_hex(color).upper()


@pytest.mark.parametrize("name", figures.FIGURES)
def test_an_image_is_legible_in_a_light_and_in_a_dark_page(name):
    """Text lies on a fill of its own; lines stand out from either page."""
    figure = figures.FIGURES[name]()
    figure.set_facecolor("none")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    for axis in figure.axes:
        if not axis.axison:  # what belongs to an axis that is off is not drawn
            axis.spines[:].set_visible(False)
            axis.xaxis.set_visible(False)
            axis.yaxis.set_visible(False)
    for text in figure.findobj(matplotlib.text.Text):
        if not text.get_text() or (text.axes and not text.axes.axison and text not in text.axes.texts):
            continue
        box = text.get_window_extent()
        under = pixels[len(pixels) - int(box.y1) : len(pixels) - int(box.y0), int(box.x0) + 1 : int(box.x1)].reshape(
            -1, 4
        )
        assert len(under) == 0 or (under[:, 3] == 255).all(), f"{text.get_text()} lies on the page itself"
        if len(under):
            fill = "#{:02X}{:02X}{:02X}".format(*Counter(map(tuple, under[:, :3].tolist())).most_common(1)[0][0])
            assert contrast(hexadecimal(text.get_color()), fill) >= 4.5, text.get_text()
    lines = [line.get_color() for axis in figure.axes for line in axis.lines]
    lines += [p.get_edgecolor() for p in figure.findobj(FancyArrowPatch)]
    lines += [p.get_edgecolor() for axis in figure.axes if axis.axison for p in axis.spines.values() if p.get_visible()]
    lines += [p.get_edgecolor() for axis in figure.axes for p in axis.patches if isinstance(p, Patch)]
    lines += [color for axis in figure.axes for c in axis.collections for color in c.to_rgba(c.get_array())]
    for color in map(hexadecimal, lines):
        assert min(contrast(color, LIGHT), contrast(color, DARK)) >= 3, color
