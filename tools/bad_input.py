"""Every public function with every parameter made bad in some twenty ways, one at a time: what becomes of the call.

    python -m tools.bad_input             # the table
    python -m tools.bad_input likelihood  # and every call of this module that did not end well

The calls run in a process of their own, with a limit of memory, which is started again where one of them ends it.
"""

import io
import json
import linecache
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

OUTCOMES = {
    "refused": "a sentence of the course's own says what was expected",
    "taken": "rightly taken",
    "traceback": "an error from inside torch or Python",
    "silent": "taken without a word",
    "NaN": "NaN comes back",
    "late": "takes longer than two seconds",
    "killed": "ends the process",
    "wrongly refused": "a right value is refused",
}
PATIENCE, HANGS = 2.0, 20.0  # seconds
MEMORY = 3 * 2**30  # bytes that a call may take beside those of the process as it starts


class Late(BaseException):
    """A call has taken too long."""


def _too_late(number, frame) -> None:
    raise Late


def calls() -> list[tuple]:
    """All bad calls: the call, the parameter, the kind of bad value."""
    from tools.bad_calls import CALLS
    from tools.bad_kinds import bad_values

    return [
        (call, parameter, kind)
        for call in CALLS
        for parameter, value in call.good().items()
        if parameter != "self"
        for kind in bad_values(value)
    ]


def outcome(call, parameter: str, kind: str) -> tuple[str, str]:
    """What becomes of one bad call, and the words that came."""
    from tools.bad_kinds import bad_values

    arguments = call.good()
    right = kind in call.may_take(parameter, arguments[parameter])
    arguments[parameter] = bad_values(arguments[parameter])[kind]
    signal.signal(signal.SIGALRM, _too_late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        result = call.function(**arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except Late:
        return "late", ""
    except Exception as problem:
        signal.setitimer(signal.ITIMER_REAL, 0)
        words = f"{type(problem).__name__}: {problem}"
        if not own(problem):
            return "traceback", words
        return "wrongly refused" if right else "refused", words
    if right:
        return "taken", ""
    return ("NaN" if has_nan(result) else "silent"), repr(result)[:200]


def own(problem: Exception) -> bool:
    """Whether the course itself raised this, in words: by a `raise` of its own."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    line = linecache.getline(last.filename, last.lineno)
    kind = isinstance(problem, (ValueError, TypeError, FloatingPointError))
    return kind and "vae_helpers" in last.filename and "raise " in line and len(str(problem)) > 20


def has_nan(result: object) -> bool:
    import torch

    if isinstance(result, torch.Tensor):
        return bool(result.is_floating_point() and result.isnan().any())
    if isinstance(result, torch.distributions.Distribution):
        return has_nan(result.mean)
    if isinstance(result, (tuple, list)):
        return any(map(has_nan, result))
    return isinstance(result, float) and math.isnan(result)


def work(file: Path, first: int) -> None:
    """Do the calls from number `first` on, a line each in the file: its number before, its outcome after."""
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    todo = calls()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)
    os.chdir(file.parent)  # where a text may be taken for a path
    with file.open("a", buffering=1) as told, redirect_stdout(io.StringIO()):
        warm = None
        for number, (call, parameter, kind) in enumerate(todo[first:], first):
            if call is not warm:  # what a function needs is imported, and the good call is one
                call.function(**call.good())
                warm = call
            told.write(json.dumps([number, call.name, parameter, kind]) + "\n")
            told.write(json.dumps([number, *outcome(call, parameter, kind)]) + "\n")


def table() -> list[dict]:
    """Every bad call: its function, parameter, kind of bad value, outcome and words."""
    with tempfile.TemporaryDirectory() as place:
        file, first = Path(place) / "told", 0
        while first is not None:
            command = [sys.executable, "-m", "tools.bad_input", "--work", str(file), str(first)]
            with (Path(place) / "words").open("w+") as words:
                worker = subprocess.Popen(command, stdout=words, stderr=words)
                first = watched(worker, file, words)
        lines = [json.loads(line) for line in file.read_text().splitlines()]
    begun = {line[0]: line[1:] for line in lines if len(line) == 4}
    ended = {line[0]: line[1:] for line in lines if len(line) == 3}
    rows = [begun[number] + ended[number] for number in sorted(begun)]
    return [dict(zip(("function", "parameter", "kind", "outcome", "words"), row, strict=True)) for row in rows]


def watched(worker: subprocess.Popen, file: Path, words: io.TextIOBase) -> int | None:
    """Wait for the worker; the number to go on from where a call has ended it, which is noted, or None."""
    while (status := worker.poll()) is None:
        time.sleep(0.1)
        if file.exists() and time.time() - file.stat().st_mtime > HANGS:
            worker.kill()
            status = worker.wait()
            break
    if status == 0:
        return None
    last = json.loads(file.read_text().splitlines()[-1]) if file.exists() else []
    if len(last) != 4:  # not in a call
        words.seek(0)
        raise RuntimeError(f"the calls could not be made: {words.read()}")
    with file.open("a") as told:
        told.write(json.dumps([last[0], "late" if status == -signal.SIGKILL else "killed", ""]) + "\n")
    return last[0] + 1


def markdown(rows: list[dict]) -> str:
    """The table, a line for each module."""
    count = Counter((row["function"].split(".")[0], row["outcome"]) for row in rows)
    modules = sorted({module for module, _ in count})
    lines = [f"| {' | '.join(['module', *OUTCOMES])} |", "|---" + "|--:" * len(OUTCOMES) + "|"]
    lines += [f"| {m} | " + " | ".join(f"{count[m, o]:,}" for o in OUTCOMES) + " |" for m in modules]
    total = Counter(row["outcome"] for row in rows)
    lines.append(f"| all {len(rows):,} | " + " | ".join(f"{total[o]:,}" for o in OUTCOMES) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), int(sys.argv[3]))
        os._exit(0)
    rows = table()
    print(markdown(rows))
    for row in rows:
        if row["outcome"] not in ("refused", "taken") and any(
            row["function"].startswith(name) for name in sys.argv[1:]
        ):
            print(*(str(value)[:150] for value in row.values()), sep=" | ")
