"""Slips: single small changes of a right answer, made from its source, each with words for what is different."""

from collections.abc import Iterator

from vae_helpers.exercises.engine.slips import calls, formulas, reductions, throughout, variables
from vae_helpers.exercises.engine.slips.naming import aside
from vae_helpers.exercises.engine.slips.source import Slip, Source

MAKERS = (*formulas.MAKERS, *variables.MAKERS, *calls.MAKERS, *reductions.MAKERS, *throughout.MAKERS)


def slips_of(source: Source) -> Iterator[Slip]:
    """All slips of a source, those that people make often first."""
    found = [slip for node in source.nodes() if not aside(node) for make in MAKERS for slip in make(node, source)]
    yield from sorted(found, key=lambda slip: slip.rank)


__all__ = ["Slip", "Source", "slips_of"]
