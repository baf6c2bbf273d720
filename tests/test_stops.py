"""Ctrl-C, however often and whenever it is pressed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from stripes import fit, small, stripes

from vae_helpers.models import VAE
from vae_helpers.stops import Stops

RUNS = """
import json, os, random, signal, sys, threading, time, torch
from pathlib import Path
from stripes import fit, same, small, stripes
from vae_helpers import storage
from vae_helpers.models import VAE

class Heard(VAE):
    def encode(self, x):
        trains.set()
        return super().encode(x)

def press(pauses):
    trains.wait(60)
    for pause in pauses:
        time.sleep(pause)
        os.kill(os.getpid(), signal.SIGINT)

def stopped(number, file):
    model, handler = small(seed=number, kind=Heard), signal.getsignal(signal.SIGINT)
    trains.clear()
    pauses = [times.uniform(0.02, 0.1), *(times.uniform(0.0005, 0.1) for _ in range(times.randrange(1, 6)))]
    thread = threading.Thread(target=press, args=(pauses,))
    thread.start()
    try:
        history = fit(model, x, 10_000, x[:60], checkpoint=file, progress=number % 2 == 1)
        time.sleep(0.2)
    except BaseException as problem:
        return repr(problem)
    finally:
        thread.join()
    if not history.interrupted or signal.getsignal(signal.SIGINT) is not handler:
        return "not as before"
    if history.epochs:
        tensors, facts = storage.load(file)
        best = {name[5:]: value for name, value in tensors.items() if name.startswith("best.")}
        if len(facts["history"]["epochs"]) != len(history.epochs) or not same(model, best):
            return "the file holds another run"
    return len(history.epochs)

signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has it ignored
torch.set_num_threads(1)
x, times, trains = stripes(), random.Random(0), threading.Event()
fit(small(), x, 1)  # what is slow the first time is done
print(json.dumps([stopped(number, Path(sys.argv[2]) / str(number)) for number in range(int(sys.argv[1]))]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_several_quick_stops_in_a_row_end_cleanly(tmp_path, tried):
    """Two to six of them within half a second: the run ends as after one, and its file holds what the model holds."""
    here = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", RUNS, "25", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": here}, timeout=300)
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout.splitlines()[-1])
    bad = [end for end in ends if not isinstance(end, int)]
    tried("a training stopped by two to six quick Ctrl-C", len(ends), len(bad))
    assert len(ends) == 25 and not bad and max(ends) > 0


@pytest.fixture(autouse=True)
def python_s_own_handler():
    """Whatever an earlier test has put in its place."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before or signal.SIG_DFL)


def press():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_a_step_that_never_ends_is_stopped_by_a_second_press(monkeypatch):
    class Endless(VAE):
        def encode(self, x):
            press()  # heeded after this step, if there were an after
            time.sleep(0.3)
            press()
            end = time.monotonic() + 20  # without the second press the test fails, and does not hang
            while time.monotonic() < end:
                pass
            raise AssertionError("the second press was not heeded")

    monkeypatch.setattr(Stops, "PATIENCE", 0.2)
    monkeypatch.setattr(Stops, "MOMENT", 0.0)
    history = fit(small(kind=Endless), stripes(), 3)
    assert history.interrupted and history.epochs == []


def test_a_handler_of_someone_else_s_stays(monkeypatch):
    mine = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        theirs = signal.getsignal(signal.SIGINT)
        with Stops() as stops:
            assert signal.getsignal(signal.SIGINT) is theirs
            stops.heed()
    finally:
        signal.signal(signal.SIGINT, mine)


def test_a_run_in_a_thread_of_its_own_has_no_handler():
    ended = []
    thread = threading.Thread(target=lambda: ended.append(fit(small(), stripes(), 2)))
    thread.start()
    thread.join()
    assert len(ended[0].epochs) == 2
