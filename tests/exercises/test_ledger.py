"""What the learner has done: what is kept, shown, and never lost."""

import json
import multiprocessing
import os

import pytest
from answers import ANSWER, CATALOGUE, define
from filelock import Timeout

from vae_helpers import exercises, storage
from vae_helpers.exercises import ledger


def of(number):
    """How many exercises a notebook has."""
    return sum(exercise.notebook == number for exercise in CATALOGUE.values())


def test_only_right_answers_are_recorded(checked):
    for body in ("...", "return z.sum(1)", "return (-0.5 * z**2).sum(1)", "raise ValueError"):
        checked(define(body))
        assert ledger.done() == set()
    checked(define(f"return {ANSWER}"))
    assert ledger.done() == {"log_prior"}
    assert "✓ done  log_prior" in str(exercises.progress())
    assert f"notebook 00: 1 of {of('00')} done" in str(exercises.progress())
    checked(define("return z.sum(1)"))  # a later try that fails takes nothing away
    assert ledger.done() == {"log_prior"}


def test_progress_shows_every_exercise_in_text_and_table():
    ledger.record("ring")
    bundle = exercises.progress()._repr_mimebundle_()
    assert bundle["text/plain"] == str(exercises.progress()) == repr(exercises.progress())
    for name in CATALOGUE:
        state = ("✓ done", "✓") if name == "ring" else ("○ open", "○")
        assert f"    {state[0]}  {name}" in bundle["text/plain"]
        assert f"{state[1]} <a href=" in bundle["text/html"] and f"#Exercise:-{name}'>{name}</a>" in bundle["text/html"]
    assert (
        f"notebook 01: 1 of {of('01')} done" in bundle["text/plain"]
        and f"</span> 1 of {of('01')}</td>" in bundle["text/html"]
    )
    assert f"<i style='width:{round(100 / of('01'))}%'>" in bundle["text/html"]


def test_progress_says_where_to_go_on():
    everything = list(CATALOGUE)
    assert exercises.progress().summary() == f"The course: 0 of {len(everything)}. Go on with log_prior in notebook 00."
    ledger.record("log_prior")
    here = exercises.progress("01")
    assert here.summary().startswith("Notebook 01: 0 of ") and here.next[0] == "01"
    for name in everything:
        if name != "log_prior":
            ledger.record(name)
    assert exercises.progress("06").next is None  # what is open before this page counts, too; here nothing is
    assert exercises.progress().summary().endswith("written a variational autoencoder.")
    assert (
        "<tr class='vae-here'><td><a href='06_interpreting_the_model.ipynb'>"
        in (exercises.progress("06")._repr_mimebundle_()["text/html"])
    )


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"7",
    b'"done"',
    b"null",
    b'{"done": 3}',
    b'{"done": "ring"}',
    b"{}",
    b"\xff\xfe\x00",
    b"\0" * 99,
]


@pytest.mark.parametrize("content", DAMAGED, ids=repr)
def test_a_damaged_file_is_set_aside(content, progress_file, tried):
    progress_file.parent.mkdir(parents=True)
    progress_file.write_bytes(content)
    assert ledger.done() == set()
    assert f"0 of {of('01')} done" in str(exercises.progress())
    assert ledger.record("ring") is None
    assert ledger.done() == {"ring"}
    assert progress_file.with_suffix(".damaged.json").read_bytes() == content
    tried("a damaged record of progress", 1)


def test_a_name_of_no_exercise_in_the_file_does_no_harm(progress_file):
    progress_file.parent.mkdir(parents=True)
    progress_file.write_text(json.dumps({"done": ["ring", "of another version", 3, None]}))
    assert ledger.record("log_prior") is None
    assert ledger.done() == {"ring", "of another version", "log_prior"}
    assert f"1 of {of('00')} done" in str(exercises.progress())


def test_a_folder_that_cannot_be_written_draws_a_sentence(monkeypatch, tmp_path, checked, capsys):
    (tmp_path / "not_a_folder").write_text("")
    monkeypatch.setattr(ledger, "file", lambda: tmp_path / "not_a_folder" / "progress.json")
    assert "could not be saved" in ledger.record("ring")
    assert ledger.done() == set()
    function = define(f"return {ANSWER}")
    feedback, returned = checked(function)
    assert feedback.kind == "right" and returned is function
    assert "Your progress could not be saved in" in capsys.readouterr().out


def test_a_right_answer_is_shown_before_it_is_recorded_and_without_a_home_directory(
    monkeypatch, checked, capsys, tried
):
    """A user of no home, as in some containers: nothing about the answer depends on it."""

    def homeless():
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it answers then
        return storage.own_folder("data") / "progress.json"

    monkeypatch.setattr(ledger, "file", homeless)
    function = define(f"return {ANSWER}")
    feedback, returned = checked(function)
    assert feedback.kind == "right" and returned is function
    told = capsys.readouterr().out
    assert "Your progress could not be saved: there is no home directory" in told and "set the environment" in told
    assert ledger.done() == set() and f"0 of {of('01')} done" in str(exercises.progress())
    order = []
    monkeypatch.setattr(exercises, "display", lambda card: order.append("shown"))
    monkeypatch.setattr(ledger, "record", lambda name: order.append("recorded"))
    exercises.check(function)
    assert order == ["shown", "recorded"]
    tried("a right answer without a home directory", 1)


def test_a_file_that_cannot_be_read_is_left_alone(monkeypatch, progress_file):
    """It is not damaged for that: what it holds counts again once it can be read."""
    ledger.record("ring")
    content = progress_file.read_bytes()

    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(type(progress_file), "read_text", refuse)
        assert ledger.done() == set()
        assert "Permission denied" in ledger.record("log_prior")
    assert progress_file.read_bytes() == content and ledger.done() == {"ring"}


def test_a_folder_where_the_file_should_be_draws_a_sentence(progress_file, capsys):
    progress_file.mkdir(parents=True)
    assert f"could not be saved in {progress_file.parent}" in ledger.record("ring")


def test_a_folder_of_any_name_will_do(monkeypatch, tmp_path):
    monkeypatch.setattr(ledger, "file", lambda: tmp_path / "mein Ordner ü" / "数" / "progress.json")
    assert ledger.record("ring") is None and ledger.done() == {"ring"}


def test_a_lock_that_is_never_released_draws_a_sentence(monkeypatch):
    class Held(ledger.FileLock):
        def acquire(self, *_, **__):
            raise Timeout(self.lock_file)

    monkeypatch.setattr(ledger, "FileLock", Held)
    assert "could not be saved" in ledger.record("ring")


def _record_many(names, barrier):
    barrier.wait()
    for name in names:
        assert ledger.record(name) is None


def test_two_notebooks_writing_at_once_lose_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    start = multiprocessing.get_context("spawn")
    barrier = start.Barrier(2)
    names = [[f"{notebook}{i}" for i in range(40)] for notebook in "ab"]
    writers = [start.Process(target=_record_many, args=(part, barrier)) for part in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    written = tmp_path / "vae-course" / "progress.json"
    assert set(json.loads(written.read_text())["done"]) == {*names[0], *names[1]}
    assert not list(written.parent.glob("*.part")) and not list(written.parent.glob("*.damaged*"))
