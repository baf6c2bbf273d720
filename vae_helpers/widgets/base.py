"""What every explorer shares: its module joined from its files, a network as bytes, a picture where no widget runs."""

import re
from collections.abc import Callable
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import torch
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.distributions import Distribution

from vae_helpers import kernel, objective, plots

FOLDER = Path(__file__).parent
# As text: of a path, anywidget watches the file, and for that it keeps every widget that there has ever been.
STYLE = (FOLDER / "core" / "explorers.css").read_text(encoding="utf-8")
PER_CLASS = 20  # images of each class sent to a page with a pad, to put there
IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)


def module(name: str) -> str:
    """NAME/page.js and all that it imports as the one module that anywidget loads, each file once and without imports."""
    joined: dict[Path, str] = {}

    def add(path: Path) -> None:
        if path in joined:
            return
        joined[path] = ""  # its place is kept only against circles
        text = path.read_text(encoding="utf-8")
        for imported in IMPORT.findall(text):
            add((path.parent / imported).resolve())
        del joined[path]
        joined[path] = IMPORT.sub("", text)

    add(FOLDER / name / "page.js")
    return "".join(joined.values())


def network_bytes(layers: nn.Sequential) -> tuple[list[list[int]], bytes]:
    """Shapes [[out, in], ...] and float32 bytes (weight, bias, weight, bias, ...) of a multilayer perceptron."""
    linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
    parts = [array for linear in linears for array in (linear.weight, linear.bias)]
    return [list(linear.weight.shape) for linear in linears], b"".join(float_bytes(part) for part in parts)


def float_bytes(values: Tensor) -> bytes:
    """Little-endian float32, row by row, as typed arrays in the page read it."""
    return values.detach().cpu().numpy().astype("<f4").tobytes()


def double_bytes(values: Tensor) -> bytes:
    """Little-endian float64, row by row."""
    return values.detach().cpu().numpy().astype("<f8").tobytes()


def octet_bytes(values: Tensor) -> bytes:
    """One byte a number: labels as they are, pixels in [0, 1] as 0 to 255."""
    if values.is_floating_point():
        values = (values * 255).round()
    return values.detach().cpu().numpy().astype(np.uint8).tobytes()


def for_the_pad(images: Tensor, labels: Tensor) -> dict[str, bytes]:
    """The first images of each class and their labels, as the traits that a page with a pad has them from."""
    chosen = torch.cat([(labels == label).nonzero()[:PER_CLASS, 0] for label in labels.unique()])
    return {"_images": octet_bytes(images[chosen].clamp(0, 1)), "_image_labels": octet_bytes(labels[chosen])}


def by_use(q: Distribution) -> dict[str, list]:
    """Mean KL of each latent dimension over images, for their Q(z|X), and the dimensions by it, as the sliders' traits."""
    mu, sigma = objective.mean_and_sigma(q)  # (N, L) each
    use = objective.kl_by_dimension(mu, sigma).mean(dim=0)  # (L,)
    return {"use": use.tolist(), "order": use.argsort(descending=True, stable=True).tolist()}


_shown: dict[str, tuple[int, list["Still"]]] = {}  # by the id of a cell: the number of its run, and what that showed


def _take_the_place(widget: "Still") -> None:
    """Close what an earlier run of the same cell has shown: nobody sees it any more, and each holds some megabytes."""
    shell = get_ipython()
    cell = kernel.running(shell) if hasattr(shell, "get_parent") else None
    if cell is None:
        return
    run, earlier = _shown.get(cell, (shell.execution_count, []))
    if run != shell.execution_count:
        for each in earlier:
            if each is not widget:
                each.layout.close()
                each.close()
        earlier = []
    _shown[cell] = shell.execution_count, [*earlier, widget]


class Still:
    """What stands in a saved notebook where a widget was, until its cell is run again."""

    wakes = "The explorer wakes when its cell is run: <b>Run → Run All Cells</b>."

    def picture(self) -> Figure:
        """The widget's present state as a figure."""
        raise NotImplementedError

    def describe(self) -> str:
        """One line of text for terminals and screen readers."""
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        """Two outputs: the still, which shows itself only where there is no widget any more, and the widget."""
        _take_the_place(self)
        data, metadata = self._repr_mimebundle_()
        display({"text/html": self._still()}, raw=True)
        display(data, metadata=metadata, raw=True)

    def _still(self) -> str:
        """In the page's colors."""
        style = (FOLDER / "core" / "still.css").read_text(encoding="utf-8")
        picture = plots.html(self.picture(), self.describe(), dpi=80)
        return f'<div class="vae-still"><style>\n{style}</style>\n{picture}\n<p>{self.wakes}</p></div>'


class Explorer(Still, anywidget.AnyWidget):
    """A widget whose answers are computed in the page, and whose `picture` stands in where widgets cannot run."""

    _css = STYLE

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["image/png"] = plots.png_for_both(self.picture())
        data["text/plain"] = self.describe()
        return data, metadata

    def describe(self) -> str:
        return f"{type(self).__name__} explorer"


class Panel(Still, ipywidgets.Box):
    """An explorer among ordinary widgets that Python answers, one below the other or side by side as its layout says.

    Args:
        children: the widgets.
        picture: makes the figure that stands in for them.
        alt: what that shows, in words.
        layout: keyword arguments of `ipywidgets.Layout`.
    """

    wakes = "Python answers here, once the cells are run: <b>Run → Run All Cells</b>."

    def __init__(self, children, picture: Callable[[], Figure], alt: str, **layout):
        self._picture, self._alt = picture, alt
        super().__init__(children, layout=ipywidgets.Layout(**layout))
        self.add_class("vae-python")

    def picture(self) -> Figure:
        return self._picture()

    def describe(self) -> str:
        return self._alt

    def close(self) -> None:
        """With all that it holds: a button left open would keep the explorer that its callback knows."""
        inside = list(self.children)
        while inside:
            widget = inside.pop()
            inside += getattr(widget, "children", ())
            widget.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs):
        return super()._repr_mimebundle_(**kwargs) | {"text/plain": self._alt}, {}
