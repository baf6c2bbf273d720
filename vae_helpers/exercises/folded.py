"""An exercise's hints and solution, folded one inside the other."""

import re

from vae_helpers import course
from vae_helpers.exercises.engine import Exercise

# A fold named Solution, or A solution, which is always the innermost; and what announces it.
SOLUTION = re.compile(r"<details><summary[^>]*>(?:A s|S)olution</summary>.*?</details>\n\n", re.DOTALL)
WORDS = re.compile(r"(?<=hints) and (?:a|the) solution", re.IGNORECASE)


def text(exercise: Exercise) -> str:
    """Three hints and the solution as Markdown. Command keys of JupyterLab pressed on a fold do nothing to the notebook."""
    inner = f"{fold('Solution')}```python\n{exercise.solution}\n```\n\n</details>"
    for number, hint in reversed(list(enumerate(exercise.hints, start=1))):
        inner = f"{fold(f'Hint {number}')}{hint}\n\n{inner}\n\n</details>"
    return offered(inner)


def fold(title: str) -> str:
    return f'<details><summary data-lm-suppress-shortcuts="true">{title}</summary>\n\n'


def offered(text: str) -> str:
    """A text of a page, without its solution where the course shows none (`course.SOLUTIONS`)."""
    return text if course.SOLUTIONS else WORDS.sub("", SOLUTION.sub("", text))


def bundle(exercise: Exercise) -> dict[str, str]:
    """The same for display, by MIME type."""
    return {
        "text/markdown": text(exercise),
        "text/plain": offered(f"Hints and the solution of {exercise.name} unfold in Jupyter."),
    }
