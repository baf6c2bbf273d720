"""The variational autoencoder of notebooks 01 to 06."""

import itertools
import math
import reprlib

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Distribution, Independent, Normal

from vae_helpers.checks import floats, is_number, seed, sizes, takes, whole
from vae_helpers.contract import check_images, check_latents


@takes(sizes=sizes(2))
def mlp(sizes: list[int]) -> nn.Sequential:
    """A multilayer perceptron: linear maps between `sizes`, a GELU after each but the last.

    The tanh form of GELU is the one that a web page can compute without an error function.
    """
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.GELU(approximate="tanh")]
    return nn.Sequential(*layers[:-1])


def diagonal_gaussian(output: Tensor) -> Distribution:
    """N(μ, diag σ²) over (L,) from a network's output (..., 2L), unchecked: μ first, then log σ²."""
    mu, logvar = output.chunk(2, dim=-1)  # (..., L) each
    return Independent(Normal(mu, (logvar / 2).exp(), validate_args=False), 1)


class VAE(nn.Module):
    """A variational autoencoder with fully connected networks (Kingma and Welling 2013, arXiv 1312.6114).

    P(z) = N(0, I);  P(X|z) = Bernoulli(f(z)) or N(f(z), σ²I);  Q(z|X) = N(μ(X), diag Σ(X)).

    Args:
        latent_size: dimensions L of z.
        hidden_sizes: widths of the encoder's hidden layers; the decoder has them in reverse.
        likelihood: "bernoulli" for pixels that are 0 or 1, "gaussian" for real-valued ones.
        sigma: σ of the Gaussian likelihood in pixel units, or "learned"; None for Bernoulli.
        data_size: pixels D in an image.
        seed: fixes the initial weights.

    Raises:
        ValueError: for sizes that are not positive, an unknown likelihood, or a σ that does not fit it.
    """

    @takes(latent_size=whole(), hidden_sizes=sizes(0), data_size=whole(), seed=seed)
    def __init__(
        self,
        latent_size: int = 2,
        hidden_sizes: tuple[int, ...] = (400, 400),
        likelihood: str = "bernoulli",
        sigma: float | str | None = None,
        data_size: int = 784,
        seed: int = 0,
    ):
        super().__init__()
        if not isinstance(likelihood, str) or likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f'likelihood must be "bernoulli" or "gaussian", not {likelihood!r}')
        if likelihood == "bernoulli" and sigma is not None:
            raise ValueError("a Bernoulli likelihood has no sigma; leave it out or choose likelihood='gaussian'")
        if likelihood == "gaussian" and sigma != "learned":
            if not isinstance(sigma, (int, float)) or not is_number(sigma) or sigma <= 0:
                came = reprlib.repr(sigma)
                raise ValueError(f"a Gaussian likelihood needs sigma: a positive number or 'learned', not {came}")
        self.config = {
            "latent_size": latent_size, "hidden_sizes": list(hidden_sizes), "likelihood": likelihood,
            "sigma": sigma, "data_size": data_size,
        }  # fmt: skip
        self.latent_size, self.data_size, self.likelihood = latent_size, data_size, likelihood
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = mlp([data_size, *hidden_sizes, 2 * latent_size])
            self.decoder = mlp([latent_size, *reversed(hidden_sizes), data_size])
        if likelihood == "gaussian":
            log_sigma = torch.tensor(0.0 if sigma == "learned" else math.log(sigma))
            if sigma == "learned":
                self.log_sigma = nn.Parameter(log_sigma)
            else:
                self.register_buffer("log_sigma", log_sigma)

    @property
    def sigma(self) -> Tensor:
        """σ of the Gaussian likelihood, in pixel units."""
        return self.log_sigma.exp()

    @property
    def prior(self) -> Distribution:
        """P(z) = N(0, I) over (L,)."""
        zeros = next(self.parameters()).new_zeros(self.latent_size)
        return Independent(Normal(zeros, torch.ones_like(zeros)), 1)

    def check(self, x: Tensor) -> None:
        """Refuse images that `encode` cannot take, with a ValueError that says why."""
        low, high = (0.0, 1.0) if self.likelihood == "bernoulli" else (-math.inf, math.inf)
        check_images(x, self.data_size, next(self.parameters()).dtype, low, high)

    @takes(mean=floats("(D,)"))
    @torch.no_grad()
    def start_at(self, mean: Tensor) -> None:
        """Let the decoder begin at the mean picture: its last bias becomes what gives it where z adds nothing.

        Whoever does not look at z can do no better, and so it need not be learned. In an RBM the biases of the visible
        units begin there (Hinton 2010, A practical guide to training restricted Boltzmann machines, section 8).

        Args:
            mean: of the images to train on, (D,).
        Raises:
            ValueError: for a picture that `encode` cannot take.
        """
        self.check(mean[None])
        # A pixel without ink in every image seen may have some in the next one: no bias is infinite.
        self.decoder[-1].bias.copy_(mean.clamp(0.001, 0.999).logit() if self.likelihood == "bernoulli" else mean)

    def encode(self, x: Tensor) -> Distribution:
        """Q(z|X) = N(μ(X), diag Σ(X)).

        Args:
            x: images (B, D) in [0, 1] (any real pixels for a Gaussian likelihood). A model in float64 takes float32, too:
                nothing is lost.
        Returns:
            A distribution over (L,) with batch shape (B,).
        Raises:
            ValueError: for a wrong shape, NaN, or pixels out of range.
        """
        if isinstance(x, Tensor) and x.dtype == torch.float32 and next(self.parameters()).dtype == torch.float64:
            x = x.double()
        self.check(x)
        return diagonal_gaussian(self.encoder(x))

    def decode(self, z: Tensor) -> Distribution:
        """P(X|z): one distribution over D pixels for each z.

        Args:
            z: latents (..., L).
        Returns:
            A distribution over (D,) with batch shape (...). Its `.mean` is the picture usually shown.
        Raises:
            ValueError: if z does not end in L, or is not finite.
        """
        check_latents(z, self.latent_size, next(self.parameters()).dtype)
        f = self.decoder(z)  # (..., D)
        # Unvalidated, because grey pixels are a legal (if instructive) input to a Bernoulli log-density.
        if self.likelihood == "bernoulli":
            return Independent(Bernoulli(logits=f, validate_args=False), 1)
        return Independent(Normal(f, self.sigma, validate_args=False), 1)
