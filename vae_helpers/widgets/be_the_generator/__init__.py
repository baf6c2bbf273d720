"""BeTheGenerator: every cause of a drawn digit under a slider, a latent variable model whose z is known (notebook 01)."""

from numbers import Real

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import strokes
from vae_helpers.widgets import base

UNITS = {"thickness": " px", "slant": "°", "rotation": "°", "width": "", "sharpness": "", "x": " px", "y": " px"}
DIGITS = {"thickness": 1, "slant": 0, "rotation": 0, "width": 2, "sharpness": 2, "x": 1, "y": 1}  # after the point
FIRST_DIGIT = 3
REMEMBERED = 8  # draws from P(z) kept in the strip


def check_latents(z: dict) -> dict:
    """The latents as plain numbers in the order of `strokes.Latents`, or a ValueError that names what is wrong."""
    fields = strokes.Latents._fields
    unknown = [name for name in z if name not in fields]
    if unknown:
        raise ValueError(f"there is no latent {unknown[0]!r}; the stroke model has {', '.join(fields)}")
    for name, value in z.items():
        low, high = (0, 9) if name == "digit" else strokes.RANGES[name]
        if isinstance(value, bool) or not isinstance(value, Real) or not low <= value <= high:
            raise ValueError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    if "digit" in z and z["digit"] != int(z["digit"]):
        raise ValueError(f"digit must be a whole number from 0 to 9, not {z['digit']!r}")
    return {name: int(z[name]) if name == "digit" else float(z[name]) for name in fields if name in z}


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
    z = traitlets.Dict().tag(sync=True)
    _glyphs = traitlets.List().tag(sync=True)
    _pen = traitlets.Dict().tag(sync=True)
    _prior = traitlets.Dict().tag(sync=True)
    _ranges = traitlets.Dict().tag(sync=True)
    _defaults = traitlets.Dict().tag(sync=True)
    _units = traitlets.Dict(UNITS).tag(sync=True)
    _digits = traitlets.Dict(DIGITS).tag(sync=True)
    _draws = traitlets.List().tag(sync=True)

    def __init__(self, **latents):
        fields = set(strokes.Latents._fields)
        chosen = {name: value for name, value in latents.items() if name in fields or not self.has_trait(name)}
        first = strokes.sample_latents(REMEMBERED)
        super().__init__(
            z=check_latents({"digit": FIRST_DIGIT} | strokes.DEFAULTS | chosen),
            _glyphs=[strokes.GLYPHS[digit] for digit in range(10)],
            _pen={"height": strokes.HEIGHT, "center": strokes.CENTER, "steps": strokes.STEPS, "side": strokes.SIDE},
            _prior={name: list(values) for name, values in strokes.PRIOR.items()},
            _ranges={name: list(values) for name, values in strokes.RANGES.items()},
            _defaults=strokes.DEFAULTS,
            _draws=[dict(zip(first._fields, values, strict=True))
                    for values in zip(*(value.tolist() for value in first), strict=True)],
            **{name: value for name, value in latents.items() if name not in chosen},
        )  # fmt: skip

    @traitlets.validate("z")
    def _known_latents(self, proposal):
        try:
            return {"digit": FIRST_DIGIT} | strokes.DEFAULTS | self.z | check_latents(proposal.value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None

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
            right.fill_between(share, row, row - 0.7 * hill, color="#4477AA", alpha=0.35, linewidth=0)
            right.plot((self.z[name] - low) / (high - low), row, "o", color="#EE7733")
            for at, end, side in ((-0.02, low, "right"), (1.02, high, "left")):
                right.text(at, row, f"{end:g}".replace("-", "−"), ha=side, va="center", fontsize=8)
        names = [f"{name} = {self.z[name]:.{DIGITS[name]}f}{UNITS[name]}" for name in strokes.PRIOR]
        right.set_yticks(range(len(names)), names)
        right.set(xlim=(-0.14, 1.14), ylim=(len(names) - 0.5, -1), xticks=[], title="z, and the hills of P(z)")
        right.hlines(range(len(names)), 0, 1, color="0.8", linewidth=2, zorder=0)
        right.grid(False)
        return figure
