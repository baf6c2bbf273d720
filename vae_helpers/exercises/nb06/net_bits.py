"""What one image costs by bits-back coding."""

import math
from fractions import Fraction

import torch

from vae_helpers.exercises.engine import Exercise, Mistake


def net_bits(log_q, log_p_x_given_z, log_p_z):
    """Bits that one image adds to the stack, from the probabilities of its three steps.

    log_q, log_p_x_given_z, log_p_z: log Q(z|X), log P(X|z) and log P(z) at the z that
    was popped, in nats, (B,) each. Returns one number an image, (B,), in bits.
    """
    return (log_q - log_p_x_given_z - log_p_z) / math.log(2)


def _oracle(log_q, log_p_x_given_z, log_p_z):
    # The stack as one large whole number: popping multiplies it by the probability, pushing divides by it.
    answers = []
    for q, p_x, p_z in zip(
        log_q.double().tolist(), log_p_x_given_z.double().tolist(), log_p_z.double().tolist(), strict=True
    ):
        stack = Fraction(1) * Fraction(math.exp(q)) / Fraction(math.exp(p_x)) / Fraction(math.exp(p_z))
        answers.append(math.log2(stack.numerator) - math.log2(stack.denominator))
    return torch.tensor(answers)


EXERCISE = Exercise(
    notebook="06",
    goal="Count what one image costs when z is chosen by bits that are handed back.",
    reference=net_bits,
    oracle=_oracle,
    hints=(
        "Pushing a symbol of probability P adds $-\\log_2 P$ bits. Popping one removes as many. Which of the three are pushes?",
        "X and z are pushed: $-\\log_2 P(X|z)$ and $-\\log_2 P(z)$. z was popped before: minus its $-\\log_2 Q(z|X)$.",
        "Add the three in nats, `log_q - log_p_x_given_z - log_p_z`, and divide by $\\ln 2$.",
    ),
    probes=(
        (torch.tensor([-2.0, 1.0]), torch.tensor([-80.0, -60.0]), torch.tensor([-6.0, -9.0])),
        (torch.tensor([-1.0, 3.0, -4.5]), torch.tensor([-60.0, -95.5, -120.0]), torch.tensor([-20.0, -18.5, -25.0])),
    ),
    mistakes=(
        Mistake(
            "nats",
            "Your number is in nats. One nat is 1/ln 2 ≈ 1.443 bits: divide by log 2.",
            lambda log_q, log_p_x_given_z, log_p_z: log_q - log_p_x_given_z - log_p_z,
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. A bit is the smaller unit, so there are more bits than nats: divide.",
            lambda log_q, log_p_x_given_z, log_p_z: (log_q - log_p_x_given_z - log_p_z) * math.log(2),
        ),
        Mistake(
            "no bits back",
            "You pay for z in full and leave out the bits that choosing z took off the stack. They are the point: the "
            "receiver, who can compute Q as well, gets them back.",
            lambda log_q, log_p_x_given_z, log_p_z: (-log_p_x_given_z - log_p_z) / math.log(2),
        ),
        Mistake(
            "paid twice",
            "You add the bits of Q instead of removing them. Popping z makes the stack shorter.",
            lambda log_q, log_p_x_given_z, log_p_z: (-log_q - log_p_x_given_z - log_p_z) / math.log(2),
        ),
        Mistake(
            "z for free",
            "z has to be sent, too: pushing it under P(z) costs −log₂ P(z) bits.",
            lambda log_q, log_p_x_given_z, log_p_z: (log_q - log_p_x_given_z) / math.log(2),
        ),
        Mistake(
            "only the pixels",
            "This is the cost of X for a receiver who knows z. Nobody told them.",
            lambda log_q, log_p_x_given_z, log_p_z: -log_p_x_given_z / math.log(2),
        ),
        Mistake(
            "sign",
            "The sign is turned: a more probable image must add fewer bits, and no image removes any on average.",
            lambda log_q, log_p_x_given_z, log_p_z: (log_p_x_given_z + log_p_z - log_q) / math.log(2),
        ),
        Mistake(
            "mean",
            "You average over the images. One number for each is wanted, (B,).",
            lambda log_q, log_p_x_given_z, log_p_z: ((log_q - log_p_x_given_z - log_p_z) / math.log(2)).mean(),
        ),
    ),
)
