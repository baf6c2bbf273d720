"""Real JupyterLab in real Chromium, for the browser tests, the benchmarks, and for looking at the course's pages.

By hand: `python -m tools.lab notebooks/00_start_here.ipynb --dark --out DIR` runs a copy of the notebook, says
what went wrong, and photographs it from top to bottom, one PNG a screen.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import nbformat

TOKEN = secrets.token_hex(24)  # of every server that this process starts; pages bring it in their address
# On loopback only, with no news and no updates.
SERVER = """--ServerApp.ip=127.0.0.1 --ServerApp.port_retries=0 --no-browser --allow-root --LabApp.expose_app_in_browser=True
    --JupyterNotebookApp.expose_app_in_browser=True --LabApp.news_url=None --LabApp.extension_manager=readonly
    --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate""".split()
CHROMIUM = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
FOLDERS = """JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR JUPYTERLAB_SETTINGS_DIR JUPYTERLAB_WORKSPACES_DIR
    IPYTHONDIR""".split()
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page, on screen or not
}

SESSION = "window.jupyterapp?.shell.currentWidget?.sessionContext"
READY = (
    f"() => {SESSION}?.isReady && {SESSION}.session?.kernel?.status === 'idle'"  # the notebook open, its kernel waiting
)


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def missing(packages: tuple[str, ...] = ("playwright", "jupyterlab", "ipykernel")) -> str | None:
    """What a browser session needs and this machine lacks, or None."""
    for package in packages:
        if find_spec(package) is None:
            return f"the Python package {package}"
    return None if chromium_path() else "a browser: chromium, chromium-browser or google-chrome on the PATH"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(app: str = "jupyterlab", settings: dict = SETTINGS, options: tuple[str, ...] = ()):
    """A JupyterLab with a configuration of its own; yields its address and the folder that it shows.

    Args:
        app: "jupyterlab", or "notebook" for Notebook 7.
        settings: what a user has set, by the setting's file; {} for somebody's first start.
        options: of the command line, besides those that every server here gets.
    """
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as place:
        home, folder, log = Path(place), Path(place, "course"), Path(place, "log")
        folder.mkdir()
        for name, values in settings.items():
            path = home / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        port = free_port()
        command = [sys.executable, "-m", app, f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
        environment = os.environ | {name: str(home / name) for name in FOLDERS} | {"JUPYTER_TOKEN": TOKEN}
        with open(log, "w") as file:
            process = subprocess.Popen([*command, *SERVER, *options], env=environment, stdout=file, stderr=file)
        try:
            end = time.monotonic() + 90
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", timeout=5).close()
                    break
                except OSError:
                    if time.monotonic() > end or process.poll() is not None:
                        raise RuntimeError(f"{app} did not start:\n{log.read_text()[-2000:]}") from None
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", folder
        finally:
            process.terminate()  # the server ends its kernels itself
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def copy(notebook: Path, folder: Path) -> str:
    """Copy a notebook into the server's folder, with its neighbors and the images beside them; returns its path there.

    Running it changes the copy only.
    """
    room = notebook.resolve().parent
    for source in (room, room.parent / "images"):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, dirs_exist_ok=True)
    return f"{room.name}/{notebook.name}"


def write(folder: Path, name: str, *cells: str) -> str:
    """Write a notebook of these code cells, cell-0 and on, into the server's folder; returns its path there."""
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = [nbformat.v4.new_code_cell(cell.strip(), id=f"cell-{i}") for i, cell in enumerate(cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), folder / name)
    return name


@contextmanager
def chromium(*arguments: str, width: int = 1280, height: int = 1000):
    """A browser context of a Chromium without a window, started with further command-line arguments."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=[*CHROMIUM, *arguments])
        try:
            yield browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        finally:
            browser.close()


def desk(context, address: str):
    """A page of JupyterLab with nothing open in it, where one `Notebook` after another opens sooner than in its own."""
    page = context.new_page()
    page.goto(f"{address}/lab/workspaces/{uuid.uuid4().hex}?token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=120_000)
    return page


class Notebook:
    """A notebook in JupyterLab, its kernel ready: Playwright's `page`, and `complaints`, the errors in its console.

    Args:
        context, address, name: the browser's, the server's, and the path of the notebook in the server's folder.
        app: "notebook" for Notebook 7, where not all else here is tried.
        seconds: how long it may take to open.
        desk: the page to open it in, where no other notebook is open; a page of its own if left out.
    """

    def __init__(self, context, address: str, name: str, app: str = "jupyterlab", seconds: float = 120, desk=None):
        self.page, self.complaints, self._own = desk or context.new_page(), [], desk is None
        self._heard = {
            "console": lambda m: self.complaints.append(f"{m.text} {m.location}") if m.type == "error" else None,
            "pageerror": lambda error: self.complaints.append(f"uncaught: {error}"),
        }
        for event, hear in self._heard.items():
            self.page.on(event, hear)
        if desk:
            desk.evaluate("(path) => { jupyterapp.commands.execute('docmanager:open', { path }); }", name)
        else:
            room = "notebooks" if app == "notebook" else f"lab/workspaces/{uuid.uuid4().hex}/tree"
            self.page.goto(f"{address}/{room}/{name}?token={TOKEN}")
        self.page.wait_for_function(READY, timeout=1000 * seconds)
        if self.page.locator("#jp-left-stack").is_visible():
            self.page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")

    def run_all(self, seconds: float = 600) -> list[str]:
        """Run every cell; returns the errors that cells raised."""
        run = "jupyterapp.commands.execute('notebook:run-all-cells').then((well) => { window.ran = well; })"
        self.page.evaluate(f"() => {{ window.ran = undefined; {run}; }}")
        self.page.wait_for_function("window.ran !== undefined", timeout=1000 * seconds)
        cells = self.page.evaluate("jupyterapp.shell.currentWidget.content.model.toJSON().cells")
        outputs = [(number, output) for number, cell in enumerate(cells) for output in cell.get("outputs", [])]
        errors = [f"cell {n}: {o['ename']}: {o['evalue']}" for n, o in outputs if o["output_type"] == "error"]
        return errors if errors or self.page.evaluate("window.ran") else ["a cell failed and left no error"]

    def python(self, code: str) -> str:
        """Run code in the notebook's kernel; returns what it printed, or raises RuntimeError with its traceback."""
        answer = self.page.evaluate(
            """async (code) => {
                const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
                const future = kernel.requestExecute({ code, store_history: false });
                const answer = { text: "", error: null };
                future.onIOPub = ({ header, content }) => {
                    if (header.msg_type === "stream") answer.text += content.text;
                    if (header.msg_type === "error") answer.error = content.traceback.join("\\n");
                };
                await future.done;
                return answer;
            }""",
            code,
        )
        if answer["error"]:
            raise RuntimeError(answer["error"])
        return answer["text"]

    def value(self, expression: str):
        """The value of a Python expression in the kernel, through JSON."""
        return json.loads(self.python(f"import json as _json; print(_json.dumps({expression}))"))

    def theme(self, dark: bool) -> None:
        name = f"JupyterLab {'Dark' if dark else 'Light'}"
        self.page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
        self.page.wait_for_function("(t) => document.body.dataset.jpThemeName === t", arg=name)

    def photograph(self, folder: Path) -> list[Path]:
        """The notebook from top to bottom, one PNG a screen."""
        folder.mkdir(parents=True, exist_ok=True)
        panel, paths = self.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first, []
        panel.evaluate("(node) => node.scrollTo(0, 0)")
        screen = panel.evaluate("(node) => node.clientHeight")
        bottom = panel.locator(".jp-Cell").last.evaluate("(cell) => cell.getBoundingClientRect().bottom")
        for number, top in enumerate(range(0, max(1, int(bottom) - 150), screen - 60)):
            panel.evaluate(
                """(node, top) => {
                    node.scrollTo({ top, behavior: "instant" });
                    return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                }""",
                top,
            )
            paths.append(folder / f"{number:02d}.png")
            self.page.screenshot(path=paths[-1])
        return paths

    def saved(self) -> dict:
        """Save the notebook with its outputs and its widgets' states; returns what was saved."""
        return self.page.evaluate("""async () => {
            const states = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"; // on, and off again
            for (const name of [states, "docmanager:save", states]) await jupyterapp.commands.execute(name);
            // As text and back: what is undefined is left out, as in the file, and does not arrive as null.
            const { model } = jupyterapp.shell.currentWidget.content, saved = JSON.stringify(model.toJSON());
            model.deleteMetadata("widgets"); // the next save is again what a learner's is
            return JSON.parse(saved);
        }""")

    def close(self) -> None:
        """End the kernel, which holds half a gigabyte, and close the page, or on a desk the notebook."""
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        if self._own:
            self.page.close()
            return
        self.page.evaluate("jupyterapp.shell.currentWidget.dispose()")
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    parser.add_argument("--out", type=Path, default=Path("pages"), help="folder for the PNGs (default: pages)")
    arguments = parser.parse_args()
    if lacking := missing():
        sys.exit(f"missing: {lacking}")
    with server() as (address, folder), chromium() as context:
        notebook = Notebook(context, address, copy(arguments.notebook, folder))
        notebook.theme(arguments.dark)
        problems = notebook.run_all()
        print(*notebook.photograph(arguments.out), sep="\n")
        for problem in problems + notebook.complaints:
            print("PROBLEM", problem)
        notebook.close()


if __name__ == "__main__":
    main()
