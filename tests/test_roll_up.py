"""`python -m tools.roll_up`: who solved what, and what a folder of other people's files may hold."""

import csv
import json
import os
import subprocess
import sys

import pytest

from tools import roll_up
from vae_helpers.exercises import NOTEBOOKS, ledger

OF_01 = [exercise.name for exercise in NOTEBOOKS["01"].EXERCISES]


def hand_in(path, done):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"done": done}), encoding="utf-8")


def test_a_file_that_the_course_wrote_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "file", lambda: tmp_path / "ana" / "progress.json")
    for name in ("ring", "log_prior"):
        assert ledger.record(name) is None
    handed = roll_up.collect(tmp_path)
    assert handed.solved == {"ana": {"ring", "log_prior"}} and handed.unknown == {"ana": 0} and handed.skipped == []


def test_the_table_and_the_csv(tmp_path):
    hand_in(tmp_path / "in" / "ana.json", OF_01)
    hand_in(tmp_path / "in" / "ben" / "progress.json", ["ring", "ring", "no_such", "nor_this"])
    hand_in(tmp_path / "in" / "cy" / ".local" / "share" / "vae-course" / "progress.json", [])
    hand_in(tmp_path / "in" / "ben.json", ["log_prior"])  # a second file of the same learner
    command = [sys.executable, "-m", "tools.roll_up", str(tmp_path / "in"), "--csv", str(tmp_path / "out.csv")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    table = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line}
    column = table["learner"].index("01")
    assert [table[name][column] for name in ("ana", "ben", "cy")] == [f"{n}/{len(OF_01)}" for n in (len(OF_01), 1, 0)]
    assert table["ben"][0] == "1/2" and table["ben"][-1] == "2" and table["ana"][-1] == "0"
    assert table["ana"][-2] == f"{len(OF_01)}/{len(roll_up.KNOWN)}"
    assert "Solved by fewest: best_z (0 of 3)" in printed and "left out" not in printed
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        head, *lines = csv.reader(file)
    by_name = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    assert by_name["ben"]["01 ring"] == "1" and by_name["ben"]["01 log_mean_exp"] == "0"
    assert by_name["ben"]["unknown"] == "2" and sum(by_name["ana"][f"01 {name}"] == "1" for name in OF_01) == len(OF_01)


BAD = {
    "cut.json": b'{"done": ["ring"',
    "empty.json": b"",
    "other.json": b'["ring"]',
    "foreign.json": b'{"cells": [], "nbformat": 4}',
    "numbers.json": b'{"done": [1, 2]}',
    "objects.json": b'{"done": {"ring": true}}',
    "bytes.json": b"\xff\xfe\x00",
    "deep.json": b"[" * 60_000,
    "digits.json": b'{"done": ' + b"9" * 60_000 + b"}",
    "large.json": b'{"done": ["ring"], "more": "' + b"x" * roll_up.LARGEST + b'"}',
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_and_the_others_count(tmp_path, name, tried):
    hand_in(tmp_path / "ana.json", ["ring"])
    (tmp_path / name).write_bytes(BAD[name])
    handed = roll_up.collect(tmp_path)
    assert handed.solved == {"ana": {"ring"}}
    ((file, reason),) = handed.skipped
    assert file == name and reason and "\n" not in reason
    assert f"left out: {name}: {reason}" in roll_up.report(handed)
    tried("a bad progress file among those handed in", 1)


def test_a_folder_a_pipe_and_a_link_are_not_followed(tmp_path):
    hand_in(tmp_path / "elsewhere", ["ring"])
    folder = tmp_path / "in"
    (folder / "folder.json").mkdir(parents=True)
    os.mkfifo(folder / "pipe.json")
    (folder / "link.json").symlink_to(tmp_path / "elsewhere")
    handed = roll_up.collect(folder)
    assert handed.solved == {} and {name for name, _ in handed.skipped} == {"folder.json", "pipe.json", "link.json"}


def test_names_are_text(tmp_path):
    """Neither a terminal nor a spreadsheet does what a name says."""
    hand_in(tmp_path / "\x1b[2J\u202eana.json", ["\x1b[31mred", "__import__('os').abort()"])
    hand_in(tmp_path / "=1+1.json", ["ring"])
    handed = roll_up.collect(tmp_path)
    assert set(handed.solved) == {"\ufffd[2J\ufffdana", "=1+1"}
    text = roll_up.report(handed)
    assert all(c.isprintable() or c == "\n" for c in text) and "red" not in text and "abort" not in text
    roll_up.write_csv(tmp_path / "out.csv", handed)
    assert "\n'=1+1," in (tmp_path / "out.csv").read_text(encoding="utf-8").replace("\r", "")


def test_an_empty_folder_and_none(tmp_path):
    assert roll_up.report(roll_up.collect(tmp_path)).startswith("learner")
    run = subprocess.run([sys.executable, "-m", "tools.roll_up", str(tmp_path / "no")], capture_output=True, text=True)
    assert run.returncode == 1 and "is not a folder" in run.stderr
