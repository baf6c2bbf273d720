"""An answer to an exercise, and what is known of it once it has run on all probes."""

import contextlib
import inspect
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from vae_helpers.exercises.engine.exercise import Exercise
from vae_helpers.exercises.engine.guard import Guard
from vae_helpers.exercises.engine.outcome import (
    HUGE,
    Outcome,
    agree,
    alike_but_for_shape,
    comparable,
    fits,
    parts,
    same,
    several,
)
from vae_helpers.exercises.engine.running import run
from vae_helpers.exercises.engine.workshop import workshop

SEED = 20_000  # of torch's generator before the first run; no learner sets this one


class Attempt:
    """An exercise, a learner's function, and what comes of running it: at first need, since some are not to be run."""

    def __init__(self, exercise: Exercise, function: Callable):
        self.exercise, self.function = exercise, function

    @cached_property
    def signature(self) -> inspect.Signature | None:
        """None for the callables that have none."""
        with contextlib.suppress(ValueError):
            return inspect.signature(self.function)

    @cached_property
    def names(self) -> list[str]:
        """Of the arguments: the learner's own, unless it is *args. TypeError if they cannot be called as the page does."""
        stub = list(inspect.signature(self.exercise.reference).parameters)
        own = self.signature.bind(*stub).arguments if self.signature else {}
        return list(own) if list(own.values()) == stub else stub

    @cached_property
    def runs(self) -> list[Outcome]:
        """One a probe, then the first probe again; the last one if it stopped, changed its arguments or more than those."""
        outcomes, guard = [], Guard(self.exercise.name)
        for probe in (*self.exercise.probes, self.exercise.probes[0]):
            # torch.manual_seed would also keep the stack of this call, for GPUs that there may be
            torch.default_generator.manual_seed(SEED + len(outcomes))
            outcomes.append(run(self.function, probe, self.exercise.effect, guard))
            last = outcomes[-1]
            if last.error is not None or last.changed or last.refused:
                break
        return outcomes

    @property
    def first(self) -> Outcome:
        return self.runs[0]

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """One a probe, of a function that ran on all."""
        return self.runs[:-1]

    @property
    def wanted(self) -> list[Outcome]:
        """What the reference leaves, one a probe."""
        return workshop(self.exercise).wanted

    @property
    def cases(self) -> list[tuple[tuple, Outcome, Outcome]]:
        """Each probe, what came of it and what was wanted."""
        return list(zip(self.exercise.probes, self.outcomes, self.wanted, strict=True))

    @cached_property
    def has_right_numbers(self) -> bool:
        """Whether on every probe only the shape is not right."""
        tolerance = self.exercise.tolerance
        return all(alike_but_for_shape(got.value, want.value, tolerance) for _, got, want in self.cases)

    @cached_property
    def all_fit(self) -> bool:
        """Whether every answer is made of as many ordinary tensors as wanted, whatever their shapes, but none is huge."""
        return all(
            several(got.value) == several(want.value)
            and len(parts(got.value)) == len(parts(want.value))
            and all(comparable(part) and part.numel() <= HUGE for part in parts(got.value))
            for _, got, want in self.cases
        )

    @cached_property
    def wrong_facts(self) -> list[str]:
        """Of an effect that is a row of facts: what is said of those that are not right on some probe."""
        pairs = [(got.effect, want.effect) for _, got, want in self.cases if len(got.effect) == len(want.effect)]
        facts = enumerate(self.exercise.facts)
        return [words for i, words in facts if any(not torch.equal(got[i], want[i]) for got, want in pairs)]

    @cached_property
    def may_be_a_slip(self) -> bool:
        """Whether it is worth looking for a small change that leaves the same: facts alone are evidence of none."""
        if self.returns(self.wanted):
            return self.all_fit and not self.exercise.facts
        return self.all_fit and not self.has_right_numbers

    @property
    def left(self) -> list[str]:
        """Global state that it left changed, in words."""
        return list(dict.fromkeys(words for run in self.runs for words in run.left))

    def has_wanted_effects(self, outcomes: list[Outcome]) -> bool:
        """Whether the effects of this answer's runs, or of others, are right, whatever the values."""
        pairs = zip(outcomes, self.wanted, strict=True)
        return all(agree(a.effect, b.effect, self.exercise.tolerance) for a, b in pairs)

    @property
    def besides(self) -> str:
        """A second paragraph for a mistake in the values, if the effects are not right either."""
        if self.exercise.effect is None or self.has_wanted_effects(self.outcomes):
            return ""
        if self.wrong_facts:
            return f"\n\nBesides, {'; and '.join(self.wrong_facts)}."
        return f"\n\nBesides, {self.exercise.effect_name} are not right."

    def smallest_case(self) -> tuple[tuple, Outcome, Outcome]:
        """The case with the fewest numbers among those that differ: in value, or if none do, in effect.

        Where only the form differs, it has at least two rows: with one, (1, 1) for (1,) would invite .squeeze().
        """
        tolerance = self.exercise.tolerance
        of_effect = self.returns(self.wanted)
        differing = [
            (probe, got, want)
            for probe, got, want in self.cases
            if not (agree(got.effect, want.effect, tolerance) if of_effect else agree(got.value, want.value, tolerance))
        ]
        if any(not fits(got.value, want.value) for _, got, want in differing):
            several = [
                case for case in differing if all(part.dim() == 0 or len(part) > 1 for part in parts(case[2].value))
            ]
            differing = several or differing
        return min(differing, key=lambda case: _numbers(case[0]) + _numbers(parts(case[2].value)))

    def does(self, others: list[Outcome]) -> bool:
        """Whether values and effects are those of other runs, on every probe."""
        return all(same(a, b, self.exercise.tolerance) for a, b in zip(self.outcomes, others, strict=True))

    def returns(self, others: list[Outcome], tolerance: float | None = None) -> bool:
        """Whether the values are those of other runs, on every probe, whatever the effects."""
        tolerance = self.exercise.tolerance if tolerance is None else tolerance
        return all(agree(a.value, b.value, tolerance) for a, b in zip(self.outcomes, others, strict=True))

    def is_much_closer_to(self, others: list[Outcome]) -> bool:
        """Whether it is off from these runs by less than a third of what it is off from the wanted ones, at the most."""
        return 3 * _off(self.outcomes, others) < _off(self.outcomes, self.wanted)


def _off(some: list[Outcome], others: list[Outcome]) -> float:
    """The largest difference between the values of two rows of runs that have the same form."""
    pairs = [
        pair for a, b in zip(some, others, strict=True) for pair in zip(parts(a.value), parts(b.value), strict=True)
    ]
    return max((a.detach().double() - b.detach().double()).abs().max().item() for a, b in pairs)


def _numbers(values) -> int:
    return sum(value.numel() for value in values if isinstance(value, Tensor))
