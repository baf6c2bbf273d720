"""Pictures drawn from the model."""

import torch

from vae_helpers.exercises.engine import Exercise, Mistake
from vae_helpers.exercises.numbers import gaussian, uniform


def sample_images(logits, uniform):
    """Pictures drawn from P(X|z), one a row: the small numbers of uniform make ink.

    logits: what the decoder gives, log of the odds of ink, (B, D), from −200 to 200.
    uniform: numbers drawn evenly from 0 to 1, the coins of the pixels, (B, D). A pixel
    with probability p of ink has ink where its number is below p.
    Returns pixels of 1.0 (ink) and 0.0 (paper), floating point, (B, D).
    """
    probability = torch.sigmoid(logits)
    return (uniform < probability).float()


def _oracle(logits, uniform):
    # The same comparison on the scale of log-odds: the draw is a logistic number that the logit must exceed.
    return torch.where(torch.logit(uniform.double()) < logits.double(), 1.0, 0.0)


def _on_log_odds(logits, uniform):
    return (torch.logit(uniform) < logits).float()


EXERCISE = Exercise(
    notebook="05",
    goal="Turn what the decoder gives into pictures drawn from the model, with the random numbers given.",
    reference=sample_images,
    oracle=_oracle,
    alternatives=(_on_log_odds,),
    hints=(
        "Two steps. What does a logit say about the probability $p$ of ink? And why does a number drawn evenly from 0 "
        "to 1 lie below $p$ with probability $p$?",
        "The logit is $\\log\\frac{p}{1-p}$, so $p = 1/(1 + e^{-\\text{logit}})$, which torch calls `sigmoid`. A "
        "number drawn evenly from 0 to 1 lies below $p$ with probability $p$, since that is $p$ of its range.",
        "Compare `uniform` with `torch.sigmoid(logits)`, pixel by pixel, and turn true and false into 1.0 and 0.0 by "
        "`.float()`.",
    ),
    then="A picture of f(z) looks smoother than anything the model draws: it is what thousands of such samples blend into.",
    again="the cell with means and samples, below the question.",
    probes=(
        (  # probabilities 0.5, 0.88, 0.12 in both rows
            torch.tensor([[0.0, 2.0, -2.0], [0.0, 2.0, -2.0]]),
            torch.tensor([[0.3, 0.95, 0.08], [0.7, 0.2, 0.6]]),
        ),
        (2 * gaussian(3, 20, seed=1), uniform(3, 20, seed=2)),
        (3 * gaussian(16, 40, seed=3), uniform(16, 40, seed=4)),
        (torch.tensor([[200.0, -200.0, 95.0], [-95.0, 30.0, -30.0]]), uniform(2, 3, seed=5)),  # very sure of it
    ),
    mistakes=(
        Mistake(
            "means",
            "These are the means f(z), probabilities of ink. They are gray; a picture from the model is black and white. "
            "One more draw is missing.",
            lambda logits, uniform: torch.sigmoid(logits),
        ),
        Mistake(
            "rounded means",
            "You cut the probabilities at ½, so that every pixel takes its likelier value. Nothing is drawn: uniform has no "
            "say, and two draws for one z would be the same picture.",
            lambda logits, uniform: (torch.sigmoid(logits) > 0.5).float(),
        ),
        Mistake(
            "logits as probabilities",
            "You compare uniform with the logits. Those run from −∞ to ∞; the probability is torch.sigmoid(logits). Look at "
            "a logit of 0: it should give ink half the time, and here never does.",
            lambda logits, uniform: (uniform < logits).float(),
        ),
        Mistake(
            "odds as probabilities",
            "exp(logit) is the odds p/(1−p), not p. Look at a logit of 0: odds of 1 mean a probability of ½, and here give "
            "ink every time.",
            lambda logits, uniform: (uniform < logits.exp()).float(),
        ),
        Mistake(
            "squashed twice",
            "You apply the sigmoid twice. No pixel then has a probability below ½, and the background fills with ink.",
            lambda logits, uniform: (uniform < torch.sigmoid(torch.sigmoid(logits))).float(),
        ),
        Mistake(
            "softmax",
            "You apply a softmax, which makes the pixels share one probability of 1 as if only one of them could have ink. "
            "Each pixel has a probability of its own: torch.sigmoid.",
            lambda logits, uniform: (uniform < torch.softmax(logits, 1)).float(),
        ),
        Mistake(
            "negative",
            "Ink and paper are exchanged: your pixels are 1 where uniform is above p, which has probability 1 − p.",
            lambda logits, uniform: (uniform > torch.sigmoid(logits)).float(),
        ),
        Mistake(
            "coins turned over",
            "Ink where uniform is above 1 − p: that has the right probability, and the pictures are fair draws. Only the "
            "convention differs. Here ink is where uniform is below p.",
            lambda logits, uniform: (uniform > 1 - torch.sigmoid(logits)).float(),
        ),
        Mistake(
            "one coin for a picture",
            "All pixels of a picture are decided by one number. Given z they are independent: every pixel needs its own, "
            "uniform[b, i]. With one coin, pictures are all thick or all thin.",
            lambda logits, uniform: (uniform[:, :1] < torch.sigmoid(logits)).float(),
        ),
        Mistake(
            "the same coins for all pictures",
            "Every picture uses the first one's random numbers. The pictures then are no independent draws: the same z twice "
            "would give the same picture twice.",
            lambda logits, uniform: (uniform[:1] < torch.sigmoid(logits)).float(),
        ),
        Mistake(
            "odds overflow",
            "Right for most logits, but exp(logit) is infinite in the computer from 89 on, and ∞/∞ is no number: a pixel "
            "that the model is sure of stays paper. torch.sigmoid gives the same without the overflow.",
            lambda logits, uniform: (uniform < logits.exp() / (1 + logits.exp())).float(),
        ),
        Mistake(
            "log of the probability",
            "You compare uniform with log p, which is never above 0: no ink anywhere.",
            lambda logits, uniform: (uniform < torch.nn.functional.logsigmoid(logits)).float(),
        ),
        Mistake(
            "means times coins",
            "You multiply probabilities by the random numbers, which leaves gray pixels. A draw is ink or paper: compare "
            "the two.",
            lambda logits, uniform: torch.sigmoid(logits) * uniform,
        ),
        Mistake(
            "difference",
            "You subtract instead of comparing. A draw is ink or paper: 1.0 where uniform lies below p, else 0.0.",
            lambda logits, uniform: torch.sigmoid(logits) - uniform,
        ),
        Mistake(
            "plus and minus one",
            "Your pixels are 1 and −1. Paper is 0.0.",
            lambda logits, uniform: torch.sign(torch.sigmoid(logits) - uniform),
        ),
        Mistake(
            "half in place of uniform",
            "You compare uniform with ½. That is a fair coin for every pixel, whatever the decoder says: pure noise.",
            lambda logits, uniform: (uniform < 0.5).float(),
        ),
    ),
)
