"""What gray pixels cost at best."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def best_reconstruction(x):
    """The largest value that a Bernoulli log P(X|z) can have for gray pixels: each probability equal to its pixel.

    x: pixels in [0, 1], (B, D). Returns (B,), in nats.
    """
    return (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(dim=1)


def _oracle(x):
    # For each pixel, try ten thousand probabilities and keep the best.
    p = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    terms = torch.xlogy(x.double()[..., None], p) + torch.xlogy(1 - x.double()[..., None], 1 - p)
    return terms.max(dim=-1).values.sum(dim=1).float()


EXERCISE = Exercise(
    notebook="04",
    goal="Find out how high the reconstruction term can rise on gray digits. It is not 0.",
    reference=best_reconstruction,
    oracle=_oracle,
    hints=(
        "A gray pixel x contributes x log p + (1 − x) log(1 − p). Which p makes that largest? Differentiate.",
        "p = x. So a perfect reconstruction earns x log x + (1 − x) log(1 − x), which is 0 only for x = 0 and x = 1.",
        "Sum that over the pixels. At x = 0 the term is 0·log 0; torch.xlogy(x, x) gives 0 there, x * x.log() gives NaN.",
    ),
    probes=(
        (torch.tensor([[0.5, 0.25]]),),
        (torch.tensor([[0.0, 1.0, 0.3], [0.9, 0.5, 0.0]]),),
    ),
    mistakes=(
        Mistake(
            "zero",
            "You return 0, the value for pixels that are exactly 0 or 1. A gray pixel cannot be predicted with certainty "
            "by a distribution over 0 and 1.",
            lambda x: torch.zeros(len(x)),
        ),
        Mistake(
            "0 log 0",
            "NaN: at black and white pixels you compute 0·log 0. Its limit is 0; torch.xlogy knows that.",
            lambda x: (x * x.log() + (1 - x) * (1 - x).log()).sum(1),
        ),
        Mistake(
            "only x log x",
            "The second half is missing: (1 − x) log(1 − x).",
            lambda x: torch.xlogy(x, x).sum(1),
        ),
        Mistake(
            "entropy",
            "This is the entropy, the loss at a perfect reconstruction. The log-probability is minus that.",
            lambda x: -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(1),
        ),
        Mistake(
            "bits",
            "These are bits. The course counts in nats: the natural logarithm.",
            lambda x: (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(1) / math.log(2),
        ),
        Mistake(
            "mean over pixels",
            "You average over the pixels; log-probabilities of independent pixels add up.",
            lambda x: (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).mean(1),
        ),
        Mistake(
            "sum over the batch",
            "You add up all images. One number per image is wanted, (B,).",
            lambda x: (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(),
        ),
        Mistake(
            "rounded",
            "You let the decoder answer with 0 or 1, whichever is nearer. For a gray pixel that has probability 0 for one "
            "of the two outcomes and costs infinitely much.",
            lambda x: torch.where((x == 0) | (x == 1), 0.0, -torch.inf).sum(1),
        ),
        Mistake(
            "one half everywhere",
            "You let the decoder answer ½ for every pixel, −log 2 each. It can do better where the pixel is not ½.",
            lambda x: torch.full((len(x),), -x.shape[1] * math.log(2)),
        ),
    ),
)
