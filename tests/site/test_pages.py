"""The site in Chromium, from disk and with the network off: everything works, for every reader."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hands import take_hold
from looks import cut, objections, settle
from reader import Page

from docs.running import ROOT

BYTES = 20e6  # of the site; 9 MB are the networks of the explorers
PAGES = ["index", *(f"notebooks/{path.stem}" for path in sorted((ROOT / "notebooks").glob("*.ipynb")))]
TEXTS = [f"docs/{path.stem}" for path in sorted((ROOT / "docs").glob("*.md"))]
# Plots in the theme's colors; digits are ink on paper in either.
CANVASES = """(explorers) => explorers.map((node) =>
    [...node.querySelectorAll("canvas:not(.vae-digit)")].map((one) => one.toDataURL()).join() + getComputedStyle(node).color)"""
# Text outside code that MathJax should have set.
DOLLARS = """[...document.querySelectorAll("article p, article li, article td")]
    .filter((node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.includes("$")))
    .map((node) => node.textContent.slice(0, 80))"""
THEME = "document.body.dataset.theme"


@pytest.fixture(params=PAGES, ids=lambda name: name.split("/")[-1][:10])
def name(request):
    return request.param


def test_explorers_answer_the_mouse_and_follow_the_theme(site, offline, name):
    context = offline(color_scheme="light")
    opened = Page(context, site / f"{name}.html")
    page, explorers = opened.page, opened.explorers()
    assert explorers.count() == page.locator(".vae-live").count()
    for number in range(explorers.count()):
        take_hold(page, explorers.nth(number))
    drawn = explorers.filter(has=page.locator("canvas"))
    if drawn.count():
        light = drawn.evaluate_all(CANVASES)
        page.emulate_media(color_scheme="dark")
        changed(page, drawn, light)
        page.emulate_media(color_scheme="light")
        for _ in range(3):
            if page.evaluate(THEME) != "dark":
                page.locator(".theme-toggle:visible").first.click()
        assert page.evaluate(THEME) == "dark"
        changed(page, drawn, light)
    assert opened.complaints == []


def changed(page, explorers, before):
    """Every explorer comes to look other than `before`."""
    page.wait_for_timeout(300)
    after = explorers.evaluate_all(CANVASES)
    assert [number for number, (a, b) in enumerate(zip(before, after, strict=True)) if a == b] == []


def test_explorers_answer_a_finger_on_a_phone(site, offline, name):
    opened = Page(offline(390, 844, has_touch=True, is_mobile=True), site / f"{name}.html")
    page, explorers = opened.page, opened.explorers()
    opened.settle()
    assert cut(page, ".vae-explorer") == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    for number in range(explorers.count()):
        take_hold(page, explorers.nth(number), touch=True)
    assert opened.complaints == []


def test_axe_core_has_no_objection(site, offline, axe, name):
    opened = Page(offline(color_scheme="light"), site / f"{name}.html")
    opened.explorers()
    opened.settle()
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert page.locator("h1").count() == 1
    undescribed = "[...document.images].filter((one) => !one.alt).map((one) => one.src)"
    assert page.evaluate(undescribed) == []
    assert page.locator("[data-mml-node=merror], mjx-merror").count() == 0
    assert page.evaluate(DOLLARS) == []
    assert opened.complaints == []
    found = {}  # from here on it asks for style sheets again, which a page from disk may not
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settle(page, "body")
        found[scheme] = objections(page, axe, "body")
    assert not any(found.values()), found


@pytest.mark.parametrize("text", TEXTS)
def test_texts_look_well_too(site, offline, axe, text):
    opened = Page(offline(390, 844), site / f"{text}.html")
    opened.settle()
    assert opened.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert opened.page.locator("h1").count() == 1
    assert opened.complaints == []
    assert objections(opened.page, axe, "body") == []


def test_a_quiz_answers_and_its_formulas_are_set(site, offline):
    opened = Page(offline(), site / "notebooks" / "00_start_here.html")
    opened.settle()
    first = opened.page.locator(".vae-quiz details").first
    assert not first.locator("p").is_visible()
    first.locator("summary").click()
    assert first.locator("p").is_visible()
    assert first.locator("mjx-container").count() and "$" not in first.text_content()
    assert opened.page.locator("details:has-text('Solution') pre").first.count() == 1
    assert not opened.page.locator("details:has-text('Solution') pre").first.is_visible()


@pytest.mark.parametrize("stem", ["04_the_reparameterization_trick", "06_interpreting_the_model"])
def test_controls_that_python_works_say_so(site, offline, stem):
    panel = Page(offline(), site / "notebooks" / f"{stem}.html").page.locator(".vae-panel:has(.vae-live)")
    panel.scroll_into_view_if_needed()
    assert "Here Python answers: run the notebook" in panel.text_content()
    assert panel.locator("img").count()


def test_search_finds_a_page(site, offline):
    opened = Page(offline(), site / "index.html")
    page = opened.page
    page.locator("input[type=search], .sidebar-search").first.fill("importance sampling")
    page.keyboard.press("Enter")
    page.locator("#search-results ul.search li a").first.wait_for(timeout=20_000)
    page.locator("#search-results ul.search li a").first.click()
    page.wait_for_url("**/*.html*")
    assert "importance" in page.locator("article").text_content().lower()
    assert opened.complaints == []


def test_a_reader_goes_on_to_the_next_page(site, offline):
    page = Page(offline(), site / "index.html").page
    for name in PAGES[1:]:
        page.locator("a.next-page").click()
        page.wait_for_url(f"**/{name}.html")
    page.locator("a.prev-page").click()
    page.wait_for_url(f"**/{PAGES[-2]}.html")


def test_a_missing_part_leaves_the_picture_and_one_line(site, offline):
    context = offline()
    context.route("**/parts/*.js", lambda route: route.abort())
    opened = Page(context, site / "notebooks" / "00_start_here.html")
    place = opened.page.locator(".vae-live").first
    place.scroll_into_view_if_needed()
    place.locator(".vae-kernel").wait_for()
    assert place.locator("img").first.is_visible()
    assert re.fullmatch(r"This explorer could not start: the file _static/parts/\w+\.js is missing\.",
                        place.locator(".vae-kernel").text_content())  # fmt: skip


class Links(HTMLParser):
    """The ids of a page, and where its links and pictures lead."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.targets = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.ids.add(known.get("id"))
        self.targets |= {known[name] for name in ("href", "src") if known.get(name)}


def test_every_link_leads_somewhere_and_the_site_is_small(site):
    pages = {path: Links(path) for path in site.rglob("*.html")}
    astray = []
    for path, page in pages.items():
        for target in page.targets:
            if re.match(r"[a-z]+:", target) or target == "#":
                continue
            file, _, fragment = target.partition("#")
            there = (path.parent / unquote(file.partition("?")[0])).resolve() if file else path
            if not there.is_file() or (fragment and there in pages and unquote(fragment) not in pages[there].ids):
                astray.append(f"{path.name}: {target}")
    assert len(pages) > len(PAGES) and astray == []
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) <= BYTES
