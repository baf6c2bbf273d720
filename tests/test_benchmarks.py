"""The benchmarks' record and the README's tables agree, and every benchmark has its words."""

import json
from pathlib import Path

import torch

from benchmarks import __main__ as record
from benchmarks import train
from vae_helpers.models import VAE

FOLDER = Path(record.__file__).parent
TEXT = record.README.read_text(encoding="utf-8")


def test_the_tables_of_the_readme_are_those_of_the_record():
    results = json.loads(record.RESULTS.read_text(encoding="utf-8"))
    assert set(results) <= {*record.NAMES, *record.APART}
    _, measured = TEXT.split(record.HEADING)
    assert record.HEADING + measured == record.section(results)


def test_a_record_says_when_on_what_and_how_busy():
    for name, one in json.loads(record.RESULTS.read_text(encoding="utf-8")).items():
        assert {"system", "processor", "cores", "load average"} == set(one["machine"]), name
        assert one["date"].count("-") == 2 and {"torch", "Python"} <= set(one["versions"]), name
        for table in one["tables"]:
            assert table["rows"] and all(len(row) == len(table["columns"]) for row in table["rows"]), name


def test_every_benchmark_has_its_words():
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "__main__"}
    assert modules == {*record.NAMES, *record.APART}
    for name in modules:
        assert f"\n## `{name}`: " in TEXT and f"python -m benchmarks.{name}\n" in TEXT, name


def test_both_trained_models_can_be_measured():
    images = torch.rand(4, 784, generator=torch.Generator().manual_seed(0))
    for model in (train.Usual(), VAE(latent_size=20, hidden_sizes=(400,))):
        assert 400 < train.test_loss(model, images) < 700  # untrained, a coin a pixel: 784 log 2 = 543


def test_the_products_of_a_step_are_those_of_its_layers(monkeypatch):
    shapes, matmul = [], torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: shapes.append((a.shape, b.shape)) or matmul(a, b))
    assert train.products(VAE(latent_size=2, hidden_sizes=(5,), data_size=7), batch_size=3, repeats=1) > 0
    timed = [(a[0], a[1], b[1]) for a, b in shapes[1::2]]  # each is called once before
    encoder = [(3, 7, 5), (5, 3, 7), (3, 5, 4), (4, 3, 5), (3, 4, 5)]
    assert timed == [*encoder, (3, 2, 5), (5, 3, 2), (3, 5, 2), (3, 5, 7), (7, 3, 5), (3, 7, 5)]


def test_what_a_benchmark_prints_is_read_as_tables():
    printed = "Model: x.\n\n| a | b |\n|---|---|\n| `x` | 1 |\n| y | |\n\ndone\n| c |\n|---|\n| 2 |\n"
    assert record.tables(printed) == [
        {"columns": ["a", "b"], "rows": [["`x`", "1"], ["y", ""]]}, {"columns": ["c"], "rows": [["2"]]},
    ]  # fmt: skip
    assert record.tables("no table | here\n") == []
