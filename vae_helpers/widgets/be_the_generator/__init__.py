"""BeTheGenerator: every cause of a drawn digit under a slider, a latent variable model whose z is known (notebook 01)."""

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots, strokes
from vae_helpers.widgets import base, inputs

UNITS = {"thickness": " px", "slant": "°", "rotation": "°", "width": "", "sharpness": "", "x": " px", "y": " px"}
DIGITS = {"thickness": 1, "slant": 0, "rotation": 0, "width": 2, "sharpness": 2, "x": 1, "y": 1}  # after the point
START = {"digit": 3} | strokes.DEFAULTS
REMEMBERED = 8  # draws from P(z) kept in the strip


class LatentsByName(traitlets.Dict):
    """A trait: latents as plain numbers by name, some or all, in the order of `strokes.Latents`."""

    def validate(self, obj, value):
        fields = strokes.Latents._fields
        if not isinstance(value, dict):
            raise inputs.InputError(f"{self.name} must be a dict of latents by name, not {value!r}")
        if unknown := [name for name in value if name not in fields]:
            raise inputs.InputError(f"there is no latent {unknown[0]!r}; the stroke model has {', '.join(fields)}")
        return {name: _latent(name, value[name]) for name in fields if name in value}


def _latent(name: str, value) -> int | float:
    return inputs.whole(name, value, 0, 9) if name == "digit" else inputs.number(name, value, *strokes.RANGES[name])


class BeTheGenerator(base.Explorer):
    """Choose z, the digit and its seven measures, or draw it from P(z), and watch X = render(z) being drawn.

    The page draws by the algorithm of `strokes.render`; z comes back to Python while it moves.

    Args:
        latents: where to begin, by name, such as digit=7, slant=20; the others start at `strokes.DEFAULTS`.
    Attributes:
        z: the latents, a dict of numbers by name; set all or some of them to move the sliders.
    Raises:
        ValueError: for an unknown latent, or one that is outside `strokes.RANGES`.
    """

    _esm = base.module("be_the_generator")
    z = LatentsByName(START).tag(sync=True)
    _glyphs = traitlets.List([strokes.GLYPHS[digit] for digit in range(10)]).tag(sync=True)
    _pen = traitlets.Dict({
        "height": strokes.HEIGHT, "center": strokes.CENTER, "steps": strokes.STEPS, "side": strokes.SIDE,
    }).tag(sync=True)  # fmt: skip
    _prior = traitlets.Dict({name: list(values) for name, values in strokes.PRIOR.items()}).tag(sync=True)
    _ranges = traitlets.Dict({name: list(values) for name, values in strokes.RANGES.items()}).tag(sync=True)
    _defaults = traitlets.Dict(strokes.DEFAULTS).tag(sync=True)
    _units = traitlets.Dict(UNITS).tag(sync=True)
    _digits = traitlets.Dict(DIGITS).tag(sync=True)
    _draws = traitlets.List().tag(sync=True)

    def __init__(self, **latents):
        fields, first = strokes.Latents._fields, strokes.sample_latents(REMEMBERED)
        traits = {name: value for name, value in latents.items() if name not in fields and self.has_trait(name)}
        chosen = {name: value for name, value in latents.items() if name not in traits}
        draws = zip(*(values.tolist() for values in first), strict=True)
        super().__init__(**{"z": chosen, "_draws": [dict(zip(fields, draw, strict=True)) for draw in draws]} | traits)

    @traitlets.validate("z")
    def _others_stay(self, proposal):
        return START | self.z | proposal.value

    def latents(self) -> strokes.Latents:
        """z as `strokes.Latents` of tensors (1,), ready for `strokes.render`."""
        return strokes.Latents(**{name: torch.tensor([value]) for name, value in self.z.items()})

    def image(self) -> Tensor:
        """X = render(z), as torch computes it, (1, 28, 28) in [0, 1]."""
        return strokes.render(self.latents())

    def _spelled(self) -> str:
        parts = [f"digit {self.z['digit']}"]
        parts += [f"{name} {self.z[name]:.{DIGITS[name]}f}{UNITS[name]}" for name in DIGITS]
        return ", ".join(parts)

    def describe(self) -> str:
        return f"BeTheGenerator explorer at z = ({self._spelled()}); move it in JupyterLab"

    def picture(self) -> Figure:
        """The digit, and beside it each latent in its range, with its prior as a hill."""
        figure = Figure(figsize=(7.6, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
        left.imshow(self.image()[0].numpy(), cmap="gray_r", vmin=0, vmax=1)
        left.set_title(f"digit {self.z['digit']}")
        left.set_axis_off()
        share = np.linspace(0, 1, 101)
        for row, (name, (mean, sd)) in enumerate(strokes.PRIOR.items()):
            low, high = strokes.RANGES[name]
            hill = np.exp(-0.5 * ((low + share * (high - low) - mean) / sd) ** 2)
            right.fill_between(share, row, row - 0.7 * hill, color=plots.COLORS["blue"], alpha=0.35, linewidth=0)
            right.plot((self.z[name] - low) / (high - low), row, "o", color=plots.COLORS["orange"])
            for at, end, side in ((-0.02, low, "right"), (1.02, high, "left")):
                right.text(at, row, f"{end:g}".replace("-", "−"), ha=side, va="center", fontsize=8)
        names = [f"{name} = {self.z[name]:.{DIGITS[name]}f}{UNITS[name]}" for name in strokes.PRIOR]
        right.set_yticks(range(len(names)), names)
        right.set(xlim=(-0.14, 1.14), ylim=(len(names) - 0.5, -1), xticks=[], title="z, and the hills of P(z)")
        right.hlines(range(len(names)), 0, 1, color="0.8", linewidth=2, zorder=0)
        right.grid(False)
        return figure
