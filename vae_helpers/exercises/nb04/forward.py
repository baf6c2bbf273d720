"""A VAE's forward pass: encoder, draw, decoder, bound."""

import math

import torch
from torch import nn

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb04.bound_per_image import EXERCISE as BOUND
from vae_helpers.exercises.nb04.bound_per_image import bound_per_image
from vae_helpers.exercises.nb04.forward_mistakes import MISTAKES
from vae_helpers.exercises.nb04.reparameterize import reparameterize
from vae_helpers.exercises.numbers import gaussian, uniform


def forward(self, x, eps):
    """Minus the bound of each image for one z: the loss that training lowers.

    self.encoder maps (B, pixels) to (B, 2L): means first, then log-variances.
    self.decoder maps (B, L) to logits (B, pixels).
    x: images, (B, pixels). eps: noise, (B, L). Returns (B,), in nats.
    Judged besides: the gradients that reach the weights of both networks.
    """
    mu, logvar = self.encoder(x).chunk(2, dim=1)  # (B, L) each
    z = reparameterize(mu, logvar, eps)
    return -bound_per_image(x, self.decoder(z), mu, logvar)


class _Small(nn.Module):
    """Two linear networks with weights that are given."""

    keeps_nothing = True

    def __init__(self, into, back):
        super().__init__()
        self.encoder, self.decoder = (nn.Linear(w.shape[1], w.shape[0], bias=False) for w in (into, back))
        self.encoder.weight.data, self.decoder.weight.data = into, back

    def __repr__(self):
        into, back = self.encoder.weight.tolist(), self.decoder.weight.tolist()
        return f"a VAE with the encoder x ↦ x·{into}ᵀ and the decoder z ↦ z·{back}ᵀ"


def _gradients(value, arguments):
    """Of a weighted sum of the losses, by all weights; zeros where none arrives."""
    weights = list(arguments[0].parameters())
    if not value.requires_grad:
        return tuple(torch.zeros_like(w) for w in weights)
    total = (torch.arange(1.0, value.numel() + 1).reshape(value.shape) * value).sum()
    found = torch.autograd.grad(total, weights, allow_unused=True)
    return tuple(torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True))


def _oracle(self, x, eps):
    into, back = (network.weight.detach() for network in (self.encoder, self.decoder))
    mu, logvar = (x @ half.T for half in (into[: len(into) // 2], into[len(into) // 2 :]))
    normal = torch.distributions.Normal(mu, (logvar / 2).exp())
    z = normal.icdf(torch.distributions.Normal(0.0, 1.0).cdf(eps))  # the quantile of Q at that of ε
    return -BOUND.oracle(x, z @ back.T, mu, logvar)


def _model(pixels, size, seed):
    return _Small(0.7 * gaussian(2 * size, pixels, seed=seed), gaussian(pixels, size, seed=seed + 1))


def _probe(b, pixels, size, seed):
    return _model(pixels, size, seed), uniform(b, pixels, seed=seed + 2), gaussian(b, size, seed=seed + 3)


def _in_full(self, x, eps):
    size = eps.shape[1]
    code = self.encoder(x)
    mu, logvar = code[:, :size], code[:, size:]
    logits = self.decoder(mu + torch.exp(0.5 * logvar) * eps)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    return loss + 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)


EXERCISE = Exercise(
    notebook="04",
    goal="Put encoder, draw, decoder and bound together: the loss of equation (10), image by image.",
    reference=forward,
    oracle=_oracle,
    then="That is the whole VAE; everything else in this notebook trains it or measures it.",
    again="the class MyVAE with its two checks, and the training of section 4.6.",
    effect=_gradients,
    effect_name="the gradients by the weights of encoder and decoder",
    hints=(
        "Follow the picture in section 4.3 on its right, from X upward. `reparameterize`, `bound_per_image` stand ready.",
        "The encoder's answer is one tensor (B, 2L). `chunk(2, dim=1)` cuts it into its two halves.",
        "`mu, logvar`, the halves; `z` from `reparameterize`; `logits` from the decoder; minus `bound_per_image` of all.",
    ),
    probes=(
        (  # μ = x and σ² = 2^x, one pixel, one latent
            _Small(torch.tensor([[1.0], [math.log(2.0)]]), torch.tensor([[1.0]])),
            torch.tensor([[0.0], [1.0]]),
            torch.tensor([[1.0], [-1.0]]),
        ),
        _probe(3, 4, 2, 51),
        _probe(5, 6, 3, 61),
    ),
    alternatives=(_in_full,),
    mistakes=MISTAKES,
)
