"""A class at once: `python -m benchmarks.classroom [--learners 12]`, as root; docs/classroom.md says what it needs.

So many learners sign in at one moment to a hub with the shipped configuration. Each opens 00, runs it and drags, gives a wrong
and then a right answer to the first exercise of 01, and runs all of 05; each notebook's kernel ends when the next begins. One
of them is Chromium with JupyterLab and a real pointer, whose drag counts when the digit has changed. The others do the same
over the hub's REST and websockets: their drag is the message that a page sends, and it counts when a cell prints the point.
Memory is the PSS of all processes of a learner: what several share is shared out among them.
"""

import argparse
import os
import pwd
import statistics
import sys
import threading
from pathlib import Path

from tools import lab, roll_up
from tools.classroom import hub, lesson
from tools.classroom.memory import Memory


def attend(clock: lesson.Clock, part, *arguments) -> None:
    """A lesson, whose end by an exception is what the clock says of it."""
    try:
        part(*arguments, clock)
    except Exception as problem:
        clock.failure = f"{type(problem).__name__}: {problem}"


def lessons(learners: list) -> tuple[dict, Memory]:
    """All at once: each learner's clock by name, and the memory they took."""
    first, *others = learners
    lesson.prepare(first)
    with lab.chromium(height=1400) as context:
        clocks = {learner.name: lesson.Clock() for learner in learners}
        memory = Memory({name: clock.step for name, clock in clocks.items()})
        threads = [
            threading.Thread(target=attend, args=(clocks[each.name], lesson.by_messages, each)) for each in others
        ]
        for thread in (memory, *threads):
            thread.start()
        attend(clocks[first.name], lesson.by_browser, context, first)
        for thread in threads:
            thread.join()
        memory.stopped.set()
        memory.join()
    return clocks, memory


def report(clocks: dict, memory: Memory, solved: dict) -> int:
    """Print the table; returns how many learners did not come through."""
    browser = next(iter(clocks.values()))
    print(
        f"{len(clocks)} learners at once on {os.cpu_count()} cores; load average {statistics.median(memory.load):.1f} at"
    )
    print(f"the median and {max(memory.load):.1f} at most, this run included.\n")
    print(
        "| step | median s | last s | in Chromium s | memory a learner, median MB | most MB |\n|---|---|---|---|---|---|"
    )
    for step in lesson.STEPS:
        times = [clock.steps[step] for clock in clocks.values() if step in clock.steps]
        sizes = [size / 2**20 for size in memory.most[step].values()]
        row = [f"{statistics.median(times):.0f}", f"{max(times):.0f}"] if times else ["–", "–"]
        row += [f"{browser.steps[step]:.0f}" if step in browser.steps else "–"]
        row += [f"{statistics.median(sizes):.0f}", f"{max(sizes):.0f}"] if sizes else ["–", "–"]
        print(f"| {step} | {' | '.join(row)} |")
    print(f"\nAll learners together: at most {memory.whole / 2**30:.1f} GB.")
    failures = {name: clock.failure for name, clock in clocks.items() if clock.failure}
    failures |= {
        name: "the exercise is not in the progress file" for name in clocks if lesson.NAME not in solved.get(name, ())
    }
    print(f"Failures: {len(failures)} of {len(clocks)}.")
    for name, failure in failures.items():
        print(f"    {name}: {failure}")
    return len(failures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=12, help="how many (default: 12)")
    count = parser.parse_args().learners
    if lacking := hub.missing() or lab.missing():
        sys.exit(f"this benchmark needs {lacking}")
    with hub.classroom(count) as learners:
        clocks, memory = lessons(learners)
        homes = Path(pwd.getpwnam(learners[0].name).pw_dir).parent
        handed = roll_up.collect(homes)
        failures = report(clocks, memory, handed.solved)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
