"""CONTRIBUTING.md: its paths exist, and each of its examples does what it says, tried on a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(?:python|js)\n(?:#|//) (\S+?)(?:, in \S+)?\n(.*?)```", PAGE, flags=re.DOTALL)
CODE = {}
for path, text in EXAMPLES:
    CODE.setdefault(path, text)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package and its tests, copied, with every example put where it belongs."""
    folder = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for name in ("vae_helpers", "tests", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path in ("vae_helpers/objective.py", "tests/test_objective.py"):
        edit(folder / path, lambda text, path=path: f"{text}\n\n{CODE[path]}")
    mistake = CODE["vae_helpers/exercises/nb00/log_prior_mistakes.py"]
    edit(
        folder / "vae_helpers/exercises/nb00/log_prior_mistakes.py",
        lambda t: t.replace("MISTAKES = (\n", f"MISTAKES = (\n{mistake}", 1),
    )
    (folder / "vae_helpers/exercises/nb00/squared_length.py").write_text(
        CODE["vae_helpers/exercises/nb00/squared_length.py"]
    )
    edit(
        folder / "vae_helpers/exercises/nb00/__init__.py",
        lambda t: t.replace("EXERCISES = (", "EXERCISES = (squared_length.EXERCISE, ", 1).replace(
            "import best_z, log_prior", "import best_z, log_prior, squared_length", 1
        ),
    )
    explorer = folder / "vae_helpers/widgets/one_number"
    explorer.mkdir()
    (explorer / "page.js").write_text(CODE["vae_helpers/widgets/one_number/page.js"])
    imports = (
        "import torch\nfrom matplotlib.figure import Figure\nfrom vae_helpers import plots\n"
        "from vae_helpers.widgets import base, inputs\n\n"
    )
    (explorer / "__init__.py").write_text(imports + CODE["vae_helpers/widgets/one_number/__init__.py"])
    return folder


def edit(path, change):
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def python(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_every_path_named_is_there():
    names = re.findall(r"`([\w/]+\.(?:py|md|js)|(?:vae_helpers|tests|tools)/[\w/]+)`", PAGE)
    assert len(names) >= 20
    made, places = {path for path, _ in EXAMPLES}, (ROOT, ROOT / "vae_helpers", ROOT / "vae_helpers" / "weights")
    for name in names:
        beside = [place / name for place in places] + list((ROOT / "vae_helpers" / "widgets").glob(f"*/{name}"))
        assert name in made or any(path.exists() for path in beside), name


def test_examples_are_short():
    assert len(EXAMPLES) == 6
    assert all(len(text.splitlines()) <= 20 for _, text in EXAMPLES)


def test_an_equation(copy):
    out = python(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "entropy_is_that", "tests/test_objective.py"
    )
    assert "1 passed" in out


def test_a_mistake_and_an_exercise(copy):
    found = json.loads(
        python(
            copy, "-c",
            "import json, torch\n"
            "from vae_helpers.exercises import catalogue, engine\n"
            "e = catalogue()['log_prior']\n"
            "m = next(m for m in e.mistakes if m.name == 'largest coordinate only')\n"
            "one = engine.judge(e, m.code)\n"
            "e = catalogue()['squared_length']\n"
            "right = engine.judge(e, lambda z: torch.einsum('bi,bi->b', z, z))\n"
            "wrong = engine.judge(e, lambda z: z.norm(dim=1))\n"
            "print(json.dumps([one.kind, one.text, right.kind, wrong.text, e.stub]))\n",
        )
    )  # fmt: skip
    assert found[0] == "mistake" and found[1].startswith("You take the largest coordinate")
    assert found[2] == "right" and found[3].startswith("This is the length")
    assert found[4].startswith("def squared_length(z):") and found[4].endswith("...")


def test_an_explorer(copy, chromium):
    made = json.loads(
        python(
            copy, "-c",
            "import json\n"
            "from vae_helpers.widgets.one_number import OneNumber\n"
            "w = OneNumber(x=0.5); w.picture()\n"
            "try: w.x = 3\n"
            "except ValueError as e: print(json.dumps([w._esm, w._css, str(e)]))\n",
        )
    )  # fmt: skip
    assert made[2] == "x must be a number from -2 to 2, not 3"
    from tools import alone

    class Widget:
        _esm, _css = made[:2]

        def get_state(self):
            return {"x": 0.5}

    page = alone.show(chromium, Widget())
    page.get_by_role("slider", name="x").press("ArrowRight")
    page.wait_for_function("window.model.get('x') === 0.51")
    page.wait_for_function("document.querySelector('.vae-readout').textContent === 'x² = 0.26'")
    assert page.complaints == []
    page.close()
