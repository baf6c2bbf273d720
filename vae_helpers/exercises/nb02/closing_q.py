"""The Q that closes the gap of a linear-Gaussian model."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian


def closing_q(x, w, b, sigma):
    """The Q(z|X) that closes the gap, for P(z) = N(0, 1), P(X|z) = N(wz + b, σ²I).

    x: (B, D). w, b: (D,). sigma: σ, a number. Q is Gaussian: returns its mean (B,) and
    its variance (), the same for all x, a tuple.
    """
    precision = 1 + (w @ w) / sigma**2
    mean = (x - b) @ w / sigma**2 / precision
    return mean, 1 / precision


def _without_fractions(x, w, b, sigma):
    total = sigma**2 + (w * w).sum()
    return ((x - b) * w).sum(dim=1) / total, sigma**2 / total


def _oracle(x, w, b, sigma):
    # Condition the joint Gaussian of (z, X): Cov(z, X) = w, Cov(X) = wwᵀ + σ²I.
    x, w, b = x.double(), w.double(), b.double()
    covariance = torch.outer(w, w) + sigma**2 * torch.eye(len(w), dtype=torch.float64)
    gain = torch.linalg.solve(covariance, w)
    return ((x - b) @ gain).float(), (1 - gain @ w).float()


def _precision(w, s):
    return 1 + (w @ w) / s**2


EXERCISE = Exercise(
    notebook="02",
    goal="Find, in closed form, the Q for which the gap is zero in a linear-Gaussian model.",
    reference=closing_q,
    alternatives=(_without_fractions,),
    oracle=_oracle,
    hints=(
        "The gap $D[Q\\|P(z|X)]$ is zero only for $Q = P(z|X)$. So the posterior is wanted, and $\\log P(z|X) = \\log "
        "P(X|z) + \\log P(z)$ plus a constant. As a function of z it is a parabola.",
        "The coefficient of $-\\tfrac12 z^2$ is the precision, one over the variance: the prior gives 1, the "
        "likelihood $w\\cdot w/\\sigma^2$. The coefficient of z is $w\\cdot(x-b)/\\sigma^2$.",
        "The precision is $1 + w\\cdot w/\\sigma^2$, the mean $w\\cdot(x-b)/\\sigma^2$ divided by it, the variance one "
        "over it.",
    ),
    then="With σ → 0 the prior's 1 vanishes beside w·w/σ², and the mean becomes that of least squares.",
    again="the cell below the hints.",
    probes=(
        (torch.tensor([[3.0, 5.0], [1.0, 3.0]]), torch.tensor([2.0, 4.0]), torch.tensor([1.0, 0.0]), 2.0),
        (gaussian(5, 3, seed=8), gaussian(3, seed=9), gaussian(3, seed=10), 0.7),
        (gaussian(4, 60, seed=11), gaussian(60, seed=12), gaussian(60, seed=13), 0.05),
        (gaussian(3, 2, seed=14), 0.1 * gaussian(2, seed=15), gaussian(2, seed=16), 3.0),
    ),
    mistakes=(
        Mistake(
            "no prior",
            "The prior is missing from the precision: you have w·w/σ², the least-squares answer. P(z) = N(0, 1) adds 1 and "
            "pulls the mean toward 0.",
            edit=(("1 + (w @ w)", "(w @ w)"),),
        ),
        Mistake(
            "b forgotten",
            "You forgot to subtract b. Only X − b says anything about z.",
            edit=(("(x - b)", "x"),),
        ),
        Mistake(
            "sd for variance",
            "The mean is right. In place of the variance you return its root, the standard deviation.",
            edit=(("1 / precision", "precision**-0.5"),),
        ),
        Mistake(
            "precision for variance",
            "The mean is right. In place of the variance you return the precision, its inverse.",
            edit=(("mean, 1 / precision", "mean, precision"),),
        ),
        Mistake(
            "σ as variance",
            "You divide by σ where σ² belongs: sigma is the standard deviation of X given z.",
            edit=(("(w @ w) / sigma**2", "(w @ w) / sigma"), ("@ w / sigma**2", "@ w / sigma")),
        ),
        Mistake(
            "σ as variance in the mean",
            "The variance is right. In the mean you divide w·(x−b) by σ; it is σ², as in the precision.",
            edit=(("@ w / sigma**2", "@ w / sigma"),),
        ),
        Mistake(
            "no σ² in the mean",
            "The variance is right. In the mean w·(x−b) lacks its division by σ².",
            edit=(("@ w / sigma**2", "@ w"),),
        ),
        Mistake(
            "times σ²",
            "The precision has w·w times σ²; it is w·w divided by σ²: the less noise, the more X says about z.",
            edit=(("(w @ w) / sigma**2", "(w @ w) * sigma**2"),),
        ),
        Mistake(
            "mean not divided",
            "The mean lacks the division by the precision: w·(x−b)/σ² is the coefficient of z, not yet the top of the "
            "parabola.",
            edit=((" / precision\n", "\n"),),
        ),
        Mistake(
            "mean times precision",
            "The mean is multiplied by the precision. The top of −½·precision·z² + c·z lies at c divided by precision.",
            edit=((" / precision\n", " * precision\n"),),
        ),
        Mistake(
            "length of w",
            "You take the length of w. The exponent holds its square, w·w.",
            lambda x, w, b, sigma: (
                (x - b) @ w / sigma**2 / (1 + w.norm() / sigma**2),
                1 / (1 + w.norm() / sigma**2),
            ),
        ),
        Mistake(
            "brackets",
            "σ² divides the whole of 1 + w·w. The prior's 1 has no σ: only the likelihood's w·w is divided.",
            edit=(("1 + (w @ w) / sigma**2", "(1 + w @ w) / sigma**2"),),
        ),
        Mistake(
            "half",
            "A factor ½ too much: in −½·precision·z² the ½ stands outside the precision.",
            edit=(("1 + (w @ w) / sigma**2", "0.5 * (1 + (w @ w) / sigma**2)"),),
        ),
        Mistake(
            "order",
            "The two are in the wrong order: first the mean, then the variance.",
            edit=(("mean, 1 / precision", "1 / precision, mean"),),
        ),
        Mistake(
            "one variance an x",
            "The mean is right, and so is the number of the variance. It is the same for all x, so it has shape ().",
            edit=(("mean, 1 / precision", "mean, (1 / precision).expand(len(x))"),),
        ),
        Mistake(
            "the marginal of X",
            "σ² + w·w is the variance of X along w, not that of z. Given X, z has the precision 1 + w·w/σ².",
            lambda x, w, b, sigma: ((x - b) @ w / sigma**2 / (1 + w @ w / sigma**2), sigma**2 + w @ w),
        ),
        Mistake(
            "noise for variance",
            "The mean is right. σ² is the variance of X given z; that of z given X is 1/(1 + w·w/σ²).",
            lambda x, w, b, sigma: (closing_q(x, w, b, sigma)[0], torch.tensor(sigma**2)),
        ),
        Mistake(
            "variance of the prior",
            "The mean is right. 1 is the variance of z before X is seen; given X it is 1/(1 + w·w/σ²).",
            lambda x, w, b, sigma: (closing_q(x, w, b, sigma)[0], torch.tensor(1.0)),
        ),
        Mistake(
            "square of the sum",
            "You square the sum of w. w·w is the sum of the squares.",
            lambda x, w, b, sigma: ((x - b) @ w / (sigma**2 + w.sum() ** 2), sigma**2 / (sigma**2 + w.sum() ** 2)),
        ),
        Mistake(
            "b subtracted from z",
            "You subtract b from the mean of z. It is subtracted from X, before w comes in.",
            lambda x, w, b, sigma: (x @ w / (sigma**2 + w @ w) - b.sum(), sigma**2 / (sigma**2 + w @ w)),
        ),
        Mistake(
            "½ inside",
            "You halve w·w/σ² and w·(x−b)/σ². In the exponent the ½ stands before the whole precision, and none before the other.",
            lambda x, w, b, sigma: (
                (x - b) @ w / (2 * sigma**2) / (1 + w @ w / (2 * sigma**2)),
                1 / (1 + w @ w / (2 * sigma**2)),
            ),
        ),
        Mistake(
            "no prior in the variance",
            "The mean is right. In the variance the prior's 1 is missing: the precision is 1 + w·w/σ² there, too.",
            lambda x, w, b, sigma: (closing_q(x, w, b, sigma)[0], sigma**2 / (w @ w)),
        ),
        Mistake(
            "no prior in the mean",
            "The variance is right. In the mean the prior's 1 is missing: it, too, is divided by 1 + w·w/σ².",
            lambda x, w, b, sigma: ((x - b) @ w / (w @ w), closing_q(x, w, b, sigma)[1]),
        ),
    ),
)
