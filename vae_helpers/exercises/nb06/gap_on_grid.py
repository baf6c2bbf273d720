"""The gap, measured on a grid."""

import math

import torch

from vae_helpers.exercises.engine import Exercise
from vae_helpers.exercises.nb06.gap_on_grid_mistakes import MISTAKES


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


def _normalized(log_q, log_joint, cell):
    posterior = torch.log_softmax(log_joint, dim=0) - math.log(cell)
    return torch.sum(torch.exp(log_q) * (log_q - posterior)) * cell


def _bound_apart(log_q, log_joint, cell):
    q = log_q.exp()
    bound = (q * log_joint).sum() * cell - (q * log_q).sum() * cell
    return torch.logsumexp(log_joint, 0) + math.log(cell) - bound


EXERCISE = Exercise(
    notebook="06",
    goal="Measure the error term of (5), which no training curve shows.",
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
    then="This is log P(X) minus the bound. It takes P(X) itself, here from a grid.",
    again="the pictures of section 6.1.",
    probes=(
        # by hand: Q's cells hold ¼, ½, ¼, the posterior's ¼, ¼, ½, and P(X) = ½; D = ½ log 2 − ¼ log 2
        (torch.tensor([0.5, 1.0, 0.5]).log(), torch.tensor([0.25, 0.25, 0.5]).log(), 0.5),
        _gap_case(-1.0, 0.4, -3.0, -0.6, 0.6),
        _gap_case(-2.5, 0.3, -130.0, 2.0, 0.5, points=121),
        _gap_case(0.5, 0.6, -400.0, 0.2, 0.9, points=121),
        _gap_case(0.1, 0.3, -2.0, 0.0, 0.35, points=121),
    ),
    alternatives=(_normalized, _bound_apart),
    mistakes=MISTAKES,
)
