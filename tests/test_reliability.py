"""The page that says what was tried to break the course."""

import json

from tools import reliability


def test_lines_of_the_same_name_are_added_up(tmp_path):
    for number, lost in enumerate((0, 2)):
        told = [
            {"what": "a bit flipped", "times": 1000, "lost": lost},
            {"what": f"cut {number}", "times": 1, "lost": 0},
        ]
        (tmp_path / f"{number}.json").write_text(json.dumps(told))
    assert reliability.page(tmp_path).removeprefix(reliability.HEAD).splitlines() == [
        "| a bit flipped | 2,000 | 2 |", "| cut 0 | 1 | 0 |", "| cut 1 | 1 | 0 |",
    ]  # fmt: skip


def test_the_page_shows_no_loss():
    rows = reliability.PAGE.read_text(encoding="utf-8").removeprefix(reliability.HEAD).splitlines()
    assert rows and all(row.startswith("| ") and row.endswith(" | 0 |") for row in rows)
