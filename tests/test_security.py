"""What a learner names, types or raises is text on every page; names of files lead nowhere else; no server lacks a token."""

import html
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from nbformat import v4

from docs import without_kernel
from tools import alone, lab
from vae_helpers import data, exercises, pictures, plots, storage, weights
from vae_helpers.beyond import recipe_first, recipe_levels
from vae_helpers.exercises import consequences, engine
from vae_helpers.exercises.nb04 import implied_sigma
from vae_helpers.pages import nb04
from vae_helpers.widgets.log_slider import LogSlider
from vae_helpers.widgets.pencil import Pencil

ROOT = Path(__file__).parents[1]
EVIL = "<img src=x onerror=window.evil=1>"
QUOTED = f"\"'>{EVIL}</script><!--<script>{EVIL}"
AWAY = ["../small", "../../README", "/etc/passwd", "C:\\small", "..\\small", "small\0", "", "..", " . "]


def widget(model):
    """A widget's saved state, as a notebook holds it."""
    return {"model_module": "anywidget", "model_name": "AnyModel", "state": model, "buffers": []}


@pytest.mark.parametrize("field", ["exercise", "text", "shown", "raised", "notes", "summary", "body", "code"])
def test_every_part_of_a_card_is_text(field):
    own = {"exercise": "f", "text": "Wrong."} | ({} if field in ("summary", "body", "code") else {field: QUOTED})
    own |= {"text": f"Wrong.\n\n{QUOTED}"} if field == "raised" else {"notes": (QUOTED,)} if field == "notes" else {}
    fold = engine.Fold(
        QUOTED if field == "summary" else "s", QUOTED if field in ("body", "code") else "b", field == "code"
    )
    card = engine.Feedback("error", folds=(fold,), **own)._repr_mimebundle_()["text/html"]
    assert "<img" not in card and "<script" not in card and "&lt;img src=x" in card


def test_a_picture_s_description_is_text():
    page = plots.html(Figure(figsize=(1, 1)), QUOTED)
    assert "<img src=x" not in page and f'alt="{html.escape(QUOTED)}"' in page


def test_the_map_of_progress_shows_no_name_but_the_course_s(monkeypatch, tmp_path):
    monkeypatch.setattr(exercises.ledger, "file", lambda: tmp_path / "progress.json")
    (tmp_path / "progress.json").write_text(json.dumps({"done": [QUOTED, "log_prior"]}))
    for here in ("00", QUOTED):
        page = exercises.progress(here)._repr_mimebundle_()["text/html"]
        assert "img" not in page and "✓" in page


def test_names_of_choices_are_text_beside_the_slider():
    sigma = implied_sigma.EXERCISE.reference(torch.tensor(1.0), 784).item()
    panel = nb04.weight_panel(torch.rand(1, 784), torch.zeros(2, 784), implied_sigma.EXERCISE.reference, {EVIL: sigma})
    assert "<img" not in panel.children[1].value and html.escape(EVIL) in panel.children[1].value


def test_names_of_files_are_printed_as_python_writes_them(tmp_path):
    name = "\x1b[2Jx<img src=x>\n.png"
    (tmp_path / name).write_text("no picture")
    pictures.Image.new("L", (3, 3)).save(tmp_path / "good.png")
    found = pictures.load(tmp_path)
    assert found.skipped.keys() == {name} and repr(name) in str(found) and "\x1b" not in str(found)


@pytest.mark.parametrize(
    "make", [lambda: Pencil(question=QUOTED, answers=[(1, QUOTED)]), lambda: LogSlider(label=QUOTED)]
)
def test_a_saved_state_is_text_in_a_page(make, tmp_path):
    state = {name: value for name, value in make().get_state().items() if isinstance(value, (str, int, float, list))}
    site = without_kernel.explorer(widget(state), without_kernel.Parts(tmp_path / "parts"), None)
    for page in (site, alone.html(make())):
        (script,) = re.findall(r'<script type="(?:application/json|module)">(.*?)</script>', page, re.DOTALL)
        assert "<!--" not in script and EVIL not in script and "<img" not in page.replace(script, "")
    saved = json.loads(re.search(r"json\">(.*)</script>", site, re.DOTALL)[1])
    assert QUOTED in json.dumps(list(saved.values()), ensure_ascii=False).replace('\\"', '"')


def test_a_saved_panel_is_text(tmp_path):
    cell = v4.new_code_cell("", outputs=[v4.new_output("stream", text=EVIL)])
    notebook = v4.new_notebook(cells=[cell])
    without_kernel.without_kernel(notebook, without_kernel.Parts(tmp_path / "parts"), "")
    assert notebook.cells[0].outputs[0].output_type == "stream"  # which Sphinx escapes
    assert "<img" not in without_kernel.note(EVIL)


# ---- nothing runs, in Chromium ----


def test_nothing_runs_in_an_explorer(chromium):
    for made in (Pencil(question=QUOTED, answers=[(1, QUOTED)], unit=QUOTED), LogSlider(label=QUOTED, name=QUOTED)):
        page = alone.show(chromium, made)
        if isinstance(made, Pencil):
            for typed in ("1", QUOTED):
                page.get_by_role("textbox").fill(typed)
                page.get_by_role("button", name="Check").click()
                page.wait_for_timeout(100)
        assert EVIL in page.locator("#here").inner_text()  # it is there, to be read
        assert page.evaluate("window.evil") is None and page.locator("img[src=x]").count() == 0
        assert page.complaints == []
        page.close()


def test_nothing_runs_in_a_page_of_cards_and_pictures(chromium):
    def log_prior(z):
        print(QUOTED)
        raise type(QUOTED, (Exception,), {})(QUOTED)

    every = engine.Feedback(
        "error", QUOTED, f"A.\n\n{QUOTED}", QUOTED, QUOTED, (QUOTED,), (engine.Fold(QUOTED, QUOTED),)
    )
    cards = [every, engine.judge(exercises.catalogue()["log_prior"], log_prior)]
    page = chromium.new_page()
    parts = [card._repr_mimebundle_()["text/html"] for card in cards] + [plots.html(Figure(figsize=(1, 1)), QUOTED)]
    page.set_content("".join(parts))
    page.wait_for_timeout(300)
    assert page.locator(".vae-card").count() == 2 and EVIL in page.locator(".vae-card").last.inner_text()
    assert page.evaluate("window.evil") is None and page.locator("img[src=x]").count() == 0
    page.close()


# ---- names of files ----


@pytest.mark.parametrize("name", AWAY)
def test_a_name_leads_to_no_other_folder(name, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "own_folder", lambda kind: tmp_path)
    asked = (
        weights.load, weights.training_record, weights.family, weights.members, recipe_first.load, recipe_levels.load,
        nb04.run_file, data.load, exercises.predict, lambda name: consequences.made_by("forward", name),
    )  # fmt: skip
    for ask in asked:
        with pytest.raises(ValueError, match=re.escape(repr(name))) as told:
            ask(name)
        assert "\n" not in str(told.value) and "\0" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read", [storage.load, weights.read])
def test_a_path_with_a_nul_is_refused_in_a_sentence(read):
    with pytest.raises(ValueError, match="cannot be read: embedded null"):
        read(Path("a\0b.safetensors"))


# ---- servers ----

OPEN = re.compile(  # what starts a server that asks for no token, or that the network can reach, or takes the token away
    r"(?i)(token|password)(=(?=[\s`]|$)|\s*=\s*(''|\"\"))|disable_check_xsrf|--ip[ =]|[ ._]ip\s*=\s*['\"]?(0\.0\.0\.0|\*|::)|0\.0\.0\.0"
    r"|allow_origin|allow_remote_access|--public|http\.server(?!.*127\.0\.0\.1)"
)
WHERE = ("README.md", "CONTRIBUTING.md", "docs/**/*", ".binder/*", ".vscode/*", ".github/**/*", ".ci/*", "tools/*.py",
         "benchmarks/*.py", "notebooks/*.ipynb", "pyproject.toml", "tools/*.json", "vae_helpers/**/*.md")  # fmt: skip
FINE = "--IdentityProvider.token=abc jupyter lab http://127.0.0.1:8888 token=TOKEN python -m docs.build recipe --zip=1"
BAD = ("--ServerApp.token=''", '--NotebookApp.token=""', "--IdentityProvider.token= --allow-root", "--ip=0.0.0.0", "--ip 1.2.3.4",
       "c.ServerApp.ip = '*'", "--ServerApp.password=", "python -m http.server 8000", "--ServerApp.disable_check_xsrf=True")  # fmt: skip


def test_no_command_starts_a_server_without_a_token():
    assert not OPEN.search(FINE) and all(map(OPEN.search, BAD))
    files = {
        file
        for pattern in WHERE
        for file in ROOT.glob(pattern)
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".png"
    }
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    assert len(files) > 40 and {ROOT / ".github/workflows/tests.yml", ROOT / "tools/lab.py"} <= files
    assert [f"{file}: {found[0]}" for file, text in texts.items() if (found := OPEN.search(text))] == []


def test_the_server_of_the_tests_lets_nobody_in_without_its_token(lacking):
    if need := lab.missing(("jupyterlab", "ipykernel")):
        lacking(f"this test needs {need}, which is not installed here")
    with lab.server() as (address, _):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{address}/api/kernels", timeout=10)
        with urllib.request.urlopen(f"{address}/api/kernels?token={lab.TOKEN}", timeout=10) as answer:
            assert json.load(answer) == []
