"""A figure in a light and in a dark page: two pictures, one shown, and its description in the page."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from colors import DARK, LIGHT, contrast
from looks import objections
from matplotlib.figure import Figure
from PIL import Image

from vae_helpers import plots, themes

ALT = 'A line "y = x", and <nothing> else.'


def pictures(html):
    """The pictures of some HTML: [(its tag, its pixels over black and over white as (H, W, 3) pairs), ...]."""
    tags = re.findall(r"<img [^>]*>", html)
    images = [Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]*)", tag)[1]))) for tag in tags]
    return list(zip(tags, [np.asarray(image.convert("RGBA")) for image in images], strict=True))


def line(color="black"):
    figure = Figure(figsize=(3, 2), layout="constrained")
    figure.subplots().plot([0, 1], [0, 1], color=color, linewidth=5)
    return figure


@pytest.mark.filterwarnings("error")
def test_an_empty_figure_is_drawn_without_a_warning():
    assert "<img" in themes.html(Figure(figsize=(3, 2), layout="constrained"), ALT)


@pytest.fixture
def page(chromium):
    """page(body, **attributes of it): a page of Chromium, and which pictures it shows."""
    opened = []

    def open_page(html, attributes="", scheme="light"):
        page = chromium.new_page()
        opened.append(page)
        page.emulate_media(color_scheme=scheme)
        page.set_content(f"<body {attributes}>{html}</body>")
        return page.evaluate(
            """() => [...document.images].filter((image) => image.checkVisibility())
                .map((image) => [image.className, image.alt, getComputedStyle(image).backgroundColor])"""
        )

    yield open_page
    for page in opened:
        page.close()


def test_a_picture_comes_with_its_description(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    plots.show(plots.digits(torch.rand(4, 784)), alt="Four gray pictures.")
    plots.show(line(), alt="A line.")
    assert [data["text/plain"] for data in shown] == ["Four gray pictures.", "A line."]
    assert [data["text/html"].count('alt="Four gray pictures."') for data in shown] == [1, 0]
    assert [data["text/html"].count('alt="A line."') for data in shown] == [0, 2]
    assert not any("image/png" in data for data in shown)  # which JupyterLab would show without its description


def test_ink_and_paper_change_places_and_colors_stay():
    (_, light), (_, dark) = pictures(themes.html(line(), ALT))
    assert np.array_equal(light[..., 3], dark[..., 3]) and light[2, 2, 3] == 0  # neither has a background
    ink = (light[..., 3] == 255) & (light[..., :3] == 0).all(axis=-1)
    assert ink.sum() > 1000 and (dark[ink][:, :3] == 222).all()
    (_, light), (_, dark) = pictures(themes.html(line(plots.COLORS["blue"]), ALT))
    blue = (light == [0x44, 0x77, 0xAA, 255]).all(axis=-1)
    assert blue.sum() > 1000 and (dark[blue] == light[blue]).all()
    (_, light), (_, dark) = pictures(themes.html(line("white"), ALT))
    white = (light == 255).all(axis=-1)
    assert white.sum() > 1000 and (dark[white][:, :3] == 17).all()


def test_digits_are_ink_on_paper_in_either_theme():
    plain = pictures(themes.html(plots.digits(torch.rand(4, 784)), ALT))
    assert len(plain) == 1
    (_, light), (_, dark) = pictures(themes.html(plots.digits(torch.rand(4, 784), titles=list("abcd")), ALT))
    changed = (light != dark).any(axis=-1)
    assert 100 < changed.sum() < 3000 and not changed[60:].any()  # the titles' ink
    paper = (light[60:] == 255).all(axis=-1)
    assert (dark[60:][paper] == 255).all()


def test_one_picture_for_both_pages_has_no_paper_and_ink_for_either():
    pixels = np.asarray(Image.open(io.BytesIO(themes.png_for_both(line()))).convert("RGBA"))
    ink = pixels[(pixels[..., 3] == 255)]
    gray = "#" + 3 * f"{int(np.median(ink[:, 0])):02X}"
    assert pixels[2, 2, 3] == 0 and len(ink) > 300
    assert min(contrast(gray, LIGHT), contrast(gray, DARK)) > 4
    colored = np.asarray(Image.open(io.BytesIO(themes.png_for_both(line(plots.COLORS["blue"])))).convert("RGBA"))
    assert (colored == [0x44, 0x77, 0xAA, 255]).all(axis=-1).sum() > 300


def test_a_title_is_not_cut_where_the_layout_is_tight():
    figure = Figure(figsize=(10.8, 3.8), layout="constrained")
    first, *others = figure.subplots(1, 3, sharex=True, sharey=True)
    for axis in (first, *others):
        axis.set(aspect="equal", xlim=(-4, 4), ylim=(-4, 4), xlabel="$z_1$")
        axis.set_title("title", fontsize=9)
    first.set(ylabel="$z_2$")
    (_, light), _ = pictures(themes.html(figure, ALT))
    edges = [light[0], light[-1], light[:, 0], light[:, -1]]
    assert not any(edge[..., 3].any() for edge in edges)


def test_drawing_leaves_the_figure_as_it_was():
    figure = Figure(figsize=(3, 2))  # a layout settles over several drawings
    figure.subplots().plot([0, 1], [0, 1])
    before = plots.png(figure)
    themes.html(figure, ALT)
    assert plots.png(figure) == before


@pytest.mark.parametrize(
    "attributes, scheme, shown",
    [
        ('data-jp-theme-light="true"', "dark", "vae-light"),
        ('data-jp-theme-light="false"', "light", "vae-dark"),
        ('data-theme="dark"', "light", "vae-dark"),
        ('data-theme="light"', "dark", "vae-light"),
        ('data-theme="auto"', "dark", "vae-dark"),
        ('data-theme="auto"', "light", "vae-light"),
        ("", "dark", "vae-dark"),
        ("", "light", "vae-light"),
    ],
)
def test_the_page_shows_one_of_the_two(page, attributes, scheme, shown):
    assert page(themes.html(line(), ALT), attributes, scheme) == [[shown, ALT, "rgba(0, 0, 0, 0)"]]


@pytest.mark.parametrize("light", ["true", "false"])
def test_axe_objects_to_nothing(chromium, axe, light):
    page = chromium.new_page()
    figures = themes.html(line(), ALT) + themes.html(plots.digits(torch.rand(4, 784)), ALT)
    page.set_content(f'<body data-jp-theme-light="{light}"><main>{figures}</main></body>')
    assert objections(page, axe, "main") == []
    page.evaluate("for (const image of document.images) image.removeAttribute('alt')")
    assert objections(page, axe, "main")[0].startswith("image-alt")
    page.close()


def test_without_its_style_the_light_one_is_left_on_white(page):
    html = themes.html(line(), ALT).replace(themes.STYLE, "")
    assert page(html, 'data-jp-theme-light="false"') == [["vae-light", ALT, "rgb(255, 255, 255)"]]
