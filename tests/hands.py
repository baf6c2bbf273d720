"""What every test in a browser does: wait, drag, take hold of an explorer."""

import time

import numpy as np

np.set_printoptions(threshold=20, precision=4, suppress=True)


def eventually(answer, expected, seconds: float = 20, **tolerance):
    """Wait until answer() is close to `expected`."""
    end = time.monotonic() + seconds
    while not (close := np.allclose(got := answer(), expected, **tolerance)) and time.monotonic() < end:
        time.sleep(0.1)
    if not close:
        raise AssertionError(f"expected\n{np.asarray(expected)}\nand after {seconds} s still\n{np.asarray(got)}")


def drag(page, place, *stops):
    """Press, pass the stops (in fractions of the place's width and height), release, and let the page draw."""
    box = place.bounding_box()
    points = [(box["x"] + right * box["width"], box["y"] + down * box["height"]) for right, down in stops]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def swipe(page, place, *stops):
    """The same with a finger."""
    box, session = place.bounding_box(), page.context.new_cdp_session(page)
    points = [[{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}] for x, y in stops]
    for number, touches in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def answer(question):
    """A wrong answer to a question by hand; it must be told so."""
    question.locator("input").fill("17")
    question.get_by_role("button", name="Check").click()
    reply = question.get_by_role("status")
    eventually(lambda: reply.inner_text().startswith("✗ Not yet"), True)


def take_hold(page, explorer, touch: bool = False):
    """Ask an explorer for what it hides, then drag, or move a slider to its end; it must say something new."""
    explorer.scroll_into_view_if_needed()
    if explorer.locator(".vae-pencil").count():
        return answer(explorer)
    live = explorer.locator("[aria-live]" if explorer.locator("[aria-live]").count() else "output").first
    before = live.text_content()
    show = explorer.locator(".vae-wager button:visible")
    if show.count():
        show.click()
    plane = explorer.locator(".vae-plane, .vae-pad").first
    if plane.count():
        plane.scroll_into_view_if_needed()
        move, stops = (swipe, ((0.42, 0.45), (0.5, 0.45), (0.7, 0.45))) if touch else (
            drag, ((0.5, 0.5), (0.55, 0.4), (0.5, 0.6), (0.62, 0.45)))  # fmt: skip
        move(page, plane, *stops)
    elif touch:
        track = explorer.locator("input[type=range]").first
        track.tap(position={"x": 0.8 * track.bounding_box()["width"], "y": track.bounding_box()["height"] / 2})
    else:
        explorer.locator("input[type=range]").first.press("End")
    eventually(lambda: live.text_content() != before, True)
