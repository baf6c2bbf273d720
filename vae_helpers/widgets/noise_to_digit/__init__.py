"""NoiseToDigit: draws of a diffusion model on their way from noise, step by step under a slider (notebook 08)."""

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import plots
from vae_helpers.beyond import diffusion
from vae_helpers.widgets import base, inputs


class NoiseToDigit(base.Explorer):
    """Move t, and see the draws x_t and the network's guesses of x₀ at that step.

    Args:
        path: as `diffusion.sample` gives it: (x_t, guess of x₀), (N, 196) each, for t = T, …, 1.
    Attributes:
        t: the step shown, 1 to T; set it to move the slider.
        steps: T.
    Raises:
        ValueError: for a path of another form.
    """

    _esm = base.module("noise_to_digit")
    t = inputs.Whole(1, 1, "steps")
    steps = traitlets.Int().tag(sync=True)
    count = traitlets.Int().tag(sync=True)
    _noisy = traitlets.Bytes().tag(sync=True)
    _guesses = traitlets.Bytes().tag(sync=True)

    def __init__(self, path: list[tuple[Tensor, Tensor]], **traits):
        shapes = {tuple(part.shape) for pair in path for part in pair}
        if len(path) < 2 or len(shapes) != 1 or len(shape := shapes.pop()) != 2 or shape[1] != 196:
            raise ValueError(
                "path must be two or more pairs of tensors of one shape (N, 196), as diffusion.sample gives it"
            )
        # Rising in t. −1 is paper, 1 is ink; noise may lie beyond.
        self._path = [torch.stack([(part[i] + 1) / 2 for part in path[::-1]]).clamp(0, 1) for i in (0, 1)]
        noisy, guesses = (base.octet_bytes(part) for part in self._path)
        traits.setdefault("t", len(path) // 2)
        super().__init__(steps=len(path), count=shape[0], _noisy=noisy, _guesses=guesses, **traits)

    def describe(self) -> str:
        return (
            f"NoiseToDigit explorer at t = {self.t} of {self.steps}: {self.count} draws, x_t above the guesses of x₀; "
            "move the slider in JupyterLab"
        )

    def picture(self) -> Figure:
        rows = torch.cat([2 * part[self.t - 1] - 1 for part in self._path])
        return plots.digits(diffusion.large(rows), columns=self.count, rows=[f"xₜ, t = {self.t}", "guess of x₀"])
