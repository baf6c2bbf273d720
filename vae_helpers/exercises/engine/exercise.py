"""What an exercise is: the task, the mistakes it knows, and the feedback on an answer."""

import ast
import html
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the code that makes it, and what to say to the learner who made it.

    In place of the code an edit of the reference's source may be given, pairs of an old text, which occurs there once, and
    a new one. Such mistakes are also recognized in pairs: with one another, and with slips.
    """

    name: str
    message: str
    code: Callable | None = None
    edit: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Exercise:
    """All there is to one exercise.

    Attributes:
        notebook: its number, "01".
        goal: one sentence.
        reference: a right answer. Its name is that of the exercise, its signature and docstring make the stub, and its
            source is the solution shown last.
        oracle: the same by an independent route; tests compare the two.
        mistakes: known wrong answers, each recognized by its values on the probes.
        also_right: answers with other values that are right as well, such as another estimate of the same expectation.
        alternatives: other right answers, in unlike styles, each a function of its own (no lambda).
        hints: three, from nudge to outline.
        probes: tuples of arguments, the smallest first.
        tolerance: relative and absolute error allowed.
        effect: what must be right besides the value, one tensor: effect(value, arguments) after the call gives a tuple of
            tensors, such as gradients, or weights that the function should change.
        effect_name: the effect in words, a plural.
    """

    notebook: str
    goal: str
    reference: Callable
    oracle: Callable
    hints: tuple[str, str, str]
    probes: tuple[tuple, ...]
    mistakes: tuple[Mistake, ...] = ()
    also_right: tuple[Callable, ...] = ()
    alternatives: tuple[Callable, ...] = ()
    tolerance: float = 1e-4
    effect: Callable | None = None
    effect_name: str = ""

    def __post_init__(self):
        mistakes = tuple(m if m.code else replace(m, code=self._built(m)) for m in self.mistakes)
        object.__setattr__(self, "mistakes", mistakes)

    def edited(self, *mistakes: Mistake) -> str:
        """Source of the reference with the edits of some mistakes. ValueError if a text to replace does not occur once."""
        text = self.solution
        for old, new in (change for mistake in mistakes for change in mistake.edit):
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: {old!r} occurs {text.count(old)} times, not once")
            text = text.replace(old, new)
        return text

    def _built(self, mistake: Mistake) -> Callable:
        scope = dict(self.reference.__globals__)
        exec(compile(self.edited(mistake), f"<{mistake.name}>", "exec"), scope)
        return scope[self.name]

    @property
    def name(self) -> str:
        """Of the function that the learner writes."""
        return self.reference.__name__

    @property
    def solution(self) -> str:
        """Source of the reference."""
        return inspect.getsource(self.reference).strip()

    @property
    def stub(self) -> str:
        """What the learner starts from: signature, docstring with shapes and units, and dots."""
        docstring = ast.parse(self.solution).body[0].body[0]
        return "\n".join(self.solution.splitlines()[: docstring.end_lineno]) + "\n    ..."


@dataclass(frozen=True)
class Feedback:
    """What a check has to say: a card in a notebook, the same words in plain text elsewhere.

    Attributes:
        kind: "open", "right", "mistake", "wrong" or "error".
        exercise: name of the exercise.
        text: paragraphs, separated by blank lines.
        shown: code or numbers in fixed width, below the text.
    """

    kind: str
    exercise: str
    text: str
    shown: str = ""

    # icon, word, color: never the color alone
    STYLES = {  # noqa: RUF012
        "open": ("○", "Not attempted yet", "#777777"),
        "right": ("✓", "Right", "#228833"),
        "mistake": ("✗", "Not yet: a known mistake", "#C77700"),
        "wrong": ("✗", "Not yet", "#C77700"),
        "error": ("!", "Your code stopped", "#C0392B"),
    }

    @property
    def title(self) -> str:
        icon, word, _ = self.STYLES[self.kind]
        return f"{icon} {word}: {self.exercise}"

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.text, textwrap.indent(self.shown, "    ")) if part)

    def _repr_mimebundle_(self, **_):
        color = self.STYLES[self.kind][2]
        paragraphs = "".join(f"<p style='margin:4px 0'>{html.escape(p)}</p>" for p in self.text.split("\n\n") if p)
        shown = f"<pre style='margin:4px 0;white-space:pre-wrap'>{html.escape(self.shown)}</pre>" if self.shown else ""
        card = (
            f"<div role='status' style='border-left:5px solid {color};padding:6px 12px;margin:4px 0;max-width:46em'>"
            f"<b>{html.escape(self.title)}</b>{paragraphs}{shown}</div>"
        )
        return {"text/plain": str(self), "text/html": card}
