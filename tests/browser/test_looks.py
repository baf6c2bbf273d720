"""A notebook's outputs as a learner sees them: accessible and uncut, in both themes, at 200 % zoom and on a phone."""

from looks import cut, objections, overlaps

OUTPUTS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"
SCREENS = {"laptop": (1280, 720), "zoomed": (640, 500), "phone": (390, 844)}


def faults(notebook, axe: str) -> list[str]:
    """What is wrong with the outputs of a notebook that has run: for this test, and for that of any other notebook."""
    page, found = notebook.page, []
    before = page.viewport_size
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(600)
        for dark in (False, True):
            notebook.theme(dark)
            page.wait_for_timeout(300)
            where = f"{screen}, {'dark' if dark else 'light'}: "
            found += [where + one for one in objections(page, axe, OUTPUTS)]
        found += [f"{screen}: {one}" for one in cut(page, f"{OUTPUTS} .vae-explorer") + overlaps(page, OUTPUTS)]
    page.set_viewport_size(before)
    return found


def test_every_picture_has_a_description_and_the_pages_own_colors(notebook):
    pictures = f"{OUTPUTS} img"
    look = """(selector) => [...document.querySelectorAll(selector)].filter((image) => image.checkVisibility())
        .map((image) => [image.alt.length > 10, getComputedStyle(image).backgroundColor, image.className])"""
    for dark, shown in ((False, "vae-dark"), (True, "vae-light")):
        notebook.theme(dark)
        seen = notebook.page.evaluate(look, pictures)
        assert seen and all(alt and paper == "rgba(0, 0, 0, 0)" and name != shown for alt, paper, name in seen), seen


def test_outputs_are_accessible_and_uncut(notebook, axe):
    assert faults(notebook, axe) == []


def test_a_formula_counts_where_it_is_seen(notebook):
    """Not where its text for screen readers lies, cut to a pixel: at 200 % that reaches into the line above."""
    page, before = notebook.page, notebook.page.viewport_size
    page.set_viewport_size({"width": 640, "height": 500})
    page.wait_for_timeout(600)
    question = page.locator(".vae-quiz > p").filter(has=page.locator("mjx-math")).first
    assert overlaps(page, f"{OUTPUTS} .vae-quiz > p") == []
    formula = question.locator("mjx-container").first
    formula.evaluate("(node) => { node.style.top = '-22px'; }")
    assert overlaps(page, f"{OUTPUTS} .vae-quiz > p") == [
        "<mjx-math z> lies over Predict, then open the answer you chose."
    ]
    formula.evaluate("(node) => { node.style.top = ''; }")
    page.set_viewport_size(before)
