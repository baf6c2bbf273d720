"""The bound of one image, from what encoder and decoder give."""

import math

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb04.bound_per_image_mistakes import MISTAKES
from vae_helpers.exercises.numbers import gaussian, uniform


def bound_per_image(x, logits, mu, logvar):
    """The bound (9) of each image for one z, in nats, with a Bernoulli P(X|z).

    x: pixels in [0, 1], (B, pixels). logits: what the decoder makes of z, (B, pixels),
    up to some hundreds. mu, logvar: mean and log σ² of Q(z|X), (B, L).
    Returns (B,). Judged besides: the gradients by logits, mu and logvar.
    """
    log_p_x_given_z = x * logits - torch.nn.functional.softplus(logits)  # (B, pixels)
    kl = 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)
    return log_p_x_given_z.sum(dim=1) - kl


def _oracle(x, logits, mu, logvar):
    x, logits, mu, logvar = (value.detach() for value in (x, logits, mu, logvar))
    bernoulli = torch.distributions.Bernoulli(logits=logits.double(), validate_args=False)
    normal = torch.distributions.Normal
    kl = torch.distributions.kl_divergence(normal(mu.double(), (logvar.double() / 2).exp()), normal(0.0, 1.0))
    return (bernoulli.log_prob(x.double()).sum(dim=1) - kl.sum(dim=1)).float()


def _by_cross_entropy(x, logits, mu, logvar):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    return -loss + 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(dim=1)


def _by_distributions(x, logits, mu, logvar):
    log_p_x_given_z = torch.distributions.Bernoulli(logits=logits, validate_args=False).log_prob(x)
    q, prior = torch.distributions.Normal(mu, (logvar / 2).exp()), torch.distributions.Normal(0.0, 1.0)
    return log_p_x_given_z.sum(dim=1) - torch.distributions.kl_divergence(q, prior).sum(dim=1)


def _images(b, d, size, seed, scale=1.0, widest=1.0):
    x = uniform(b, d, seed=seed)  # gray, as those that the page trains on
    logits, mu = scale * gaussian(b, d, seed=seed + 1), gaussian(b, size, seed=seed + 2)
    logvar = widest * (-2 + 3 * uniform(b, size, seed=seed + 3))
    return x, logits.requires_grad_(), mu.requires_grad_(), logvar.requires_grad_()


EXERCISE = Exercise(
    notebook="04",
    goal="Put both terms of the bound together, per image, in nats, without rounding errors for confident decoders.",
    reference=bound_per_image,
    oracle=_oracle,
    then="Both terms are sums, in nats, so that no weight stands between them which nobody chose.",
    again="the VAE of zeros, below, and the training of section 4.6.",
    effect=gradients,
    effect_name="the gradients by logits, mu and logvar",
    hints=(
        "Two terms, each a sum: $\\log P(X|z)$ over the pixels, and $D[Q\\|P(z)]$ over the latents. Nothing is "
        "averaged yet.",
        "A pixel with ink probability $p$ contributes $x\\log p + (1 - x)\\log(1 - p)$. With $p = \\text{sigmoid}(f)$ "
        "that is $x f - \\text{softplus}(f)$, which stays finite where `log(sigmoid(f))` does not.",
        "The sum over pixels of `x * logits - softplus(logits)`, minus half the sum over latents of `logvar.exp() + "
        "mu**2 - 1 - logvar`.",
    ),
    probes=(
        (  # probabilities ¾ and ¼, no logit of 0, where max(logit, 0) has a kink; σ² = 1, 2 and 1
            torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.5]]),
            (math.log(3.0) * torch.tensor([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]])).requires_grad_(),
            torch.tensor([[2.0], [0.0], [1.0]]).requires_grad_(),
            torch.tensor([[0.0], [math.log(2.0)], [0.0]]).requires_grad_(),
        ),
        _images(3, 6, 2, 21),
        _images(2, 5, 3, 31, scale=90.0),
        _images(2, 5, 3, 41, scale=300.0, widest=10.0),  # log-variances from −20 to 10
    ),
    alternatives=(_by_cross_entropy, _by_distributions),
    mistakes=MISTAKES,
)
