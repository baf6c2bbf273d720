"""Predictions: a question before the cell that answers it, with a reply to each choice."""

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One answer to pick, whether it is right, and what to say to whoever picks it."""

    text: str
    right: bool
    reply: str


@dataclass(frozen=True)
class Prediction:
    """A multiple-choice question. Texts may hold TeX between dollar signs.

    Displayed in a notebook it is a column of buttons; elsewhere, plain text.
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
        return {**self.widget()._repr_mimebundle_(), "text/plain": str(self)}

    def widget(self):
        """The question as ipywidgets: a button a choice, and the reply below."""
        import ipywidgets as w

        reply = w.HTMLMath(layout={"max_width": "46em"})
        reply.add_class("vae-reply")

        def row(number: int, choice: Choice):
            letter = "ABCDEFGH"[number]
            button = w.Button(description=letter, tooltip=f"choose {letter}: {choice.text}", layout={"width": "3em"})

            def pick(_):
                reply.value = f"<b>{letter}.</b> {html.escape(self.answer(number), quote=False)}"

            button.on_click(pick)
            return w.HBox([button, w.HTMLMath(html.escape(choice.text, quote=False))], layout={"align_items": "center"})

        question = w.HTMLMath(
            f"<b>Predict.</b> {html.escape(self.question, quote=False)}", layout={"max_width": "46em"}
        )
        rows = [row(number, choice) for number, choice in enumerate(self.choices)]
        return w.VBox([question, *rows, reply])
