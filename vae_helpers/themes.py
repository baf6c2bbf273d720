"""A figure as a picture that fits the page, light or dark, with a text for readers who cannot see it."""

import base64
import html as escapes
import io
import math

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vae_helpers.checks import a, takes, text, whole

FIGURE, DPI = a(Figure, "a figure of matplotlib"), whole(1, 2000)
# What says that a page is dark: JupyterLab and nbconvert, the course's site, VS Code. Where nothing speaks, the system.
_DARK = ':is([data-jp-theme-light="false"], [data-theme="dark"], .vscode-dark)'
_SILENT = 'body:not([data-jp-theme-light], [data-theme="light"], [data-theme="dark"], .vscode-light)'
_SWAP = "{page} .vae-light {{ display: none; }} {page} .vae-dark {{ display: block; }}"
STYLE = (
    "<style>.vae-picture img { max-width: 100%; height: auto; margin: 0; background: none !important; } "
    ".vae-light { display: block; } .vae-dark { display: none; } "
    f"{_SWAP.format(page=_DARK)} @media (prefers-color-scheme: dark) {{ {_SWAP.format(page=_SILENT)} }}</style>"
)


@takes(figure=FIGURE, alt=text)
def show(figure: Figure, alt: str) -> None:
    """Display a figure in the page's own colors, light or dark, with a description for readers who cannot see it."""
    from IPython.display import display

    display({"text/html": html(figure, alt), "text/plain": alt}, raw=True)


@takes(figure=FIGURE, alt=text, dpi=DPI)
def html(figure: Figure, alt: str, dpi: int = 180) -> str:
    """A figure as HTML, 100 CSS pixels an inch: for `show`, and for the value of an `ipywidgets.HTML` that changes.

    It holds two pictures on no background, of which the page shows one. Where a page takes its style away, as
    JupyterLab does in a notebook that it does not trust, the light one is left, on white.
    """
    width, height = (round(100 * inches) for inches in figure.get_size_inches())
    light, keep = _drawn(figure, dpi)
    dark = _inverted(light, keep)
    what = f'alt="{escapes.escape(alt)}" width="{width}" height="{height}"'
    if np.array_equal(dark, light):  # digits alone are ink on paper in either theme
        return f'<img src="{_address(light)}" {what} style="max-width: 100%; height: auto">'
    first = f'<img class="vae-light" src="{_address(light)}" {what} style="background: white">'
    second = f'<img class="vae-dark" src="{_address(dark)}" {what} hidden>'
    return f'{STYLE}<div class="vae-picture">{first}{second}</div>'


@takes(figure=FIGURE, dpi=DPI)
def png(figure: Figure, dpi: int = 100) -> bytes:
    """A figure as the bytes of a PNG file, on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


@takes(figure=FIGURE, dpi=DPI)
def png_for_both(figure: Figure, dpi: int = 80) -> bytes:
    """A figure as the bytes of a PNG file without paper, its ink a gray that light and dark pages let read: for places
    that take one picture and no HTML."""
    pixels, keep = _drawn(figure, dpi)
    return _bytes(_recolored(pixels, keep, ink=118.0, paper=255.0))


def _drawn(figure: Figure, dpi: int):
    """The figure without its paper, (height, width, 4) bytes, and where its images lie, (height, width): those pixels
    are data, whose colors no theme changes."""
    canvas, before = FigureCanvasAgg(figure), figure.dpi
    papers = [figure.patch, *(part.patch for part in [*figure.subfigs, *figure.axes])]
    shown = [paper.get_visible() for paper in papers]
    try:
        figure.dpi = dpi
        for paper in papers:
            paper.set_visible(False)
        if figure.axes and (layout := figure.get_layout_engine()):
            layout.execute(figure)  # it settles with the second time, which is that of the drawing
        canvas.draw()
        pixels = np.array(canvas.buffer_rgba())
        keep = np.zeros(pixels.shape[:2], dtype=bool)
        for axis in figure.axes:
            frame = axis.get_window_extent()
            for image in axis.get_images():
                box = image.get_window_extent()
                left, low = (math.floor(max(edges)) for edges in ((box.x0, frame.x0), (box.y0, frame.y0)))
                right, high = (math.ceil(min(edges)) for edges in ((box.x1, frame.x1), (box.y1, frame.y1)))
                keep[len(keep) - high : len(keep) - low, left:right] = True
    finally:
        figure.dpi = before
        for paper, visible in zip(papers, shown, strict=True):
            paper.set_visible(visible)
    return pixels, keep


def _inverted(pixels: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """The same picture for a dark page: black becomes JupyterLab's dark ink, white its dark paper."""
    return _recolored(pixels, keep, ink=222.0, paper=17.0)


def _recolored(pixels: np.ndarray, keep: np.ndarray, ink: float, paper: float) -> np.ndarray:
    """The same picture with another gray for black and another for white; colors and images stay.

    What lies between gray and colored changes in part.
    """
    free = ~keep & (pixels[..., 3] > 0)
    colors = pixels[free][:, :3].astype(np.float32)
    grayness = np.clip((30 - np.ptp(colors, axis=1, keepdims=True)) / 15, 0, 1)
    result = pixels.copy()
    result[free, :3] = np.rint(colors + grayness * (ink + (paper - ink) / 255 * colors - colors))
    return result


def _address(pixels: np.ndarray) -> str:
    """A picture as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(_bytes(pixels)).decode()}"


def _bytes(pixels: np.ndarray) -> bytes:
    """A picture as the bytes of a PNG file; without colors it needs two channels rather than four."""
    from PIL import Image

    if (np.ptp(pixels[..., :3], axis=-1) == 0).all():
        pixels = np.ascontiguousarray(pixels[..., [0, 3]])
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()
