"""The σ that a weight on the KL term chooses."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def implied_sigma(weight, pixels):
    """The σ of the Gaussian P(X|z) that a loss "MSE + weight · KL" has chosen.

    MSE: mean over the pixels of an image; KL: D[Q‖P], a sum over the latents.
    weight: w > 0, a tensor (). pixels: their number, an int.
    Returns a tensor (), in pixel units.
    """
    return (pixels * weight / 2).sqrt()


def _by_logarithms(weight, pixels):
    return torch.exp((torch.log(weight) + math.log(pixels / 2)) / 2)


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
    then="Now you can read any loss of this kind as a model, and say which σ its authors chose.",
    again="the panel with its slider, below.",
    hints=(
        "Write $-\\log P(X|z)$ for a Gaussian: $\\sum(x - f)^2/(2\\sigma^2)$ and a constant. How does the mean squared "
        "error enter?",
        "With $n$ pixels $\\sum(x - f)^2 = n\\cdot\\text{MSE}$, so minus the bound is "
        "$\\frac{n}{2\\sigma^2}\\,\\text{MSE} + \\text{KL}$. Divide until MSE stands alone.",
        "$\\text{MSE} + \\frac{2\\sigma^2}{n}\\,\\text{KL}$. Compare with $\\text{MSE} + w\\,\\text{KL}$: $w = "
        "2\\sigma^2/n$. Solve for $\\sigma$.",
    ),
    probes=(
        (torch.tensor(0.5), 16),  # σ = 2
        (torch.tensor(0.00025), 12288),
        (torch.tensor(0.01), 784),
    ),
    alternatives=(_by_logarithms,),
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
            "no pixels",
            "The number of pixels is missing: a mean over n pixels is their sum divided by n. This would be right for a sum "
            "of squares.",
            lambda weight, pixels: (weight / 2).sqrt(),
        ),
        Mistake(
            "divided by the pixels",
            "The number of pixels is upside down. Multiply MSE + w·KL by n: Σ(x − f)² + n·w·KL. Beside a sum of squares the "
            "weight is n·w, so more pixels make σ larger.",
            lambda weight, pixels: (weight / (2 * pixels)).sqrt(),
        ),
        Mistake(
            "upside down",
            "You have it upside down. A larger weight on the KL term means that errors matter less, hence a larger σ.",
            lambda weight, pixels: (2 / (pixels * weight)).sqrt(),
        ),
        Mistake(
            "twice for half",
            "The 2 is on the wrong side: w = 2σ²/n gives σ² = n·w/2.",
            lambda weight, pixels: (2 * pixels * weight).sqrt(),
        ),
        Mistake(
            "weight on the error",
            "You read w as a weight on the squared error. It stands before the KL term.",
            lambda weight, pixels: (pixels / (2 * weight)).sqrt(),
        ),
        Mistake(
            "log σ",
            "You return log σ. σ itself is wanted, in pixel units.",
            lambda weight, pixels: (pixels * weight / 2).sqrt().log(),
        ),
        Mistake(
            "log σ²",
            "You return log σ², what an encoder would give. σ itself is wanted, in pixel units.",
            lambda weight, pixels: (pixels * weight / 2).log(),
        ),
        Mistake(
            "precision",
            "You return 1/σ², the precision: upside down, and squared.",
            lambda weight, pixels: 2 / (pixels * weight),
        ),
        Mistake(
            "side of an image",
            "You use the side of the image, the root of the number of pixels. The mean runs over all of them.",
            lambda weight, pixels: (weight * pixels**0.5 / 2).sqrt(),
        ),
        Mistake(
            "weight on every latent",
            "w itself is not under the root: σ² = n·w/2, all of it.",
            lambda weight, pixels: weight * (pixels / 2) ** 0.5,
        ),
        Mistake(
            "root first",
            "The 2 belongs under the root: σ² = n·w/2.",
            lambda weight, pixels: (pixels * weight).sqrt() / 2,
        ),
        Mistake(
            "one over 2w",
            "You have σ² = 1/(2w), as if w stood before the squared error and there were one pixel. w stands before the KL term, and "
            "the MSE is a sum divided by the number of pixels.",
            lambda weight, pixels: 1 / (2 * weight),
        ),
        Mistake(
            "root of the weight alone",
            "Only w is under the root. σ² = n·w/2, so all of it is.",
            lambda weight, pixels: weight.sqrt() * pixels / 2,
        ),
        Mistake(
            "n below",
            "You exchanged n and 2. n squared errors of 1/(2σ²) each are the MSE times n/(2σ²): σ² = n·w/2.",
            lambda weight, pixels: (2 * weight / pixels).sqrt(),
        ),
    ),
)
