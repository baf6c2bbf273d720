"""What is reported of a model: the bound of every image, rate and distortion, and the latent dimensions in use."""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_helpers import objective
from vae_helpers.checks import generator, many, not_negative, seed, takes, whole
from vae_helpers.contract import Model, examples, is_model

DIVERGED = (
    "the bound became {}: training has diverged. Try a learning_rate ten times smaller; for a Gaussian likelihood a "
    "larger sigma; and see that the pixels lie in [0, 1]. The model holds its last good weights."
)


def refuse_nan(value: Tensor) -> None:
    """Stop where a number that training rests on is NaN or infinite."""
    if not torch.isfinite(value):
        raise FloatingPointError(DIVERGED.format(value.item()))


@takes(model=is_model, samples=whole(), generator=generator)
def terms(model: Model, x: Tensor, samples: int, generator: torch.Generator | None = None) -> objective.Terms:
    """`objective.elbo`, where the decoder's refusal of z that are not finite is what it means here: divergence."""
    try:
        return objective.elbo(model, x, samples, generator)
    except ValueError:
        q = model.encode(x)
        if (q.mean.abs() + 10 * q.stddev).isfinite().all():
            raise
    raise FloatingPointError(DIVERGED.format("NaN or infinite"))


@takes(model=is_model, images=examples, samples=whole(), seed=seed, batch_size=many)
@torch.no_grad()
def evaluate(model: Model, images: Tensor, samples: int = 1, seed: int = 0, batch_size: int = 1000) -> objective.Terms:
    """The two terms of the bound of every image, in batches and without gradients.

    Args:
        model: any `Model`.
        images: (N, D), on the model's device.
        samples: draws of z per image.
        seed: fixes ε.
        batch_size: decodings at once, images times samples. More are no quicker, and take memory.
    Returns:
        Terms, (N,) each, in nats; its `.elbo` is the bound.
    Raises:
        ValueError: for images the model cannot take.
        FloatingPointError: if the encoder's Q is not finite, which training that diverged leaves behind.
    """
    generator = torch.Generator(images.device).manual_seed(seed)
    parts = [terms(model, x, samples, generator) for x in images.split(max(1, batch_size // samples))]
    return objective.Terms(*(torch.cat(column) for column in zip(*parts, strict=True)))


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
    def elbo(self) -> float:
        """The bound, with weight 1 on the rate whatever the model was trained with."""
        return -self.distortion - self.rate

    def as_numbers(self) -> dict:
        """The fields, "elbo" and "active_units" (their number), rounded to six digits, as JSON can hold them."""
        numbers = {"rate": self.rate, "distortion": self.distortion, "elbo": self.elbo}
        numbers["squared_error"] = self.squared_error
        return {name: float(f"{value:.6g}") for name, value in numbers.items()} | {
            "active_units": int(self.active.sum()), "active": self.active.tolist(),
            "kl_by_dimension": [float(f"{value:.6g}") for value in self.kl_by_dimension],
        }  # fmt: skip


@takes(model=is_model, images=examples, samples=whole(), seed=seed, batch_size=many)
@torch.no_grad()
def rate_distortion(
    model: Model, images: Tensor, samples: int = 10, seed: int = 0, batch_size: int = 1000
) -> RateDistortion:
    """The two terms of the bound as rate and distortion (Alemi et al. 2018, arXiv 1711.00464), and who pays the rate.

    Args:
        model: any `Model`.
        images: (N, D), on the model's device.
        samples: draws of z per image; the rate is in closed form.
        seed: fixes ε.
        batch_size: decodings at once, images times samples.
    Raises:
        ValueError: for images the model cannot take.
    """
    generator = torch.Generator(images.device).manual_seed(seed)
    distortion = squared = kl = 0.0
    for x in images.split(max(1, batch_size // samples)):
        mu, sigma = objective.mean_and_sigma(model.encode(x))  # (B, L)
        p = model.decode(objective.reparameterize(mu, sigma, samples, generator))
        distortion -= p.log_prob(x).mean(dim=0).sum().item()
        squared += (p.mean - x).square().mean(dim=(0, 2)).sum().item()
        center, unit = objective.mean_and_sigma(model.prior)  # in whose units the KL is that to N(0, I)
        kl += objective.kl_by_dimension((mu - center) / unit, sigma / unit).sum(dim=0).cpu().double()  # (B, L) -> (L,)
    n = len(images)
    return RateDistortion(kl.sum().item() / n, distortion / n, squared / n, kl / n, active_units(model, images))


@takes(model=is_model, images=examples, threshold=not_negative)
@torch.no_grad()
def active_units(model: Model, images: Tensor, threshold: float = 0.01) -> Tensor:
    """Which latent dimensions the encoder uses: those whose mean of Q varies over the images (Burda et al. 2015).

    Args:
        model: any `Model`.
        images: (N, D), taken as the whole data: the variance is the mean squared deviation, over N and not N − 1.
        threshold: the variance of μᵢ(X) over the images above which dimension i is active.
    Returns:
        bool, (L,).
    Raises:
        ValueError: for images the model cannot take.
    """
    return model.encode(images).mean.var(dim=0, correction=0) > threshold
