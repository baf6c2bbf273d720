"""The two terms of the bound as rate and distortion, and which latent dimensions pay the rate (notebook 06)."""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_helpers import objective


class RateDistortion(NamedTuple):
    """Means over images, in nats per image unless said otherwise; the bound of (5) is −distortion − rate.

    Attributes:
        rate: D[Q(z|X)‖P(z)].
        distortion: −E_Q[log P(X|z)].
        squared_error: E_Q of the squared distance between X and the mean of P(X|z), per pixel, in pixel units squared.
        kl_by_dimension: the rate's share of each latent dimension, (L,).
        active: whether the function `active_units` counts the dimension, bool (L,).
    """

    rate: float
    distortion: float
    squared_error: float
    kl_by_dimension: Tensor
    active: Tensor

    @property
    def bound(self) -> float:
        """The evidence lower bound, with weight 1 on the rate whatever the model was trained with."""
        return -self.distortion - self.rate

    def as_numbers(self) -> dict:
        """The fields, "bound" and "active_units" (their number), rounded to six digits, as JSON can hold them."""
        numbers = {"rate": self.rate, "distortion": self.distortion, "bound": self.bound}
        numbers["squared_error"] = self.squared_error
        return {name: float(f"{value:.6g}") for name, value in numbers.items()} | {
            "active_units": int(self.active.sum()), "active": self.active.tolist(),
            "kl_by_dimension": [float(f"{value:.6g}") for value in self.kl_by_dimension],
        }  # fmt: skip


@torch.no_grad()
def measure(model, images: Tensor, samples: int = 10, seed: int = 0, batch_size: int = 500) -> RateDistortion:
    """The two terms of the bound as rate and distortion (Alemi et al. 2018, arXiv 1711.00464), and who pays the rate.

    Args:
        model: has encode(x), a diagonal Gaussian, and decode(z).
        images: (N, D), on the model's device.
        samples: draws of z per image; the rate is in closed form.
        seed: fixes ε.
    Raises:
        ValueError: for images the model cannot take.
    """
    generator = torch.Generator(images.device).manual_seed(seed)
    distortion = squared = kl = 0.0
    for x in images.split(batch_size):
        mu, sigma = objective.mean_and_sigma(model.encode(x))  # (B, L)
        p = model.decode(objective.reparameterize(mu, sigma, samples, generator))
        distortion -= p.log_prob(x).mean(dim=0).sum().item()
        squared += (p.mean - x).square().mean(dim=(0, 2)).sum().item()
        one_by_one = objective.kl_to_standard_normal(mu.unsqueeze(-1), 2 * sigma.log().unsqueeze(-1))  # (B, L)
        kl += one_by_one.sum(dim=0).cpu().double()
    n = len(images)
    return RateDistortion(kl.sum().item() / n, distortion / n, squared / n, kl / n, active_units(model, images))


@torch.no_grad()
def active_units(model, images: Tensor, threshold: float = 0.01) -> Tensor:
    """Which latent dimensions the encoder uses: those whose mean of Q varies over the images (Burda et al. 2015).

    Args:
        images: (N, D).
        threshold: the variance of μᵢ(X) over the images above which dimension i is active.
    Returns:
        bool, (L,).
    Raises:
        ValueError: for images the model cannot take.
    """
    return model.encode(images).mean.var(dim=0, correction=0) > threshold
