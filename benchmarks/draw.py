"""From stroke to reconstruction: how soon `DrawDigit` answers a pointer that draws.

`python -m benchmarks.draw` opens DrawDigit in a real JupyterLab, draws spirals with a real pointer, and prints the time
from each pointer event until after the first frame in which the reconstruction answers it or a later event. Encoder,
ellipse and decoder run in the page in between. An event that leaves the reconstruction as it was is charged until the
next change.
"""

import argparse
import math
import sys

import numpy as np

from benchmarks.drag import Pointer, lab, waits

CELL = """
from vae_helpers import data, weights
from vae_helpers.widgets import DrawDigit

digits = data.load("mnist")
drawing = DrawDigit(weights.load("mnist-2d"), data.binarize(digits.test_images[:1500]), digits.test_labels[:1500])
drawing
"""
RATE = 60  # moves a second
RECORD = """() => {
    const canvases = [...document.querySelectorAll(".vae-digit")];
    const digit = canvases.find((node) => node.getAttribute("aria-label").startsWith("the reconstruction"));
    const look = () => digit.getContext("2d").getImageData(0, 0, 28, 28).data.join();
    const log = (window.log = { events: [], pictures: [] });
    addEventListener("pointermove", (event) => { if (event.buttons) log.events.push(event.timeStamp); });
    let pixels = look(), before = { length: 0, time: 0 };
    const frame = () => {  // ahead of the explorer's own: sees what the frame before it painted
        requestAnimationFrame(frame);
        const now = look();
        if (now !== pixels) {
            pixels = now;
            log.pictures.push([before.time ?? performance.now(), before.length]);
        }
        const current = (before = { length: log.events.length, time: null }), { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { current.time = performance.now(); };
        port2.postMessage(0);
    };
    requestAnimationFrame(frame);
}"""


def draw(notebook, pointer, seconds: float) -> tuple[list, float]:
    """Draw one spiral inward, a turn a second; returns each event's latency in ms, and pictures a second."""
    page = notebook.page
    page.get_by_role("button", name="clear", exact=True).click()
    pad = page.locator("canvas").first
    pad.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.evaluate("() => { log.events = []; log.pictures = []; }")
    box, moves = pad.bounding_box(), int(RATE * seconds)

    def place(number: int) -> tuple[float, float]:
        # Every event must change the picture. A spiral does; a straight line is scaled to the same picture as it grows.
        turn, radius = 2 * math.pi * number / RATE, 0.4 * (1 - 0.85 * number / moves)
        right, down = 0.5 + radius * math.cos(turn), 0.5 + radius * math.sin(turn)
        return box["x"] + right * box["width"], box["y"] + down * box["height"]

    pointer.follow(place, RATE, moves)
    events, pictures = (np.array(page.evaluate(f"log.{name}")) for name in ("events", "pictures"))
    return waits(events, pictures), len(pictures) / ((events[-1] - events[0]) / 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4, help="length of each drawing (default: 4)")
    parser.add_argument("--rounds", type=int, default=5, help="drawings (default: 5)")
    arguments = parser.parse_args()
    if lacking := lab.missing():
        sys.exit(f"this benchmark needs {lacking}")
    port = lab.free_port()
    with lab.server() as (address, folder), lab.chromium(f"--remote-debugging-port={port}", height=1400) as context:
        page = lab.Notebook(context, address, lab.write(folder, "draw.ipynb", CELL))
        if errors := page.run_all():
            sys.exit("\n".join(errors))
        page.page.locator(".vae-digit").first.wait_for()
        page.page.wait_for_timeout(3000)
        page.page.evaluate(RECORD)
        pointer = Pointer(page.page, port)
        draw(page, pointer, 1)  # warm up
        found = [draw(page, pointer, arguments.seconds) for _ in range(arguments.rounds)]
        page.close()
    latencies = np.concatenate([latencies for latencies, _ in found])
    median, p95, rate = np.median(latencies), np.percentile(latencies, 95), np.mean([rate for _, rate in found])
    print("| | moves/s | median ms | p95 ms | pictures/s |\n|---|---|---|---|---|")
    print(f"| `DrawDigit` | {RATE} | {median:.0f} | {p95:.0f} | {rate:.0f} |")
    print(f"\n{len(latencies)} events; p95 {p95:.0f} ms (reach: 33).")


if __name__ == "__main__":
    main()
