"""Discrete latents (notebook 08, section 8.5): a VQ-VAE, and two gradients of an expected loss under a categorical Q.

Van den Oord, Vinyals and Kavukcuoglu 2017, *Neural Discrete Representation Learning*, arXiv 1711.00937; Jang, Gu and Poole 2016,
*Categorical Reparameterization with Gumbel-Softmax*, arXiv 1611.01144; Maddison, Mnih and Teh 2016, arXiv 1611.00712.
"""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Distribution, Independent

from vae_helpers.models import mlp


class VQVAE(nn.Module):
    """An autoencoder whose code is M places, each holding one of K vectors of a codebook that all places share.

    Args:
        places: M, the vectors that make the code of an image.
        codes: K, the entries of the codebook.
        size: numbers in each vector.
        hidden: width of the networks' hidden layer.
        data_size: pixels in an image.
        seed: fixes the initial weights.
    """

    def __init__(self, places: int, codes: int, size: int, hidden: int, data_size: int = 784, seed: int = 0):
        super().__init__()
        self.config = {"places": places, "codes": codes, "size": size, "hidden": hidden, "data_size": data_size}
        self.places, self.codes, self.size = places, codes, size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = mlp([data_size, hidden, places * size])
            self.decoder = mlp([places * size, hidden, data_size])
            self.codebook = nn.Parameter(torch.randn(codes, size))

    def before(self, x: Tensor) -> Tensor:
        """What the encoder puts out before it is rounded to codes: (B, M, size) for images (B, D)."""
        return self.encoder(x).unflatten(-1, (self.places, self.size))

    def nearest(self, h: Tensor) -> Tensor:
        """The number of the nearest code, 0 to K − 1: (B, M) for h (B, M, size)."""
        return torch.cdist(h.flatten(0, 1), self.codebook).argmin(dim=1).unflatten(0, h.shape[:2])

    def decode(self, vectors: Tensor) -> Distribution:
        """P(X|codes) for the vectors (..., M, size) of the codes."""
        logits = self.decoder(vectors.flatten(-2))
        return Independent(Bernoulli(logits=logits, validate_args=False), 1)

    def encode(self, x: Tensor) -> Tensor:
        """The code of images (B, D): numbers (B, M)."""
        return self.nearest(self.before(x))


def loss(model: VQVAE, x: Tensor, commitment: float = 0.25) -> tuple[Tensor, Tensor]:
    """The VQ-VAE's loss for each image, (B,), and the codes used, (B, M): equation (3) of van den Oord et al. 2017.

    −log P(X|e) with the straight-through gradient, plus |sg(h) − e|², which draws codes to encoder outputs, plus
    β|h − sg(e)|², which keeps encoder outputs at their codes; sg stops the gradient.
    """
    h = model.before(x)
    k = model.nearest(h.detach())
    e = model.codebook[k]
    straight = h + (e - h).detach()
    pull = (h.detach() - e).square().sum(dim=(1, 2)) + commitment * (h - e.detach()).square().sum(dim=(1, 2))
    return pull - model.decode(straight).log_prob(x), k


@torch.no_grad()
def revive(model: VQVAE, x: Tensor, k: Tensor, generator: torch.Generator | None = None) -> int:
    """Move each code that no image of the batch used onto an encoder output drawn at random (Dhariwal et al. 2020).

    Args:
        x: images (B, D). k: the codes that they used, (B, M).
    Returns:
        How many codes were moved.
    """
    dead = (torch.bincount(k.flatten(), minlength=model.codes) == 0).nonzero()[:, 0]
    outputs = model.before(x).flatten(0, 1)
    model.codebook[dead] = outputs[torch.randint(len(outputs), (len(dead),), generator=generator)]
    return len(dead)


def perplexity(k: Tensor, codes: int) -> float:
    """exp of the entropy of code use: K if all K codes are used alike, 1 if one alone is. k: numbers of any shape."""
    share = torch.bincount(k.flatten(), minlength=codes).double() / k.numel()
    return torch.special.entr(share).sum().exp().item()


def train(model: VQVAE, images: Tensor, steps: int, reviving: int = 0, batch: int = 100, rate: float = 2e-3) -> None:
    """Adam and a one-cycle rate; pixels are drawn black or white anew for every batch.

    With reviving = n, codes unused by a batch are moved in every nth step of the first half of training.
    """
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for step in range(steps):
        rows = torch.randint(len(images), (batch,), generator=generator)
        x = torch.bernoulli(images[rows], generator=generator)
        value, k = loss(model, x)
        optimizer.zero_grad()
        value.mean().backward()
        optimizer.step()
        schedule.step()
        if reviving and step % reviving == 0 and 2 * step < steps:
            revive(model, x, k, generator)


def code_lengths(seen: Tensor, k: Tensor, codes: int) -> dict[str, Tensor]:
    """−log P(code) in nats of codes k (B, M) under three priors: every code alike; frequencies at each place; and those
    given the code one place before. The frequencies are counted in `seen` (N, M), with one added to every count."""
    places = seen.shape[1]
    single = torch.stack([torch.bincount(seen[:, m], minlength=codes) + 1.0 for m in range(places)])
    single = single / single.sum(dim=1, keepdim=True)
    by_place = -single[torch.arange(places), k].log()  # (B, M)
    chain = by_place[:, :1]
    for m in range(1, places):
        pairs = (
            torch.bincount(seen[:, m - 1] * codes + seen[:, m], minlength=codes**2).reshape(codes, codes) + single[m]
        )
        pairs = pairs / pairs.sum(dim=1, keepdim=True)
        chain = torch.cat([chain, -pairs[k[:, m - 1], k[:, m], None].log()], dim=1)
    uniform = torch.full((len(k),), places * math.log(codes))
    return {
        "all codes alike": uniform,
        "frequency at each place": by_place.sum(1),
        "given the place before": chain.sum(1),
    }


def gumbel_gradients(logits: Tensor, values: Tensor, slope, temperature: float, draws: int, generator) -> Tensor:
    """Draws of the Gumbel-softmax estimate of the gradient of E[ℓ(z)] by the logits of a categorical Q.

    z = Σₖ yₖ vₖ with y = softmax((logits + Gumbel noise)/τ); the gradient runs along the path from noise to ℓ(z).

    Args:
        logits, values: of the K states, (K,) each. slope: ℓ′(z). temperature: τ > 0. draws: how many.
    Returns:
        (draws, K).
    """
    uniform = torch.rand(draws, len(logits), generator=generator, dtype=torch.float64)
    y = ((logits - (-uniform.log()).log()) / temperature).softmax(dim=1)
    z = y @ values
    by_logit = y * (values - z[:, None]) / temperature  # ∂z/∂logits, (draws, K)
    return slope(z)[:, None] * by_logit


def score_gradients(
    logits: Tensor, losses: Tensor, draws: int, generator: torch.Generator, latents: int = 1, baseline: float = 0.0
) -> Tensor:
    """Draws of the score-function estimate of the same gradient: (ℓ − baseline)·∇ log Q(z), (draws, K).

    Args:
        losses: of the K states.
        latents: how many independent z, all alike, add their losses to ℓ; the gradient is by the logits of the first.
        baseline: a number that is subtracted from every ℓ.
    """
    q = logits.softmax(dim=0)
    k = torch.multinomial(q, draws * latents, replacement=True, generator=generator).reshape(draws, latents)
    total = losses[k].sum(dim=1, keepdim=True) - baseline
    return total * (nn.functional.one_hot(k[:, 0], len(q)) - q)
