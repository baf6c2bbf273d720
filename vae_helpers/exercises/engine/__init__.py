"""The machine behind the exercises: runs a learner's function on probes and says what came of it.

Four ideas, four modules: what an `exercise` is, `running` an answer, `wording` what came of it, `judging`.
"""

from vae_helpers.exercises.engine.exercise import Exercise, Feedback, Mistake
from vae_helpers.exercises.engine.judging import judge
from vae_helpers.exercises.engine.running import Outcome, agree, fits, parts, run, same
from vae_helpers.exercises.engine.workshop import source_of

__all__ = ["Exercise", "Feedback", "Mistake", "Outcome", "agree", "fits", "judge", "parts", "run", "same", "source_of"]
