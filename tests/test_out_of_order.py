"""Notebooks whose cells are run in random orders, twice in one kernel, with names of the learner's own; what memory that takes."""

import os
from pathlib import Path

import pytest

from tools import out_of_order

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")


# $VAE_COURSE_ORDERS: how many orders of every notebook, which take an hour for ten; without it three, of the two quickest.
COUNT = int(os.environ.get("VAE_COURSE_ORDERS", "0"))
ORDERS = [(path.stem, range(COUNT)) for path in sorted(NOTEBOOKS.glob("*.ipynb"))] if COUNT else [
    ("00_start_here", (1, 2)), ("02_the_objective", (3,))]  # fmt: skip


@pytest.mark.parametrize(("name", "seeds"), ORDERS)
def test_in_any_order_an_error_names_the_cell_to_run(name, seeds, tried):
    for seed in seeds:
        told = out_of_order.run(NOTEBOOKS / f"{name}.ipynb", seed, mine=True)
        tried(
            "a notebook's cells in a random order, twice, with the learner's own x, model, check and math",
            1,
            bool(told.faults),
        )
        assert told.faults == []
        assert told.cells["ran"] > told.cells["missing"] and told.cells["missing"] + told.cells["another's"] > 0
        assert told.peak < 2000


@pytest.mark.parametrize("name", [name for name, _ in ORDERS] if COUNT else ["00_start_here"])
def test_a_notebook_run_again_takes_no_more_memory(name, tried):
    told = out_of_order.run(NOTEBOOKS / f"{name}.ipynb", None, passes=3)
    tried("a notebook run three times in one kernel: memory that grew", 1, told.resident[2] - told.resident[1] > 3)
    assert told.faults == [] and told.cells.keys() == {"ran"}
    assert told.resident[2] - told.resident[1] <= 3 and told.peak < 2000, told


def test_an_error_that_names_no_cell_is_a_fault():
    told = out_of_order.Told()
    for error in ("", "ValueError: no", "`x` is not defined in this kernel. It is made further down, …: run that cell first.",
                  "`x` is not defined in this kernel.", "TypeError: no\n\nThis cell needs … Run All Above Selected Cell, then run it again."):  # fmt: skip
        told.add("one", error)
    assert told.cells == {"ran": 1, "fault": 2, "missing": 1, "another's": 1} and len(told.faults) == 2
