"""What holds for every explorer: its module, joined from files, and what stands in where no widget runs."""

import html
import re

import pytest

from vae_helpers import widgets
from vae_helpers.widgets import base

HANDSHAKE = """(() => {
    const clock = fakeClock(), traits = { mean: 0, sd: 1 }, hearers = {}, taken = [], sent = [];
    const model = {
        get: (name) => traits[name],
        set(name, value) { traits[name] = value; hearers[name]?.(); },
        on(event, hear) { hearers[event.replace("change:", "")] = hear; },
        off(event) { delete hearers[event.replace("change:", "")]; },
        save_changes: () => sent.push({ ...traits }),
    };
    const shared = share(model, ["mean", "sd"], (state) => taken.push(state));
    shared.send({ mean: 1, sd: 2 });
    shared.send({ mean: 3, sd: 4 });
    model.set("mean", -1);
    clock.advance(200);
    shared.hold(true);
    model.set("sd", 9);
    shared.hold(false);
    shared.stop();
    model.set("sd", 5);
    return { taken, sent };
})()"""
FILES = sorted(path.relative_to(base.FOLDER) for path in base.FOLDER.glob("*/*.js"))
FOLDERS = sorted({path.parent.name for path in FILES if path.name == "page.js"} - {"core", "log_slider", "pencil"})


def test_every_explorer_has_a_folder():
    assert FOLDERS == sorted(getattr(widgets, name).__module__.split(".")[-1] for name in widgets.__all__)


@pytest.mark.parametrize("folder", FOLDERS)
def test_module_is_joined_without_imports(page, folder):
    joined = base.module(folder)
    assert not re.search(r"^\s*import\b", joined, re.MULTILINE)
    assert joined.count("export default") == 1
    names = re.findall(r"^(?:export )?(?:const|let|function) (\w+)", joined, re.MULTILINE)
    assert len(names) == len(set(names)), sorted(name for name in set(names) if names.count(name) > 1)
    assert page(folder, "true")  # Node takes it: no name twice in any scope


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_are_exported_and_used(file):
    text = (base.FOLDER / file).read_text(encoding="utf-8")
    own = base.IMPORT.sub("", text)
    for names, source in re.findall(r'^import \{([^}]*)\} from "([^"]+)";', text, re.MULTILINE):
        there = (base.FOLDER / file.parent / source).read_text(encoding="utf-8")
        for name in re.findall(r"\w+", names):
            assert re.search(rf"^export (?:const|(?:async )?function) {name}\b", there, re.M), (
                f"{source} exports no {name}"
            )
            assert re.search(rf"\b{name}\b", own), f"{file} imports {name} and does not use it"


def test_state_goes_out_whole_and_gives_way_to_the_kernel(page):
    answer = page("latent_plane", HANDSHAKE)
    # What waited to go out does not undo what the kernel set since; a drag, and an explorer that ended, hear nothing.
    assert answer["sent"] == [{"mean": 1, "sd": 2}, {"mean": -1, "sd": 2}]
    assert answer["taken"] == [{"mean": -1, "sd": 2}]


@pytest.mark.parametrize("name", widgets.__all__)
def test_explorer_shows_itself_anywhere(explorer, name):
    widget = explorer(name)
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and name in data["text/plain"]


@pytest.mark.parametrize("name", widgets.__all__)
def test_explorer_leaves_its_picture_in_the_notebook(explorer, name, monkeypatch):
    shown = []
    monkeypatch.setattr(base, "display", lambda data, **_: shown.append(data))
    widget = explorer(name)
    widget._ipython_display_()
    still, live = shown
    assert live.keys() == widget._repr_mimebundle_()[0].keys() and still.keys() == {"text/html"}
    page = still["text/html"]
    pictures = re.findall(r'<img (?:class="([^"]*)" )?src="data:image/png;base64,[^"]*" alt="([^"]*)"', page)
    assert dict(pictures).keys() in ({"vae-light", "vae-dark"}, {""})  # the page's own colors, but for digits alone
    assert {alt for _, alt in pictures} == {html.escape(widget.describe())}
    assert "Run → Run All Cells" in page and len(page) < 220_000  # what a saved notebook grows by
