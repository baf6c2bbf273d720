"""How explorers fill a page: on a wide screen, at 200 % zoom and on a phone nothing is cut, covered or moved by a drag.

The widths are those of an output in JupyterLab: 1100, 504 and 254 CSS pixels in windows of 1280, 640 and 390.
"""

import pytest
from looks import WRITE_DOWN, cut, misprints, objections, overlaps, places
from test_alone import CASES, PLANE, SLIDER, Shown, darken

from tools.alone import rest, show

ROOT = ".vae-explorer"
SCREENS = {"wide": (1100, 720), "zoomed": (520, 500), "phone": (270, 844)}  # with the margins of a bare page
BARS = 121  # CSS pixels of JupyterLab above and below a notebook

# Where the cause is and where its effect, which must be seen together.
TOGETHER = {
    "BeTheGenerator": ("input", ".vae-column > .vae-digit"),
    "BeatTheEncoder": (".vae-plane", ".vae-bars"),
    "CompleteTheDigit": (".vae-plane", ".vae-one-and-many"),
    "CoverTheDigit": (".vae-plane", ".vae-column:nth-child(2) > canvas"),
    "CurveInPlane": (".vae-plane", ".vae-curve-verdict"),
    "DragQ": (".vae-plane", ".vae-bars"),
    "DrawDigit": (".vae-pad", ".vae-values"),
    "GaussianToRing": (".vae-plane", "figure:nth-child(2) canvas"),
    "HoldTheNoise": (".vae-plane", ".vae-bars"),
    "HoldTheStyle": (".vae-pad", ".vae-dimensions"),
    "ItemizedBill": (".vae-pad", ".vae-plane"),
    "LatentPlane": (".vae-plane", ".vae-digit"),
    "LatentSliders": ("input", ".vae-column > .vae-digit"),
    "NoiseToDigit": ("input", "figure:nth-of-type(2) .vae-strip"),
    "RateDistortionDial": ("input", "figure:nth-of-type(3) .vae-strip"),
    "TwoGaussians": (".vae-plane", ".vae-terms"),
}


def fit(page, screen):
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    rest(page)


@pytest.fixture
def touch(chromium):
    """A page of a touch screen for an explorer."""
    context = chromium.browser.new_context(has_touch=True, viewport={"width": 390, "height": 600})
    yield lambda widget: show(context, widget)
    context.close()


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_cut_or_covered_or_moved(alone, explorer, name):
    widget = explorer(name)
    page = alone(widget)
    page.evaluate(WRITE_DOWN)
    shown, faults = Shown(page, widget), {}
    for screen in SCREENS:
        fit(page, screen)
        before, found = places(page, ROOT), []

        def look(before=before, found=found):
            rest(page)
            found += [f"{a} moved to {b}" for a, b in zip(before, places(page, ROOT), strict=True) if a[1:] != b[1:]]
            found += cut(page, ROOT) + overlaps(page, ROOT) + misprints(page)

        shown.drag(page.locator(CASES[name][0]).first)
        look()
        for key in ("Home", "End"):  # the longest numbers
            for one in page.locator(SLIDER).all()[:5]:
                one.press(key)
            look()
        faults[screen] = found
    assert not any(faults.values()), faults
    assert page.complaints == []


@pytest.mark.parametrize("name", TOGETHER)
def test_cause_and_effect_are_seen_together_at_200_percent(alone, explorer, name):
    page = alone(explorer(name))
    fit(page, "zoomed")
    cause, effect = (page.locator(f"{ROOT} {place}").first.bounding_box() for place in TOGETHER[name])
    top, bottom = min(cause["y"], effect["y"]), max(box["y"] + box["height"] for box in (cause, effect))
    if name == "TwoGaussians":  # the table's last line names the ends of its bars
        bottom -= page.locator(f"{ROOT} .vae-terms tr:last-child").bounding_box()["height"]
    assert bottom - top <= SCREENS["zoomed"][1] - BARS
    assert effect["x"] >= cause["x"] + cause["width"] or cause["x"] >= effect["x"] + effect["width"], "not side by side"


def test_planes_grow_on_wide_screens(alone, explorer):
    page = alone(explorer("LatentPlane"))
    sizes = []
    for screen in SCREENS:
        fit(page, screen)
        sizes.append(page.locator(PLANE).bounding_box()["width"])
    assert 500 <= sizes[0] <= 520 and 280 <= sizes[1] <= 330 and 240 <= sizes[2] <= 254


def swipe(page, x, start, end):
    """A finger, as the browser's own input sees it."""
    session = page.context.new_cdp_session(page)
    for k in range(11):
        points = [{"x": x, "y": start + (end - start) * k / 10}]
        session.send("Input.dispatchTouchEvent", {"type": "touchMove" if k else "touchStart", "touchPoints": points})
        page.wait_for_timeout(20)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)


def test_a_swipe_on_the_edge_of_a_plane_scrolls_and_one_inside_moves_the_point(touch, explorer):
    page = touch(explorer("LatentPlane"))
    box, before = page.locator(PLANE).bounding_box(), page.evaluate("window.model.get('z')")
    bottom = box["y"] + box["height"]
    swipe(page, box["x"] + 8, bottom - 60, bottom - 260)
    assert page.evaluate("scrollY") > 100 and page.evaluate("window.model.get('z')") == before
    page.evaluate("scrollTo(0, 0)")
    swipe(page, box["x"] + 0.4 * box["width"], bottom - 60, bottom - 260)
    assert page.evaluate("scrollY") == 0 and page.evaluate("window.model.get('z')") != before


@pytest.mark.parametrize("name", ["CoverTheDigit", "ItemizedBill"])
def test_a_finger_chooses_pixels_and_does_not_scroll(touch, explorer, name):
    page = touch(explorer(name))
    page.evaluate("document.body.style.minHeight = '3000px'")
    page.locator(PLANE).first.evaluate("(node) => scrollTo(0, node.getBoundingClientRect().top + scrollY - 40)")
    page.wait_for_timeout(200)
    box, before = page.locator(PLANE).first.bounding_box(), page.evaluate("[window.model.get('pixel'), scrollY]")
    start = box["y"] + 0.8 * box["height"]
    swipe(page, box["x"] + 0.3 * box["width"], start, start - 0.5 * box["height"])
    pixel, scrolled = page.evaluate("[window.model.get('pixel'), scrollY]")
    assert scrolled == before[1] and abs(pixel % 28 - 8) <= 1 and abs(pixel // 28 - 8) <= 1
    assert page.complaints == []


@pytest.mark.parametrize("name", CASES)
def test_axe_objects_to_nothing(alone, explorer, axe, name):
    page, found = alone(explorer(name)), {}
    for theme in ("light", "dark"):
        if theme == "dark":
            darken(page)
        for screen in ("wide", "phone"):
            fit(page, screen)
            found[theme, screen] = objections(page, axe, ROOT)
    assert not any(found.values()), found
