"""Answers that would go on for ever, end the kernel, write files or change global state: each ends in a card."""

import math
import os
import random
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from answers import ANSWER, LOG_PRIOR, define

from vae_helpers.exercises import engine
from vae_helpers.exercises.engine import guard, judging, state

LOOPS = {
    "a loop": "while True:\n    z = z + 1",
    "it sleeps": "import time\ntime.sleep(1000)",
    "it catches exceptions": "while True:\n    try:\n        z = z + 1\n    except Exception:\n        pass",
    "it catches everything": "while True:\n    try:\n        z = z + 1\n    except:\n        pass",
    "it catches everything, twice": (
        "def inside():\n    while True:\n        try:\n            z.exp()\n        except BaseException:\n            continue\n"
        "while True:\n    try:\n        inside()\n    except:\n        pass"
    ),
}


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(guard, "LIMIT", 0.6)
    monkeypatch.setattr(guard, "PATIENCE", 0.2)


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS.keys())
@pytest.mark.skipif(not hasattr(__import__("signal"), "setitimer"), reason="needs signals")
def test_what_does_not_end_is_stopped(body, short, capsys):
    start = time.monotonic()
    feedback = engine.judge(LOG_PRIOR, define(body))
    assert feedback.kind == "error" and "the time limit of a check" in feedback.text
    assert time.monotonic() - start < 15
    said = capsys.readouterr().out
    assert said.count("has been running for") == 1 and "Kernel → Interrupt" in said


@pytest.mark.parametrize("body", list(LOOPS.values())[2:4], ids=list(LOOPS)[2:4])
def test_in_another_thread_too(body, short):
    told = []
    thread = threading.Thread(target=lambda: told.append(engine.judge(LOG_PRIOR, define(body))), daemon=True)
    thread.start()
    thread.join(60)
    assert told and "the time limit of a check" in told[0].text


def test_the_time_is_that_of_all_runs_together(short):
    start = time.monotonic()
    slow = define(f"import time\ntime.sleep(0.25)\nreturn {ANSWER}")
    assert "the time limit of a check" in engine.judge(LOG_PRIOR, slow).text
    assert time.monotonic() - start < 10
    assert engine.judge(LOG_PRIOR, define(f"return {ANSWER}")).kind == "right"


REFUSED = {
    "import os\nos._exit(3)": "ends the kernel (os._exit)",
    "from os import fork\nif fork() == 0:\n    while True: pass": "forks the kernel (os.fork)",
    "import os\nos.abort()": "ends the kernel",
    "import os\nos.kill(os.getpid(), 9)": "sends a signal",
    "import os\nos.execv('/bin/true', ['true'])": "replaces the kernel",
    "import subprocess\nsubprocess.run(['true'])": "starts another program",
    "open('written.txt', 'w').write('z')": "writes a file (written.txt)",
    "from pathlib import Path\nPath('written.txt').write_text('z')": "writes a file (written.txt)",
    "np.save('written.npy', z)": "writes a file (written.npy)",
    "torch.save(z, 'written.pt')": "writes a file",
    "import os\nos.mkdir('written')": "makes a folder",
    "input('z? ')": "waits for input",
    "import sys\nsys.setrecursionlimit(10**9)\nreturn log_prior(z)": "changes how deep calls may nest",
}


@pytest.mark.parametrize("caught", [False, True], ids=["", "caught"])
@pytest.mark.parametrize(("body", "words"), REFUSED.items(), ids=REFUSED.values())
def test_what_is_refused_is_named_and_does_not_happen(body, words, caught, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if caught:
        lines = "\n    ".join(body.splitlines())
        body = f"try:\n    {lines}\nexcept BaseException:\n    pass\nreturn {ANSWER}"
    feedback = engine.judge(LOG_PRIOR, define(body))
    assert feedback.kind == "error" and f"Your function {words}" in feedback.text
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "after.txt").write_text("the page may write")
    os.mkdir(tmp_path / "folder")


CHANGES = {  # a line of the answer, what is named, and what must be as before
    "torch.set_default_dtype(torch.float64)": ("torch's default dtype (to torch.float64)", torch.get_default_dtype),
    "torch.set_grad_enabled(False)": ("torch's gradient mode", torch.is_grad_enabled),
    "torch.use_deterministic_algorithms(True)": (
        "torch's deterministic algorithms",
        torch.are_deterministic_algorithms_enabled,
    ),
    "torch.set_num_threads(torch.get_num_threads() + 1)": ("torch's number of threads (to ", torch.get_num_threads),
    "torch.manual_seed(0)": ("torch's seed", torch.initial_seed),
    "import random; random.seed(0)": ("Python's seed", random.getstate),
    "np.random.seed(0)": ("NumPy's seed", lambda: np.random.get_state()[1].tolist()),  # noqa: NPY002
    "torch.set_printoptions(precision=1)": ("torch's print options", lambda: str(torch.tensor(math.pi))),
    "np.set_printoptions(precision=1)": ("NumPy's print options", lambda: str(np.array([math.pi]))),
    "np.seterr(all='raise')": ("NumPy's treatment of errors", np.geterr),
    "warnings.simplefilter('error')": ("the filters of warnings", lambda: list(warnings.filters)),
    "import sys; sys.stdout = None": ("sys.stdout", lambda: sys.stdout),
    "import os; os.chdir('/')": ("the current folder (to /)", os.getcwd),
    "import os; os.environ['MINE'] = '1'": ("the environment variables", lambda: dict(os.environ)),
    "torch.set_default_device('meta')": ("torch's default device (to meta)", torch.get_default_device),
    "torch.exp = torch.log": ("`torch.exp`", lambda: torch.exp),
    "torch.Tensor.sum = torch.Tensor.mean": ("`Tensor.sum`", lambda: torch.Tensor.sum),
    "math.log = None": ("`math.log`", lambda: math.log),
}


@pytest.mark.parametrize(("line", "expected"), CHANGES.items(), ids=CHANGES.keys())
def test_what_is_left_changed_is_put_back_and_named(line, expected):
    words, read = expected
    before = read()
    answer = "torch.distributions.Normal(torch.zeros(()), torch.ones(())).log_prob(z)"
    feedback = engine.judge(
        LOG_PRIOR, define(f"answer = torch.stack([row.sum() for row in {answer}])\n{line}\nreturn answer")
    )
    assert (feedback.kind, "leaves something changed" in feedback.text) == ("wrong", True), str(feedback)
    assert f"Your function changed {words}" in str(feedback) and "been put back" in str(feedback)
    assert read() == before
    feedback = engine.judge(LOG_PRIOR, define(f"{line}\nraise ValueError"))
    assert feedback.kind == "error" and words in str(feedback)
    assert read() == before


@pytest.mark.parametrize(("line", "words"), [("pass", ""), ("np.seterr(all='raise')", "NumPy's treatment of errors")])
def test_what_torch_changes_when_parts_of_it_are_loaded_is_not_the_learners_doing(line, words):
    """The first optimizer of a kernel loads torch's compiler, which sets variables, filters and functions of its own."""
    code = f"""if True:
        import sys, numpy as np, torch
        from vae_helpers.exercises import catalogue, engine

        drawn = []

        def log_prior(z):
            drawn.append(torch.rand(()).item())
            torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=0.1)
            {line}
            return torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)

        assert "torch._dynamo" not in sys.modules
        feedback = engine.judge(catalogue()["log_prior"], log_prior)
        assert "torch._dynamo" in sys.modules and drawn[0] == drawn[1]  # the first run, made again
        print(feedback)"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    changed = f"Your function changed {words}; they have been put back." if words else "Right"
    assert changed in run.stdout, run.stdout


def test_random_numbers_that_are_drawn_are_put_back():
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    before = torch.rand(()), random.random(), np.random.rand()  # noqa: NPY002
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    body = f"import random\nrandom.random(), np.random.rand(), torch.rand(3)\nreturn {ANSWER}"
    feedback = engine.judge(LOG_PRIOR, define(body))
    assert feedback.kind == "right" and "been put back" not in str(feedback)
    assert (torch.rand(()), random.random(), np.random.rand()) == before  # noqa: NPY002


def test_the_state_of_every_kind_can_be_put_back():
    now = state.State()
    assert now.put_back() == []


class Hostile:
    """Nothing about it can be read."""

    def _fail(self, *_):
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __len__ = __iter__ = __bool__ = __getattr__ = _fail
    __hash__ = None
    __class__ = property(_fail)


class HostileTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *_, **__):
        raise RuntimeError("no")


class HostileList(list):
    def __iter__(self):
        raise RuntimeError("no")

    __len__ = __getitem__ = __repr__ = __iter__


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no")


class Leaving(Exception):
    """Whoever asks for its text leaves Python."""

    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def _raise(error):
    raise error


def _itself(z):
    answer = []
    answer.append(answer)
    return answer


def _generator(z):
    yield z


ODD = {
    "an object that cannot be read": lambda z: Hostile(),
    "a list that cannot be read": lambda z: HostileList([z]),
    "a list of such objects": lambda z: [Hostile(), Hostile()],
    "a tensor that cannot be computed with": lambda z: z.sum(1).as_subclass(HostileTensor),
    "a list that contains itself": _itself,
    "an exception that cannot be told": lambda z: _raise(Unspeakable),
    "an exception that leaves Python when told": lambda z: _raise(Leaving),
    "an object that leaves Python when shown": lambda z: Leaving(),
    "a generator": _generator,
    "a huge tensor": lambda z: torch.zeros(1).expand(10**15),
    "a tensor larger than memory": lambda z: torch.zeros(10**15),
    "strings": lambda z: np.array(["a", "b"]),
    "objects": lambda z: np.array([None, z], dtype=object),
    "quantized": lambda z: torch.quantize_per_tensor(z.sum(1), 0.1, 0, torch.quint8),
}


@pytest.mark.parametrize("function", ODD.values(), ids=ODD.keys())
def test_odd_answers_get_a_card(function, parsed, tried):
    feedback = engine.judge(LOG_PRIOR, function)
    assert feedback.kind in ("wrong", "error")
    seen = parsed(feedback._repr_mimebundle_()["text/html"])
    assert seen.opened == seen.closed and len(str(feedback)) < 2000
    tried("an answer that cannot be read, compared or told", 1)


def test_a_subclass_with_the_right_numbers_is_right():
    class Mine(torch.Tensor):
        pass

    answer = define(f"return {ANSWER}")
    assert engine.judge(LOG_PRIOR, lambda z: answer(z).as_subclass(Mine)).kind == "right"
    assert engine.judge(LOG_PRIOR, lambda z: answer(z).double()).kind == "right"


def test_what_the_engine_cannot_look_at_gets_a_card_all_the_same(monkeypatch):
    monkeypatch.undo()

    def fail(attempt):
        raise RuntimeError("no")

    monkeypatch.setattr(judging, "CHECKS", (fail,))
    feedback = engine.judge(LOG_PRIOR, define("return 1"))
    assert feedback.kind == "wrong" and "cannot be looked at" in feedback.text


def test_printing_is_kept_within_bounds():
    feedback = engine.judge(LOG_PRIOR, define("for i in range(300):\n    print('x' * 10**5)\nreturn z.sum(1).sinh()"))
    assert "printed:" in feedback.shown and len(feedback.shown) < 3000
