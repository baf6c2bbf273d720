"""Pencil: one number worked out by hand, before it is worked out in code (notebooks 00 to 07)."""

import math
import textwrap
from numbers import Real

import traitlets
from matplotlib.figure import Figure

from vae_helpers import plots
from vae_helpers.widgets import base, inputs

COLORS = {"own": plots.COLORS["blue"], "right": plots.COLORS["green"], "wrong": plots.COLORS["amber"]}


class Answers(traitlets.List):
    """A trait: known answers as (value, message), the right one first, shared with the page."""

    def validate(self, obj, value):
        fine = isinstance(value, (list, tuple)) and len(value) > 0 and all(map(_is_answer, value))
        if not fine:
            raise inputs.InputError(f"{self.name} must be pairs of a finite number and a message, not {value!r}")
        return [[float(number), message] for number, message in value]


def _is_answer(pair) -> bool:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        return False
    number, message = pair
    return (
        isinstance(number, Real) and not isinstance(number, bool) and math.isfinite(number) and isinstance(message, str)
    )


class Pencil(base.Explorer):
    """A question with a number for an answer, and a field for it. The page judges what is typed there.

    Attributes:
        question: plain text.
        answers: pairs of a value and what is said of it, the right one first; lines of a message are paragraphs.
        unit: of the answer.
        decimals: to which it is asked; a number less than one step of the last one away from an answer is that answer.
        given: what was typed last and judged.
    Raises:
        ValueError: for answers that are no such pairs.
    """

    _esm = base.module("pencil")
    question = traitlets.Unicode().tag(sync=True)
    answers = Answers([[0.0, ""]]).tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    decimals = inputs.Whole(2, 0, 6)
    given = traitlets.Unicode().tag(sync=True)
    _colors = traitlets.Dict(COLORS).tag(sync=True)

    def describe(self) -> str:
        unit = f"in {self.unit}, " if self.unit else ""
        return f"Pencil question: {self.question} Answer {unit}to {self.decimals} decimals, in JupyterLab."

    def picture(self) -> Figure:
        """The question as text, with a line to write on."""
        lines = textwrap.wrap(f"With a pencil. {self.question}", 84)
        figure = Figure(figsize=(7.2, 0.6 + 0.24 * len(lines)))
        figure.text(0.01, 0.96, "\n".join(lines), va="top", fontsize=11, linespacing=1.35)
        figure.text(0.01, 0.04, f"_________ {self.unit}", va="bottom", fontsize=11)
        return figure
