"""The bound of one image, from what encoder and decoder give."""

import math

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb04.bound_per_image_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian


def bound_per_image(x, logits, mu, logvar):
    """The bound of each image for one z: log P(X|z) − D[Q(z|X)‖P(z)], with a Bernoulli P(X|z), in nats.

    x: pixels in [0, 1], (B, D). logits: what the decoder makes of z, (B, D). mu, logvar: of Q(z|X), (B, L). Returns (B,).
    """
    log_p_x_given_z = (x * logits - torch.nn.functional.softplus(logits)).sum(dim=1)
    kl = 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)
    return log_p_x_given_z - kl


def _oracle(x, logits, mu, logvar):
    x, logits, mu, logvar = (value.detach() for value in (x, logits, mu, logvar))
    bernoulli = torch.distributions.Bernoulli(logits=logits.double(), validate_args=False)
    normal = torch.distributions.Normal
    kl = torch.distributions.kl_divergence(normal(mu.double(), (logvar.double() / 2).exp()), normal(0.0, 1.0))
    return (bernoulli.log_prob(x.double()).sum(dim=1) - kl.sum(dim=1)).float()


def _images(b, d, size, seed, scale=1.0):
    x = torch.rand(b, d, generator=torch.Generator().manual_seed(seed))  # gray, as those that the page trains on
    logits, mu, logvar = (gaussian(b, n, seed=seed + i) for i, n in ((1, d), (2, size), (3, size)))
    return x, (scale * logits).requires_grad_(), mu.requires_grad_(), logvar.requires_grad_()


EXERCISE = Exercise(
    notebook="04",
    goal="Put both terms of the bound together, per image, in nats, without rounding errors for confident decoders.",
    reference=bound_per_image,
    oracle=_oracle,
    effect=gradients,
    effect_name="the gradients by logits, mu and logvar",
    hints=(
        "Two terms, each a sum: log P(X|z) over the D pixels, and D[Q‖P] over the L latents. Nothing is averaged yet.",
        "A pixel with ink probability p contributes x log p + (1 − x) log(1 − p). With p = sigmoid(f) that is "
        "x·f − softplus(f), which stays finite where log(sigmoid(f)) does not.",
        "(x·logits − softplus(logits)).sum(dim=1) − ½(exp(logvar) + mu² − 1 − logvar).sum(dim=1)",
    ),
    probes=(
        (
            torch.tensor([[1.0, 0.25]]),
            torch.tensor([[0.5, -1.0]]).requires_grad_(),
            torch.tensor([[2.0]]).requires_grad_(),
            torch.tensor([[math.log(2.0)]]).requires_grad_(),
        ),
        _images(3, 6, 2, 21),
        _images(2, 5, 3, 31, scale=90.0),
    ),
    mistakes=MISTAKES,
)
