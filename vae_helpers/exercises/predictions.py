"""Predictions: a question before the cell that answers it, with a reply to each choice."""

import html
from dataclasses import dataclass

from vae_helpers import plots
from vae_helpers.exercises.markup import marked_up


@dataclass(frozen=True)
class Choice:
    """One answer to pick, whether it is right, and what to say to whoever picks it."""

    text: str
    right: bool
    reply: str


@dataclass(frozen=True)
class Prediction:
    """A multiple-choice question. Texts may hold TeX between dollar signs, *emphasis* and `code`.

    Displayed in a notebook it is plain HTML, one row a choice that opens its reply: it answers in a live page, after the
    kernel has ended, in a saved notebook and on a page that never had a kernel. Elsewhere it is plain text.
    """

    name: str
    question: str
    choices: tuple[Choice, ...]

    def answer(self, number: int) -> str:
        """The reply to a choice, 0 for the first, opened by the word that judges it."""
        choice = self.choices[number]
        return f"{'✓ Yes.' if choice.right else '✗ Not so.'} {choice.reply}"

    def __str__(self) -> str:
        letters = [f"  {'ABCDEFGH'[i]}. {choice.text}" for i, choice in enumerate(self.choices)]
        return "\n".join([f"Predict: {self.question}", *letters])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        rows = "".join(self._row(i) for i in range(len(self.choices)))
        question = f"<p><b>Predict, then open the answer you chose.</b> {marked_up(self.question)}</p>"
        return {"text/plain": str(self), "text/html": f"<div class='vae-quiz'>{STYLE}{question}{rows}</div>"}

    def _row(self, number: int) -> str:
        """One answer; opening it closes the others, which share its name."""
        choice, letter = self.choices[number], "ABCDEFGH"[number]
        # JupyterLab's command keys would act on the notebook while a row has the focus: b would insert a cell.
        summary = (
            f"<summary data-lm-suppress-shortcuts='true'><b>{letter}</b><span>{marked_up(choice.text)}</span></summary>"
        )
        kind = "vae-yes" if choice.right else "vae-no"
        return (
            f"<details class='{kind}' name='{html.escape(self.name, quote=True)}'>{summary}"
            f"<p>{marked_up(self.answer(number))}</p></details>"
        )


STYLE = f"""<style>
.vae-quiz {{ border-left: 5px solid {plots.COLORS["blue"]}; padding: 2px 12px; margin: 4px 0; max-width: 46em; }}
.vae-quiz > p {{ margin: 4px 0 6px; }}
.vae-quiz details {{ margin: 2px 0; border-left: 3px solid transparent; }}
.vae-quiz summary {{ cursor: pointer; padding: 4px 8px; display: flex; gap: 8px; border-radius: 3px; list-style: none; }}
.vae-quiz summary::-webkit-details-marker {{ display: none; }}
.vae-quiz summary:hover {{ background: rgba(128, 128, 128, 0.15); }}
.vae-quiz summary:focus-visible {{ outline: 3px solid {plots.COLORS["blue"]}; }}
.vae-quiz summary b {{ border: 1px solid rgba(128, 128, 128, 0.7); border-radius: 3px; min-width: 1.6em; height: 1.6em;
  line-height: 1.6; text-align: center; }}
.vae-quiz details[open] summary {{ font-weight: bold; }}
.vae-quiz details p {{ margin: 0 0 8px; padding: 2px 8px 2px calc(1.6em + 18px); }}
.vae-quiz .vae-yes[open] {{ border-color: {plots.COLORS["green"]}; }}
.vae-quiz .vae-no[open] {{ border-color: {plots.COLORS["amber"]}; }}
</style>"""
