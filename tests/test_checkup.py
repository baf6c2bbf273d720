"""The installation's check: it agrees with requirements.txt, says ok where all is well, and what to do where not."""

import re
from pathlib import Path

import pytest

from vae_helpers import checkup

ROOT = Path(__file__).parents[1]


def test_it_asks_for_the_versions_of_requirements_txt():
    lowest = dict(re.findall(r"^([a-z_]+)>=([0-9.]+),", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    for name, version in checkup.NEEDED.items():
        assert tuple(int(part) for part in lowest[name].split(".")[:2]) == version


def test_all_is_well_here(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("VAE_COURSE_DATA", raising=False)
    assert checkup.run() is True
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines[:-1]] == ["ok"] * len(checkup.CHECKS) and lines[-1] == "All is ready."


def test_an_old_or_missing_package_is_named_with_the_command(monkeypatch):
    monkeypatch.setitem(checkup.NEEDED, "torch", (99, 0))
    with pytest.raises(RuntimeError, match=r"torch .* is older than 99\.0; .*pip install -r requirements\.txt"):
        checkup.packages()
    monkeypatch.setattr(checkup, "NEEDED", {"no-such-package": (1, 0)})
    with pytest.raises(RuntimeError, match=r"no-such-package is not installed .*pip install -r requirements\.txt"):
        checkup.packages()


def test_one_failure_does_not_hide_the_others(monkeypatch, capsys):
    def broken():
        raise OSError("the disk is full")

    monkeypatch.setattr(checkup, "CHECKS", {"First": broken, "Second": lambda: "fine"})
    assert checkup.run() is False
    out = capsys.readouterr().out
    assert "TO MEND  First: the disk is full" in out and "ok       Second: fine" in out and "1 to mend" in out
