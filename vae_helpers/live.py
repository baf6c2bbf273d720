"""Training watched while it runs: curves and samples redrawn in place, under the notebook's cell."""

import math

import torch
from matplotlib.figure import Figure

from vae_helpers import plots
from vae_helpers.checks import a, takes
from vae_helpers.checks import seed as a_seed
from vae_helpers.contract import Generative, is_generative
from vae_helpers.history import History


@takes(model=is_generative, history=a(History, "a History"), seed=a_seed)
def live_display(model: Generative, history: History, seed: int = 0):
    """A figure under the notebook's cell, and the function that redraws it: curves above, eight means f(z) below.

    Args:
        model: any `Generative`, on any device.
        history: whatever it holds when the function is called is drawn.
        seed: fixes the eight z, which stay the same throughout.
    Returns:
        A function without arguments, to be called after every epoch.
    """
    from IPython.display import display

    def picture() -> dict[str, object]:
        alt = "Curves of the bound and its terms, and eight samples."
        return {"text/html": plots.html(figure, alt, dpi=100), "text/plain": alt}

    figure = Figure(figsize=(9, 4.4), layout="constrained")
    handle = display(picture(), display_id=True, raw=True)
    z = torch.randn(8, model.latent_size, generator=torch.Generator().manual_seed(seed)).to(model.prior.mean)
    side = math.isqrt(model.data_size)

    def show() -> None:
        above = figure
        if side**2 == model.data_size:
            above, below = figure.subfigures(2, 1, height_ratios=(3, 1.2)) if not figure.subfigs else figure.subfigs
            below.clear()
            with torch.no_grad():
                means = model.decode(z).mean.reshape(8, side, side).cpu()
            for axis, mean in zip(below.subplots(1, 8), means, strict=True):
                axis.imshow(mean.numpy(), cmap="gray_r", vmin=0, vmax=1)
                axis.set_axis_off()
        history.plot(above)
        if handle is not None:  # None in plain Python, which has nowhere to redraw
            handle.update(picture(), raw=True)

    if history.epochs:  # resumed
        show()
    return show
