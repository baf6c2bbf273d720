"""A folder for the learner's record, a check, a page's kernel, and a reader of HTML."""

import sys
from html.parser import HTMLParser

import pytest
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

from vae_helpers import exercises
from vae_helpers.exercises import ledger
from vae_helpers.exercises.engine import causes


@pytest.fixture(autouse=True)
def progress_file(monkeypatch, tmp_path):
    """Progress goes to a folder of the test's own."""
    path = tmp_path / "data" / "progress.json"
    monkeypatch.setattr(ledger, "file", lambda: path)
    return path


@pytest.fixture(autouse=True)
def time_to_search(monkeypatch):
    """What is found must not depend on how busy the machine is."""
    monkeypatch.setattr(causes, "BUDGET", 600.0)


@pytest.fixture
def checked(monkeypatch):
    """check() as a page calls it: what it showed, and what it returned."""

    def run(function):
        shown = []
        monkeypatch.setattr(exercises, "display", shown.append)
        returned = exercises.check(function)
        (feedback,) = shown
        return feedback, returned

    return run


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook's kernel, without a server: run(cell) returns its namespace."""
    excepthook = sys.excepthook
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setattr(HistoryManager, "enabled", False)
        shell = InteractiveShell()

    def run(source):
        shell.run_cell(source).raise_error()
        return shell.user_ns

    run("import functools, math, warnings\nimport numpy as np\nimport torch")
    yield run
    sys.excepthook = excepthook


@pytest.fixture
def parsed():
    """Words and tags of a piece of HTML."""

    def parse(html):
        seen = _Words()
        seen.feed(html)
        return seen

    return parse


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.opened, self.closed = [], [], []

    def handle_data(self, data):
        self.words.append(data)

    def handle_starttag(self, tag, attrs):
        self.opened = sorted([*self.opened, tag])

    def handle_endtag(self, tag):
        self.closed = sorted([*self.closed, tag])
