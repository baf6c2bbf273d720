"""The posterior on a grid."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def posterior_on_grid(log_joint, spacing):
    """The posterior density P(z|X) on a regular grid, from log P(X|z) + log P(z).

    log_joint: in nats, (G,), possibly near −1000. spacing: of the grid. Returns densities, (G,), whose sum times
    the spacing is 1.
    """
    weights = torch.exp(log_joint - log_joint.max())
    return weights / (weights.sum() * spacing)


def _oracle(log_joint, spacing):
    return (log_joint.double() - torch.logsumexp(log_joint.double(), 0)).exp().float() / spacing


EXERCISE = Exercise(
    notebook="02",
    goal="Turn log P(X|z) + log P(z) on a grid into the posterior density P(z|X).",
    reference=posterior_on_grid,
    oracle=_oracle,
    hints=(
        "Bayes' rule: P(z|X) is proportional to P(X|z) P(z). The factor in front makes the integral 1.",
        "On a grid the integral is the sum times the spacing. And exp(−1000) is 0: take the largest value out first.",
        "weights = exp(log_joint − log_joint.max()); return weights / (weights.sum() · spacing).",
    ),
    probes=(
        (torch.tensor([-1.0, 0.0, -1.0]), 0.5),
        (gaussian(9, seed=6) * 2, 0.1),
        (gaussian(9, seed=7) - 1000, 0.25),
    ),
    mistakes=(
        Mistake(
            "probabilities, not densities",
            "Your values add up to 1: they are probabilities of grid cells. A density integrates to 1: divide by the "
            "spacing as well.",
            lambda log_joint, spacing: torch.softmax(log_joint, 0),
        ),
        Mistake(
            "times spacing",
            "You multiply by the spacing; it belongs in the denominator. The sum times the spacing must be 1.",
            lambda log_joint, spacing: torch.softmax(log_joint, 0) * spacing,
        ),
        Mistake(
            "underflow",
            "Right in theory, but exp(−1000) is 0, and 0/0 is NaN. Subtract the largest log_joint before the exponential; "
            "it cancels in the ratio.",
            lambda log_joint, spacing: log_joint.exp() / (log_joint.exp().sum() * spacing),
        ),
        Mistake(
            "trapezoid rule",
            "You integrate by the trapezoid rule, which counts the two end points half. Here the integral is the sum times "
            "the spacing.",
            lambda log_joint, spacing: (
                torch.exp(log_joint - log_joint.max())
                / torch.trapezoid(torch.exp(log_joint - log_joint.max()), dx=spacing)
            ),
        ),
        Mistake(
            "not normalized",
            "You scale the largest value to 1. The integral must be 1.",
            lambda log_joint, spacing: torch.exp(log_joint - log_joint.max()),
        ),
        Mistake(
            "joint, not posterior",
            "This is the joint density P(X|z) P(z). Divide by P(X), its integral over z.",
            lambda log_joint, spacing: log_joint.exp(),
        ),
        Mistake(
            "logarithm returned",
            "This is log P(z|X). The density itself is wanted.",
            lambda log_joint, spacing: log_joint - torch.logsumexp(log_joint, 0) - math.log(spacing),
        ),
    ),
)
