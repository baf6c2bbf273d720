"""From pointer to pixels: LatentPlane beside `ipywidgets.interact` with matplotlib, in one JupyterLab.

`python -m benchmarks.drag` opens a notebook with both, drags each with a real pointer, in turns, and prints a table.
Latency is counted for every pointer event, from the event's own time stamp until after the first frame whose picture
answers it or a later event: an explorer that skips events is charged for the wait of those it skipped.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable

import numpy as np
import websocket  # comes with jupyterlab

from tools import lab

CELLS = """
import matplotlib.pyplot as plt
import torch
from ipywidgets import interact

from vae_helpers import weights
from vae_helpers.models import VAE
from vae_helpers.widgets import LatentPlane

name = "mnist-2d"
model = weights.load(name) if name in weights.names() else VAE(latent_size=2).eval()
# ---
plane = LatentPlane(model)
plane
# ---
calls = []

@interact(z1=(-3.0, 3.0, 0.05), z2=(-3.0, 3.0, 0.05))
def show(z1=0.0, z2=0.0):
    calls.append(z1)
    with torch.no_grad():
        picture = model.decode(torch.tensor([[z1, z2]])).mean.reshape(28, 28)
    plt.figure(figsize=(2.8, 2.8))
    plt.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
    plt.axis("off")
    plt.show()
"""

PAGE, KERNEL = "`LatentPlane`", "`interact` + matplotlib"
RATES, REACH = (30, 60), 60  # moves a second; pixels to either side, inside the slider's track and the plane

# What the page writes down while a pointer moves: for each event its time, its place and the slider's value then; for
# each picture the time, and what tells which event it answers. A task posted from an animation frame runs when that
# frame's pixels are out.
RECORD = """() => {
    const handle = document.querySelector(".noUi-handle"), value = document.querySelector(".widget-readout");
    const area = handle.closest(".widget-interact").querySelector(".jp-OutputArea");
    const digit = document.querySelector(".vae-digit"), readout = document.querySelector(".vae-readout");
    const plain = (node) => node.textContent.replaceAll("−", "-");
    const look = () => digit.getContext("2d").getImageData(0, 0, 28, 28).data.join();
    const log = (window.log = { events: [], pictures: [] });
    addEventListener("pointermove", (event) => {
        if (event.buttons) log.events.push([event.timeStamp, event.clientX, 0]);
    });
    addEventListener("mousemove", () => {  // comes after pointermove, and is what the slider listens to
        if (log.events.length) log.events.at(-1)[2] = Number(plain(value));
    });
    let arrived = 0, shown = 0, pixels = look();
    const number = () => {
        for (const image of area.querySelectorAll("img:not([data-number])")) image.dataset.number = arrived++;
    };
    number();
    new MutationObserver(number).observe(area, { childList: true, subtree: true });
    let before = { length: 0, time: 0 };
    const frame = () => {  // ahead of the explorer's own: sees what the frame before it painted
        requestAnimationFrame(frame);
        const now = look();
        if (now !== pixels) {
            pixels = now;
            const z = plain(readout).match(/-?[\\d.]+/)[0];
            log.pictures.push([before.time ?? performance.now(), Number(z), before.length]);
        }
        const current = (before = { length: log.events.length, time: null }), { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
            current.time = performance.now();
            const image = area.querySelector("img");
            if (image?.complete && Number(image.dataset.number) > shown) {
                shown = Number(image.dataset.number);
                log.pictures.push([current.time, shown, 0]);
            }
        };
        port2.postMessage(0);
    };
    requestAnimationFrame(frame);
}"""


class Pointer:
    """A mouse on the wire to Chromium, which does not wait for the page to keep up."""

    def __init__(self, page, port: int):
        target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
        address = f"ws://127.0.0.1:{port}/devtools/page/{target}"
        self.socket, self.numbers = websocket.create_connection(address, suppress_origin=True), itertools.count(1)

    def send(self, kind: str, x: float, y: float) -> None:
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": int(kind != "mouseReleased")}
        message = {"id": next(self.numbers), "method": "Input.dispatchMouseEvent", "params": event | {"clickCount": 1}}
        self.socket.send(json.dumps(message))

    def follow(self, at: Callable[[int], tuple[float, float]], rate: int, moves: int, rest: float = 0.5) -> None:
        """Press at at(0), go on to at(1), at(2), ... with `rate` moves a second, rest for some seconds, and release."""
        self.send("mousePressed", *at(0))
        began = time.perf_counter()
        for number in range(1, moves + 1):
            time.sleep(max(0, began + number / rate - time.perf_counter()))
            self.send("mouseMoved", *at(number))
        time.sleep(rest)  # the last pictures arrive before the button is up
        self.send("mouseReleased", *at(moves))

    def drag(self, x: float, y: float, rate: int, seconds: float) -> None:
        """Press at (x, y), swing `REACH` pixels to both sides with `rate` moves a second, and release."""

        def swing(number: int) -> tuple[float, float]:
            return x + REACH * (abs((number / rate + 3) % 4 - 2) - 1), y  # a triangle wave

        self.follow(swing, rate, int(rate * seconds), rest=1.5)


def waits(events: np.ndarray, pictures: Iterable[tuple[float, float]]) -> list[float]:
    """Each event's wait in ms for the picture that answers it or a later one.

    Args:
        events: when each came.
        pictures: of each when it was seen, and how many events it answers; events that no picture answers have no wait.
    """
    found, first = [], 0
    for when, count in pictures:
        found += list(when - events[first : int(count)])
        first = max(first, int(count))
    return found


def measure(notebook: lab.Notebook, pointer: Pointer, kind: str, rate: int, seconds: float) -> tuple[list, float]:
    """Drag one explorer; returns each event's latency in ms, and how many pictures came a second."""
    page = notebook.page
    target = page.locator(".vae-plane" if kind == PAGE else ".noUi-handle").first
    target.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.evaluate("() => { log.events = []; log.pictures = []; }")
    box = target.bounding_box()
    pointer.drag(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, rate, seconds)
    page.wait_for_timeout(500)
    events, pictures = (np.array(page.evaluate(f"log.{name}")) for name in ("events", "pictures"))
    if kind == PAGE:
        # A frame draws what the last event before it asked for; that z is linear in the pointer's place proves it.
        answered = pictures[:, 2].astype(int) - 1
        line = np.polynomial.Polynomial.fit(events[answered, 1], pictures[:, 1], 1)
        off = np.abs(line(events[answered, 1]) - pictures[:, 1]).max()
        assert off < 0.011, f"pictures and pointer disagree by {off:.3f}"  # z is printed with two decimals
    else:
        # The n-th picture is that of the n-th call; it answers the next event that left the slider at that value.
        values, answered = np.array(notebook.value("calls"))[pictures[:, 1].astype(int)], []
        for value in values:
            later = np.arange(answered[-1] + 1 if answered else 0, len(events))
            answered.append(next(index for index in later if abs(events[index, 2] - value) < 0.01))
    latencies = waits(events[:, 0], zip(pictures[:, 0], np.array(answered) + 1, strict=True))
    span = (events[-1, 0] - events[0, 0]) / 1000
    return latencies, (pictures[:, 0] <= events[-1, 0]).sum() / span


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8, help="length of each drag (default: 8)")
    parser.add_argument("--rounds", type=int, default=3, help="drags of each kind at each rate (default: 3)")
    arguments = parser.parse_args()
    if lacking := lab.missing():
        sys.exit(f"this benchmark needs {lacking}")
    port = lab.free_port()
    with lab.server() as (address, folder), lab.chromium(f"--remote-debugging-port={port}", height=1400) as context:
        notebook = lab.Notebook(context, address, lab.write(folder, "drag.ipynb", *CELLS.split("# ---")))
        if errors := notebook.run_all():
            sys.exit("\n".join(errors))
        for selector in (".vae-digit", ".widget-interact img"):
            notebook.page.locator(selector).wait_for()
        notebook.page.wait_for_timeout(3000)
        notebook.page.evaluate(RECORD)
        pointer = Pointer(notebook.page, port)
        figures = {(kind, rate): [] for kind in (KERNEL, PAGE) for rate in RATES}
        for kind, rate in figures:
            measure(notebook, pointer, kind, rate, 2)  # warm up
        for _ in range(arguments.rounds):
            for (kind, rate), found in figures.items():
                found.append(measure(notebook, pointer, kind, rate, arguments.seconds))
        name = notebook.value("name if name in weights.names() else 'untrained'")
        notebook.close()
    report(figures, name)


def report(figures: dict, name: str) -> None:
    rows = {}
    for (kind, rate), found in figures.items():
        latencies = np.concatenate([latencies for latencies, _ in found])
        rows[kind, rate] = np.median(latencies), np.percentile(latencies, 95), np.mean([rate for _, rate in found])
    print(f"Model: {name}. Latency in ms over all pointer events, pictures a second.\n")
    print("| | moves/s | median | p95 | pictures/s |\n|---|---|---|---|---|")
    for (kind, rate), (median, p95, pictures) in rows.items():
        print(f"| {kind} | {rate} | {median:.0f} | {p95:.0f} | {pictures:.0f} |")
    print()
    for rate in RATES:
        ratio, p95 = rows[KERNEL, rate][0] / rows[PAGE, rate][0], rows[PAGE, rate][1]
        print(f"At {rate} moves/s: {ratio:.1f} times faster at the median (reach: 8); p95 {p95:.0f} ms (reach: 33).")


if __name__ == "__main__":
    main()
