"""One lesson, as a learner takes it: 00 run and dragged, the first exercise of 01, all of 05. For benchmarks/classroom.py."""

import json
import os
import pwd
import time
from contextlib import contextmanager
from pathlib import Path

from tools import lab
from tools.classroom.learner import Learner, text
from vae_helpers.exercises import catalogue

PAGES = "00_start_here.ipynb", "01_latent_variable_models.ipynb", "05_using_the_model.ipynb"
PATIENCE = 1800  # seconds that a page or a cell may take where many share few cores
STEPS = "server ready", "first drag", "00 run", "first exercise", "05 run"
NAME = "gaussian_log_likelihood"
ANSWERS = {  # to the first exercise of 01, and how the card begins
    "wrong": f"def {NAME}(x, mean, sigma):\n    return -((x - mean) ** 2).sum(dim=1) / (2 * sigma**2)",
    "right": catalogue()[NAME].solution,
}
CARDS = {"wrong": "✗ Not yet", "right": "✓ Right"}


class Clock:
    """Seconds since a learner began, by step, and what went wrong."""

    def __init__(self):
        self.began, self.steps, self.failure = time.monotonic(), {}, None

    def step(self) -> str:
        """The one that this learner is at."""
        return next((step for step in STEPS if step not in self.steps), STEPS[-1])

    def note(self, step: str) -> None:
        self.steps[step] = time.monotonic() - self.began


@contextmanager
def opened(learner: Learner, notebook: str):
    kernel = learner.open(notebook)
    try:
        yield kernel, learner.cells(notebook)
    finally:
        kernel.close()


def by_messages(learner: Learner, clock: Clock) -> None:
    """The lesson of a learner without a browser."""
    learner.sign_in()
    learner.start()
    clock.note("server ready")
    learner.ask("GET", f"{learner.server}/lab")
    with opened(learner, PAGES[0]) as (kernel, cells):
        for cell in cells:
            shown = kernel.run(cell["source"])
            if cell["id"] == "drag":
                (plane,) = (each["data"] for each in shown if "widget-view+json" in str(each.get("data", {})))
                model = plane["application/vnd.jupyter.widget-view+json"]["model_id"]
                state = {"method": "update", "state": {"z": [1.25, -0.5]}, "buffer_paths": []}
                kernel.answers(kernel.send("comm_msg", {"comm_id": model, "data": state}))
                seen(text(kernel.run('print(f"{plane.z[0]:.2f}, {plane.z[1]:.2f}")')), "1.25, -0.50")
                clock.note("first drag")
        clock.note("00 run")
    with opened(learner, PAGES[1]) as (kernel, cells):
        kernel.run(next(cell["source"] for cell in cells if cell["id"] == "setup"))
        for kind, answer in ANSWERS.items():
            seen(text(kernel.run(f'{answer}\n\n\n{NAME} = check({NAME}, "{NAME}")')), CARDS[kind])
        clock.note("first exercise")
    with opened(learner, PAGES[2]) as (kernel, cells):
        for cell in cells:
            kernel.run(cell["source"])
        clock.note("05 run")


def seen(shown: str, wanted: str) -> None:
    if wanted not in shown:
        raise RuntimeError(f"{wanted!r} was expected, and {shown[:300]!r} came")


def by_browser(context, learner: Learner, clock: Clock) -> None:
    """The same lesson in JupyterLab, with a pointer."""
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(f"{learner.address}/hub/login")
    page.fill("#username_input", learner.name)
    page.fill("#password_input", learner.password)
    page.click("#login_submit")
    page.wait_for_url(f"{learner.server}/lab**", wait_until="commit")
    clock.note("server ready")
    page.close()
    learner.sign_in()  # for the token, with which files are read
    with opened_page(context, learner, PAGES[0]) as notebook:
        run = "jupyterapp.commands.execute('notebook:run-all-cells').then((well) => { window.ran = well; })"
        notebook.page.evaluate(f"() => {{ {run}; }}")
        drag(notebook.page)
        clock.note("first drag")
        notebook.page.wait_for_function("window.ran !== undefined")
        seen(str(notebook.page.evaluate("window.ran")), "True")
        clock.note("00 run")
    with opened_page(context, learner, PAGES[1]) as notebook:
        cells = {cell["id"]: cell["source"] for cell in learner.cells(PAGES[1])}
        run_cell(notebook.page, "setup", cells["setup"])
        for kind, answer in ANSWERS.items():
            source = f'{answer}\n\n\n{NAME} = check({NAME}, "{NAME}")'
            seen(run_cell(notebook.page, f"{NAME}-stub", source), CARDS[kind])
        clock.note("first exercise")
    with opened_page(context, learner, PAGES[2]) as notebook:
        if errors := notebook.run_all(PATIENCE):
            raise RuntimeError("; ".join(errors))
        clock.note("05 run")


@contextmanager
def opened_page(context, learner: Learner, name: str):
    notebook = lab.Notebook(context, learner.server, f"vae-course/notebooks/{name}", seconds=PATIENCE)
    try:
        yield notebook
    finally:
        notebook.close()


def drag(page) -> None:
    """Press on the first plane as soon as it stands there, move, and wait until the digit beside it is another."""
    plane, digit = page.locator(".vae-plane").first, page.locator(".vae-digit").first
    plane.wait_for()
    digit.wait_for()
    plane.scroll_into_view_if_needed()
    look = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join()"
    box, before = plane.bounding_box(), digit.evaluate(look)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    until = time.monotonic() + 60
    while digit.evaluate(look) == before:
        if time.monotonic() > until:
            raise RuntimeError("the digit did not follow the pointer")
    page.mouse.up()


def run_cell(page, number: str, source: str) -> str:
    """Write into the cell of that id, run it, and return the text of its outputs."""
    return page.evaluate(
        """async ([id, source]) => {
            const { content } = jupyterapp.shell.currentWidget;
            content.activeCellIndex = content.widgets.findIndex((cell) => cell.model.id === id);
            content.deselectAll();
            content.activeCell.model.sharedModel.setSource(source);
            await jupyterapp.commands.execute("notebook:run-cell");
            return content.activeCell.model.toJSON().outputs.map((o) => [].concat(o.data?.["text/plain"] ?? o.text ?? o.evalue).join("")).join("\\n");
        }""",
        [number, source],
    )


def prepare(learner: Learner) -> None:
    """What tools/lab.py asks of a JupyterLab, in the home of the learner with the browser."""
    user = pwd.getpwnam(learner.name)
    folder = Path(user.pw_dir) / ".jupyter"
    files = {folder / "jupyter_lab_config.json": {"LabApp": {"expose_app_in_browser": True}}}
    for name, values in lab.SETTINGS.items():
        files[folder / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"] = values
    for path, values in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
