"""A panel of ordinary widgets: its still, and what it says of itself."""

import gc
import weakref

import ipywidgets
from matplotlib.figure import Figure

from vae_helpers.widgets import base


def test_a_panel_leaves_a_still_in_the_notebook_before_itself(monkeypatch):
    shown = []
    monkeypatch.setattr(base, "display", lambda data, **_: shown.append(data))
    figure = Figure(figsize=(2, 1))
    panel = base.Panel([ipywidgets.HTML("words")], lambda: figure, "Words in a box.", flex_flow="column")
    panel._ipython_display_()
    still, live = shown
    assert 'class="vae-still"' in still["text/html"] and 'alt="Words in a box."' in still["text/html"]
    assert "Python answers here" in still["text/html"] and "Run All Cells" in still["text/html"]
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert live["text/plain"] == "Words in a box."
    assert panel.layout.flex_flow == "column" and "vae-python" in panel._dom_classes


def test_a_panel_that_is_closed_lets_go_of_what_its_buttons_know():
    class Known:
        def heard(self, _): ...

    known, button, inner = Known(), ipywidgets.Button(), ipywidgets.HTML()
    button.on_click(known.heard)
    gone = weakref.ref(known)
    panel = base.Panel([ipywidgets.VBox([button, ipywidgets.HBox([inner])])], Figure, "A button in boxes.")
    panel.close()
    assert button.comm is None and inner.comm is None and panel.comm is None
    del known, button, inner, panel
    gc.collect()
    assert gone() is None
