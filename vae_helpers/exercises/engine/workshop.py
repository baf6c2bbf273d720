"""The changes of an exercise's right answers, alone and in pairs, and what they leave: made at first need, once a session."""

import contextlib
import functools
import inspect
import itertools
import math
from collections.abc import Callable, Iterator

from vae_helpers.exercises.engine import together
from vae_helpers.exercises.engine.changes import Candidate, Change, Growing, leave_the_same, quietly
from vae_helpers.exercises.engine.evidence import look, speaking, telling
from vae_helpers.exercises.engine.exercise import Exercise, Mistake
from vae_helpers.exercises.engine.outcome import Outcome, agree, parts, same
from vae_helpers.exercises.engine.running import leaves
from vae_helpers.exercises.engine.slips import Slip, Source, slips_of

MOST_PAIRS = 2500  # of slips, and as many with mistakes that are given as edits


@functools.cache
def workshop(exercise: Exercise) -> "Workshop":
    """Of an exercise, always the same one."""
    return Workshop(exercise)


class Workshop:
    """What the reference and the known mistakes leave; the slips of right answers and what they leave; pairs of them.

    The decisive probe is the one with the most numbers: pairs are made on that one alone.
    """

    def __init__(self, exercise: Exercise):
        self.exercise = exercise
        self.wanted = self._all_left(exercise.reference)
        self.also = [self._all_left(code) for code in exercise.also_right]
        sizes = [sum(part.numel() for part in parts(left.value)) for left in self.wanted]
        self.decisive = sizes.index(max(sizes))
        self.slips = Growing(self._candidates())
        self.pairs = Growing(self._pairs())

    @functools.cached_property
    def mistakes(self) -> list[tuple[Mistake, list[Outcome]]]:
        with quietly():
            return [(mistake, self._all_left(mistake.code)) for mistake in self.exercise.mistakes]

    @functools.cached_property
    def sources(self) -> list[Source]:
        functions = (self.exercise.reference, *self.exercise.alternatives, *self.exercise.also_right)
        return [Source.of(source_of(f), f.__globals__, self.exercise.probes) for f in dict.fromkeys(functions)]

    @property
    def singles(self) -> list[Candidate]:
        """The slips that run, are wrong, and leave something that could be evidence; the frequent ones first."""
        return list(self.slips.within(math.inf))

    def _candidates(self) -> Iterator[Candidate]:
        slips = [(source, slip) for source in self.sources for slip in slips_of(source)]
        for source, slip in sorted(slips, key=lambda pair: pair[1].rank):
            candidate = Candidate(source, slip, self.exercise.probes[self.decisive], self.left)
            if candidate.decisive and self._is_evidence(candidate):
                yield candidate

    def _is_evidence(self, candidate: Candidate) -> bool:
        """Most slips leave other values on the decisive probe already; the rest are run on all, with their effects."""
        value, tolerance = candidate.decisive.value, self.exercise.tolerance
        rights = [right[self.decisive].value for right in (self.wanted, *self.also)]
        if speaking(candidate.decisive) and not any(agree(value, right, tolerance) for right in rights):
            return True
        return candidate.outcomes is not None and telling(candidate.outcomes) and not self._right(candidate.outcomes)

    def _all_left(self, code: Callable) -> list[Outcome]:
        return [leaves(code, probe, self.exercise.effect) for probe in self.exercise.probes]

    def _right(self, left: list[Outcome]) -> bool:
        tolerance = self.exercise.tolerance
        return any(all(same(a, b, tolerance) for a, b in zip(left, r, strict=True)) for r in (self.wanted, *self.also))

    def left(self, change: Change) -> list[Outcome] | None:
        """What a change leaves on each probe; None if it does not run."""
        with contextlib.suppress(Exception), quietly():
            return self._all_left(change.build())

    def _pairs(self) -> Iterator[tuple[Change, tuple]]:
        probe = self.exercise.probes[self.decisive]
        edits, *others = (
            itertools.islice(kind, MOST_PAIRS) for kind in (self._with_edits(), self._with_code(), self._with_slips())
        )
        in_turn = itertools.chain.from_iterable(itertools.zip_longest(*others))
        for change in filter(None, itertools.chain(edits, in_turn)):
            with contextlib.suppress(Exception):  # effects take time, and are seen to when a value fits
                yield change, look(leaves(change.build(), probe))[0]

    def _with_edits(self) -> Iterator[Change]:
        """Two mistakes at once, or a mistake and a slip, of those mistakes that are given as edits."""
        exercise, scope = self.exercise, self.exercise.reference.__globals__
        edits = [mistake for mistake in exercise.mistakes if mistake.edit and mistake.is_one]
        for a, b in itertools.combinations(edits, 2):
            with contextlib.suppress(ValueError):
                text = exercise.edited(a, b)
                yield Change((a.message, b.message), functools.partial(_compiled, text, exercise.name, scope), 0)
        for mistake in edits:
            source = Source.of(exercise.edited(mistake), scope, exercise.probes)
            for slip in slips_of(source):
                if slip.rank <= 1:
                    yield Change((mistake.message, slip.words), functools.partial(source.built, slip), 1)

    def _with_code(self) -> Iterator[Change]:
        """Two mistakes in two results, then mistakes without edits and a slip of the whole answer."""
        exercise, number = self.exercise, len(parts(self.wanted[0].value))
        left = [(mistake, outcomes) for mistake, outcomes in self.mistakes if mistake.is_one]
        yield from together.of_parts(left, self.wanted, exercise.tolerance)
        for mistake, _ in left:
            if not mistake.edit:
                yield from together.with_slips(exercise, mistake, number)

    def _with_slips(self) -> Iterator[Change]:
        """Pairs of slips of one source, the frequent ones first; of slips that leave the same only the first is used."""
        for source in self.sources:
            slips = list(self._unlike(source))
            ordered = sorted(itertools.combinations(range(len(slips)), 2), key=sum)
            for i, j in ordered:
                a, b = slips[i], slips[j]
                yield Change((a.words, b.words), functools.partial(source.built, a, b), 2)

    def _unlike(self, source: Source) -> Iterator[Slip]:
        seen: list[Candidate] = []
        frequent = itertools.takewhile(lambda candidate: candidate.rank <= 1, self.slips.within(math.inf))
        for candidate in frequent:
            if candidate.source is source and not any(leave_the_same(candidate, other) for other in seen):
                seen.append(candidate)
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
