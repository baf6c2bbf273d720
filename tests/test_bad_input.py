"""Every parameter of every public function, made bad in some twenty ways: a sentence comes, or a right answer."""

import io
import os
import subprocess
import sys
import time
from collections import Counter

import pytest

if os.name != "posix":
    pytest.skip("limits of time and memory are set as on Linux", allow_module_level=True)

from tools import bad_input
from vae_helpers import objective


@pytest.fixture(scope="module")
def rows():
    return bad_input.table()


def without(rows, *outcomes):
    return [f"{r['function']}({r['parameter']}: {r['kind']}) {r['words']}" for r in rows if r["outcome"] in outcomes]


def test_no_bad_value_is_taken_in_silence_or_late_or_ends_the_process(rows):
    assert len(rows) > 5000 and len({row["function"] for row in rows}) > 70
    assert without(rows, "silent", "NaN", "late", "killed") == []


def test_no_right_value_is_refused(rows):
    assert without(rows, "wrongly refused") == []
    assert sum(row["outcome"] == "taken" for row in rows) > 300


def test_errors_from_inside_torch_or_python_are_few(rows):
    inside = without(rows, "traceback")
    assert len(inside) < 0.05 * len(rows), inside


def test_a_refusal_names_a_parameter_or_what_it_stands_for(rows):
    """Where two do not fit, either is named; an image is called an image, whatever the parameter's name is."""
    names = {}
    for row in rows:
        names.setdefault(row["function"], set(OTHER_NAMES)).add(row["parameter"])
    refused = [row for row in rows if row["outcome"] == "refused"]
    assert [row for row in refused if not any(name in row["words"] for name in names[row["function"]])] == []


OTHER_NAMES = ("images", "pixels", "gray values", "z must", "shipped", "data sets", "sizes", "sigma", "Bernoulli likelihood", "a VAE with",
               "decompress takes", "Q and P(z)", "the batch dimensions", "the model's outputs", "bytes")  # fmt: skip


def test_the_table_is_told(rows, tried):
    """docs/reliability.md has it, a line for each module."""
    count = Counter((row["function"].split(".")[0], row["outcome"]) for row in rows)
    for module in {module for module, _ in count}:
        fine = count[module, "refused"] + count[module, "taken"]
        times = sum(number for (name, _), number in count.items() if name == module)
        what = (
            f"a bad value in a call of `{module}`: {count[module, 'taken']} rightly taken, the others refused in words"
        )
        tried(what, times, times - fine)


# --- the tool itself


def test_the_guard_sees_each_outcome(monkeypatch):
    """Functions that end in each way, so that a zero in the table means something."""
    from tools.bad_calls import Call

    def ends(function, **right):
        return bad_input.outcome(Call(function, lambda: {"value": 1.0}, right), "value", "1.5")[0]

    def asks_for(value):
        raise ValueError(f"value must be something other than {value}")

    assert ends(lambda value: value) == "taken"
    assert ends(lambda value: value, value="") == "silent"
    assert ends(lambda value: value * float("nan"), value="") == "NaN"
    assert ends(lambda value: value.shape, value="") == "traceback"
    assert ends(asks_for, value="") == "traceback"  # not the package's own
    assert ends(lambda value: objective.kl(value), value="") == "refused"
    assert ends(lambda value: objective.kl(value)) == "wrongly refused"
    monkeypatch.setattr(bad_input, "PATIENCE", 0.05)
    assert ends(lambda value: time.sleep(5)) == "late"


def test_a_process_that_ends_is_noted_and_the_next_call_goes_on(tmp_path):
    told = tmp_path / "told"
    told.write_text('[0, "f", "x", "1.5"]\n[0, "refused", ""]\n[1, "f", "x", "NaN"]\n')
    dying = subprocess.Popen([sys.executable, "-c", "import os; os.abort()"])
    assert bad_input.watched(dying, told, io.StringIO()) == 2
    assert told.read_text().splitlines()[-1] == '[1, "killed", ""]'
