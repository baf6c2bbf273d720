"""Changes of a right answer: what is said of one, what it leaves, and lists of them that grow while there is time."""

import contextlib
import functools
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vae_helpers.exercises.engine.evidence import look, near
from vae_helpers.exercises.engine.outcome import Outcome, agree, same
from vae_helpers.exercises.engine.running import leaves
from vae_helpers.exercises.engine.slips import Slip, Source


@dataclass(frozen=True)
class Change:
    """An edited right answer: what is said of it, how to make it, and its rank: what people do more often has a lower one."""

    words: tuple[str, ...]
    build: Callable[[], Callable]
    rank: int = 0


class Candidate:
    """A change by one slip, and what it leaves: on the decisive probe the value alone, which rules out nearly all."""

    def __init__(self, source: Source, slip: Slip, probe: tuple, left: Callable[[Change], list[Outcome] | None]):
        self.source, self.slip, self._probe, self._left = source, slip, probe, left

    @property
    def rank(self) -> int:
        return self.slip.rank

    @property
    def change(self) -> Change:
        return Change((self.slip.words,), functools.partial(self.source.built, self.slip), self.slip.rank)

    @functools.cached_property
    def decisive(self) -> Outcome | None:
        """None if it does not run."""
        with contextlib.suppress(Exception), quietly():
            return leaves(self.change.build(), self._probe)

    @functools.cached_property
    def look(self) -> tuple:
        return look(self.decisive)[0]

    @functools.cached_property
    def outcomes(self) -> list[Outcome] | None:
        """Values and effects on all probes, made at first need."""
        return self._left(self.change)


def leave_the_same(a: Candidate, b: Candidate) -> bool:
    """Whether two leave the same: looked at closely only where they do on the decisive probe."""
    if not near(a.look, b.look, 1e-6) or not agree(a.decisive.value, b.decisive.value, 1e-6):
        return False
    if a.outcomes is None or b.outcomes is None:
        return a.outcomes is b.outcomes
    return all(same(left, right, 1e-6) for left, right in zip(a.outcomes, b.outcomes, strict=True))


class Growing:
    """What an iterator gives, kept: it can be read again, and further, until time is up.

    Attributes:
        known: what it has given so far.
    """

    def __init__(self, items: Iterator):
        self.known: list = []
        self._more = items

    def within(self, seconds: float) -> Iterator:
        """What is known already, then new ones for some seconds of computing, or three times as long if the machine is busy."""
        yield from self.known
        computed, passed = time.thread_time(), time.monotonic()
        while time.thread_time() - computed < seconds and time.monotonic() - passed < 3 * seconds:
            with quietly():
                fresh = list(itertools.islice(self._more, 10))
            if not fresh:
                return
            self.known += fresh
            yield from fresh


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Edited answers may warn of what they do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
