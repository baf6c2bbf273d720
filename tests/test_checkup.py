"""The installation's check: it reads what the course declares, says ok where all is well, and what to do where not."""

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

from vae_helpers import checkup

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = [f'{line}; extra == "test"' for line in PROJECT["optional-dependencies"]["test"]]


@pytest.fixture
def installed(monkeypatch):
    """A function that makes the installation look as told: what the course declares, and versions other than here."""
    truly = importlib.metadata.version

    def pretend(declared=(*PROJECT["dependencies"], *EXTRAS), **versions):
        monkeypatch.setattr(importlib.metadata, "requires", lambda name: {"vae-helpers": declared}[name])
        monkeypatch.setattr(importlib.metadata, "version", lambda name: versions.get(name) or truly(name))

    return pretend


def test_the_one_list_is_pyproject_s():
    """What a learner installs is the package with its tests; a list of its own would be a second one."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["-e .[test]"]


def test_what_the_package_imports_is_declared_or_comes_with_what_is():
    """Each import of the package is traced to a distribution that the declared ones need, one after the other."""
    wanted = {re.match(r"[\w-]+", line)[0].lower() for line in PROJECT["dependencies"]}
    todo = list(wanted)
    while todo:
        for line in importlib.metadata.requires(todo.pop()) or []:
            name = re.match(r"[\w-]+", line)[0].lower().replace("_", "-")
            if "extra ==" not in line and name not in wanted:
                try:
                    importlib.metadata.version(name)
                except importlib.metadata.PackageNotFoundError:
                    continue  # for another platform
                wanted.add(name)
                todo.append(name)
    homes, missing = importlib.metadata.packages_distributions(), set()
    for path in (ROOT / "vae_helpers").rglob("*.py"):
        for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            if name in homes and name != "vae_helpers":
                if not {home.lower().replace("_", "-") for home in homes[name]} & wanted:
                    missing.add(name)
    assert not missing


def test_all_is_well_here(installed, capsys, monkeypatch, tmp_path):
    installed()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # the environment that gets the kernels' file
    monkeypatch.delenv("VAE_COURSE_DATA", raising=False)
    assert checkup.run() is True
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines[:-1]] == ["ok"] * len(checkup.CHECKS) and lines[-1] == "All is ready."
    names = [re.match(r"[\w-]+", line)[0] for line in PROJECT["dependencies"]]
    assert all(f", {name} " in lines[0] for name in names) and "pytest" not in lines[0]


@pytest.mark.parametrize(
    "version", ["2.13.0", "2.13.0+cpu", "2.13rc1", "2.15.0a0+git", "2.15.0a0+git1f2e3d", "2.16.dev20261101", "2.20"]
)
def test_versions_that_will_do(installed, version):
    installed(torch=version)
    assert ", torch 2." in checkup.packages()


@pytest.mark.parametrize("version", ["2.9.1", "2.12.9", "2.12.0rc3+cu130", "3.0", "3.0rc1"])
def test_versions_that_will_not_do_are_named_with_the_command(installed, version):
    installed(torch=version)
    shown = re.escape(version)
    words = rf"torch is here in version {shown}, and the course needs >=2\.13,<3; .*pip install -r requirements\.txt"
    with pytest.raises(RuntimeError, match=words):
        checkup.packages()


def test_a_missing_package_is_named_with_the_command(installed):
    installed(["torch>=2", "no-such-package>=1"])
    with pytest.raises(RuntimeError, match=r"no-such-package is not installed .*pip install -r requirements\.txt"):
        checkup.packages()


def test_what_only_tests_or_other_systems_need_is_not_asked_for(installed):
    installed(["torch>=2", 'no-such-package>=1; extra == "test"', 'no-such-package>=1; sys_platform == "nowhere"'])
    assert [each.name for each in checkup.needed()] == ["torch"]


def test_a_course_that_is_not_installed_or_too_old_an_install_is_said(installed, monkeypatch):
    installed(None)
    with pytest.raises(RuntimeError, match=r"older copy.*pip install -r requirements\.txt"):
        checkup.packages()

    def nothing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", nothing)
    with pytest.raises(RuntimeError, match=r"own package is not installed.*pip install -r requirements\.txt"):
        checkup.packages()


def test_one_failure_does_not_hide_the_others(monkeypatch, capsys):
    def broken():
        raise OSError("the disk is full")

    monkeypatch.setattr(checkup, "CHECKS", {"First": broken, "Second": lambda: "fine"})
    assert checkup.run() is False
    out = capsys.readouterr().out
    assert "TO MEND  First: the disk is full" in out and "ok       Second: fine" in out and "1 to mend" in out
