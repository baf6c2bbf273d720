"""The σ that a weight on the KL term chooses."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def implied_sigma(weight, pixels):
    """The σ of the Gaussian P(X|z) for which "mean squared error over pixels + weight · D[Q‖P]" is the objective.

    weight: w > 0, a tensor (). pixels: their number D. D[Q‖P] is a sum over latents. Returns a tensor (), σ in pixel
    units.
    """
    return (pixels * weight / 2).sqrt()


def _oracle(weight, pixels):
    # Bisection for the σ at which both objectives trade squared error for nats at the same rate.
    def rate(sigma):  # nats of −log P(X|z) for one unit of mean squared error
        normal = torch.distributions.Normal(0.0, sigma)
        error = torch.ones(pixels, dtype=torch.float64)
        return (normal.log_prob(torch.zeros_like(error)) - normal.log_prob(error)).sum()

    low, high = torch.tensor(1e-6, dtype=torch.float64), torch.tensor(1e6, dtype=torch.float64)
    for _ in range(200):
        middle = (low * high).sqrt()
        if rate(middle) > 1 / weight.double():
            low = middle
        else:
            high = middle
    return middle.float()


EXERCISE = Exercise(
    notebook="04",
    goal="Find the σ that someone chose without knowing it, by weighting the KL term with w.",
    reference=implied_sigma,
    oracle=_oracle,
    hints=(
        "Write −log P(X|z) for a Gaussian: Σ(x − f)²/(2σ²) and a constant. How does the mean squared error enter?",
        "Σ(x − f)² = D·MSE, so minus the bound is D/(2σ²) · MSE + KL. Divide until MSE stands alone.",
        "MSE + (2σ²/D)·KL. Compare with MSE + w·KL: w = 2σ²/D. Solve for σ.",
    ),
    probes=(
        (torch.tensor(0.5), 16),
        (torch.tensor(0.00025), 12288),
        (torch.tensor(0.01), 784),
    ),
    mistakes=(
        Mistake(
            "variance",
            "You return σ². The standard deviation is its root.",
            lambda weight, pixels: pixels * weight / 2,
        ),
        Mistake(
            "no half",
            "The ½ of the Gaussian's exponent, (x − f)²/(2σ²), is missing.",
            lambda weight, pixels: (pixels * weight).sqrt(),
        ),
        Mistake(
            "no D",
            "The number of pixels is missing: a mean over pixels is their sum divided by D. This would be right for a sum "
            "of squares.",
            lambda weight, pixels: (weight / 2).sqrt(),
        ),
        Mistake(
            "divided by D",
            "The number of pixels is upside down. Multiply MSE + w·KL by D: Σ(x − f)² + D·w·KL. Beside a sum of squares the "
            "weight is D·w, so D makes σ larger.",
            lambda weight, pixels: (weight / (2 * pixels)).sqrt(),
        ),
        Mistake(
            "upside down",
            "You have it upside down. A larger weight on the KL term means that errors matter less, hence a larger σ.",
            lambda weight, pixels: (2 / (pixels * weight)).sqrt(),
        ),
        Mistake(
            "twice for half",
            "The 2 is on the wrong side: w = 2σ²/D gives σ² = D·w/2.",
            lambda weight, pixels: (2 * pixels * weight).sqrt(),
        ),
        Mistake(
            "weight on the error",
            "You read w as a weight on the squared error. It stands before the KL term.",
            lambda weight, pixels: (pixels / (2 * weight)).sqrt(),
        ),
        Mistake(
            "root first",
            "The 2 belongs under the root: σ² = D·w/2.",
            lambda weight, pixels: (pixels * weight).sqrt() / 2,
        ),
    ),
)
