"""LogSlider: a slider for a positive number, even in its logarithm, that a screen reader can name."""

import anywidget
import traitlets

from vae_helpers.widgets import base, inputs


class LogSlider(anywidget.AnyWidget):
    """A native slider with a label, for a panel that Python redraws.

    Attributes:
        value: the number, from 1e-6 to 10^0.5.
        label: stands before the slider.
        name: spoken in place of the label.
    """

    _esm = base.module("log_slider")
    _css = base.STYLE
    value = inputs.Number(1.0, 1e-6, 10**0.5)
    label = traitlets.Unicode().tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    _ranges = inputs.ranges(value=value)
