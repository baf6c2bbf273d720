"""Equation (10), a draw that gradients pass through."""

import math

import torch

from vae_helpers.exercises.effects import gradients
from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian, uniform


def reparameterize(mu, logvar, eps):
    """A draw z ~ Q(z|X) made from noise that is given, as in equation (10).

    mu, logvar: mean and log σ² of Q(z|X), (B, L). eps: draws from N(0, I), (B, L).
    Returns z, (B, L). Judged besides: the gradients that reach mu and logvar.
    """
    return mu + (logvar / 2).exp() * eps


def _oracle(mu, logvar, eps):
    # The point at which N(μ, σ²) has the cumulative probability that N(0, 1) has at ε.
    normal = torch.distributions.Normal
    u = normal(0.0, 1.0).cdf(eps.double())
    return normal(mu.detach().double(), torch.exp(logvar.detach().double()) ** 0.5).icdf(u).float()


def _by_distribution(mu, logvar, eps):
    q = torch.distributions.Normal(mu, torch.sqrt(torch.exp(logvar)))
    return q.mean + q.stddev * eps


def _leaves(b, size, seed, low=-1.0, high=1.0):
    mu, logvar = gaussian(b, size, seed=seed), low + (high - low) * uniform(b, size, seed=seed + 1)
    return mu.requires_grad_(), logvar.requires_grad_(), gaussian(b, size, seed=seed + 2)


EXERCISE = Exercise(
    notebook="04",
    goal="Turn given noise into a draw from Q(z|X), through which gradients reach μ and σ.",
    reference=reparameterize,
    oracle=_oracle,
    then="The noise is an input now, and gradients pass from the decoder to the encoder.",
    again="the training of section 4.6.",
    effect=gradients,
    effect_name="the gradients by mu and by logvar",
    hints=(
        "If $\\epsilon$ has mean 0 and standard deviation 1, what are mean and standard deviation of $a + "
        "b\\,\\epsilon$?",
        "The encoder gives `logvar`, $\\log\\sigma^2$. You need $\\sigma$, not $\\sigma^2$: $\\sigma = "
        "e^{\\text{logvar}/2}$.",
        "$z = \\mu + \\sigma\\,\\epsilon$, with plain tensor operations and nothing that cuts the graph (no `detach`, "
        "no `.data`, no `no_grad`).",
    ),
    probes=(
        (  # σ = 2, 1 and 3
            torch.tensor([[1.0], [0.0], [-2.0]]).requires_grad_(),
            torch.tensor([[2 * math.log(2.0)], [0.0], [2 * math.log(3.0)]]).requires_grad_(),
            torch.tensor([[0.5], [-1.0], [2.0]]),
        ),
        _leaves(3, 2, 1),
        _leaves(2, 5, 4, low=-20.0, high=10.0),  # as an encoder may give them: nothing may be clamped or padded
    ),
    alternatives=(_by_distribution,),
    tolerance=1e-5,  # σ = e^−10 beside e^−10 + 1e-4
    mistakes=(
        Mistake(
            "variance as scale",
            "You scale the noise by the variance exp(logvar). The scale is the standard deviation, exp(logvar/2): with "
            "σ² = 4 the draws should spread by 2, not by 4.",
            lambda mu, logvar, eps: mu + logvar.exp() * eps,
        ),
        Mistake(
            "no gradient",
            "The values are right, and no gradient reaches mu or logvar: something cuts the graph (detach, .data, no_grad, "
            "or a tensor made anew from numbers). This is equation (9) again, not (10).",
            lambda mu, logvar, eps: (mu + (logvar / 2).exp() * eps).detach(),
        ),
        Mistake(
            "no gradient to logvar",
            "The values are right, but only mu receives a gradient. The scale was detached, so σ would never be trained "
            "by the reconstruction.",
            lambda mu, logvar, eps: mu + (logvar / 2).exp().detach() * eps,
        ),
        Mistake(
            "no gradient to mu",
            "The values are right, but only logvar receives a gradient. mu was detached on the way.",
            lambda mu, logvar, eps: mu.detach() + (logvar / 2).exp() * eps,
        ),
        Mistake(
            "log-variance as scale",
            "You multiply by logvar itself. It is a logarithm, negative for σ < 1; exponentiate: exp(logvar/2).",
            lambda mu, logvar, eps: mu + logvar * eps,
        ),
        Mistake(
            "half log-variance as scale",
            "You multiply by logvar/2, which is log σ. The exponential is missing: σ = exp(logvar/2).",
            lambda mu, logvar, eps: mu + logvar / 2 * eps,
        ),
        Mistake(
            "one ε for the batch",
            "Every row uses the first row of eps. Each image needs noise of its own, or all errors in a batch point the "
            "same way and averaging over it does not help.",
            lambda mu, logvar, eps: mu + (logvar / 2).exp() * eps[:1],
        ),
        Mistake(
            "no mean",
            "The mean mu is missing: these are draws from N(0, σ²).",
            lambda mu, logvar, eps: (logvar / 2).exp() * eps,
        ),
        Mistake(
            "scale also on the mean",
            "You scale mu as well. Only the noise is scaled: μ + σ·ε, not σ·(μ + ε).",
            lambda mu, logvar, eps: (logvar / 2).exp() * (mu + eps),
        ),
        Mistake(
            "clamped",
            "For log-variances below −10 or above 10 the scale is not exp(logvar/2): it looks clamped there. Clamping "
            "also cuts the gradient; an encoder may well ask for σ = e⁻¹⁰.",
            lambda mu, logvar, eps: mu + (logvar.clamp(-10, 10) / 2).exp() * eps,
        ),
        Mistake(
            "padded",
            "Something like 1e-8 is added to the variance. With logvar = −20 the variance itself is 2·10⁻⁹; exp(logvar/2) "
            "needs no guard.",
            lambda mu, logvar, eps: mu + (logvar.exp() + 1e-8).sqrt() * eps,
        ),
        Mistake(
            "mu as logarithm",
            "You exponentiate mu. Only the variance comes as a logarithm; the mean comes as it is.",
            lambda mu, logvar, eps: mu.exp() + (logvar / 2).exp() * eps,
        ),
        Mistake(
            "roles of mu and eps",
            "mu and eps have changed places: the noise is scaled, the mean is added.",
            lambda mu, logvar, eps: eps + (logvar / 2).exp() * mu,
        ),
        Mistake("no noise", "eps does not appear: this is always the mean.", lambda mu, logvar, eps: mu + 0 * logvar),
        Mistake(
            "no scale",
            "σ does not appear: the noise is added as it is, as if σ were 1.",
            lambda mu, logvar, eps: mu + eps + 0 * logvar,
        ),
        Mistake(
            "root of the logarithm",
            "You take the root of logvar, which is a logarithm and may be negative. Exponentiate first, then take the root.",
            lambda mu, logvar, eps: mu + logvar.sqrt() * eps,
        ),
        Mistake(
            "halved outside",
            "You halve the variance. The ½ belongs inside the exponential, exp(logvar/2), where it takes the root.",
            lambda mu, logvar, eps: mu + logvar.exp() / 2 * eps,
        ),
        Mistake(
            "μ and σ exchanged",
            "μ and σ have changed places: σ multiplies ε, and μ is added.",
            lambda mu, logvar, eps: mu * eps + (logvar / 2).exp(),
        ),
    ),
)
