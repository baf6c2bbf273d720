"""From pointer to pixels, for every explorer of the course: `python -m benchmarks.explorers [NAME ...]`.

Opens each explorer, made as the notebooks make it, in a real JupyterLab, and moves it with a real pointer: on a plane in
a spiral, on a pad in one that never meets itself, and otherwise by its first slider. For every pointer event it takes
the time until after the first frame that drew a picture anew with this event known. Where several pictures follow the
pointer, the slowest of them counts.
"""

import argparse
import math
import sys

import numpy as np

from benchmarks.drag import Pointer, lab, waits
from vae_helpers import widgets

SETUP = """
import torch
from vae_helpers import conditional, data, weights
from vae_helpers.beyond import diffusion, recipe_levels
from vae_helpers.one_dimension import Curve
from vae_helpers.pages import nb06
from vae_helpers.widgets import *

test, labels = data.binarize(data.load("mnist").test_images[:1500]), data.load("mnist").test_labels[:1500]
model, model16 = weights.load("mnist-2d"), weights.load("mnist-16d")


def in_the_middle(beat):
    beat.mu = list(beat._center)  # where the pointer is pressed
    return beat
"""
CELLS = {
    "BeTheGenerator": "BeTheGenerator()",
    "BeatTheEncoder": "in_the_middle(nb06.hardest(model, test[:60]))",
    "CompleteTheDigit": "CompleteTheDigit(conditional.completer(), conditional.regressor(), test[:30], labels[:30])",
    "CoverTheDigit": "CoverTheDigit(model, test, labels)",
    "CurveInPlane": "CurveInPlane()",
    "DragQ": "DragQ(Curve(lambda z: z + 1.2 * torch.sin(2 * z), 0.5))",
    "DrawDigit": "DrawDigit(model, test, labels)",
    "GaussianToRing": "GaussianToRing()",
    "HoldTheNoise": "HoldTheNoise()",
    "HoldTheStyle": "HoldTheStyle(conditional.by_class(), test[:200], labels[:200])",
    "ItemizedBill": "ItemizedBill(model16, test, labels)",
    "LatentPlane": "LatentPlane(model, test, labels)",
    "LatentSliders": "LatentSliders(model16, test[:200])",
    "NoiseToDigit": "NoiseToDigit(diffusion.sample(recipe_levels.load('denoiser'), 8, 100, torch.Generator().manual_seed(4)))",
    "RateDistortionDial": "RateDistortionDial('beta', data.load('mnist').test_images)",
    "TwoGaussians": "TwoGaussians(2)",
}
BY_SLIDER = ("CompleteTheDigit",)  # its plane answers a whole column at a time
PADS = ("CoverTheDigit", "DrawDigit", "HoldTheStyle", "ItemizedBill")  # one draws on their first place, or erases there
RATE = 60  # moves a second
REACH = 33  # ms

# What the page writes down: when each event came, and, for every picture of the explorer, when it was seen drawn anew and
# how many events had come before the frame that drew it. That a canvas is drawn is known by what every drawing here begins
# with; its pixels may stay the same, since paper erased beside a digit tells nothing new. Whether the drag took hold of
# something, `changed`, is seen from the pixels, once.
RECORD = """([root, slider]) => {
    const drawn = new Set(), brush = CanvasRenderingContext2D.prototype;
    if (!brush.untold) {
        brush.untold = Object.fromEntries(["clearRect", "putImageData"].map((name) => [name, brush[name]]));
        for (const name of Object.keys(brush.untold)) {
            brush[name] = function (...all) { window.log?.drawn?.add(this.canvas); return brush.untold[name].apply(this, all); };
        }
    }
    const canvases = [...root.querySelectorAll("canvas")].filter((node) => node.offsetWidth);
    const look = (node) => { const now = node.outerHTML, other = now !== node.seen; node.seen = now; return other; };
    const pictures = canvases.length ? canvases.map((node) => () => drawn.has(node))
        : [...root.querySelectorAll("svg")].map((node) => () => look(node));
    const seen = () => canvases.map((node) => node.toDataURL()).join() || root.innerHTML, start = seen();
    const log = (window.log = { events: [], pictures: pictures.map(() => []), drawn, changed: false });
    const hear = (event) => {
        log.events.push(event.timeStamp);
        log.changed ||= log.events.length % 3 === 0 && seen() !== start;
    };
    if (slider) slider.addEventListener("input", hear);
    else addEventListener("pointermove", (event) => { if (event.buttons) hear(event); });
    pictures.forEach((other) => other());
    let before = { length: 0, time: 0 };
    const frame = () => {  // ahead of the explorer's own: sees what the frame before it drew
        if (window.log !== log) return;
        requestAnimationFrame(frame);
        const row = [before.time ?? performance.now(), before.length];
        pictures.forEach((other, k) => { if (other()) log.pictures[k].push(row); });
        drawn.clear();
        const current = (before = { length: log.events.length, time: null }), { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { current.time = performance.now(); };
        port2.postMessage(0);
    };
    requestAnimationFrame(frame);
}"""


def move(page, pointer, root, name: str, seconds: float) -> None:
    """Press, move for some seconds, and release; `log` in the page holds what came of it."""
    planes = root.locator(".vae-plane:visible, .vae-pad:visible")
    slider = name in BY_SLIDER or not planes.count()
    place = root.locator("input[type=range]:visible").first if slider else planes.first
    for wipe in ("clear", "blank page", "uncover all"):
        if (button := root.get_by_role("button", name=wipe, exact=True)).count():
            button.click()
    place.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.evaluate(RECORD, [root.element_handle(), place.element_handle() if slider else None])
    box, moves = place.bounding_box(), int(RATE * seconds)

    def at(number: int) -> tuple[float, float]:
        """Where the pointer is, in shares of the place: on a way on which every event can change the picture."""
        turn, share = math.pi * number / RATE, number / moves
        if slider:
            right, down = 0.5 + 0.4 * math.sin(turn), 0.5
        else:  # a spiral: inward, at one speed, on fresh ground; or out and back to where it began
            left = math.sqrt(1 - 0.98 * share)
            turn, out = (9 * math.pi * left, 0.42 * left) if name in PADS else (turn, 0.35 * math.sin(math.pi * share))
            right, down = 0.5 + out * math.sin(turn), 0.5 + out * math.cos(turn)
        return box["x"] + right * box["width"], box["y"] + down * box["height"]

    pointer.follow(at, RATE, moves)
    page.wait_for_timeout(200)


def measure(page, pointer, root, name: str, seconds: float) -> list[float]:
    """The waits for the slowest of the pictures that follow the pointer."""
    move(page, pointer, root, name, seconds)
    events, pictures, changed = page.evaluate("[log.events, log.pictures, log.changed]")
    liveliest = max(map(len, pictures))
    if not changed or liveliest < len(events) / 4:
        raise RuntimeError(f"{name}: {len(events)} events and {liveliest} pictures; the pointer took hold of nothing")
    following = [waits(np.array(events), each) for each in pictures if len(each) > 0.7 * liveliest]
    return max(following, key=lambda each: np.percentile(each, 95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="such as DragQ; all if left out")
    parser.add_argument("--seconds", type=float, default=4, help="length of each drag (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="drags of each explorer (default: 3)")
    arguments = parser.parse_args()
    names = arguments.names or widgets.__all__
    if unknown := [name for name in names if name not in CELLS]:
        sys.exit(f"no such explorer: {', '.join(unknown)}")
    if lacking := lab.missing():
        sys.exit(f"this benchmark needs {lacking}")
    port, p95 = lab.free_port(), {}
    with lab.server() as (address, folder), lab.chromium(f"--remote-debugging-port={port}", height=1400) as context:
        print("| explorer | events | median ms | p95 ms |\n|---|---|---|---|", flush=True)
        for name in names:
            notebook = lab.Notebook(context, address, lab.write(folder, f"{name}.ipynb", SETUP, CELLS[name]))
            if errors := notebook.run_all():
                sys.exit("\n".join(errors))
            page, pointer = notebook.page, Pointer(notebook.page, port)
            root = page.locator(".vae-explorer").first
            root.wait_for()
            page.wait_for_timeout(2000)
            measure(page, pointer, root, name, 1)  # warm up
            rounds = [measure(page, pointer, root, name, arguments.seconds) for _ in range(arguments.rounds)]
            times = np.concatenate(rounds)
            p95[name] = np.percentile(times, 95)
            print(f"| `{name}` | {len(times)} | {np.median(times):.0f} | {p95[name]:.0f} |", flush=True)
            notebook.close()
    over = [f"{name} ({value:.0f} ms)" for name, value in p95.items() if value > REACH]
    print(f"\np95 over {REACH} ms: {', '.join(over) or 'none'}.")


if __name__ == "__main__":
    main()
