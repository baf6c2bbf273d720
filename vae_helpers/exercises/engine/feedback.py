"""What a check has to say: a card in a notebook, the same words in plain text elsewhere."""

import html
import textwrap
from dataclasses import dataclass

from vae_helpers.exercises.markup import marked_up
from vae_helpers.plots import COLORS

GOES_ON = "The page goes on with the course's own answer."


@dataclass(frozen=True)
class Fold:
    """Something that opens when it is clicked: text with markup, or code; below the text a picture, if any, as HTML."""

    summary: str
    body: str
    is_code: bool = False
    picture: str = ""


@dataclass(frozen=True)
class Feedback:
    """What a check has to say.

    Attributes:
        kind: "open", "right", "mistake", "wrong" or "error".
        exercise: name of the exercise.
        text: paragraphs, separated by blank lines.
        shown: code or numbers in fixed width, below the text.
        raised: the exception's own words; the last paragraph, kept apart since they are not the course's.
        notes: paragraphs after what is shown: what was put back, what the page goes on with.
        folds: what may be opened: a hint, other right answers.
        mistake: the name of the known mistake that `text` is about.
        needed: whether the page goes on with an answer, the course's own where the learner's is not right.
    """

    kind: str
    exercise: str
    text: str
    shown: str = ""
    raised: str = ""
    notes: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()
    mistake: str = ""
    needed: bool = True

    # icon, word, color: never the color alone
    STYLES = {  # noqa: RUF012
        "open": ("○", "Not attempted yet", COLORS["ash"]),
        "right": ("✓", "Right", COLORS["green"]),
        "mistake": ("✗", "Not yet: a known mistake", COLORS["amber"]),
        "wrong": ("✗", "Not yet", COLORS["amber"]),
        "error": ("!", "Your code stopped", COLORS["red"]),
    }

    @property
    def title(self) -> str:
        icon, word, _ = self.STYLES[self.kind]
        return f"{icon} {word}: {self.exercise}"

    @property
    def closing(self) -> tuple[str, ...]:
        """The last paragraphs."""
        return (*self.notes, GOES_ON) if self.needed and self.kind != "right" else self.notes

    def __str__(self) -> str:
        folded = [_plain(fold) for fold in self.folds]
        body = [self.title, self.text, textwrap.indent(self.shown, "    "), *self.closing, *folded]
        return "\n".join(part for part in body if part)

    def _repr_mimebundle_(self, **_):
        return {"text/plain": str(self), "text/html": self._card()}

    def _card(self) -> str:
        color = self.STYLES[self.kind][2]
        ours = self.text.removesuffix(self.raised) if self.raised else self.text
        body = [f"<b>{html.escape(self.title)}</b>", *map(_paragraph, ours.split("\n\n"))]
        if self.raised:
            body.append(f"<p style='{SPACED}'><code>{html.escape(self.raised)}</code></p>")
        if self.shown:
            body.append(f"<pre style='{FIXED}'>{html.escape(self.shown)}</pre>")
        body += [_paragraph(note) for note in self.closing] + [_folded(fold) for fold in self.folds]
        style = f"border-left:5px solid {color};padding:6px 12px;margin:4px 0;max-width:46em;overflow-wrap:anywhere;color:var(--jp-ui-font-color1,inherit)"
        return f"<div role='status' class='vae-card' style='{style}'>{''.join(body)}</div>"


SPACED = "margin:4px 0"
FIXED = f"{SPACED};padding:4px 6px;white-space:pre-wrap;color:inherit;background:var(--jp-layout-color2,rgba(128,128,128,.12))"


def _paragraph(text: str) -> str:
    return f"<p style='{SPACED}'>{marked_up(text)}</p>" if text.strip() else ""


def _folded(fold: Fold) -> str:
    # JupyterLab's command keys would act on the notebook while the summary has the focus.
    summary = f"<summary data-lm-suppress-shortcuts='true'>{html.escape(fold.summary)}</summary>"
    body = f"<pre style='{FIXED}'>{html.escape(fold.body)}</pre>" if fold.is_code else _paragraph(fold.body)
    return f"<details style='{SPACED}'>{summary}{body}{fold.picture}</details>"


def _plain(fold: Fold) -> str:
    if fold.is_code:
        return f"{fold.summary}\n{textwrap.indent(fold.body, '    ')}"
    return f"{fold.summary} stands below the cell."


def quoted(text: str) -> str:
    """What a learner wrote, within a sentence of the course: between backticks, which it cannot leave."""
    return "`" + " ".join(str(text).split()).replace("`", "'")[:200] + "`"
