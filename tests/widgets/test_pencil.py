"""Pencil: what may be typed, which answer it is, and the life of a question in a page: by keyboard alone, in both themes."""

import re

import pytest
from hands import eventually
from looks import cut, objections, overlaps

from vae_helpers.widgets import base
from vae_helpers.widgets.pencil import Pencil

ANSWERS = [
    (-4.338, "Now in code."),
    (-2.5, "The constant is missing."),
    (-6.176, "More than one ends here.\nEither: A.\nOr: B."),
]
MINUS = "−"


@pytest.fixture
def widget():
    return Pencil(question="How large is log P(z)?", answers=ANSWERS, unit="nats")


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("2.5", 2.5, 1), ("2,50", 2.5, 2), (f"{MINUS}4,34", -4.34, 2), ("–4.34", -4.34, 2), ("- 4.34", -4.34, 2), ("+3", 3, 0),
        (".5", 0.5, 1), ("7.", 7, 0), ("1/4", 0.25, None), (f"{MINUS}1 / 8", -0.125, None), ("1,5/3", 0.5, None),
        ("1e-3", 0.001, None), ("  2.36 nats ", 2.36, 2), ("2.36nats", 2.36, 2),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_type_it(page, text, value, decimals):
    assert page("pencil", "typed(text, 'nats')", text=text) == {
        "value": value,
        "decimals": decimals,
    }  # JSON has no infinity


@pytest.mark.parametrize(
    "text", ["", " ", "four", "1.2.3", "1,234.5", "1/0", "0/0", "--2", "2+2", "1/2/3", "-", "nats", "NaN", "1e999"]
)
def test_what_is_no_number_is_none(page, text):
    assert page("pencil", "typed(text, 'nats')", text=text) is None


def test_without_a_unit_nothing_is_cut_off(page):
    assert page("pencil", "[typed('12'), typed('12 nats')]") == [{"value": 12, "decimals": 0}, None]


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("-4.34", 2, 0), ("-4.338", 2, 0), ("-4.3379", 2, 0), ("-4.33", 2, 0), ("-4.35", 2, None),  # within 0.01
        ("-2.5", 2, 1), ("-5/2", 2, 1), ("-2.51", 2, None), ("4.34", 2, None), ("0", 2, None),
        ("-4.3", 2, "coarse"), ("-4", 2, "coarse"), ("-4.2", 2, None), ("-4.3", 1, 0), ("-6.2", 1, 2), ("-4", 0, 0),
        ("-13/3", 2, 0), ("-9/2", 2, None),
    ],
)  # fmt: skip
def test_a_number_is_the_nearest_answer_within_a_step_of_its_last_decimal(page, text, asked, found):
    given = page(
        "pencil", "judge(typed(text), answers, asked)", text=text, answers=[list(a) for a in ANSWERS], asked=asked
    )
    assert given == found


def test_of_two_answers_that_are_close_it_is_the_nearer(page):
    answers = [[9, "right"], [1.234, "one"], [1.236, "other"]]
    assert page(
        "pencil", "[1.23, 1.24].map((value) => judge({ value, decimals: 2 }, answers, 2))", answers=answers
    ) == [1, 2]


def test_a_pair_is_not_broken_at_the_end_of_a_line(page):
    broken = "N(0, I), z = (1, −2) and ((3, 4), (0, 0)). Large? (log 2 = 0.693, log 2π = 1.838)"
    assert page("pencil", "unbroken(text)", text=broken) == broken.replace("(0, I", "(0,\u00a0I").replace(
        "(1, ", "(1,\u00a0"
    ).replace("(3, ", "(3,\u00a0").replace("(0, 0", "(0,\u00a00")


def say(page, text):
    """Type a number and press Enter; the kind of the reply, and its words."""
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_function("text => window.model.get('given') === text", arg=text.strip())
    page.wait_for_timeout(50)
    reply = page.get_by_role("status")
    return reply.get_attribute("data-kind"), [line for line in reply.inner_text().split("\n") if line]


@pytest.mark.parametrize("dark", [False, True])
def test_a_question_is_answered_by_the_keyboard_alone(alone, axe, widget, dark):
    page = alone(widget, dark)
    page.evaluate("() => { window.heard = []; document.addEventListener('keydown', (e) => window.heard.push(e.key)); }")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('input')")

    def looks():
        root = ".vae-explorer"
        return cut(page, root) + overlaps(page, root) + objections(page, axe, root)

    found = looks()
    for text, kind, words in (
        ("b", "unclear", ["! No number.", f"Write one number, such as {MINUS}1.5, 0,25 or 1/3."]),
        ("-4", "unclear", ["! Too few digits.", "Give 2 decimals: they decide."]),
        ("17", "wrong", ["✗ Not yet.", "It is none of the mistakes that this question knows."]),
        ("-2,5", "wrong", ["✗ Not yet: a known mistake.", "The constant is missing."]),
        ("-6.18", "wrong", ["✗ Not yet: a known mistake.", "More than one ends here.", "Either: A.", "Or: B."]),
        (f"{MINUS}4.34", "right", ["✓ Right.", "Now in code."]),
    ):
        assert say(page, text) == (kind, words)
        found += looks()
    assert found == [] and page.evaluate("window.heard") == ["Tab"]  # no key but this one, pressed outside, has left
    assert page.complaints == []


def test_the_button_judges_as_enter_does_and_another_number_takes_the_reply_away(alone, widget):
    page = alone(widget)
    page.get_by_label("How large is log P(z)?").fill("-2.5")
    page.get_by_role("button", name="Check").click()
    reply = page.get_by_role("status")
    page.wait_for_function("document.querySelector('[role=status]').textContent.includes('constant')")
    page.get_by_label("How large is log P(z)?").fill("-2.")
    assert reply.inner_text() == ""
    page.get_by_label("How large is log P(z)?").fill("")
    page.get_by_role("button", name="Check").click()
    page.wait_for_function("window.model.get('given') === ''")
    assert reply.inner_text() == "" and page.complaints == []


def test_what_is_being_typed_outlives_another_size_and_another_theme(alone, widget):
    page = alone(widget)
    field, reply = page.get_by_role("textbox"), page.get_by_role("status")
    field.fill("-2.5")
    field.press("Enter")
    eventually(lambda: reply.inner_text().startswith("✗"), True)
    field.fill("-4.3")
    page.set_viewport_size({"width": 700, "height": 600})
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    assert (field.input_value(), reply.inner_text()) == ("-4.3", "")
    field.fill("-2.5")
    field.press("Enter")  # what was judged before is judged again
    eventually(lambda: reply.inner_text().startswith("✗"), True)


def test_a_page_opened_again_shows_what_was_answered_and_no_answer_before(alone, widget):
    page = alone(widget)
    assert "4.3" not in page.content().split("<script")[0] and page.get_by_role("status").inner_text() == ""
    widget.given = "-4.34"
    again = alone(widget)
    assert (
        again.get_by_role("status").inner_text().startswith("✓ Right.")
        and again.locator("input").input_value() == "-4.34"
    )


def test_python_follows_the_page(widget, from_page):
    from_page(widget, {"given": "-4.34"})
    assert widget.given == "-4.34"


@pytest.mark.parametrize(
    "answers", [[], [(1.0,)], [(float("nan"), "no")], [("1", "no")], [(True, "no")], [(1.0, 2)], "1.0"]
)
def test_answers_that_are_none_are_refused(refused, answers):
    refused(lambda **more: Pencil(**more), "answers", answers, "pairs of a finite number and a message")


def test_without_a_kernel_its_picture_and_its_text_ask(widget):
    data, _ = widget._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == "Pencil question: How large is log P(z)? Answer in nats, to 2 decimals, in JupyterLab."
    assert "in JupyterLab" in Pencil(question="Q?").describe() and "in ," not in Pencil(question="Q?").describe()
    still = widget._still()
    alts = re.findall(r'alt="([^"]*)"', still)
    assert set(alts) == {widget.describe()} and len(still) < 60_000
    assert not re.search(r"\d\.\d", base.Explorer._still.__doc__ + widget.describe())  # the answer is not in it
