"""docs/questions.md: the sections that it names exist, and the numbers that it quotes are those on record."""

import json
import re
from pathlib import Path

import pytest

from vae_helpers import weights

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\[[Ss]ection (\d\.\d+)\]\(\.\./notebooks/([\w]+\.ipynb)\)", TEXT)
RECORDS = {
    name: entry
    for file in ("metrics.json", "families.json")
    for name, entry in json.loads((Path(weights.__file__).parent / file).read_text(encoding="utf-8")).items()
}


def test_every_link_to_a_section_is_one_that_the_tests_read():
    assert len(LINKS) == TEXT.count("/notebooks/") > 20


@pytest.mark.parametrize(("section", "notebook"), sorted(set(LINKS)))
def test_a_section_stands_in_its_notebook(section, notebook):
    cells = json.loads((ROOT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]
    headings = [line for c in cells if c["cell_type"] == "markdown" for line in "".join(c["source"]).splitlines()]
    assert any(line.startswith(f"## {section} ") for line in headings)


@pytest.mark.parametrize(
    ("model", "value", "figure"),
    [
        ("beta-1", "elbo", "−104.05"),
        ("sigma-0.1", "elbo", "+428.74"),
        ("mnist-2d", "elbo", "−134.70"),
        ("mnist-2d", "exact_log_p_x", "−129.90"),
        ("mnist-16d", "log_p_x", "−87.86"),
    ],
)
def test_a_figure_is_that_of_the_model_card(model, value, figure):
    assert figure in TEXT
    said = f"{RECORDS[model]['test'][value]:+.2f}".replace("-", "−")
    assert said == figure
