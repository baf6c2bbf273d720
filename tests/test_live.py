"""The display that is redrawn while training runs."""

import pytest
import torch
from stripes import copy, fit, same, small

from vae_helpers import plots
from vae_helpers.history import History
from vae_helpers.live import live_display
from vae_helpers.models import LinearGaussian


@pytest.mark.parametrize("size", [12, 16])
def test_live_works_without_a_notebook(size):
    """12 pixels are no square picture: then only the curves are drawn."""
    x = torch.rand(60, size)
    assert len(fit(small(data_size=size), x, 2, live=True).epochs) == 2


def test_live_redraws_curves_and_eight_samples(monkeypatch):
    import IPython.display

    drawn, updates = [], []

    def html(figure, alt, dpi):
        images = [axis.get_images()[0].get_array() for axis in figure.axes if axis.get_images()]
        drawn.append(([len(a.get_lines()[0].get_xdata()) for a in figure.axes if a.get_lines()], images))
        return f"{alt} {len(drawn)}"

    class Handle:
        def update(self, data, raw):
            updates.append(data["text/html"])

    monkeypatch.setattr(plots, "html", html)
    monkeypatch.setattr(IPython.display, "display", lambda data, display_id, raw: Handle())
    model = small(data_size=16)
    fit(model, torch.rand(60, 16), 3, live=True)
    first, *shown = drawn  # an empty figure to begin with, then one for each epoch
    assert first == ([], []) and [text[-1] for text in updates] == ["2", "3", "4"]
    assert [curves for curves, _ in shown] == [[1] * 3, [2] * 3, [3] * 3]
    assert all(len(images) == 8 and images[0].shape == (4, 4) for _, images in shown)
    x = torch.rand(60, 16, generator=torch.Generator().manual_seed(0))
    one, other = small(data_size=16), small(data_size=16)
    fit(one, x, 2, live=True)
    fit(other, x, 2)
    assert same(one, copy(other))  # looking on changes nothing


def test_a_model_without_parameters_is_shown_too():
    model = LinearGaussian(torch.ones(16, 2), torch.zeros(16), 1.0)
    live_display(model, History())()
