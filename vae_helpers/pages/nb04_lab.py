"""Notebook 04's debugging lab: what a run of the patient shows, and whether it is healed."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers import measure, plots
from vae_helpers.contract import Model
from vae_helpers.objective import mean_and_sigma


@torch.no_grad()
def evidence(model: Model, losses: list[float], images: Tensor) -> Figure:
    """The script's own loss at every step; σ of Q for each latent; six images, their reconstructions, six samples."""
    figure = Figure(figsize=(9.4, 3), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.2, 1, 1.3))
    bound = measure.evaluate(model, images).elbo.mean().item()
    left.plot(losses, color=plots.COLORS["green"], lw=0.8)
    left.axhline(-bound, color=plots.COLORS["teal"], ls="--")
    low, high = min(*losses, -bound), max(-bound, sorted(losses)[int(0.95 * len(losses))])
    left.set(xlabel="step", ylabel="nats per image", ylim=(low - 10, high + 20))
    left.set_title("the script's loss; dashed: minus the bound", fontsize=9)
    sigma = mean_and_sigma(model.encode(images))[1].mean(dim=0)
    middle.bar(range(1, len(sigma) + 1), sigma, color=plots.COLORS["orange"])
    middle.set(xlabel="latent", ylabel="σ of Q(z|X), mean over images")
    few = images[:6]
    z = torch.randn(6, model.latent_size, generator=torch.Generator().manual_seed(0))
    shown = torch.cat([few, model.decode(model.encode(few).mean).mean, model.decode(z).mean])
    right.imshow(
        shown.reshape(3, 6, 28, 28).permute(0, 2, 1, 3).reshape(84, 168).numpy(), cmap="gray_r", vmin=0, vmax=1
    )
    right.set_yticks([14, 42, 70], ["X", "f(μ(X))", "f(z), z ~ P(z)"])
    right.set_xticks([])
    right.grid(False)
    right.spines[:].set_visible(False)
    return figure


def report(model: Model, losses: list[float], images: Tensor, target: float) -> str:
    """The numbers to compare, in nats per image of images (N, D), and whether the bound is above the target."""
    terms = measure.evaluate(model, images, samples=3)
    bound = terms.elbo.mean().item()
    own = sum(losses[-50:]) / len(losses[-50:])
    sigma = mean_and_sigma(model.encode(images[:2000]))[1].mean(dim=0)
    numbers = (
        f"the script's own loss, last 50 steps    {own:8.1f}\n"
        f"minus the bound, by measure.evaluate    {-bound:8.1f}\n"
        f"    = minus the reconstruction term     {-terms.reconstruction.mean().item():8.1f}\n"
        f"    + the KL term                       {terms.kl.mean().item():8.1f}\n"
        f"σ of Q, from latent to latent           {sigma.min().item():8.2f} to {sigma.max().item():.2f}\n"
    )
    verdict = "Healed" if bound > target else "Not healed yet"
    words = f"{verdict}: the bound is {bound:.1f}, the target {target:.1f} nats."
    return (numbers + words).replace(" -", " −")
