"""The gap, measured on a grid."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def gap_on_grid(log_q, log_joint, cell):
    """The gap D[Q(z|X)‖P(z|X)] of one image, from values on a fine grid over both.

    log_q: log Q(z|X) at the grid's points, (G,). log_joint: log P(X, z) there, (G,).
    cell: the area that each point stands for, a float. Returns (), in nats, also for
    an image whose log P(X) is −400.
    """
    log_p_x = torch.logsumexp(log_joint, dim=0) + math.log(cell)
    log_posterior = log_joint - log_p_x
    return (log_q.exp() * (log_q - log_posterior)).sum() * cell


def _gap_case(mean, sd, log_p_x, other_mean, other_sd, half=6.0, points=61):
    z = torch.linspace(-half, half, points)
    normal = torch.distributions.Normal
    log_q = normal(mean, sd).log_prob(z)
    return log_q, normal(other_mean, other_sd).log_prob(z) + log_p_x, (z[1] - z[0]).item()


def _oracle(log_q, log_joint, cell):
    # Equation (5): log P(X) minus the bound, each an ordinary sum in double precision, P(X) with its exponent aside.
    top = log_joint.max().item()
    q, joint = log_q.double().tolist(), log_joint.double().tolist()
    log_p_x = top + math.log(math.fsum(math.exp(value - top) for value in joint) * cell)
    bound = math.fsum(math.exp(a) * (b - a) for a, b in zip(q, joint, strict=True)) * cell
    return torch.tensor(log_p_x - bound)


def _posterior(log_joint, cell):
    return log_joint - torch.logsumexp(log_joint, dim=0) - math.log(cell)


EXERCISE = Exercise(
    notebook="06",
    goal="Measure the error term of (5), the one quantity that training never sees.",
    reference=gap_on_grid,
    oracle=_oracle,
    tolerance=1e-3,
    hints=(
        "$P(z|X) = P(X, z)/P(X)$, and $P(X)$ is the integral of $P(X, z)$ over z. On a grid an integral is a sum times "
        "the cell.",
        "$\\log P(X)$ = `logsumexp(log_joint) + log(cell)`: values near $e^{-130}$ would vanish outside the logarithm.",
        "$D = \\sum Q \\cdot (\\log Q - \\log P(z|X)) \\cdot \\text{cell}$, with `log_joint` $- \\log P(X)$ for "
        "$\\log P(z|X)$.",
    ),
    probes=(
        # by hand: Q's cells hold ¼, ½, ¼, the posterior's ¼, ¼, ½, and P(X) = ½; D = ½ log 2 − ¼ log 2
        (torch.tensor([0.5, 1.0, 0.5]).log(), torch.tensor([0.25, 0.25, 0.5]).log(), 0.5),
        _gap_case(-1.0, 0.4, -3.0, -0.6, 0.6),
        _gap_case(-2.5, 0.3, -130.0, 2.0, 0.5, points=121),
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
