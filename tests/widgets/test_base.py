"""How an explorer reaches its page: one module joined from its files, and something to see where no widget runs."""

import re

import pytest

from vae_helpers import widgets
from vae_helpers.widgets import DrawDigit, LatentPlane, LatentSliders, base

EXPLORERS = sorted(path.parent.name for path in base.FOLDER.glob("*/__init__.py"))
DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (?:(\w+)|\{([^}]*)\}|\[([^\]]*)\])", re.M
)
IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)


def declared(text):
    """The names that a script declares at its top level, in order."""
    return [name for found in DECLARED.findall(text) for part in found for name in re.findall(r"\w+", part)]


def files_of(name):
    """An explorer's page and every file that it imports, directly or not."""
    found, waiting = set(), [base.FOLDER / name / "page.js"]
    while waiting:
        path = waiting.pop().resolve()
        if path not in found:
            found.add(path)
            waiting += [path.parent / other for _, other in IMPORT.findall(path.read_text(encoding="utf-8"))]
    return found


@pytest.mark.parametrize("name", EXPLORERS)
def test_module_is_joined_once_without_imports(name):
    joined = base.module(name)
    assert not re.search(r"^\s*import\b", joined, re.MULTILINE)
    assert joined.count("export default") == 1
    for path in files_of(name):
        first = next(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("import"))
        assert joined.count(f"{first}\n") == 1, path
    names = declared(joined)
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})


@pytest.mark.parametrize("name", EXPLORERS)
def test_imports_are_exported_used_and_joined_before(name):
    joined = base.module(name)
    for path in files_of(name):
        text = path.read_text(encoding="utf-8")
        own = IMPORT.sub("", text)
        assert own in joined
        code = re.sub(r"//.*", "", own)
        for names, other in IMPORT.findall(text):
            source = (path.parent / other).resolve().read_text(encoding="utf-8")
            assert joined.index(IMPORT.sub("", source)) < joined.index(own), f"{other} comes after {path}"
            for imported in re.findall(r"\w+", names):
                assert re.search(rf"^export (?:const|(?:async )?function) {imported}\b", source, re.M), (
                    f"{other}: no {imported}"
                )
                assert re.search(rf"(?:(?<!\.)|(?<=\.\.\.))\b{imported}\b", code), (
                    f"{path} imports {imported} and does not use it"
                )


@pytest.mark.parametrize("name", EXPLORERS)
def test_node_reads_and_runs_the_module(page, name):
    assert page(name, "1 + 1") == 2


def test_all_explorers_are_tested():
    controls = {"log_slider", "pencil"}  # nothing is dragged there, and each has tests of its own
    assert len(set(EXPLORERS) - controls) == len(widgets.__all__)


def test_a_file_that_two_others_import_comes_once_and_first(tmp_path, monkeypatch):
    files = {
        "core/deep.js": "export const deep = 1;\n",
        "core/left.js": 'import { deep } from "./deep.js";\nexport const left = deep;\n',
        "core/right.js": 'import {\n  deep,\n} from "./deep.js";\nexport const right = deep;\n',
        "two/page.js": 'import { left } from "../core/left.js";\nimport { right } from "../core/right.js";\n'
        "export default { left, right };\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(base, "FOLDER", tmp_path)
    assert base.module("two") == (
        "export const deep = 1;\nexport const left = deep;\nexport const right = deep;\nexport default { left, right };\n"
    )


@pytest.mark.parametrize("kind", [LatentPlane, LatentSliders, DrawDigit])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_explorers_show_themselves_anywhere(vae, kind, likelihood):
    """Without images, and with a Gaussian likelihood too: the widget, and a picture where no widget runs."""
    widget = kind(vae(likelihood=likelihood))
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == widget.describe() and kind.__name__ in data["text/plain"]
