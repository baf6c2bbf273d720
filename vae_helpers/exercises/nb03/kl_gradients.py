"""The gradients of (7), by hand."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def kl_gradients(mu, logvar):
    """Derivatives of (7) by hand, without autograd.

    mu, logvar: (B, L); logvar from −20 to 10. Returns ∂D/∂mu and ∂D/∂logvar, a tuple of
    (B, L), (B, L), where D belongs to the row.
    """
    return mu, 0.5 * (logvar.exp() - 1)


def _by_the_chain_rule(mu, logvar):
    variance = torch.exp(logvar)
    by_variance = 0.5 - 0.5 / variance
    return mu.clone(), by_variance * variance


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
    alternatives=(_by_the_chain_rule,),
    oracle=_oracle,
    hints=(
        "One dimension contributes $\\tfrac12(e^v + \\mu^2 - 1 - v)$, with $v$ the `logvar`. Differentiate by $\\mu$, "
        "then by $v$.",
        "The derivative of $e^v$ is $e^v$, of $-v$ it is $-1$, of $\\mu^2$ it is $2\\mu$. Mind the $\\tfrac12$.",
        "$\\partial D/\\partial\\mu = \\mu$ and $\\partial D/\\partial v = \\tfrac12(e^v - 1)$.",
    ),
    then="Where both derivatives vanish, at μ = 0 and logvar = 0, Q is the prior: nothing but the reconstruction keeps it away.",
    again="the plot below the hints.",
    probes=(
        (torch.tensor([[2.0, 0.0], [-1.0, 3.0]]), torch.tensor([[math.log(3.0), 0.0], [math.log(0.5), 0.0]])),
        (gaussian(3, 4, seed=12), gaussian(3, 4, seed=13)),
        (gaussian(3, 4, seed=14), torch.linspace(-20, 10, 12).reshape(3, 4)),
    ),
    mistakes=(
        Mistake(
            "twice μ",
            "∂D/∂μ is μ, not 2μ: the ½ in front cancels the 2 of the square.",
            edit=(("return mu,", "return 2 * mu,"),),
        ),
        Mistake(
            "half of μ",
            "∂D/∂μ is μ, not μ/2: the square brings a 2, which cancels the ½ in front.",
            edit=(("return mu,", "return 0.5 * mu,"),),
        ),
        Mistake(
            "square not differentiated",
            "In ∂D/∂μ the square is still there: the derivative of ½μ² is μ.",
            edit=(("return mu,", "return 0.5 * mu**2,"),),
        ),
        Mistake(
            "half of e^v only",
            "In ∂D/∂logvar the ½ covers both terms: ½(e^v − 1). At v = 0, the prior's own variance, it must vanish.",
            edit=(("0.5 * (logvar.exp() - 1)", "0.5 * logvar.exp() - 1"),),
        ),
        Mistake(
            "no half",
            "The ½ is missing from ∂D/∂logvar.",
            edit=(("0.5 * (logvar.exp() - 1)", "logvar.exp() - 1"),),
        ),
        Mistake(
            "−1 forgotten",
            "∂D/∂logvar lacks the derivative of −v, which is −1: without it nothing pushes a narrow Q apart.",
            edit=(("(logvar.exp() - 1)", "logvar.exp()"),),
        ),
        Mistake(
            "plus one",
            "In ∂D/∂logvar the derivative of −v is −1, not +1. At v = 0 the whole must vanish.",
            edit=(("logvar.exp() - 1", "logvar.exp() + 1"),),
        ),
        Mistake(
            "derivative of e^v",
            "The derivative of e^v by v is e^v itself. You have v·e^v.",
            edit=(("(logvar.exp() - 1)", "(logvar * logvar.exp() - 1)"),),
        ),
        Mistake(
            "−v not differentiated",
            "In ∂D/∂logvar the term −v stands as it was. Its derivative is −1.",
            edit=(("(logvar.exp() - 1)", "(logvar.exp() - logvar)"),),
        ),
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
            "by the log of the standard deviation",
            "You differentiated by log σ, e^2v − 1 with v = log σ. The variable is logvar = log σ².",
            lambda mu, logvar: (mu, (2 * logvar).exp() - 1),
        ),
        Mistake(
            "signs",
            "Both signs are turned: this is the downhill direction. The derivative points uphill.",
            lambda mu, logvar: (-mu, -0.5 * (logvar.exp() - 1)),
        ),
        Mistake(
            "sign of the second",
            "∂D/∂mu is right. The sign of ∂D/∂logvar is turned: D grows when a wide Q gets wider.",
            lambda mu, logvar: (mu, -0.5 * (logvar.exp() - 1)),
        ),
        Mistake(
            "summed over the dimensions",
            "You added up the dimensions. Each entry of mu and logvar has a derivative of its own, so both parts keep the "
            "shape (B, L).",
            lambda mu, logvar: (mu.sum(1), 0.5 * (logvar.exp() - 1).sum(1)),
        ),
        Mistake(
            "mean over the batch",
            "You divided by B, as for a loss that is averaged over the batch. D here belongs to one row.",
            lambda mu, logvar: (mu / len(mu), 0.5 * (logvar.exp() - 1) / len(mu)),
        ),
        Mistake(
            "order",
            "The two derivatives are in the wrong order: first by mu, then by logvar.",
            lambda mu, logvar: (0.5 * (logvar.exp() - 1), mu),
        ),
        Mistake(
            "by the variance, in the logarithm alone",
            "You differentiate log σ² by σ². The second derivative is by logvar, and that of −logvar is −1.",
            lambda mu, logvar: (mu, 0.5 * (logvar.exp() - 1 / logvar.exp())),
        ),
    ),
)
