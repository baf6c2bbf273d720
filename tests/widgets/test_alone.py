"""Every explorer in Chromium with no kernel: under a pointer and keys, in both themes, and when the kernel moves it."""

from hashlib import sha1

import pytest

from tools.alone import DARK, rest
from vae_helpers import strokes, widgets

PLANE, SLIDER, PAD = "[role=application]", "input[type=range]", "[aria-label^='drawing pad']"
# Each: where a drag moves it, the traits that must follow, what the kernel sets then.
CASES = {
    "BeTheGenerator": (SLIDER, ["z"], {"z": {"digit": 8} | strokes.DEFAULTS}),
    "BeatTheEncoder": (PLANE, ["mu"], {"revealed": True}),
    "CompleteTheDigit": (PLANE, ["left"], {"left": 20, "digit": 7}),
    "CoverTheDigit": (PLANE, ["covered", "pixel"], {"covered": [255] * 392 + [0] * 392}),
    "CurveInPlane": (PLANE, ["x"], {"x": [-1, 1.5]}),
    "DragQ": (PLANE, ["mean", "sd"], {"mean": 2.5}),
    "DrawDigit": (PAD, ["pixels"], {"pixels": [0] * 380 + [255] * 24 + [0] * 380}),
    "GaussianToRing": (PLANE, ["z"], {"z": [-2, 1.5]}),
    "HoldTheNoise": (PLANE, ["mu", "sigma"], {"mu": 1.75}),
    "HoldTheStyle": (SLIDER, ["z"], {"z": [1.5] * 5, "label": 8}),
    "ItemizedBill": (PAD, ["pixels"], {"pixels": [0] * 380 + [255] * 24 + [0] * 380}),
    "LatentPlane": (PLANE, ["z"], {"z": [1, -1.5]}),
    "LatentSliders": (SLIDER, ["z"], {"z": [1.5] * 16}),
    "NoiseToDigit": (SLIDER, ["t"], {"t": 2}),
    "RateDistortionDial": (SLIDER, ["value"], {"value": 0.1}),
    "TwoGaussians": (PLANE, ["mean0"], {"mean1": [-1.5, 1.5]}),
}
PLANES = [name for name, (handle, *_) in CASES.items() if handle == PLANE]
DIGITS_ONLY = (
    "BeTheGenerator",
    "CompleteTheDigit",
    "HoldTheStyle",
    "LatentSliders",
    "NoiseToDigit",
)  # digits are ink on paper in either theme
NO_SLIDERS = ("CoverTheDigit", "DrawDigit", "ItemizedBill")

LOOK = """() => ({
    pictures: [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()),
    corners: [...document.querySelectorAll("canvas")].map((canvas) =>
        [...canvas.getContext("2d").getImageData(4, 4, 1, 1).data]),
    text: getComputedStyle(document.querySelector(".vae-explorer")).color,
})"""
STATE = """(names) => Object.fromEntries(names.map((name) => {
    const value = window.model.get(name);
    const bytes = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null;
    return [name, bytes ? [...bytes] : value];
}))"""
KERNEL = """(state) => {
    for (const [name, value] of Object.entries(state)) {
        window.model.set(name, ["pixels", "covered"].includes(name) ? new DataView(Uint8Array.from(value).buffer) : value);
    }
}"""


class Shown:
    """An explorer's page, read only when nothing in it moves any more."""

    def __init__(self, page, widget):
        self.page = page
        self.names = [name for name in widget.traits(sync=True) if name in widget.get_state() and name[0] != "_"]

    def rest(self) -> dict:
        rest(self.page)
        now = self.page.evaluate(LOOK) | {"state": self.page.evaluate(STATE, self.names)}
        now["pictures"] = [sha1(picture.encode()).hexdigest()[:8] for picture in now["pictures"]]
        return now

    def drag(self, place):
        place.scroll_into_view_if_needed()
        box, mouse = place.bounding_box(), self.page.mouse
        stops = [(box["x"] + right * box["width"], box["y"] + down * box["height"])
                 for right, down in ((0.4, 0.5), (0.5, 0.4), (0.7, 0.62))]  # fmt: skip
        mouse.move(*stops[0])
        mouse.down()
        for stop in stops[1:]:
            mouse.move(*stop, steps=5)
        mouse.up()


def darken(page):
    """The page turns to the dark theme, as JupyterLab does."""
    page.add_style_tag(content=DARK)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")


def test_every_explorer_has_a_case():
    assert list(CASES) == widgets.__all__


@pytest.mark.parametrize("name", CASES)
def test_explorer_alone(alone, explorer, name):
    handle, followers, given = CASES[name]
    widget = explorer(name)
    page = alone(widget)
    shown = Shown(page, widget)

    first = shown.rest()
    shown.drag(page.locator(handle).first)
    dragged = shown.rest()
    assert dragged["pictures"] != first["pictures"]
    assert [name for name in followers if dragged["state"][name] == first["state"][name]] == []

    if name not in NO_SLIDERS:
        page.locator(SLIDER).first.press("ArrowLeft")
        pressed = shown.rest()
        assert pressed["state"] != dragged["state"] and pressed["pictures"] != dragged["pictures"]

    page.evaluate(KERNEL, given)
    moved = shown.rest()
    assert moved["pictures"] != dragged["pictures"]
    assert {name: moved["state"][name] for name in given} == given  # taken, not sent back changed

    darken(page)
    dark = shown.rest()
    assert dark["state"] == moved["state"] and dark["text"] == "rgba(255, 255, 255, 0.87)"
    if name in DIGITS_ONLY:
        assert dark["pictures"] == moved["pictures"]
    else:
        assert [17, 17, 17, 255] in dark["corners"] and [17, 17, 17, 255] not in moved["corners"]

    page.evaluate("window.end()")
    page.evaluate(KERNEL, {name: first["state"][name] for name in given})
    assert shown.rest()["pictures"] == dark["pictures"]  # what has ended listens no more
    assert page.complaints == []


@pytest.mark.parametrize("name", PLANES)
def test_keys_of_one_frame_add_up(alone, explorer, name):
    widget = explorer(name)
    page = alone(widget)
    shown, plane = Shown(page, widget), page.locator(PLANE).first
    before = shown.rest()["state"]
    key = "new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true })"
    plane.evaluate(f"(node) => {{ for (let i = 0; i < 3; i++) node.dispatchEvent({key}); }}")
    away = shown.rest()["state"]
    assert away != before
    for _ in range(3):
        plane.press("ArrowLeft")
        rest(page)
    back = shown.rest()["state"]
    for trait, value in before.items():
        assert back[trait] == (value if isinstance(value, (bool, str)) else pytest.approx(value, abs=1e-6)), trait
    assert page.complaints == []
