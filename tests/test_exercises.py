import pytest
import torch

from vae_helpers import exercises
from vae_helpers.exercises import engine

CATALOGUE = exercises.catalogue()
EACH = pytest.mark.parametrize("exercise", CATALOGUE.values(), ids=CATALOGUE.keys())


@EACH
def test_the_reference_agrees_with_an_independent_oracle(exercise):
    for probe in exercise.probes:
        assert engine.agree(exercise.reference(*probe), exercise.oracle(*probe), 1e-3)
