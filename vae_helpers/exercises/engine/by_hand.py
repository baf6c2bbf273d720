"""Questions by hand: one number of an exercise, and the known mistakes by the numbers that they end in.

The reference gives the right number, and the code of each mistake its own. Mistakes that end in the same number, to the
decimals asked for, are told together; one that ends in the right number cannot be told, nor one that only code can make.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.outcome import parts
from vae_helpers.exercises.engine.running import run

# What a text may quote besides its arguments, to three decimals.
CONSTANTS = {"log_2": math.log(2), "log_2pi": math.log(2 * math.pi), "Phi_1": 0.5 + 0.5 * math.erf(0.5**0.5)}
# What only code has: sentences about it are left out of what is said of a number on paper.
CODE = re.compile(
    r"torch|[a-z]\.[a-z]|[a-z]\(\)|[a-z]\[|[a-z]{2,}_[a-z]|\(B\b|\bdim\b|dimension [01]|\blen\b|shape|[Bb]atch|float|NaN|\.\.\.|"
    r"computer|\brange\b|\bentr|underflow|overflow|1e-|gradient (reach|pass)|\brow|\bcolumn|finite|infinit|clamp|guard|Python| \* |"
    r"variance is right"
)
SENTENCE = re.compile(r"(?<=[.?!)]) (?=[A-ZΣΦ½−√‖(]|z )")


@dataclass(frozen=True)
class ByHand:
    """A question by hand.

    Attributes:
        name: of the exercise.
        text: the question, with a place in braces for each argument, and for the constants above.
        arguments: of the reference, by name, in its order.
        then: what is said of the right number: what the code adds; one sentence.
        unit: of the answer.
        decimals: to which it is asked.
        part: which number of the answer, where it has several.
    """

    name: str
    text: str
    arguments: dict
    then: str
    unit: str = "nats"
    decimals: int = 2
    part: int = 0

    @property
    def question(self) -> str:
        """The text with its numbers."""
        numbers = {name: f"{value:.3f}" for name, value in CONSTANTS.items()}
        numbers |= {name: spelled(value) for name, value in self.arguments.items()}
        return self.text.format(**numbers)

    def numbers(self, function: Callable) -> list[float]:
        """All numbers that a function returns; none if it raises, or returns something else than tensors."""
        outcome = run(function, tuple(self.arguments.values()))
        if outcome.error is not None or not all(isinstance(part, Tensor) for part in parts(outcome.value)):
            return []
        return [number for part in parts(outcome.value) for number in part.detach().double().flatten().tolist()]

    def answers(self, exercise: Exercise) -> list[tuple[float, str]]:
        """Values and what is said of each: the right one first, then those of the mistakes that can be told apart from it."""
        reference = self.numbers(exercise.reference)
        right, known = reference[self.part], {}
        for mistake in exercise.mistakes:
            numbers, message = self.numbers(mistake.code), on_paper(mistake.message)
            if not message or len(numbers) != len(reference) or not math.isfinite(numbers[self.part]):
                continue
            if abs(numbers[self.part] - right) > 2 * 10**-self.decimals:
                same = f"{numbers[self.part]:.{self.decimals}f}"
                known.setdefault(same, []).append((numbers[self.part], message))
        return [(right, self.then), *((several[0][0], told(several)) for several in known.values())]


def on_paper(message: str) -> str:
    """A mistake's message without the sentences that speak of code; nothing if the first does, or one of "Two things"."""
    first, *rest = SENTENCE.split(message)
    kept = [sentence for sentence in rest if not CODE.search(sentence)]
    if CODE.search(first) or (first.startswith("Two things.") and kept != rest):
        return ""
    return re.sub(r"[*`]", "", " ".join([first, *kept]))


def told(same: list[tuple[float, str]]) -> str:
    """The messages of mistakes that end in the same number: one paragraph each."""
    messages = list(dict.fromkeys(message for _, message in same))
    if len(messages) == 1:
        return messages[0]
    either, *others = messages
    lines = ["More than one known mistake ends in this number.", f"Either: {either}", *(f"Or: {m}" for m in others)]
    return "\n".join(lines)


def spelled(value) -> str:
    """Numbers as a question prints them: 0.5, (1, −2), ((1, 2), (3, 4)); dimensions of size 1 do not show."""
    if isinstance(value, Tensor):
        value = value.squeeze().tolist()
    if isinstance(value, list):
        return f"({', '.join(spelled(one) for one in value)})"
    return f"{value:g}".replace("-", "−")
