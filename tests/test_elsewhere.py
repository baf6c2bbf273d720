"""What is prepared for other places names what is there: workflows, Binder, VS Code, docs/elsewhere.md."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from vae_helpers import course

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "elsewhere.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CPU = "--extra-index-url https://download.pytorch.org/whl/cpu"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", ["tests", "newest", "site"])
def test_a_workflow_runs_what_is_there(name):
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))
    assert flow["permissions"]["contents"] == "read" and flow[True]  # YAML reads the key `on` as true
    (job,) = flow["jobs"].values()
    steps = [step["run"] for step in job["steps"] if "run" in step]
    files = [file for step in steps for file in re.findall(r"(?<![\w/])(?:\.ci/run|[\w-]+\.(?:txt|toml))", step)]
    assert files and all((ROOT / file).is_file() for file in files if file != "requirements-site.txt"), files


def test_the_newest_versions_are_asked_for_by_taking_the_upper_bounds_away():
    text = (ROOT / ".github" / "workflows" / "newest.yml").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"sed -i -E 's/(.+?)//g' pyproject\.toml", text)
    bounded = [line for line in PROJECT["dependencies"] if "<" in line]
    assert len(bounded) > 10
    for line in bounded:
        assert {each.operator for each in Requirement(re.sub(pattern, "", line)).specifier} == {">="}


def test_binder_installs_the_course_with_the_cpu_build_on_a_python_that_it_takes():
    lines = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [CPU, "-e ."]
    major, minor = re.fullmatch(r"python-(\d)\.(\d+)\n", (ROOT / ".binder" / "runtime.txt").read_text()).groups()
    assert (int(major), int(minor)) >= tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))


def test_vs_code_s_files_are_read_as_json():
    for name in ("settings", "extensions"):
        assert json.loads((ROOT / ".vscode" / f"{name}.json").read_text(encoding="utf-8"))


def test_the_readme_opens_the_first_page_with_the_cpu_build_on_linux_and_tests_without():
    opening = [line for line in README.splitlines() if line.endswith("jupyter lab notebooks/00_start_here.ipynb")]
    linux, plain, uv = opening
    assert linux == plain.replace("requirements.txt", f"requirements.txt {CPU}")
    assert uv.startswith("uv venv") and "--torch-backend=cpu" in uv and uv in PAGE
    (command,) = [line for line in README.splitlines() if line.endswith("bin/pytest -n 2")]
    assert "index" not in command


def test_the_page_names_the_lower_bounds_that_were_run():
    names = {"torch": "PyTorch", "numpy": "NumPy", "matplotlib": "Matplotlib", "jupyterlab": "JupyterLab"}
    for line in PROJECT["dependencies"]:
        need = Requirement(line)
        (bound,) = [each.version for each in need.specifier if each.operator == ">="]
        assert re.search(rf"{names.get(need.name, need.name)} {re.escape(bound)}(\.0)*[,.]", PAGE), line


def test_the_page_names_the_one_place_of_the_address():
    assert "`REPOSITORY` in `vae_helpers/course.py`" in PAGE and hasattr(course, "REPOSITORY")
