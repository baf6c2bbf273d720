"""An explorer alone in Chromium, with no Jupyter and no kernel: its page, and what the page sets.

By hand: `python -m tools.alone 'DragQ(Curve(lambda z: z + 1.2 * torch.sin(2 * z), 0.5))' --out drag_q.png --dark`.
"""

import argparse
import base64
import json
from pathlib import Path

HOST = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>explorer</title><style>{css}</style><style>{theme}</style>
<script>
// What the page has yet to do: frames, and timers, but for those that wait for a pause before they tell screen readers.
{{
  const {{ setTimeout, clearTimeout, requestAnimationFrame }} = window, due = new Set();
  window.setTimeout = (call, ms = 0) => {{
    const id = setTimeout(() => {{ due.delete(`timer ${{id}}`); call(); }}, ms);
    if (ms < 400) due.add(`timer ${{id}}`);
    return id;
  }};
  window.clearTimeout = (id) => {{ due.delete(`timer ${{id}}`); clearTimeout(id); }};
  window.requestAnimationFrame = (call) => {{
    const id = requestAnimationFrame((now) => {{ due.delete(`frame ${{id}}`); call(now); }});
    due.add(`frame ${{id}}`);
    return id;
  }};
  window.rest = async () => {{
    const end = performance.now() + 8000;
    for (let still = 0; still < 3; still = due.size ? 0 : still + 1) {{
      if (performance.now() > end) throw new Error("after 8 s the explorer still moves");
      await new Promise(requestAnimationFrame);
    }}
  }};
}}
</script></head><body data-jp-theme-light="{light}"><main id="here"></main><script type="module">
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const state = {state};
for (const [name, value] of Object.entries(state)) if (value?.base64 !== undefined) state[name] = bytes(value.base64);
const listeners = new Map();
window.model = {{
  get: (name) => state[name],
  set(name, value) {{
    state[name] = value;
    for (const hear of listeners.get(`change:${{name}}`) ?? []) hear();
  }},
  save_changes() {{ window.saved = (window.saved ?? 0) + 1; }},
  on(event, hear) {{ listeners.set(event, [...(listeners.get(event) ?? []), hear]); }},
  off(event, hear) {{ listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== hear)); }},
}};
const url = URL.createObjectURL(new Blob([{module}], {{ type: "text/javascript" }}));
const widget = (await import(url)).default;
window.end = await widget.render({{ model: window.model, el: document.getElementById("here") }});
window.ready = true;
</script></body></html>"""
DARK = """:root { --jp-ui-font-color1: rgba(255, 255, 255, 0.87); --jp-ui-font-color2: rgba(255, 255, 255, 0.54);
  --jp-border-color1: #616161; --jp-layout-color0: #111111; --jp-layout-color2: #424242; --jp-layout-color3: #616161;
  --jp-brand-color1: #2196f3; } body { background: #111111; }"""


def _json(value) -> str:
    """JSON for a script in a page: no text in it opens or ends an element."""
    return json.dumps(value).replace("<", "\\u003c")


def html(widget, dark: bool = False) -> str:
    """A page that shows one explorer and nothing else, `window.model` in place of the kernel's."""
    state = {}
    for name, value in widget.get_state().items():
        if isinstance(value, (bytes, memoryview)):
            value = {"base64": base64.b64encode(bytes(value)).decode()}
        if not name.startswith(
            ("_esm", "_css", "_model", "_view", "_dom", "_anywidget", "layout", "tabbable", "tooltip")
        ):
            state[name] = value
    return HOST.format(
        css=widget._css, theme=DARK if dark else "", light=str(not dark).lower(),
        state=_json(state), module=_json(str(widget._esm)),
    )  # fmt: skip


def show(context, widget, dark: bool = False):
    """The explorer in a new page of a browser context; `page.complaints` lists the errors of its console."""
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(f"uncaught: {error}"))
    page.set_content(html(widget, dark))
    page.wait_for_function("window.ready === true", timeout=20_000)
    rest(page)
    return page


def rest(page) -> None:
    """Wait until nothing in the page of `show` moves any more: for three frames it has had nothing to do."""
    page.evaluate("window.rest()")


def main() -> None:
    import torch

    import vae_helpers.widgets
    from tools import lab
    from vae_helpers import weights
    from vae_helpers.one_dimension import Curve

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("widget", help="a Python expression; the explorers, Curve, weights and torch are known")
    parser.add_argument("--dark", action="store_true", help="in the dark theme's colors")
    parser.add_argument("--width", type=int, default=1000, help="of the window in pixels (default: 1000)")
    parser.add_argument("--out", type=Path, default=Path("explorer.png"), help="the picture (default: explorer.png)")
    arguments = parser.parse_args()
    known = {name: getattr(vae_helpers.widgets, name) for name in vae_helpers.widgets.__all__}
    widget = eval(arguments.widget, known | {"Curve": Curve, "weights": weights, "torch": torch})
    with lab.chromium(width=arguments.width) as context:
        page = show(context, widget, arguments.dark)
        page.screenshot(path=arguments.out, full_page=True)
        print(arguments.out, *page.complaints, sep="\n")


if __name__ == "__main__":
    main()
