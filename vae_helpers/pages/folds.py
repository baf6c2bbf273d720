"""Hints and a solution for what no exercise checks, folded one inside the other."""

from vae_helpers.exercises.folded import fold, offered


def bundle(folds: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Titles and texts as one display, each inside the one before."""
    text = ""
    for title, inside in reversed(folds):
        text = f"{fold(title)}{inside}\n\n{text + chr(10) * 2 if text else ''}</details>"
    return {"text/markdown": offered(text), "text/plain": offered("Hints and a solution unfold in Jupyter.")}
