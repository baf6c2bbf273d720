"""The gradients of (7), by hand."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def kl_gradients(mu, logvar):
    """Derivatives of (7) by hand, without autograd.

    mu, logvar: (B, L). Returns ∂D/∂mu and ∂D/∂logvar, a tuple of (B, L), (B, L).
    """
    return mu, 0.5 * (logvar.exp() - 1)


def _oracle(mu, logvar):
    # Central differences of the closed form in double precision.
    h = 1e-5
    mu, logvar = mu.double(), logvar.double()

    def each(m, v):
        normal = torch.distributions.Normal
        return torch.distributions.kl_divergence(normal(m, v.exp().sqrt()), normal(0.0, 1.0))

    by_mu = (each(mu + h, logvar) - each(mu - h, logvar)) / (2 * h)
    by_logvar = (each(mu, logvar + h) - each(mu, logvar - h)) / (2 * h)
    return by_mu.float(), by_logvar.float()


EXERCISE = Exercise(
    notebook="03",
    goal="Differentiate (7) by hand and see what pulls where.",
    reference=kl_gradients,
    oracle=_oracle,
    hints=(
        "One dimension contributes ½(e^v + μ² − 1 − v), with v = logvar. Differentiate by μ, then by v.",
        "The derivative of e^v is e^v, of −v is −1, of μ² is 2μ. Mind the ½.",
        "∂D/∂μ = μ and ∂D/∂v = ½(e^v − 1).",
    ),
    probes=(
        (torch.tensor([[2.0]]), torch.tensor([[0.5]])),
        (gaussian(3, 4, seed=12), gaussian(3, 4, seed=13)),
    ),
    mistakes=(
        Mistake(
            "twice μ",
            "∂D/∂μ is μ, not 2μ: the ½ in front cancels the 2 of the square.",
            lambda mu, logvar: (2 * mu, 0.5 * (logvar.exp() - 1)),
        ),
        Mistake(
            "half of e^v only",
            "In ∂D/∂logvar the ½ covers both terms: ½(e^v − 1). At v = 0, the prior's own variance, it must vanish.",
            lambda mu, logvar: (mu, 0.5 * logvar.exp() - 1),
        ),
        Mistake("no half", "The ½ is missing from ∂D/∂logvar.", lambda mu, logvar: (mu, logvar.exp() - 1)),
        Mistake(
            "by the variance",
            "You differentiated by the variance σ², ½(1 − 1/σ²). The network gives logvar; by the chain rule that is a "
            "factor σ² more.",
            lambda mu, logvar: (mu, 0.5 * (1 - (-logvar).exp())),
        ),
        Mistake(
            "by the standard deviation",
            "You differentiated by the standard deviation σ, σ − 1/σ. The variable is logvar.",
            lambda mu, logvar: (mu, (logvar / 2).exp() - (-logvar / 2).exp()),
        ),
        Mistake(
            "signs",
            "Both signs are turned: this is the downhill direction. The derivative points uphill.",
            lambda mu, logvar: (-mu, -0.5 * (logvar.exp() - 1)),
        ),
        Mistake(
            "order",
            "The two derivatives are in the wrong order: first by mu, then by logvar.",
            lambda mu, logvar: (0.5 * (logvar.exp() - 1), mu),
        ),
    ),
)
