"""The machine behind the exercises: runs a learner's function on probes and says what came of it.

What an `exercise` is. An answer is an `attempt`: `running` it on the probes behind a `guard` (`state`, `refusing`) leaves
`outcome`s. `judging` asks one question after another. For wrong answers `causes` looks among the `slips` and mistakes that a
`workshop` has made. Before it is code, one number of it may be worked out `by_hand`. The rest is words: `errors`, `wording`, how `far` an answer is right, `showing` numbers, `feedback` as a card.
"""

from vae_helpers.exercises.engine.by_hand import ByHand
from vae_helpers.exercises.engine.exercise import Exercise, Late, Mistake
from vae_helpers.exercises.engine.feedback import Feedback, Fold
from vae_helpers.exercises.engine.judging import judge
from vae_helpers.exercises.engine.outcome import Outcome, agree, fits, parts, same
from vae_helpers.exercises.engine.running import run
from vae_helpers.exercises.engine.workshop import source_of

__all__ = [
    "ByHand",
    "Exercise",
    "Feedback",
    "Fold",
    "Late",
    "Mistake",
    "Outcome",
    "agree",
    "fits",
    "judge",
    "parts",
    "run",
    "same",
    "source_of",
]
