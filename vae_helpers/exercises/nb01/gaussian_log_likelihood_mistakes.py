"""Known mistakes of `gaussian_log_likelihood`."""

import math

from vae_helpers.exercises.engine import Mistake
from vae_helpers.exercises.numbers import LOG_2PI


def _square(x, mean):
    return ((x - mean) ** 2).sum(1)


def _assembled(x, mean, sigma, squares=0.5, power=2, logs=1.0, twopi=0.5, times=None):
    """−squares·‖x − mean‖²/σ^power − times·(logs·log σ + twopi·log 2π), times being D: a right answer as it stands."""
    times = x.shape[1] if times is None else times
    return -squares * _square(x, mean) / sigma**power - times * (logs * math.log(sigma) + twopi * LOG_2PI)


def _with(**changes):
    return lambda x, mean, sigma: _assembled(x, mean, sigma, **changes)


def _each(x, mean, sigma):
    """One log-density a coordinate, (B, D)."""
    return -0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma) - 0.5 * LOG_2PI


MISTAKES = (
    Mistake("no 2π",
            "The constant ½ log 2π per coordinate is missing. It does not change which θ is best, but without it this "
            "is no log-density, and no two numbers can be compared.",
            _with(twopi=0)),
    Mistake("no log σ",
            "The term −D log σ is missing. With σ fixed it is a constant, but once σ is learned, leaving it out makes "
            "σ → ∞ look best.",
            _with(logs=0)),
    Mistake("no constants",
            "This is only the squared-distance part. Both constants are missing, −D log σ and −D/2 · log 2π.",
            _with(times=0)),
    Mistake("constants once",
            "The constants −log σ − ½ log 2π stand in your answer once. Each of the D coordinates has its own.",
            _with(times=1)),
    Mistake("2π once",
            "−½ log 2π stands in your answer once, −log σ D times. Each of the D coordinates has both.",
            lambda x, mean, sigma: _assembled(x, mean, sigma, twopi=0) - 0.5 * LOG_2PI),
    Mistake("log σ once",
            "−log σ stands in your answer once, −½ log 2π D times. Each of the D coordinates has both.",
            lambda x, mean, sigma: _assembled(x, mean, sigma, logs=0) - math.log(sigma)),
    Mistake("constants of the batch",
            "You count the constants once for each of the B rows, with len(x). They come once for each of the D "
            "coordinates: x.shape[1].",
            lambda x, mean, sigma: _assembled(x, mean, sigma, times=len(x))),
    Mistake("constants D² times",
            "The constants are counted D² times: they were multiplied by D inside a sum that already runs over the D "
            "coordinates.",
            lambda x, mean, sigma: _assembled(x, mean, sigma, times=x.shape[1] ** 2)),
    Mistake("σ as variance",
            "You use sigma where σ² belongs, as if sigma were the variance. Here sigma is the standard deviation.",
            _with(power=1, logs=0.5)),
    Mistake("σ² as standard deviation",
            "You use sigma² as the standard deviation. sigma already is one, and torch.distributions.Normal takes it "
            "as it is.",
            _with(power=4, logs=2)),
    Mistake("σ under the square, σ² elsewhere",
            "The squared distance is divided by sigma, not by σ². The constants are right.",
            _with(power=1)),
    Mistake("not divided by σ",
            "The squared distance is not divided by σ². The constants are right.",
            _with(power=0)),
    Mistake("precedence",
            "squared / 2 * sigma**2 divides by 2 and then *multiplies* by σ²: Python works from left to right. Write "
            "squared / (2 * sigma**2).",
            _with(power=-2)),
    Mistake("2σ squared",
            "The 2 is squared together with σ: you divide by (2σ)² = 4σ². Only σ is squared: 2σ².",
            _with(squares=0.25)),
    Mistake("log σ twice",
            "log σ counts twice. The constant is ½ log σ², which is log σ.",
            _with(logs=2)),
    Mistake("half log σ",
            "You have ½ log σ. The constant is ½ log σ², which is log σ.",
            _with(logs=0.5)),
    Mistake("sign of log σ",
            "The sign of log σ is turned. A wider Gaussian is lower at its center: −D log σ.",
            _with(logs=-1)),
    Mistake("sign of the constants",
            "The constants have the wrong sign. The density is divided by σ√(2π), so its logarithm loses log σ + ½ "
            "log 2π for each coordinate.",
            _with(logs=-1, twopi=-0.5)),
    Mistake("sign of the square",
            "The sign of the squared distance is turned. The farther x is from mean, the smaller log N must be.",
            _with(squares=-0.5)),
    Mistake("half missing",
            "The ½ in front of the squared distance is missing.",
            _with(squares=1)),
    Mistake("half of log 2π missing",
            "The ½ in front of log 2π is missing: the density is divided by σ√(2π), and log √(2π) is ½ log 2π.",
            _with(twopi=1)),
    Mistake("both halves missing",
            "Both halves are missing: the ½ in front of the squared distance and the one in front of log 2π.",
            _with(squares=1, twopi=1)),
    Mistake("distance not squared",
            "You use the distance ‖x − mean‖. The exponent holds its square.",
            lambda x, mean, sigma: -0.5 * _square(x, mean).sqrt() / sigma**2 + _assembled(x, x, sigma)),
    Mistake("square of the sum",
            "You add the differences up and square after that. Each coordinate's difference is squared, then they are "
            "added.",
            lambda x, mean, sigma: -0.5 * (x - mean).sum(1) ** 2 / sigma**2 + _assembled(x, x, sigma)),
    Mistake("mean over coordinates",
            "You average over the D coordinates. The log-density is their sum. (An average quietly changes the "
            "balance with every other term of an objective: a frequent slip in code for VAEs.)",
            lambda x, mean, sigma: _each(x, mean, sigma).mean(1)),
    Mistake("mean of squares",
            "You average the squared differences over the D coordinates (as mse_loss does). The exponent holds their "
            "sum.",
            lambda x, mean, sigma: _assembled(x, mean, sigma, squares=0.5 / x.shape[1])),
    Mistake("sign",
            "The sign is turned: this is −log P. A larger distance must give a smaller log-density.",
            lambda x, mean, sigma: -_assembled(x, mean, sigma)),
    Mistake("density, not its logarithm",
            "This is the density itself. Its logarithm is wanted; in hundreds of dimensions the density is no float "
            "any more.",
            lambda x, mean, sigma: _assembled(x, mean, sigma).exp()),
    Mistake("underflow",
            "Right near the mean. Far from it, and in many dimensions, the density is too small for a float: exp "
            "gives 0, and log 0 is −∞. Take the logarithm on paper, so that no exp is left to compute.",
            lambda x, mean, sigma: (-0.5 * _square(x, mean) / sigma**2).exp().log() + _assembled(x, x, sigma)),
    Mistake("sum over the batch",
            "You add up the whole batch. One number per row is wanted, shape (B,): sum over dimension 1 only.",
            lambda x, mean, sigma: _each(x, mean, sigma).sum()),
    Mistake("sum over rows",
            "You add up the rows (dimension 0) and keep the coordinates. It is the other way round: one number per "
            "row, the sum over dimension 1.",
            lambda x, mean, sigma: _each(x, mean, sigma).sum(0)),
    Mistake("no sum",
            "This is one number for each coordinate. The coordinates of a row belong together: add them up, over "
            "dimension 1.",
            _each),
    Mistake("half of the constants missing",
            "The ½ in front of log 2πσ² is missing: the density is divided by √(2πσ²).",
            _with(logs=2, twopi=1)),
    Mistake("every half missing",
            "Every ½ is missing: the one in front of the squared distance and the one in front of log 2πσ².",
            _with(squares=1, logs=2, twopi=1)),
    Mistake("a pair of parentheses",
            "½ log 2π is added, once. It belongs under the D and under the minus: −D (log σ + ½ log 2π).",
            lambda x, mean, sigma: _assembled(x, mean, sigma, twopi=0) + 0.5 * LOG_2PI),
    Mistake("constants of all entries",
            "You count the constants once for every entry of the batch. A row has D coordinates, x.shape[1].",
            lambda x, mean, sigma: _assembled(x, mean, sigma, times=x.numel())),
    Mistake("σ left out",
            "This is a Gaussian of σ = 1: sigma has no effect.",
            lambda x, mean, sigma: _assembled(x, mean, 1.0)),
    Mistake("mean left out",
            "mean has no effect: this is a Gaussian around 0.",
            lambda x, mean, sigma: _assembled(x, 0 * mean, sigma)),
    Mistake("guarded division",
            "Right for large σ. Where σ is small, the 1e-8 that you add to σ² is no longer small beside it. sigma is "
            "positive, so nothing need be added.",
            lambda x, mean, sigma: -0.5 * _square(x, mean) / (sigma**2 + 1e-8) + _assembled(x, x, sigma)),
    Mistake("no half, no constants",
            "Two things: the ½ before the squared distance is missing, and so are the constants, −log σ − ½ log 2π for each of the D "
            "coordinates.",
            lambda x, mean, sigma: -((x - mean) ** 2).sum(1) / sigma**2),
    Mistake("constants without logarithm",
            "The factor 1/(σ√(2π)) stands in the sum as it is. Of it, too, the logarithm is taken: −log σ − ½ log 2π.",
            lambda x, mean, sigma: -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - x.shape[1] / math.sqrt(2 * math.pi * sigma**2)),
    Mistake("constants without logarithm, added",
            "The factor 1/(σ√(2π)) is added as it is. Of it, too, the logarithm is taken: −log σ − ½ log 2π.",
            lambda x, mean, sigma: -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 + x.shape[1] / math.sqrt(2 * math.pi * sigma**2)),
    Mistake("base ten",
            "Logarithms to base 10 are in here. Nats need the natural logarithm, math.log.",
            lambda x, mean, sigma: (
                -0.5 * ((x - mean) ** 2).sum(1) / sigma**2 - x.shape[1] * math.log10(sigma * math.sqrt(2 * math.pi))
            )),
    Mistake("difference of squares",
            "You subtract the squares. The square of the difference is wanted: (x − mean)².",
            lambda x, mean, sigma: (
                -0.5 * (x**2 - mean**2).sum(1) / sigma**2 - x.shape[1] * math.log(sigma * math.sqrt(2 * math.pi))
            )),
)  # fmt: skip
