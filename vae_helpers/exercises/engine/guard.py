"""A guard around a learner's function: it ends in time, the kernel outlives it, and the global state stays as it was."""

import contextlib
import ctypes
import io
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator

from vae_helpers.exercises.engine.outcome import Outcome
from vae_helpers.exercises.engine.refusing import refusing
from vae_helpers.exercises.engine.state import State, seeds_noted

LIMIT = 10.0  # seconds that all runs of a check may take
PATIENCE = 5.0  # seconds after which the learner is told
AGAIN, GENTLE = 0.05, 3  # seconds after which a function that catches everything is interrupted again, and how often so
MOST_PRINTED = 20_000  # characters kept


class TimeUp(BaseException):
    """The time of a check is up. No Exception, so that few handlers catch it."""


class Printed(io.StringIO):
    """Keeps the beginning of what is printed, and forgets the rest."""

    def write(self, text: str) -> int:
        room = MOST_PRINTED - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


class Guard:
    """Of one check, whose runs share the time.

    Args:
        name: of the function, for the line that says that it takes long.
        limit: seconds that all runs may take, `LIMIT` if left out; with `PATIENCE` or less, nothing is told.
    """

    def __init__(self, name: str, limit: float | None = None):
        self.name, self.limit, self.used = name, LIMIT if limit is None else limit, 0.0
        self.told = self.limit <= PATIENCE

    @contextlib.contextmanager
    def watching(self, outcome: Outcome) -> Iterator[None]:
        """Around one run, whose outcome is told what was printed, left changed and refused. TimeUp when time is up."""
        state, printed = State(), Printed()
        outside = sys.stdout
        try:
            with contextlib.redirect_stdout(printed):
                inside = State()
                try:
                    with refusing(outcome.refused), seeds_noted(outcome.left), self._in_time(outside):
                        yield
                finally:
                    outcome.left += inside.put_back()
        finally:
            state.put_back()
            outcome.printed = printed.getvalue()

    @contextlib.contextmanager
    def _in_time(self, outside) -> Iterator[None]:
        start = time.monotonic()
        by_signal = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        alarm = _Signals(self, outside) if by_signal else _Thread(self, outside)
        try:
            alarm.start()
            yield
        finally:
            _surely(alarm.stop)
            self.used += time.monotonic() - start

    def tell(self, outside) -> None:
        """Once a check: that it takes long, and how to stop it."""
        if not self.told:
            self.told = True
            print(
                f"{self.name} has been running for {PATIENCE:.0f} seconds. It is stopped after {self.limit:.0f}. To stop it now: "
                "the square in the toolbar, or Kernel → Interrupt.",
                file=outside,
                flush=True,
            )


def _surely(stop) -> None:
    """Carry out what stops an alarm, although the alarm may still ring meanwhile."""
    for _ in range(100):
        try:
            stop()
            return
        except TimeUp:
            continue


class _Alarm:
    """What interrupts a function when time is up, again and again until it has ended.

    A loop that catches everything goes on after it has been interrupted, unless that happens in the short moment in which
    it is in none of its handlers' reach. So after a few interruptions they come fast, at irregular times.
    """

    def __init__(self, guard: Guard, outside):
        self.guard, self.outside = guard, outside
        self.began, self.rings, self.over = time.monotonic(), 0, False

    def left(self, until: float) -> float:
        """Seconds until the check has used so much time, at least a moment."""
        return max(0.001, until - self.guard.used - (time.monotonic() - self.began))

    def pause(self) -> float:
        """Seconds until the next interruption."""
        self.rings += 1
        return AGAIN if self.rings <= GENTLE else IRREGULAR.uniform(2e-6, 60e-6)


class _Signals(_Alarm):
    """By SIGALRM, which also wakes a function that sleeps."""

    def start(self) -> None:
        self.before = signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, self.left(self.guard.limit if self.guard.told else PATIENCE))

    def ring(self, _number, frame) -> None:
        if self.over:
            return
        if not self.guard.told and self.left(self.guard.limit) > 0.001:
            self.guard.tell(self.outside)
            signal.setitimer(signal.ITIMER_REAL, self.left(self.guard.limit))
        elif frame.f_code.co_filename.startswith(COURSE):  # the function has ended, or hasn't begun
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
        else:
            signal.setitimer(signal.ITIMER_REAL, self.pause())
            raise TimeUp

    def stop(self) -> None:
        self.over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.before)


class _Thread(_Alarm):
    """By another thread, where there are no signals: it cannot wake a function that sleeps."""

    def start(self) -> None:
        self.done, self.thread = threading.Event(), threading.get_ident()
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        if not self.guard.told and not self.done.wait(self.left(PATIENCE)):
            self.guard.tell(self.outside)
        wait = self.left(self.guard.limit)
        while not self.done.wait(wait) and not self.over:
            self.interrupt(TimeUp)
            wait = self.pause()

    def interrupt(self, error: type | None) -> None:
        """Have an exception raised in the function's thread before its next call or jump; None takes it back."""
        raised = ctypes.py_object(error) if error else None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), raised)

    def stop(self) -> None:
        self.over = True
        self.done.set()
        self.interrupt(None)


IRREGULAR = random.Random(0)
COURSE = (os.path.dirname(__file__), contextlib.__file__, signal.__file__)
