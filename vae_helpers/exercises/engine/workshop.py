"""The changes of an exercise's right answers, alone and in pairs, and what they leave: made at first need, once a session."""

import contextlib
import functools
import inspect
import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch

from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.running import Outcome, leaves, parts, same
from vae_helpers.exercises.engine.slips import Slip, Source, slips_of

MOST_PAIRS = 1500


@dataclass(frozen=True)
class Change:
    """An edited right answer: what is said of it, and how to make it."""

    words: tuple[str, ...]
    build: Callable[[], Callable]
    rank: int = 0


@dataclass
class Candidate:
    """A change by one slip, and what it leaves on the probes."""

    source: Source
    slip: Slip
    outcomes: list[Outcome]

    @property
    def change(self) -> Change:
        return Change((self.slip.words,), functools.partial(self.source.built, self.slip), self.slip.rank)


_WORKSHOPS: WeakKeyDictionary = WeakKeyDictionary()


def workshop(exercise: Exercise) -> "Workshop":
    """Of an exercise, always the same one."""
    if exercise not in _WORKSHOPS:
        _WORKSHOPS[exercise] = Workshop(exercise)
    return _WORKSHOPS[exercise]


@dataclass
class Workshop:
    """Right answers as sources, their slips with what these leave on the probes, and pairs with what they look like."""

    exercise: Exercise
    wanted: list[Outcome] = field(init=False)
    also: list[list[Outcome]] = field(init=False)
    singles: list[Candidate] = field(init=False)
    pairs: list[tuple[Change, tuple]] = field(default_factory=list)

    def __post_init__(self):
        exercise = self.exercise
        self.wanted, *self.also = [
            [leaves(right, probe, exercise.effect) for probe in exercise.probes]
            for right in (exercise.reference, *exercise.also_right)
        ]
        sizes = [sum(part.numel() for part in parts(left.value)) for left in self.wanted]
        self.decisive = sizes.index(max(sizes))
        functions = (exercise.reference, *exercise.alternatives, *exercise.also_right)
        self.sources = [Source.of(source_of(f), f.__globals__, exercise.probes) for f in functions]
        self.edits = [mistake for mistake in exercise.mistakes if mistake.edit]
        self.slips = [(source, slip) for source in self.sources for slip in slips_of(source)]
        self.slips.sort(key=lambda pair: pair[1].rank)
        with _quietly():
            self.singles = list(self._candidates())
        self._more = self._pairs()

    def _candidates(self) -> Iterator[Candidate]:
        for source, slip in self.slips:
            candidate = Candidate(source, slip, [])
            candidate.outcomes = self.left(candidate.change)
            if candidate.outcomes and telling(candidate.outcomes) and not self._right(candidate.outcomes):
                yield candidate

    def _right(self, left: list[Outcome]) -> bool:
        tolerance = self.exercise.tolerance
        return any(all(same(a, b, tolerance) for a, b in zip(left, r, strict=True)) for r in (self.wanted, *self.also))

    def left(self, change: Change) -> list[Outcome] | None:
        """What a change leaves on each probe; None if it does not run."""
        with contextlib.suppress(Exception):
            function = change.build()
            return [leaves(function, probe, self.exercise.effect) for probe in self.exercise.probes]

    def pairs_until(self, deadline: float) -> Iterator[tuple[Change, tuple]]:
        """Every pair and what it looks like: those known already, then new ones until the deadline."""
        yield from self.pairs
        while time.monotonic() < deadline:
            with _quietly():
                fresh = list(itertools.islice(self._more, 20))
            if not fresh:
                return
            self.pairs += fresh
            yield from fresh

    def _pairs(self) -> Iterator[tuple[Change, tuple]]:
        probe = self.exercise.probes[self.decisive]
        for change in itertools.islice(itertools.chain(self._with_edits(), self._with_slips()), MOST_PAIRS):
            with contextlib.suppress(Exception):
                left = leaves(change.build(), probe, self.exercise.effect)
                yield change, look(left)

    def _with_edits(self) -> Iterator[Change]:
        """Two mistakes at once, or a mistake and a slip, of those mistakes that are given as edits."""
        exercise, scope = self.exercise, self.exercise.reference.__globals__
        for a, b in itertools.combinations(self.edits, 2):
            with contextlib.suppress(ValueError):
                text = exercise.edited(a, b)
                yield Change((a.message, b.message), lambda text=text: _compiled(text, exercise.name, scope))
        for mistake in self.edits:
            source = Source.of(exercise.edited(mistake), scope, exercise.probes)
            for slip in slips_of(source):
                if slip.rank <= 1:
                    yield Change((mistake.message, slip.words), functools.partial(source.built, slip))

    def _with_slips(self) -> Iterator[Change]:
        """Pairs of slips of one source, the frequent ones first; of slips that leave the same only the first is used."""
        for source in self.sources:
            slips = list(self._unlike(source))
            ordered = sorted(itertools.combinations(range(len(slips)), 2), key=sum)
            for i, j in ordered:
                a, b = slips[i], slips[j]
                yield Change((a.words, b.words), functools.partial(source.built, a, b))

    def _unlike(self, source: Source) -> Iterator[Slip]:
        seen: list[list[Outcome]] = []
        for candidate in self.singles:
            if candidate.slip.rank > 1 or candidate.source is not source:
                continue
            if not any(all(same(a, b, 1e-6) for a, b in zip(candidate.outcomes, other, strict=True)) for other in seen):
                seen.append(candidate.outcomes)
                yield candidate.slip


def source_of(function: Callable) -> str:
    """The text of a definition. ValueError if it is none, since a lambda has no text of its own."""
    text = inspect.getsource(function)
    if not text.lstrip().startswith("def "):
        raise ValueError(f"{function.__name__} is no function defined by def")
    return text


def _compiled(text: str, name: str, scope: dict) -> Callable:
    namespace = dict(scope)
    exec(compile(text, f"<{name}>", "exec"), namespace)
    return namespace[name]


def telling(outcomes: list[Outcome]) -> bool:
    """Whether outcomes could be evidence of anything: finite somewhere, and not one number throughout."""
    numbers = torch.cat(
        [part.detach().double().flatten() for left in outcomes for part in (*parts(left.value), *left.effect)]
    )
    finite = numbers[numbers.isfinite()]
    return len(finite) > 0 and bool((finite != finite[0]).any())


def look(left: Outcome) -> tuple:
    """Shapes, and three numbers of each part: cheap to keep, and enough to rule out nearly all."""
    seen = []
    for part in (*parts(left.value), *left.effect):
        flat = part.detach().flatten()
        seen.append((part.shape, *(float(flat[i]) for i in {0, len(flat) // 2, len(flat) - 1} if len(flat))))
    return tuple(seen)


def near(a: tuple, b: tuple, tolerance: float) -> bool:
    if len(a) != len(b):
        return False
    return all(
        x[0] == y[0]
        and all(
            p == q or abs(p - q) <= 2 * tolerance * (1 + abs(q)) or (math.isnan(p) and math.isnan(q))
            for p, q in zip(x[1:], y[1:], strict=True)
        )
        for x, y in zip(a, b, strict=True)
    )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Edited answers may warn of what they do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
