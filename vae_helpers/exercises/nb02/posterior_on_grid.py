"""The posterior on a grid."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def posterior_on_grid(log_joint, spacing):
    """The posterior density P(z|X) on a regular grid, from log P(X|z) + log P(z).

    log_joint: in nats, (G,); from −1000 to 0 in one vector, or all near −1000. spacing:
    of the grid. Returns densities, (G,), whose sum times the spacing is 1.
    """
    weights = torch.exp(log_joint - log_joint.max())
    return weights / (weights.sum() * spacing)


def _by_softmax(log_joint, spacing):
    return torch.softmax(log_joint, dim=0) / spacing


def _by_log_sum_exp(log_joint, spacing):
    log_p_x = torch.logsumexp(log_joint, dim=0) + math.log(spacing)
    return torch.exp(log_joint - log_p_x)


def _oracle(log_joint, spacing):
    return (log_joint.double() - torch.logsumexp(log_joint.double(), 0)).exp().float() / spacing


def _page():
    """The joint of the page's curve at X = 1, on half of its grid's points."""
    z = torch.linspace(-6, 6, 1201, dtype=torch.float64)
    return -0.5 * ((1.0 - z - 1.2 * torch.sin(2 * z)) / 0.3) ** 2 - 0.5 * z**2 - 0.63, 0.01


EXERCISE = Exercise(
    notebook="02",
    goal="By Bayes' rule the z that may have made an X lie as $P(z|X) = P(X|z)\\,P(z)\\,/\\,P(X)$, the *posterior*. Turn "
    "$\\log P(X|z) + \\log P(z)$ on a grid into this density.",
    reference=posterior_on_grid,
    alternatives=(_by_softmax, _by_log_sum_exp),
    oracle=_oracle,
    hints=(
        "Bayes' rule: $P(z|X)$ is proportional to $P(X|z)\\,P(z)$. The factor in front makes the integral 1.",
        "On a grid the integral is the sum times the spacing. And $e^{-1000}$ is 0 in the computer: take the largest "
        "value out first.",
        "`weights = (log_joint - log_joint.max()).exp()`; then `weights / (weights.sum() * spacing)`.",
    ),
    then="The same step, the largest logarithm taken out first, stands behind torch.logsumexp.",
    again="the plot below the hints, and the one in 2.4.",
    probes=(
        (torch.tensor([0.0, math.log(2.0), 0.0]), 0.5),
        (gaussian(9, seed=6) * 2, 0.1),
        (gaussian(9, seed=7) - 1000, 0.25),
        (torch.cat([torch.linspace(-1000, -1, 5), torch.tensor([-2.0, 0.0, -3.0, -400.0])]), 0.2),
        _page(),
    ),
    mistakes=(
        Mistake(
            "probabilities, not densities",
            "Your values add up to 1: they are probabilities of grid cells. A density integrates to 1: divide by the "
            "spacing as well.",
            edit=(("(weights.sum() * spacing)", "weights.sum()"),),
        ),
        Mistake(
            "times spacing",
            "You multiply by the spacing; it belongs in the denominator. The sum times the spacing must be 1. (In "
            "a / b * c the c multiplies: write a / (b * c).)",
            edit=(("(weights.sum() * spacing)", "weights.sum() * spacing"),),
        ),
        Mistake(
            "underflow",
            "Right in theory, but exp(−1000) is 0, and 0/0 is NaN. Subtract the largest log_joint before the exponential; "
            "it cancels in the ratio.",
            edit=(("log_joint - log_joint.max()", "log_joint"),),
        ),
        Mistake(
            "underflow, no spacing",
            "Two things. exp(−1000) is 0, and 0/0 is NaN: subtract the largest log_joint before the exponential. And your "
            "values add up to 1, as probabilities of cells do: for a density divide by the spacing as well.",
            lambda log_joint, spacing: log_joint.exp() / log_joint.exp().sum(),
        ),
        Mistake(
            "small number in the denominator",
            "A small number in the denominator keeps 0/0 away and leaves 0: near −1000 all your densities are 0. Subtract "
            "the largest log_joint before the exponential.",
            lambda log_joint, spacing: log_joint.exp() / (log_joint.exp().sum() * spacing + 1e-8),
        ),
        Mistake(
            "divided by the maximum",
            "You divide log_joint by its largest value. The factor that cancels in the ratio is one of the densities; for "
            "their logarithms that is a difference: log_joint − log_joint.max().",
            edit=(("log_joint - log_joint.max()", "log_joint / log_joint.max()"),),
        ),
        Mistake(
            "divided by the length",
            "You divide by the root of the sum of squares. A density is divided by its integral: the sum times the spacing.",
            edit=(("weights.sum()", "weights.norm()"),),
        ),
        Mistake(
            "shift by the mean",
            "You take the mean of log_joint out before the exponential. Where one value stands 400 above the mean, its "
            "exponential is infinite. Take out the largest.",
            edit=((".max()", ".mean()"),),
        ),
        Mistake(
            "shift by the minimum",
            "You take the smallest log_joint out before the exponential. Then the largest overflows: exp(1000) is infinite. "
            "Take out the largest.",
            edit=((".max()", ".min()"),),
        ),
        Mistake(
            "trapezoid rule",
            "You integrate by the trapezoid rule, which counts the two end points half. Here the integral is the sum times "
            "the spacing.",
            edit=(("(weights.sum() * spacing)", "torch.trapezoid(weights, dx=spacing)"),),
        ),
        Mistake(
            "not normalized",
            "You scale the largest value to 1. The integral must be 1.",
            lambda log_joint, spacing: torch.exp(log_joint - log_joint.max()),
        ),
        Mistake(
            "divided by the mean",
            "You divide by the mean of the weights, so that the densities average 1. Their sum times the spacing must be 1: "
            "the number of grid points is not the spacing.",
            edit=(("(weights.sum() * spacing)", "weights.mean()"),),
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
        Mistake(
            "logarithm of the posterior's cells",
            "This is the logarithm of the probability of each grid cell. Wanted is the density: exponentiate, and divide by "
            "the spacing.",
            lambda log_joint, spacing: torch.log_softmax(log_joint, 0),
        ),
        Mistake(
            "logarithms divided",
            "You divide logarithms by their sum. Bayes' rule divides densities: exponentiate first (after taking out the "
            "largest), then divide.",
            lambda log_joint, spacing: log_joint / (log_joint.sum() * spacing),
        ),
        Mistake(
            "number of points for the spacing",
            "You divide by the sum times the number of points. The integral is the sum times the spacing.",
            edit=(("(weights.sum() * spacing)", "(weights.sum() * len(log_joint))"),),
        ),
        Mistake(
            "clamped",
            "You keep log_joint above some number near −80, so that no exponential is 0. Where all values lie below, they become equal. "
            "Subtract the largest instead.",
            lambda log_joint, spacing: torch.softmax(log_joint.clamp(min=-80), 0) / spacing,
        ),
    ),
)
