"""What a kernel says about a name that is not defined: in words, in a kernel of its own, and by the environment's file."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.manager import start_new_kernel
from traitlets.config import Config

from vae_helpers import kernel, notebook

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PAGE = [
    ("markdown", "title", "# A page", []),
    ("code", "setup", "import math\nfrom torch import nn as layers\n%matplotlib inline", ["setup"]),
    ("markdown", "one", "Words.\n\n## 1.1 A `model`\n\nMore words.", []),
    ("code", "model", "def train(hidden):\n    inner = 1\n\nmodel = train", []),
    ("code", "use", "total = model(1)\ntotal = total + late", []),
    ("markdown", "two", "### 1.2 Later", []),
    ("code", "late", "late, (also, *rest) = 1, (2, 3)", []),
    ("code", "unfinished", "for", []),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook on disk."""
    path = tmp_path_factory.mktemp("page") / "page.ipynb"
    cells = [{"cell_type": t, "id": i, "source": s.splitlines(True), "metadata": {"tags": g}} for t, i, s, g in PAGE]
    path.write_text(json.dumps({"cells": cells}))
    return path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_setup_cell_is_the_first_code_cell(path):
    assert [cell.setup for cell in notebook.read(path)].index(True) == 0


def test_names_that_a_cell_makes():
    code = """
import a.b as c, d.e
from f import g as h
i, (j, *k) = l = 1, (2,)
for m in i: n: int = 0
with open(i) as o: (p := 1)
def q(inside): also_inside = 1
class R: within = 1
used.attribute = used[0] = also_used
[r for r in i]
"""
    assert notebook.names(code) == {*"cdhijklmnopqR"}
    assert notebook.names("this is no Python") == frozenset()


def test_headings_and_ids(page):
    found = {cell.id: (cell.heading, cell.setup) for cell in notebook.read(page)}
    assert found["setup"] == ("A page", True)
    assert found["model"] == found["use"] == ("1.1 A model", False) and found["late"] == ("1.2 Later", False)


@pytest.mark.parametrize(
    "name, running, words",
    [
        ("layers", "use", "It is made in the setup cell, the first code cell of this notebook. Click this cell"),
        (
            "model",
            "use",
            "It is made in a cell under “1.1 A model”. Click this cell, choose Run → Run All Above Selected",
        ),
        ("model", None, "It is made in a cell under “1.1 A model”."),
        ("late", "use", "It is made further down, in a cell under “1.2 Later”: run that cell first."),
        ("total", "use", ""),  # only by the cell that asks for it
        ("inner", "use", ""),  # lives in a function
        ("nowhere", "use", ""),
    ],
)
def test_which_cell_makes_a_name(page, name, running, words):
    said = kernel.origin(name, notebook.read(page, TransformerManager().transform_cell), running)
    assert said.startswith(words) and bool(said) == bool(words)


@pytest.fixture(scope="module")
def ask(page):
    """ask(code, cell): the error, in plain text, of code that a new kernel runs as that cell of the page.

    The kernel loads the extension as the kernels of a learner's environment do, by the file of `install_everywhere`.
    """
    profile = page.parent / "profile_default"
    profile.mkdir()
    (profile / "ipython_kernel_config.py").write_text(kernel.CONFIGURATION)
    told = {"IPYTHONDIR": str(page.parent), "JPY_SESSION_NAME": str(page), "PYTHONPATH": os.pathsep.join(sys.path)}
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, **told})

    def execute(code, cell="use"):
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}}
        request = client.session.msg("execute_request", content, metadata={"cellId": cell})
        client.shell_channel.send(request)
        text = ""
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["msg_type"] == "error":
                text += "\n".join(message["content"]["traceback"])
            if message["msg_type"] == "stream":
                text += message["content"]["text"]
            if message["content"].get("execution_state") == "idle":
                return re.sub(r"\x1b\[[\d;]*m", "", text)  # without colors

    yield execute
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_new_kernel_names_the_setup_cell_and_imports_no_torch(ask):
    assert ask("layers.Linear(2, 2)") == (
        "NameError: name 'layers' is not defined\n\n`layers` is not defined in this kernel. It is made in the setup cell, the "
        "first code cell of this notebook. Click this cell, choose Run → Run All Above Selected Cell, then run it again."
    )
    assert ask("import sys; print('torch' in sys.modules)") == "False\n"


def test_inside_a_function_the_traceback_stays(ask):
    said = ask("def f():\n    return model\nf()")
    assert "----> 3 f()" in said and "----> 2     return model" in said
    assert "NameError: name 'model' is not defined\n\n`model` is not" in said and "under “1.1 A model”" in said


def test_a_misspelling_is_shown_with_its_line_and_the_nearest_name(ask):
    for code, meant in (("1 + modle", "model"), ("mean_of_q = 1\nmaen_of_q", "mean_of_q"), ("rnage(3)", "range")):
        said = ask(code)
        assert "----> " in said and said.endswith(f"is not defined in this kernel. Did you mean `{meant}`?"), said


def test_other_errors_are_left_as_they_are(ask):
    for code, last in (
        ("xyzzy", "NameError: name 'xyzzy' is not defined"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f():\n    model\n    model = 1\nf()", "where it is not associated with a value"),
        ("import types; m = types.ModuleType('m'); exec('def g(): return model', m.__dict__); m.g()",
         "NameError: name 'model' is not defined"),  # a library's
    ):  # fmt: skip
        said = ask(code)
        assert "Traceback (most recent call last)" in said and said.rstrip().endswith(last), said


def test_an_error_that_led_to_it_is_shown_too(ask):
    said = ask("try:\n    1 / 0\nexcept ZeroDivisionError:\n    model")
    assert "ZeroDivisionError: division by zero" in said and "under “1.1 A model”" in said


def test_without_the_notebook_the_words_are_general(ask):
    ask("import os; kept = os.environ.pop('JPY_SESSION_NAME')")
    try:
        said = ask("layers")
    finally:
        ask("os.environ['JPY_SESSION_NAME'] = kept")
    assert "NameError: name 'layers' is not defined" in said
    assert said.endswith("If a cell further up makes it, c" + kernel.ABOVE[1:])


def test_a_notebook_that_cannot_be_read_hides_nothing(ask, page):
    whole = page.read_text()
    page.write_text(whole[:40])
    try:
        said = ask("layers")
    finally:
        page.write_text(whole)
    assert "----> 1 layers" in said and said.endswith("NameError: name 'layers' is not defined")
    assert "setup cell" in ask("layers")


# ---- the environment's file ----


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """An empty virtual environment; yields where the file will lie."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path / "etc" / "ipython" / "ipython_kernel_config.py"


def test_the_file_is_written_once_and_renewed_only_if_ours(environment):
    assert str(environment) in kernel.install_everywhere()
    assert environment.read_text() == kernel.CONFIGURATION
    environment.write_text(kernel.MARK + ", of an older copy\n")
    kernel.install_everywhere()
    assert environment.read_text() == kernel.CONFIGURATION
    environment.write_text("c.mine = True\n")
    assert "your own" in kernel.install_everywhere()
    assert environment.read_text() == "c.mine = True\n"


def test_nothing_is_written_outside_a_virtual_environment(environment, monkeypatch):
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert "not in a virtual environment" in kernel.install_everywhere()
    assert not environment.exists()


def test_a_folder_that_cannot_be_written_is_said(environment):
    environment.parents[1].write_text("a file where the folder would be")
    assert "cannot write" in kernel.install_everywhere()


def test_without_the_course_kernels_start_as_before(monkeypatch):
    here = Config()
    exec(kernel.CONFIGURATION, {"c": here})
    assert "vae_helpers.kernel" in str(here.InteractiveShellApp.extensions)
    monkeypatch.setitem(sys.modules, "vae_helpers.kernel", None)
    monkeypatch.delattr("vae_helpers.kernel")
    gone = Config()
    exec(kernel.CONFIGURATION, {"c": gone})
    assert gone == Config()
