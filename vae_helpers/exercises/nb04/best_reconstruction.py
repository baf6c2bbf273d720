"""What gray pixels cost at best."""

import math

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import uniform


def best_reconstruction(x):
    """The largest value that a Bernoulli log P(X|z) can have, over all decoders.

    x: gray pixels in [0, 1], 0 and 1 among them, (B, pixels). Returns (B,), in nats.
    """
    return (torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).sum(dim=1)


def _by_entropy(x):
    return -torch.distributions.Bernoulli(probs=x).entropy().sum(dim=1)


def _by_entr(x):
    return -(torch.special.entr(x) + torch.special.entr(1 - x)).sum(dim=1)


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
    then="Keep this number beside the reconstruction term: for gray digits it takes the place of 0.",
    again="the next cell.",
    hints=(
        "A gray pixel $x$ contributes $x\\log p + (1 - x)\\log(1 - p)$. Which $p$ makes that largest? Differentiate.",
        "$p = x$. So a perfect reconstruction earns $x\\log x + (1 - x)\\log(1 - x)$, which is 0 only for $x = 0$ and "
        "$x = 1$.",
        "Sum that over the pixels. At $x = 0$ the term is $0\\cdot\\log 0$; `torch.xlogy(x, x)` gives 0 there, `x * "
        "x.log()` gives NaN.",
    ),
    probes=(
        (torch.tensor([[0.5, 0.25], [0.5, 0.5]]),),
        (torch.tensor([[0.0, 1.0, 0.3], [0.9, 0.5, 0.0]]),),
        ((uniform(2, 784, seed=3) - 0.5).clamp(0, 1),),  # half paper, as a digit
    ),
    alternatives=(_by_entropy, _by_entr),
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
            "guarded with 1e-2",
            "At black and white pixels your terms are not 0: what guards the logarithm is too large, and 784 pixels add "
            "it up. torch.xlogy(x, x) needs no guard.",
            lambda x: (x * (x + 1e-2).log() + (1 - x) * (1 - x + 1e-2).log()).sum(1),
        ),
        Mistake(
            "minus between the halves",
            "You subtract the halves. Ink and no ink both add to log P: x log x + (1 − x) log(1 − x).",
            lambda x: (torch.xlogy(x, x) - torch.xlogy(1 - x, 1 - x)).sum(1),
        ),
        Mistake(
            "logarithms without weights",
            "You add log x and log(1 − x) for every pixel. Each counts by how much of the pixel is ink: x·log x and "
            "(1 − x)·log(1 − x).",
            lambda x: (x.log() + (1 - x).log()).sum(1),
        ),
        Mistake(
            "weights exchanged",
            "The weights are exchanged: ink has the weight x and the log-probability log x.",
            lambda x: (torch.xlogy(1 - x, x) + torch.xlogy(x, 1 - x)).sum(1),
        ),
        Mistake(
            "pixels as logits",
            "You use the pixels as logits. What the decoder should give is the probability itself, p = x.",
            lambda x: -torch.nn.functional.binary_cross_entropy_with_logits(x, x, reduction="none").sum(1),
        ),
        Mistake(
            "probability for its logarithm",
            "You add x·x and (1 − x)·(1 − x): a probability stands where its logarithm belongs.",
            lambda x: (x * x + (1 - x) * (1 - x)).sum(1),
        ),
        Mistake(
            "the likelier outcome",
            "You count the likelier outcome of each pixel only. A gray pixel is ink with probability x and paper with "
            "1 − x, and both count.",
            lambda x: torch.maximum(x, 1 - x).log().sum(1),
        ),
        Mistake(
            "one half everywhere",
            "You let the decoder answer ½ for every pixel, −log 2 each. It can do better where the pixel is not ½.",
            lambda x: torch.full((len(x),), -x.shape[1] * math.log(2)),
        ),
        Mistake(
            "one average picture",
            "You let the decoder answer with the average picture for every image. The best decoder answers each image with its own pixels.",
            lambda x: (torch.xlogy(x, x.mean(0)) + torch.xlogy(1 - x, 1 - x.mean(0))).sum(1),
        ),
        Mistake(
            "rounded pixels",
            "You round the pixels, or the probabilities, to 0 and 1. The best probability of a gray pixel is the pixel's own value.",
            lambda x: (lambda p: (x * p.log() + (1 - x) * (1 - p).log()).sum(1))(x.round().clamp(1e-6, 1 - 1e-6)),
        ),
        Mistake(
            "variance of each pixel",
            "You add up x(1 − x), the variances of the pixels. The log-probability is x log x + (1 − x) log(1 − x).",
            lambda x: -(x * (1 - x)).sum(1),
        ),
    ),
)
