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


# ---- names that are there, and made by another cell ----

OWN = "This cell needs names as other cells make them, and now they hold something else: "
WORKS = [  # a cell of the page, and what it runs, as each test begins
    ("setup", "import math\nfrom torch import nn as layers"),
    ("model", "def train(hidden):\n    return math.floor(hidden)\n\nmodel = train"),
]


@pytest.fixture
def begun(ask):
    """The page's first cells have run, in order."""
    assert [ask(code, cell) for cell, code in WORKS] == ["", ""]
    return ask


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        ("model = 'my own'", "`model` in a cell under “1.1 A model”. Click"),
        ("math = None", "`math` in the setup cell, the first code cell of this notebook. Click"),  # which `model` takes
        ("math, model = '', 'my own'", "`model` in a cell under “1.1 A model”. Click"),  # a text takes no `math`
    ],
)
def test_an_error_over_a_name_of_one_s_own_says_which_cell_makes_it(begun, mine, said):
    assert begun(mine, "a new cell") == ""
    error = begun("total = model(1.5)", "use")
    assert (
        re.search(r"\n(TypeError|AttributeError): ", error) and OWN + said in error and error.endswith(kernel.ABOVE[1:])
    )
    assert [begun(code, cell) for cell, code in WORKS] == ["", ""]  # as the words say
    assert begun("total = model(1.5)", "use") == ""


def test_an_error_in_order_is_shown_as_it_is(begun):
    for cell in ("use", "a new cell"):
        assert OWN not in begun("total = model('a')", cell)
    begun("math = None", "a new cell")
    assert OWN not in begun("1 / 0", "use") and OWN not in begun("model(1)", "another new cell")


def test_what_was_made_of_a_wrong_name_is_wrong_as_well(begun, page):
    begun("late = total = 3", "a new cell")
    assert begun("late, (also, *rest) = total, (2, 3)", "late") == ""  # runs, and takes `total` from there
    assert begun("also + ''", "unfinished").count("`also` in a cell under “1.2 Later”") == 1


def test_what_a_cell_made_that_failed_does_not_count(begun):
    assert "ZeroDivisionError" in begun("late, (also, *rest) = 1, (2, 3); 1 / 0", "late")
    assert "`also` in a cell under “1.2 Later”" in begun("also + ''", "unfinished")


def test_names_that_a_cell_takes_also_through_functions_and_classes():
    code = """
import a
b = [c for d in e]
def f(g=h): return i + a.j + (lambda: k)()
class L(m): n = o
"""
    assert notebook.uses(code) >= {*"cehikmo"} and not notebook.uses(code) & {*"abfgjLn"}
    known = {"__name__": "__main__", "seven": 7}
    exec(
        "def f(): return g() + seven.real\ndef g(): return [h for _ in ()]\nclass K:\n def m(self): return f()\nk = K()",
        known,
    )
    assert notebook.reached({"k"}, known) == {"k", "f", "g", "h", "seven"}
    assert notebook.reached({"path"}, {"path": Path}) == {"path"}  # a library's own


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="not Linux")
def test_memory_that_a_cell_has_freed_is_given_back(begun):
    held = "print(open('/proc/self/status').read().split('VmRSS:')[1].split()[0])"
    begun("pieces = [bytes(50_000) for _ in range(4000)]", "a new cell")  # 200 MB, too small to be mapped one by one
    full = int(begun(held, "a new cell"))
    begun("pieces = pieces[::200]", "a new cell")  # what stays lies between what goes
    assert full - int(begun(held, "a new cell")) > 150_000


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
