"""A notebook's widgets as HTML that works without a kernel: site/host.js starts the explorers from what is saved here."""

import base64
import gzip
import hashlib
import html
import io
import json
import re
from pathlib import Path

import numpy as np
from nbformat import NotebookNode
from PIL import Image

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
PART = 2_000  # characters; longer values of a state are parts of their own
FIRST_LETTER = 0x3400  # from here on 2¹⁵ letters of two bytes each
PICTURE = re.compile(r"""src=(["'])data:image/png;base64,([^"']+)\1""")
BY_PYTHON = "Here Python answers: run the notebook to use this. Below is the answer to the first setting."
EXERCISE = (
    "In the notebook you write your answer here, and a card tells you what came of it. On this page, "
    "work it out on paper; the hints and a solution unfold below."
)
PROGRESS = "In the notebook, this shows which exercises you have solved."


class NoState(Exception):
    """A widget is shown whose state was not saved."""


class Parts:
    """Large values and pictures in a folder, each once, under its own hash."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True)

    def _name(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()[:16]

    def value(self, content: bytes, kind: str) -> dict:
        """What a state holds in place of large "bytes" or "text". A script: pages from disk cannot fetch."""
        name = self._name(content)
        path = self.folder / f"{name}.js"
        if not path.exists():
            planes = b"".join(content[first::4] for first in range(4))  # alike bytes of floats together: a third less
            packed = gzip.compress(planes, 9, mtime=0)
            path.write_text(f'vaePart("{name}", {len(packed)}, "{in_letters(packed)}");\n', encoding="utf-16")
        return {"part": name, "kind": kind}

    def pictures(self, text: str, address: str) -> str:
        """HTML with its pictures moved into files; `address` leads from the page to the folder."""

        def moved(source: re.Match) -> str:
            content = base64.b64decode(source[2])
            name = f"{self._name(content)}.webp"
            if not (self.folder / name).exists():  # 256 colors are enough for a figure, in a quarter of the bytes
                picture = Image.open(io.BytesIO(content)).convert("RGBA")
                picture = picture.quantize(256, method=Image.Quantize.FASTOCTREE).convert("RGBA")
                picture.save(self.folder / name, lossless=True, quality=20, method=1)
            return f'loading="lazy" src="{address}{name}"'

        return PICTURE.sub(moved, text)


def in_letters(content: bytes) -> str:
    """Bytes as text, 15 bits a letter; in UTF-16 a fifth shorter than base64. site/host.js reads it."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    letters = np.pad(bits, (0, -len(bits) % 15)).reshape(-1, 15) @ (1 << np.arange(14, -1, -1))
    return (letters + FIRST_LETTER).astype("<u2").tobytes().decode("utf-16-le")


def without_kernel(notebook: NotebookNode, parts: Parts, address: str) -> None:
    """Replace every output that needs a kernel; `address` leads from the page to the folder of parts."""
    states = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook.cells:
        tags, poster, kept = cell.metadata.setdefault("tags", []), None, []
        if "setup" in tags:
            tags.append("hide-input")
        if cell.metadata.get("jupyter", {}).get("source_hidden") or cell.source.startswith(("predict(", "progress(")):
            tags.append("remove-input")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = "".join(data.get("text/html", ""))
            if 'class="vae-still"' in text:
                poster = re.search(r"</style>\n(.*)\n<p>", text, re.DOTALL)[1]  # as widgets.base draws it
                continue
            if view := data.get(VIEW):
                text, poster = widget(view["model_id"], states, parts, poster), None
                data.clear()
            if text:
                data["text/html"] = parts.pictures(for_readers(text), address)
            elif output.output_type == "stream":
                output.text = re.sub(r"[^\n]*\r(?!\n)", "", output.text)  # what a bar of progress has written over
                if "setup" in tags:
                    output.text = re.sub(r" \((/|[A-Z]:\\)[^)\n]*\)", "", output.text)  # folders of this machine
            kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept


def for_readers(text: str) -> str:
    """What the exercises' engine shows a learner, as a reader without a kernel needs it."""
    if "class='vae-card'" in text and "○" in text:
        return note(EXERCISE)
    if "class='vae-map'" in text:
        return note(PROGRESS)
    return text.replace("class='vae-quiz'", "class='vae-quiz mathjax_process'", 1)


def note(text: str) -> str:
    return f'<p class="vae-kernel">{html.escape(text)}</p>'


def widget(name: str, states: dict, parts: Parts, poster: str | None = None) -> str:
    """A widget and those in it, from the states {name: model} of a notebook's widgets."""
    if name not in states:
        raise NoState(name)
    if states[name]["model_module"] == "anywidget":
        return explorer(states[name], parts, poster)
    return f'<div class="vae-panel">{note(BY_PYTHON)}{"".join(inside(name, states, parts))}</div>'


def inside(name: str, states: dict, parts: Parts) -> list[str]:
    """What of a panel can be shown without Python: its explorers and its HTML; buttons and fields are left out."""
    name = name.removeprefix("IPY_MODEL_")
    model = states[name]
    if model["model_module"] == "anywidget":
        return [explorer(model, parts, None)]
    if model["model_name"] == "HTMLModel":
        return [f"<div>{model['state'].get('value', '')}</div>"]
    return [text for child in model["state"].get("children", []) for text in inside(child, states, parts)]


def explorer(model: dict, parts: Parts, poster: str | None) -> str:
    """An explorer's picture, and the state from which host.js starts its module in the picture's place."""
    state = {name: value for name, value in model["state"].items() if name not in ("layout", "tabbable", "tooltip")}
    for name, value in state.items():
        if isinstance(value, str) and len(value) > PART:
            state[name] = parts.value(value.encode(), "text")
    for buffer in model.get("buffers", []):
        (name,) = buffer["path"]
        state[name] = parts.value(base64.b64decode(buffer["data"]), "bytes")
    saved = json.dumps(state).replace("<", "\\u003c")  # no text in it opens or ends an element
    return f'<div class="vae-live">{poster or ""}<script type="application/json">{saved}</script></div>'
