"""One number by hand before an exercise, where a minute or two with a pocket calculator are enough."""

from vae_helpers import exercises
from vae_helpers.widgets.pencil import Pencil


def by_hand(name: str) -> Pencil:
    """The question by hand of an exercise, judged in the page by the exercise's own known mistakes.

    Raises:
        ValueError: if there is none of that name.
    """
    questions = exercises.by_hand()
    if name not in questions:
        raise ValueError(f"no question by hand is called {name!r}; there are: {', '.join(questions)}")
    asked = questions[name]
    answers = asked.answers(exercises.catalogue()[name])
    return Pencil(question=asked.question, answers=answers, unit=asked.unit, decimals=asked.decimals)
