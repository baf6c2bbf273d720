"""What an exercise is: the task, the mistakes it knows, and what is said of a right answer."""

import ast
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property


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

    @property
    def is_one(self) -> bool:
        """Whether it is one mistake; its message says so if it is two."""
        return "Two things" not in self.message


class Late(Sequence):
    """Probes that `make` makes when the first of them is looked at, and not when a notebook opens.

    For those that hold an optimizer: the first one of a kernel makes torch load its compiler, two seconds and 180 MB.
    """

    def __init__(self, make: Callable[[], tuple[tuple, ...]]):
        self._make = make

    @cached_property
    def _made(self) -> tuple[tuple, ...]:
        return self._make()

    def __getitem__(self, number):
        return self._made[number]

    def __len__(self) -> int:
        return len(self._made)


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
        facts: where the effect is a row of facts, of which each is right or not: of each, what is wrong if it is not, a clause.
        across: what should differ from run to run and does not, a sentence or None, from the arguments after each of the runs.
        nearly: above 0 for an open-ended exercise, where any search that comes close enough is right. No two searches end in
            quite the same place: what ends so near to a known mistake, or to what is wanted, is told so.
        then: what is said of a right answer: why it matters, or what to try now; one sentence.
        again: the cells below that a right answer may be seen in, if they are run again; in words, with a full stop.
    """

    notebook: str
    goal: str
    reference: Callable
    oracle: Callable
    hints: tuple[str, str, str]
    probes: Sequence[tuple]
    mistakes: tuple[Mistake, ...] = ()
    also_right: tuple[Callable, ...] = ()
    alternatives: tuple[Callable, ...] = ()
    tolerance: float = 1e-4
    effect: Callable | None = None
    effect_name: str = ""
    facts: tuple[str, ...] = ()
    across: Callable | None = None
    nearly: float = 0.0
    then: str = ""
    again: str = ""

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
