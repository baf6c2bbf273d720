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


def _step_by_step(log_q, log_p_x_given_z, log_p_z):
    popped = -log_q / math.log(2)
    pushed = -log_p_x_given_z / math.log(2) - log_p_z / math.log(2)
    return pushed - popped


EXERCISE = Exercise(
    notebook="06",
    goal="Count what one image costs when z is chosen by bits that are handed back.",
    reference=net_bits,
    oracle=_oracle,
    hints=(
        "Pushing a symbol of probability P adds $-\\log_2 P$ bits. Popping one removes as many. Which of the three "
        "are pushes?",
        "X and z are pushed: $-\\log_2 P(X|z)$ and $-\\log_2 P(z)$. z was popped before: minus its $-\\log_2 Q(z|X)$.",
        "Add the three in nats, `log_q - log_p_x_given_z - log_p_z`, and divide by $\\ln 2$.",
    ),
    then="Averaged over z ~ Q it is minus the bound, in bits: a bound says how long a file will be.",
    again="the cell below the hints.",
    probes=(
        (torch.tensor([-2.0, 1.0]), torch.tensor([-80.0, -60.0]), torch.tensor([-6.0, -9.0])),
        (torch.tensor([-1.0, 3.0, -4.5]), torch.tensor([-60.0, -95.5, -120.0]), torch.tensor([-20.0, -18.5, -25.0])),
        (
            torch.tensor([-150.0, 4.0]),
            torch.tensor([-70.0, -85.0]),
            torch.tensor([-12.0, -14.0]),
        ),  # one gives bits back
    ),
    alternatives=(_step_by_step,),
    mistakes=(
        Mistake(
            "nats",
            "Your number is in nats. One nat is 1/ln 2 ≈ 1.443 bits: divide by log 2.",
            edit=((" / math.log(2)", ""),),
        ),
        Mistake(
            "multiplied by ln 2",
            "You multiply by ln 2. A bit is the smaller unit, so there are more bits than nats: divide.",
            edit=(("/ math.log(2)", "* math.log(2)"),),
        ),
        Mistake("halved", "You divide by 2. From nats to bits it is ln 2 = 0.693.", edit=(("math.log(2)", "2"),)),
        Mistake(
            "base 10",
            "You divide by ln 10. Bits are counted with the logarithm to base 2: ln 2.",
            edit=(("math.log(2)", "math.log(10)"),),
        ),
        Mistake(
            "bytes",
            "These are bytes. One byte is 8 bits; wanted are bits.",
            edit=(("/ math.log(2)", "/ (8 * math.log(2))"),),
        ),
        Mistake(
            "no bits back",
            "You pay for z in full and leave out the bits that choosing z took off the stack. They are the point: "
            "the receiver, who can compute Q as well, gets them back.",
            edit=(("(log_q - log", "(-log"),),
        ),
        Mistake(
            "paid twice",
            "You add the bits of Q instead of removing them. Popping z makes the stack shorter.",
            edit=(("(log_q - log", "(-log_q - log"),),
        ),
        Mistake(
            "z for free",
            "z has to be sent, too: pushing it under P(z) costs −log₂ P(z) bits.",
            edit=((" - log_p_z)", ")"),),
        ),
        Mistake(
            "only the pixels",
            "This is the cost of X for a receiver who knows z. Nobody told them.",
            edit=(("(log_q - log_p_x_given_z - log_p_z)", "-log_p_x_given_z"),),
        ),
        Mistake(
            "only z",
            "This is what z costs. The pixels are pushed as well.",
            edit=(("(log_q - log_p_x_given_z - log_p_z)", "(log_q - log_p_z)"),),
        ),
        Mistake(
            "sign",
            "The sign is turned: a more probable image must add fewer bits, and no image removes any on average.",
            edit=(("(log_q - log_p_x_given_z - log_p_z)", "(log_p_x_given_z + log_p_z - log_q)"),),
        ),
        Mistake(
            "bracket",
            "A bracket is missing: only the last of the three is turned into bits.",
            edit=(
                (
                    "(log_q - log_p_x_given_z - log_p_z) / math.log(2)",
                    "log_q - log_p_x_given_z - log_p_z / math.log(2)",
                ),
            ),
        ),
        Mistake(
            "logarithm twice",
            "You take a logarithm of logarithms. The arguments are logarithms already; only their base is to be "
            "changed.",
            edit=(
                ("(log_q - log_p_x_given_z - log_p_z) / math.log(2)", "torch.log2(log_q - log_p_x_given_z - log_p_z)"),
            ),
        ),
        Mistake(
            "ratio of probabilities",
            "This is a ratio of probabilities. The number of bits is its logarithm to base 2, and outside the "
            "logarithm it overflows.",
            edit=(
                (
                    "(log_q - log_p_x_given_z - log_p_z) / math.log(2)",
                    "log_q.exp() / (log_p_x_given_z.exp() * log_p_z.exp())",
                ),
            ),
        ),
        Mistake(
            "multiplied",
            "You multiply logarithms. Bits of successive steps add up.",
            edit=(
                (
                    "(log_q - log_p_x_given_z - log_p_z) / math.log(2)",
                    "log_q * log_p_x_given_z * log_p_z / math.log(2)",
                ),
            ),
        ),
        Mistake(
            "mean",
            "You average over the images. One number for each is wanted, (B,).",
            edit=(
                (
                    "(log_q - log_p_x_given_z - log_p_z) / math.log(2)",
                    "((log_q - log_p_x_given_z - log_p_z) / math.log(2)).mean()",
                ),
            ),
        ),
    ),
)
