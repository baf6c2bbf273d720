"""Notebook 01: latent variable models."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.predictions import Choice, Prediction

LOG_2PI = math.log(2 * math.pi)


def _numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# ---- log N(x | mean, σ²I) --------------------------------------------------------------------------------------------


def gaussian_log_likelihood(x, mean, sigma):
    """log N(x | mean, σ²I) in nats.

    x, mean: (B, D). sigma: standard deviation, a positive number. Returns (B,).
    """
    squared = ((x - mean) ** 2).sum(dim=1)
    return -0.5 * squared / sigma**2 - x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


def _gaussian_oracle(x, mean, sigma):
    return torch.distributions.Independent(torch.distributions.Normal(mean, sigma), 1).log_prob(x)


_GAUSSIAN = Exercise(
    notebook="01",
    goal="Score data under a Gaussian with mean f(z) and covariance σ²I, constants included.",
    reference=gaussian_log_likelihood,
    oracle=_gaussian_oracle,
    hints=(
        "Write the density of one coordinate, take its logarithm, then add up the D coordinates.",
        "One coordinate: −½ ((x−m)/σ)² − log σ − ½ log 2π. The two constants occur D times.",
        "squared = ((x − mean)²).sum(dim=1); then −½ squared/σ² − D log σ − D/2 · log 2π.",
    ),
    probes=(
        (torch.tensor([[1.0]]), torch.tensor([[0.0]]), 2.0),
        (_numbers(4, 3, seed=1), _numbers(4, 3, seed=2), 0.7),
        (_numbers(2, 50, seed=3), _numbers(2, 50, seed=4), 0.2),
    ),
    mistakes=(
        Mistake(
            "no 2π",
            "The constant ½ log 2π per coordinate is missing. It does not change which θ is best, but without it this is "
            "no log-density, and no two numbers can be compared.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s**2 - x.shape[1] * math.log(s),
        ),
        Mistake(
            "no log σ",
            "The term −D log σ is missing. With σ fixed it is a constant, but once σ is learned, leaving it out makes "
            "σ → ∞ look best.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s**2 - 0.5 * x.shape[1] * LOG_2PI,
        ),
        Mistake(
            "no constants",
            "This is only the squared-distance part. Both constants are missing, −D log σ and −D/2 · log 2π.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s**2,
        ),
        Mistake(
            "constants once",
            "The constants −log σ − ½ log 2π stand in your answer once. Each of the D coordinates has its own.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s**2 - math.log(s) - 0.5 * LOG_2PI,
        ),
        Mistake(
            "constants D² times",
            "The constants are counted D² times: they were multiplied by D inside a sum that already runs over the D "
            "coordinates.",
            lambda x, m, s: (-0.5 * ((x - m) ** 2) / s**2 - x.shape[1] * (math.log(s) + 0.5 * LOG_2PI)).sum(1),
        ),
        Mistake(
            "σ as variance",
            "You use sigma where σ² belongs, as if sigma were the variance. Here sigma is the standard deviation.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s - 0.5 * x.shape[1] * (math.log(s) + LOG_2PI),
        ),
        Mistake(
            "σ² as standard deviation",
            "You use sigma² as the standard deviation. sigma already is one, and torch.distributions.Normal takes it as it "
            "is.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s**4 - x.shape[1] * (2 * math.log(s) + 0.5 * LOG_2PI),
        ),
        Mistake(
            "log σ twice",
            "log σ counts twice. The constant is ½ log σ², which is log σ.",
            lambda x, m, s: -0.5 * ((x - m) ** 2).sum(1) / s**2 - x.shape[1] * (2 * math.log(s) + 0.5 * LOG_2PI),
        ),
        Mistake(
            "half missing",
            "The ½ in front of the squared distance is missing.",
            lambda x, m, s: -((x - m) ** 2).sum(1) / s**2 - x.shape[1] * (math.log(s) + 0.5 * LOG_2PI),
        ),
        Mistake(
            "mean over coordinates",
            "You average over the D coordinates. The log-density is their sum. (An average quietly changes the balance "
            "with every other term of an objective: a frequent slip in code for VAEs.)",
            lambda x, m, s: (-0.5 * ((x - m) / s) ** 2 - math.log(s) - 0.5 * LOG_2PI).mean(1),
        ),
        Mistake(
            "sign",
            "The sign is turned: this is −log P. A larger distance must give a smaller log-density.",
            lambda x, m, s: 0.5 * ((x - m) ** 2).sum(1) / s**2 + x.shape[1] * (math.log(s) + 0.5 * LOG_2PI),
        ),
        Mistake(
            "sum over the batch",
            "You add up the whole batch. One number per row is wanted, shape (B,): sum over dimension 1 only.",
            lambda x, m, s: (-0.5 * ((x - m) / s) ** 2 - math.log(s) - 0.5 * LOG_2PI).sum(),
        ),
    ),
)


# ---- the ring --------------------------------------------------------------------------------------------------------


def ring(z):
    """The map g(z) = z/10 + z/‖z‖, which bends a Gaussian cloud into a ring.

    z: points other than the origin, (B, 2). Returns (B, 2).
    """
    return z / 10 + z / z.norm(dim=1, keepdim=True)


def _ring_oracle(z):
    radius, angle = torch.hypot(z[:, 0], z[:, 1]), torch.atan2(z[:, 1], z[:, 0])
    return (1 + radius / 10)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)


_RING = Exercise(
    notebook="01",
    goal="Write the deterministic map that turns a Gaussian into a ring.",
    reference=ring,
    oracle=_ring_oracle,
    hints=(
        "z/‖z‖ has length 1: it lies on the unit circle, in z's direction.",
        "‖z‖ is one number for each row. To divide (B, 2) by it, it must have shape (B, 1).",
        "z.norm(dim=1, keepdim=True) has that shape. Add z/10.",
    ),
    probes=(
        (torch.tensor([[3.0, 4.0]]),),
        (_numbers(2, 2, seed=6),),
        (_numbers(5, 2, seed=5),),
    ),
    mistakes=(
        Mistake(
            "norm of the batch",
            "You divide by the norm of the whole batch. Each row has its own length: z.norm(dim=1, keepdim=True).",
            lambda z: z / 10 + z / z.norm(),
        ),
        Mistake(
            "squared norm",
            "You divide by ‖z‖², so that the second term has length 1/‖z‖. It must have length 1, whatever z is.",
            lambda z: z / 10 + z / (z**2).sum(1, keepdim=True),
        ),
        Mistake(
            "circle only",
            "The term z/10 is missing. All points land on the circle itself, a set without area; z/10 gives the ring its "
            "width.",
            lambda z: z / z.norm(dim=1, keepdim=True),
        ),
        Mistake(
            "sum of coordinates",
            "You divide by the sum of the coordinates' absolute values. ‖z‖ is the root of the sum of squares.",
            lambda z: z / 10 + z / z.abs().sum(1, keepdim=True),
        ),
        Mistake(
            "tenth of everything",
            "The division by 10 covers both terms. Only the first is divided: z/10 + z/‖z‖.",
            lambda z: (z + z / z.norm(dim=1, keepdim=True)) / 10,
        ),
        Mistake(
            "norm along the batch",
            "You take norms down the columns (dim=0): one per coordinate. It is one per point, dim=1.",
            lambda z: z / 10 + z / z.norm(dim=0, keepdim=True),
        ),
    ),
)


# ---- any one-dimensional law -----------------------------------------------------------------------------------------


def to_exponential(z, rate):
    """Turn standard normal numbers into exponential ones, by a map that rises with z.

    z: draws from N(0, 1), (B,). rate: the exponential's rate λ > 0, its mean being 1/λ. Returns (B,).
    """
    return -torch.log(torch.special.ndtr(-z)) / rate  # 1 − Φ(z) = Φ(−z), exact also for large z


def _exponential_oracle(z, rate):
    u = torch.distributions.Normal(0.0, 1.0).cdf(z.double())
    return torch.distributions.Exponential(torch.tensor(rate, dtype=torch.float64)).icdf(u).float()


_EXPONENTIAL = Exercise(
    notebook="01",
    goal="Map a Gaussian to another one-dimensional law: the exponential distribution.",
    reference=to_exponential,
    oracle=_exponential_oracle,
    hints=(
        "Two steps: first make a number that is uniform on [0, 1] out of z, then an exponential one out of that.",
        "u = Φ(z), the cumulative distribution of N(0, 1), is uniform: torch.special.ndtr(z). The exponential's "
        "cumulative distribution is F(x) = 1 − exp(−λx). Solve F(x) = u for x.",
        "x = −log(1 − Φ(z)) / λ.",
    ),
    probes=(
        (torch.tensor([0.0]), 2.0),
        (torch.tensor([-2.0, -0.5, 0.3, 1.0, 2.5]), 0.5),
    ),
    tolerance=1e-3,
    mistakes=(
        Mistake(
            "upside down",
            "This has the right law, but it falls as z rises: −log Φ(z) instead of −log(1 − Φ(z)). The task asks for the "
            "rising map, the inverse of the exponential's cumulative distribution.",
            lambda z, rate: -torch.log(torch.special.ndtr(z)) / rate,
        ),
        Mistake(
            "rate for mean",
            "You multiply by the rate. A larger rate must give smaller numbers: the mean is 1/λ.",
            lambda z, rate: -torch.log(torch.special.ndtr(-z)) * rate,
        ),
        Mistake(
            "no Φ",
            "You put z itself where a uniform number belongs, so the logarithm of a negative number appears. First "
            "u = Φ(z), then invert.",
            lambda z, rate: -torch.log(1 - z) / rate,
        ),
        Mistake(
            "density for Φ",
            "You use the density of N(0, 1) where its cumulative distribution Φ belongs (torch.special.ndtr).",
            lambda z, rate: -torch.log(1 - torch.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)) / rate,
        ),
        Mistake(
            "sign",
            "The minus sign is missing: log(1 − u) is negative, and exponential numbers are positive.",
            lambda z, rate: torch.log(torch.special.ndtr(-z)) / rate,
        ),
        Mistake(
            "forward, not inverse",
            "You apply the exponential's cumulative distribution. Its inverse is needed: solve 1 − exp(−λx) = u for x.",
            lambda z, rate: 1 - torch.exp(-rate * torch.special.ndtr(z)),
        ),
    ),
)


# ---- Monte Carlo -----------------------------------------------------------------------------------------------------


def log_mean_exp(log_p_x_given_z):
    """Monte Carlo estimate of log P(X) = log E[P(X|z)], in nats.

    log_p_x_given_z: log P(X|z_s) for S draws z_s ~ P(z) and B data points, (S, B). Returns (B,).
    """
    return torch.logsumexp(log_p_x_given_z, dim=0) - math.log(len(log_p_x_given_z))


def _log_mean_exp_oracle(log_p):
    # By hand: shift by the largest value, in double precision, one column at a time.
    answers = []
    for column in log_p.double().T:
        top = column.max()
        answers.append(top + torch.log(torch.exp(column - top).mean()))
    return torch.stack(answers).float()


_MONTE_CARLO = Exercise(
    notebook="01",
    goal="Estimate log P(X) from draws of z, without underflow.",
    reference=log_mean_exp,
    oracle=_log_mean_exp_oracle,
    hints=(
        "P(X) is the average of P(X|z). You are given logarithms. Where must the average stand: inside or outside the log?",
        "log P(X) ≈ log( (1/S) Σ exp(log P(X|z_s)) ). For pictures the logarithms are near −1000, and exp(−1000) is 0 in "
        "floating point. torch.logsumexp computes log Σ exp safely.",
        "torch.logsumexp over the draws, dimension 0, minus log S.",
    ),
    probes=(
        (torch.tensor([[0.0], [-1.0]]),),
        (_numbers(6, 3, seed=7) * 3,),
        (_numbers(5, 2, seed=8) * 10 - 1000,),
    ),
    mistakes=(
        Mistake(
            "mean of logs",
            "You average the logarithms. The logarithm of the average is wanted: log mean exp, not mean. (The mean of logs "
            "is smaller, by Jensen's inequality; notebook 02 makes use of that.)",
            lambda p: p.mean(0),
        ),
        Mistake(
            "underflow",
            "Right in theory, but exp(−1000) is 0 in floating point, and log 0 is −∞. Use torch.logsumexp, which takes the "
            "largest term out before the exponential.",
            lambda p: p.exp().mean(0).log(),
        ),
        Mistake(
            "sum for mean",
            "log S is missing: you have the logarithm of the sum, and the average divides it by S.",
            lambda p: torch.logsumexp(p, 0),
        ),
        Mistake(
            "wrong way",
            "You average over the data points (dimension 1). The draws are along dimension 0, and one number per data "
            "point is wanted.",
            lambda p: torch.logsumexp(p, 1) - math.log(p.shape[1]),
        ),
        Mistake(
            "no logarithm",
            "This is P(X) itself. Its logarithm is wanted; for pictures P(X) is too small for a float.",
            lambda p: p.exp().mean(0),
        ),
        Mistake(
            "divided by S outside",
            "You divide the logarithm by S. Dividing inside the logarithm means subtracting log S outside.",
            lambda p: torch.logsumexp(p, 0) / len(p),
        ),
        Mistake(
            "best draw only",
            "This is the largest of the terms. It dominates the sum, but it has to be divided by S, and the others count.",
            lambda p: p.max(0).values,
        ),
    ),
)

EXERCISES = (_GAUSSIAN, _RING, _EXPONENTIAL, _MONTE_CARLO)

PREDICTIONS = (
    Prediction(
        "shifted or broken",
        "Which picture is farther from a given 2, in squared distance of pixels: the same 2 shifted by two pixels, or the 2 "
        "with a stroke broken off?",
        (
            Choice("The shifted one.", True,
                   "Every edge pixel of the shifted digit is wrong, though you would call it the same digit. That is why "
                   "σ must be small, and why the model needs z to carry position."),
            Choice("The broken one.", False,
                   "To your eye, yes. Squared distance only counts pixels, and a shift changes far more of them."),
            Choice("About the same.", False, "Look at the numbers below: it is not close."),
        ),
    ),
    Prediction(
        "samples needed",
        "To estimate log P(X) within 1 nat by drawing z from the prior, 100 draws are plenty in 2 dimensions. How many does "
        "the same accuracy need in 20 dimensions?",
        (
            Choice("About ten times as many: 1000.", False, "That would be growth in proportion to the dimension."),
            Choice("A hundred times: 10,000.", False, "Still a fixed power of the dimension. Look at the slope of the curves."),
            Choice("More than anybody will draw.", True,
                   "The region of z that explains X shrinks by a constant factor with each dimension. The number of draws "
                   "grows exponentially."),
        ),
    ),
    Prediction(
        "sigma small",
        "On the curve, make $\\sigma$ ten times smaller. What happens to the share of prior draws that matter for a given "
        "$X$ on the curve?",
        (
            Choice("It falls about tenfold.", True,
                   "$P(X|z)$ is only felt within a few $\\sigma$ of $X$, and along a curve that is a stretch of $z$ about "
                   "ten times shorter."),
            Choice("It stays the same: the prior has not changed.", False,
                   "The prior has not, but how near f(z) must come to X to matter has."),
            Choice("It grows: a smaller $\\sigma$ makes the model more certain.", False,
                   "More certain means that fewer z agree with a given X."),
        ),
    ),
)  # fmt: skip
