"""The conditional variational autoencoder of notebook 07: every distribution may depend on a y that is known."""

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Distribution, Independent, Normal

from vae_helpers.checks import flag, floats, seed, sizes, takes, whole
from vae_helpers.contract import check_images, check_latents
from vae_helpers.models.vae import diagonal_gaussian, mlp


class ConditionalVAE(nn.Module):
    """P(X|y) = ∫ P(X|z, y) P(z|y) dz; its bound is (11) of notebook 07 (Sohn et al. 2015; Doersch 2016, section 4).

    P(z|y) = N(0, I), or a Gaussian that a network makes of y;  P(X|z, y) = Bernoulli(f(z, y));
    Q(z|X, y) = N(μ(X, y), diag Σ(X, y)).

    Args:
        latent_size: dimensions L of z.
        condition_size: numbers C in y.
        hidden_sizes: widths of the encoder's hidden layers; the decoder has them in reverse.
        learned_prior: whether P(z|y) depends on y.
        data_size: pixels D in an image.
        seed: fixes the initial weights.
    Raises:
        ValueError: for sizes that are not positive whole numbers.
    """

    likelihood = "bernoulli"

    @takes(
        latent_size=whole(),
        condition_size=whole(),
        hidden_sizes=sizes(0),
        learned_prior=flag,
        data_size=whole(),
        seed=seed,
    )
    def __init__(
        self,
        latent_size: int,
        condition_size: int,
        hidden_sizes: tuple[int, ...] = (400,),
        learned_prior: bool = False,
        data_size: int = 784,
        seed: int = 0,
    ):
        super().__init__()
        self.latent_size, self.condition_size, self.data_size = latent_size, condition_size, data_size
        self.config = {
            "latent_size": latent_size, "condition_size": condition_size, "hidden_sizes": list(hidden_sizes),
            "learned_prior": learned_prior, "data_size": data_size,
        }  # fmt: skip
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = mlp([data_size + condition_size, *hidden_sizes, 2 * latent_size])
            self.decoder = mlp([latent_size + condition_size, *reversed(hidden_sizes), data_size])
            self.prior_network = mlp([condition_size, *hidden_sizes, 2 * latent_size]) if learned_prior else None

    def encode(self, x: Tensor, y: Tensor) -> Distribution:
        """Q(z|X, y) for images (B, D) in [0, 1] and conditions (B, C): over (L,), with batch shape (B,)."""
        check_images(x, self.data_size, next(self.parameters()).dtype)
        return diagonal_gaussian(self.encoder(torch.cat([x, self._checked(y, len(x))], dim=1)))

    def decode(self, z: Tensor, y: Tensor) -> Distribution:
        """P(X|z, y) for latents (..., B, L) and conditions (B, C): over (D,), with batch shape (..., B)."""
        check_latents(z, self.latent_size, next(self.parameters()).dtype)
        if z.dim() < 2:
            raise ValueError(
                f"z must be of shape (..., B, {self.latent_size}), one for each image, not {tuple(z.shape)}"
            )
        y = self._checked(y, z.shape[-2])
        f = self.decoder(torch.cat([z, y.expand(*z.shape[:-1], -1)], dim=-1))  # (..., B, D)
        return Independent(Bernoulli(logits=f, validate_args=False), 1)

    @takes(y=floats("(B, C)"))
    def prior(self, y: Tensor) -> Distribution:
        """P(z|y) for conditions (B, C): over (L,), with batch shape (B,)."""
        y = self._checked(y, len(y))
        if self.prior_network is None:
            zeros = y.new_zeros(len(y), self.latent_size)
            return Independent(Normal(zeros, torch.ones_like(zeros)), 1)
        return diagonal_gaussian(self.prior_network(y))

    @takes(y=floats("(B, C)"))
    def given(self, y: Tensor) -> "Given":
        """With y held, this is a `Model`: one row of y for all images, or one for each, and then all images at once.

        What works through images in parts, such as `likelihood.importance_sampled`, must get them in one part: its
        `chunk` or `batch_size` as large as images times samples.
        """
        return Given(self, self._checked(y, len(y)))

    def _checked(self, y: Tensor, rows: int) -> Tensor:
        """y, (B, C). One row serves any number of images."""
        if not isinstance(y, Tensor) or y.dim() != 2 or y.shape[1] != self.condition_size or len(y) not in (1, rows):
            came = tuple(y.shape) if isinstance(y, Tensor) else type(y).__name__
            raise ValueError(f"y must have shape ({rows}, {self.condition_size}), one row for each image, not {came}")
        if not y.isfinite().all():
            raise ValueError("y contains NaN or infinite values")
        if y.dtype != next(self.parameters()).dtype:
            raise ValueError(f"y is {y.dtype}, but the model computes in {next(self.parameters()).dtype}")
        return y.expand(rows, -1)


class Given:
    """A conditional model whose y is held: P(z|y), P(X|z, y) and Q(z|X, y) under the names that a `Model` has.

    Attributes:
        y: the conditions (B, C); the images that are asked about come in the same order.
    """

    def __init__(self, model: ConditionalVAE, y: Tensor):
        self.model, self.y = model, y
        self.latent_size, self.data_size, self.likelihood = model.latent_size, model.data_size, model.likelihood

    @property
    def prior(self) -> Distribution:
        """P(z|y)."""
        return self.model.prior(self.y)

    def encode(self, x: Tensor) -> Distribution:
        """Q(z|X, y)."""
        if len(self.y) not in (1, len(x)):
            raise ValueError(
                f"{len(self.y)} rows of y are held, and {len(x)} images came: hold one row for all images, or give all "
                "of them in one part, by a chunk or batch_size as large as images times samples"
            )
        return self.model.encode(x, self.y)

    def decode(self, z: Tensor) -> Distribution:
        """P(X|z, y)."""
        return self.model.decode(z, self.y)

    def check(self, x: Tensor) -> None:
        """Refuse images that `encode` cannot take."""
        check_images(x, self.data_size, self.y.dtype)
