"""The challenge of notebook 01: log P(X) in 20 dimensions from 2000 values of P(X|z)."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb01.few_draws_mistakes import MISTAKES
from vae_helpers.exercises.nb01.hidden import SIZE, Hidden
from vae_helpers.exercises.numbers import gaussian


def few_draws(log_p_x_given_z, eps):
    """log P(X) within 0.2 nats, from at most 2000 values of P(X|z).

    log_p_x_given_z: function, z (N, 20) -> log P(X|z) in nats, (N,). Gradients pass
    through it. As a function of z it has one hill. Row 2001 of all calls is an error.
    eps: draws from N(0, I), (1000, 20): all the random numbers you get. P(z) = N(0, I).
    Returns log P(X), a tensor of shape (), without a gradient's history.
    """
    m, s = torch.zeros(1, 20), 0.5
    for _ in range(15):  # uphill, to the z that explains X best
        m = m.clone().requires_grad_()
        score = log_p_x_given_z(m).sum() - 0.5 * (m**2).sum()
        m = (m + 0.1 * torch.autograd.grad(score, m)[0]).detach()
    z = m + s * eps  # draws from Q(z) = N(m, s²I), around it
    log_prior = -0.5 * (z**2).sum(dim=1)  # the constants of P(z) and Q(z) cancel
    log_q = -0.5 * (eps**2).sum(dim=1) - 20 * math.log(s)
    log_weighted = log_p_x_given_z(z) + log_prior - log_q
    return torch.logsumexp(log_weighted, dim=0) - math.log(len(eps))


def _oracle(log_p_x_given_z, eps):
    return log_p_x_given_z.exact()


EXERCISE = Exercise(
    notebook="01",
    goal="*Challenge, optional.* Estimate $\\log P(X)$ in 20 dimensions from 2000 values of $P(X|z)$.",
    reference=few_draws,
    oracle=_oracle,
    nearly=0.02,
    hints=(
        "Half of the values may go into a search for the $z$ that explain X, say by section 1.4's climb. Then draw around "
        "what you found, not around 0.",
        "Draws from your own $Q(z)$ average to $\\int P(X|z)\\,Q(z)\\,dz$, which is not $P(X)$. By what must each draw be "
        "multiplied, so that $Q$ cancels?",
        "$P(X)=E_{z\\sim Q}\\big[P(X|z)\\,P(z)/Q(z)\\big]$. Take $Q=N(m,s^2I)$, with $m$ at the top of "
        "$\\log P(X|z)+\\log P(z)$, $z=m+s\\,\\epsilon$ and $s$ about ½; then log-mean-exp.",
    ),
    then="Draws near the z that explain X, each weighed by P(z)/Q(z), are also how notebook 05 estimates log P(X).",
    again="the cell below the hints.",
    probes=tuple((Hidden(seed), gaussian(1000, SIZE, seed=800 + seed)) for seed in range(4)),
    tolerance=0.006,  # of log P(X), which is near −30
    mistakes=MISTAKES,
)
