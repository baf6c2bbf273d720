"""The gap, measured on a grid."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def gap_on_grid(log_q, log_joint, cell):
    """The gap D[Q(z|X)‖P(z|X)] of one image, from values on a fine grid that covers both.

    log_q, log_joint: log Q(z|X) and log P(X, z) at the grid's points, (G,). cell: area that each point stands for.
    Returns (), in nats.
    """
    log_p_x = torch.logsumexp(log_joint, dim=0) + math.log(cell)
    log_posterior = log_joint - log_p_x
    return (log_q.exp() * (log_q - log_posterior)).sum() * cell


def _gap_case(mean, sd, log_p_x, seed_mean, seed_sd, half=6.0, points=61):
    z = torch.linspace(-half, half, points)
    normal = torch.distributions.Normal
    log_q = normal(mean, sd).log_prob(z)
    return log_q, normal(seed_mean, seed_sd).log_prob(z) + log_p_x, (z[1] - z[0]).item()


def _oracle(log_q, log_joint, cell):
    # Both densities are Gaussian here: read their moments off the grid, and use the closed form.
    index = torch.arange(len(log_q), dtype=torch.float64) * cell

    def moments(log_density):
        weight = torch.softmax(log_density.double(), dim=0)
        mean = (weight * index).sum()
        return mean, (weight * (index - mean) ** 2).sum()

    (m0, v0), (m1, v1) = moments(log_q), moments(log_joint)
    return (0.5 * (v0 / v1 + (m1 - m0) ** 2 / v1 - 1 + torch.log(v1 / v0))).float()


def _posterior(log_joint, cell):
    return log_joint - torch.logsumexp(log_joint, dim=0) - math.log(cell)


EXERCISE = Exercise(
    notebook="06",
    goal="Measure the error term of (5), the one quantity that training never sees.",
    reference=gap_on_grid,
    oracle=_oracle,
    tolerance=1e-3,
    hints=(
        "P(z|X) = P(X, z)/P(X), and P(X) is the integral of P(X, z) over z. On a grid an integral is a sum times the cell.",
        "log P(X) = logsumexp(log_joint) + log(cell): values near e⁻¹³⁰ would vanish outside the logarithm.",
        "D = Σ Q · (log Q − log P(z|X)) · cell, with log P(z|X) = log_joint − log P(X).",
    ),
    probes=(
        _gap_case(0.5, 1.0, -2.0, 0.0, 1.5, points=11),
        _gap_case(-1.0, 0.4, -3.0, -0.6, 0.6),
        _gap_case(0.5, 0.6, -400.0, 0.2, 0.9, points=121),
        _gap_case(0.1, 0.3, -2.0, 0.0, 0.35, points=121),
    ),
    mistakes=(
        Mistake(
            "joint for posterior",
            "You compare Q with P(X, z), which is not normalized: its integral is P(X). Your number is minus the bound; "
            "divide by P(X) first and the gap remains.",
            lambda log_q, log_joint, cell: (log_q.exp() * (log_q - log_joint)).sum() * cell,
        ),
        Mistake(
            "direction",
            "You computed D[P(z|X)‖Q]. In (5) the average is over Q.",
            lambda log_q, log_joint, cell: (
                (_posterior(log_joint, cell).exp() * (_posterior(log_joint, cell) - log_q)).sum() * cell
            ),
        ),
        Mistake(
            "no cell in the sum",
            "The posterior is right, but the last sum is not multiplied by the cell: on a grid an integral is a sum times "
            "the area of a cell.",
            lambda log_q, log_joint, cell: (log_q.exp() * (log_q - _posterior(log_joint, cell))).sum(),
        ),
        Mistake(
            "no cell in P(X)",
            "P(X) is an integral as well: log P(X) = logsumexp(log_joint) + log(cell). Without the cell your posterior "
            "sums to 1 over points, while Q integrates to 1 over area.",
            lambda log_q, log_joint, cell: (
                (log_q.exp() * (log_q - log_joint + torch.logsumexp(log_joint, dim=0))).sum() * cell
            ),
        ),
        Mistake(
            "mean over the grid",
            "You average over the grid. The weights Q(z)·cell add up to 1 already.",
            lambda log_q, log_joint, cell: (log_q.exp() * (log_q - _posterior(log_joint, cell))).mean(),
        ),
        Mistake(
            "unweighted",
            "You add up log Q − log P(z|X) over all points alike. The expectation weights each point by Q(z).",
            lambda log_q, log_joint, cell: (log_q - _posterior(log_joint, cell)).sum() * cell,
        ),
        Mistake(
            "sign",
            "The sign is turned: a divergence is E_Q[log Q − log P], never negative.",
            lambda log_q, log_joint, cell: -(log_q.exp() * (log_q - _posterior(log_joint, cell))).sum() * cell,
        ),
        Mistake(
            "underflow",
            "On the image with log P(X) = −400 your answer is not finite: exp(−400) is 0 in single precision. Use "
            "torch.logsumexp.",
            lambda log_q, log_joint, cell: (
                (log_q.exp() * (log_q - log_joint + (log_joint.exp().sum() * cell).log())).sum() * cell
            ),
        ),
        Mistake(
            "log of softmax",
            "Far from its peak the posterior is below 10⁻⁴⁵, which single precision rounds to 0, and log 0 spoils the sum. "
            "Stay in logarithms: log_joint − logsumexp(log_joint) − log(cell).",
            lambda log_q, log_joint, cell: (
                (log_q.exp() * (log_q - (torch.softmax(log_joint, 0) / cell).log())).sum() * cell
            ),
        ),
        Mistake(
            "no cell at all",
            "The cell is missing in both integrals, that of P(X) and that of the divergence.",
            lambda log_q, log_joint, cell: (log_q.exp() * (log_q - log_joint + torch.logsumexp(log_joint, 0))).sum(),
        ),
        Mistake(
            "divided by the cell",
            "log P(X) = logsumexp(log_joint) + log(cell): the cell multiplies; you divide by it.",
            lambda log_q, log_joint, cell: (
                (log_q.exp() * (log_q - log_joint + torch.logsumexp(log_joint, 0) - math.log(cell))).sum() * cell
            ),
        ),
        Mistake(
            "the bound",
            "This is the bound. The gap is log P(X) minus it.",
            lambda log_q, log_joint, cell: (log_q.exp() * (log_joint - log_q)).sum() * cell,
        ),
    ),
)
