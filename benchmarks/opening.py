"""What a learner waits for first: from the README's command to the first drag that is answered, `python -m benchmarks.opening`.

Starts JupyterLab on notebook 00 as the README does, on a machine where all is installed, opens in Chromium what a
browser would be sent to, runs all cells, and drags over the latent plane until its readout changes. `--rounds` times, each from nothing.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import lab

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "00_start_here.ipynb"
ADDRESS = re.compile(r"http://localhost:\d+/lab\?token=\w+")
STAGES = ("server answers", "notebook open, kernel ready", "explorer shown", "drag answered")


def address(log: Path, notebook: Path) -> str:
    """Of the notebook with the token, as JupyterLab prints it."""
    end = time.perf_counter() + 90
    while time.perf_counter() < end:
        if found := ADDRESS.search(log.read_text(encoding="utf-8")):
            return found[0].replace("/lab?", f"/lab/tree/{notebook.name}?")
        time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def once(context, notebook: Path) -> list[float]:
    """Seconds from the command until each stage."""
    seconds, began = [], time.perf_counter()
    options = ["--no-browser", "--port=0", "--LabApp.expose_app_in_browser=True", *as_root()]
    command = [Path(sys.executable).with_name("jupyter"), "lab", *options, str(notebook)]
    log = notebook.with_suffix(".log")
    with open(log, "w", encoding="utf-8") as said:
        server = subprocess.Popen(command, stderr=said, start_new_session=True)
    try:
        page = context.new_page()
        page.goto(address(log, notebook))
        seconds.append(time.perf_counter() - began)
        page.wait_for_function(lab.READY, timeout=120_000)
        seconds.append(time.perf_counter() - began)
        page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
        plane, readout = page.locator(".vae-plane").first, page.locator(".vae-readout").first
        plane.wait_for(timeout=120_000)
        plane.scroll_into_view_if_needed()
        before, box = readout.inner_text(), plane.bounding_box()
        seconds.append(time.perf_counter() - began)
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"], steps=4)
        page.wait_for_function("([node, text]) => node.innerText !== text", arg=[readout.element_handle(), before])
        seconds.append(time.perf_counter() - began)
        page.mouse.up()
        page.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
    return seconds


def as_root() -> list[str]:
    """JupyterLab asks a root user for a word more."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    arguments = parser.parse_args()
    if lacking := lab.missing():
        sys.exit(f"this benchmark needs {lacking}")
    with tempfile.TemporaryDirectory() as place, lab.chromium() as context:
        notebook = Path(place, lab.copy(NOTEBOOK, Path(place)))
        rounds = [once(context, notebook) for _ in range(arguments.rounds)]
    print("| from the command until | median s | least s | most s |\n|---|---|---|---|")
    for stage, times in zip(STAGES, zip(*rounds, strict=True), strict=True):
        print(f"| {stage} | {statistics.median(times):.1f} | {min(times):.1f} | {max(times):.1f} |")


if __name__ == "__main__":
    main()
