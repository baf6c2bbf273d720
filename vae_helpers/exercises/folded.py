"""An exercise's hints and solution, folded one inside the other."""

from vae_helpers.exercises.engine import Exercise


def text(exercise: Exercise) -> str:
    """Three hints and the solution as Markdown. Command keys of JupyterLab pressed on a fold do nothing to the notebook."""
    inner = f"{fold('Solution')}```python\n{exercise.solution}\n```\n\n</details>"
    for number, hint in reversed(list(enumerate(exercise.hints, start=1))):
        inner = f"{fold(f'Hint {number}')}{hint}\n\n{inner}\n\n</details>"
    return inner


def fold(title: str) -> str:
    return f'<details><summary data-lm-suppress-shortcuts="true">{title}</summary>\n\n'


def bundle(exercise: Exercise) -> dict[str, str]:
    """The same for display, by MIME type."""
    return {
        "text/markdown": text(exercise),
        "text/plain": f"Hints and the solution of {exercise.name} unfold in Jupyter.",
    }
