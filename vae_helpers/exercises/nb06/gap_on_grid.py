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


def _normalized(log_q, log_joint, cell):
    posterior = torch.log_softmax(log_joint, dim=0) - math.log(cell)
    return torch.sum(torch.exp(log_q) * (log_q - posterior)) * cell


def _bound_apart(log_q, log_joint, cell):
    q = log_q.exp()
    bound = (q * log_joint).sum() * cell - (q * log_q).sum() * cell
    return torch.logsumexp(log_joint, 0) + math.log(cell) - bound


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
    then="This is log P(X) minus the bound, which no training curve shows: it takes P(X) itself, here from a grid.",
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
    mistakes=(
        Mistake(
            "joint for posterior",
            "You compare Q with P(X, z), which is not normalized: its integral is P(X). Your number is minus the "
            "bound; divide by P(X) first and the gap remains.",
            edit=(("log_joint - log_p_x", "log_joint"),),
        ),
        Mistake(
            "direction",
            "You computed D[P(z|X)‖Q]. In (5) the average is over Q.",
            edit=(("log_q.exp() * (log_q - log_posterior)", "log_posterior.exp() * (log_posterior - log_q)"),),
        ),
        Mistake(
            "no cell in the sum",
            "The posterior is right, but the last sum is not multiplied by the cell: on a grid an integral is a sum "
            "times the area of a cell.",
            edit=((").sum() * cell", ").sum()"),),
        ),
        Mistake(
            "no cell in P(X)",
            "P(X) is an integral as well: log P(X) = logsumexp(log_joint) + log(cell). Without the cell your "
            "posterior sums to 1 over points, while Q integrates to 1 over area.",
            edit=((" + math.log(cell)", ""),),
        ),
        Mistake(
            "mean over the grid",
            "You average over the grid. The weights Q(z)·cell add up to 1 already.",
            edit=((").sum() * cell", ").mean()"),),
        ),
        Mistake(
            "mean times the cell",
            "You average over the grid and multiply by the cell as well. The integral is the sum times the cell.",
            edit=((").sum() * cell", ").mean() * cell"),),
        ),
        Mistake(
            "unweighted",
            "You add up log Q − log P(z|X) over all points alike. The expectation weights each point by Q(z).",
            edit=(("log_q.exp() * (log_q", "(log_q"),),
        ),
        Mistake(
            "weighted by the logarithm",
            "You weight each point by log Q(z). The weight is Q(z), log_q.exp().",
            edit=(("log_q.exp() * (log_q", "log_q * (log_q"),),
        ),
        Mistake(
            "sign",
            "The sign is turned: a divergence is E_Q[log Q − log P], never negative.",
            edit=(("log_q - log_posterior)", "log_posterior - log_q)"),),
        ),
        Mistake(
            "underflow",
            "On the image with log P(X) = −400 your answer is not finite: exp(−400) is 0 in single precision. Use "
            "torch.logsumexp.",
            edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "(log_joint.exp().sum() * cell).log()"),),
        ),
        Mistake(
            "log of softmax",
            "Far from its peak the posterior is below 10⁻⁴⁵, which single precision rounds to 0, and log 0 spoils "
            "the sum. Stay in logarithms: log_joint − logsumexp(log_joint) − log(cell).",
            edit=(("log_joint - log_p_x", "(torch.softmax(log_joint, 0) / cell).log()"),),
        ),
        Mistake(
            "log of softmax, no cell",
            "Two things: the posterior, without a cell, sums to 1 over points while Q integrates to 1 over area; "
            "and far from its peak it is rounded to 0 before the logarithm is taken.",
            edit=(("log_joint - log_p_x", "torch.softmax(log_joint, 0).log()"),),
        ),
        Mistake(
            "no cell at all",
            "The cell is missing in both integrals, that of P(X) and that of the divergence.",
            edit=(
                (" + math.log(cell)", ""),
                (").sum() * cell", ").sum()"),
            ),
        ),
        Mistake(
            "divided by the cell",
            "log P(X) = logsumexp(log_joint) + log(cell): the cell multiplies; you divide by it.",
            edit=(("+ math.log(cell)", "- math.log(cell)"),),
        ),
        Mistake(
            "cell beside the logarithm",
            "You multiply a logarithm by the cell. Inside the logarithm the cell is a factor, outside it adds "
            "log(cell).",
            edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "torch.logsumexp(log_joint, dim=0) * cell"),),
        ),
        Mistake(
            "cell inside logsumexp",
            "log_joint · cell scales the logarithms. The cell multiplies the sum of the probabilities: + log(cell) "
            "outside.",
            edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "torch.logsumexp(log_joint * cell, dim=0)"),),
        ),
        Mistake(
            "sum of logarithms",
            "You add up logarithms for P(X). P(X) is the sum of the probabilities: logsumexp.",
            edit=(("torch.logsumexp(log_joint, dim=0) + math.log(cell)", "log_joint.sum() * cell"),),
        ),
        Mistake(
            "mean for P(X)",
            "You average P(X, z) over the grid. P(X) is its integral: the sum times the cell.",
            edit=(("+ math.log(cell)", "- math.log(len(log_joint))"),),
        ),
        Mistake(
            "the bound",
            "This is the bound. The gap is log P(X) minus it.",
            edit=(("log_q - log_posterior)", "log_joint - log_q)"),),
        ),
        Mistake(
            "ratio outside the logarithm",
            "You average the ratio Q/P(z|X), not its logarithm.",
            edit=(("(log_q - log_posterior)", "(log_q - log_posterior).exp()"),),
        ),
        Mistake(
            "factors averaged apart",
            "You average log Q − log P(z|X) over the grid by itself. The weight Q(z) belongs to each point, inside "
            "the sum.",
            edit=(
                (
                    "(log_q.exp() * (log_q - log_posterior)).sum() * cell",
                    "log_q.exp().sum() * cell * (log_q - log_posterior).mean()",
                ),
            ),
        ),
    ),
)
