"""Ctrl-C, and the notebook's stop button, between two steps of a run."""

import math
import signal
import threading
import time


class Stops:
    """Ctrl-C between two steps: however often it is pressed, and whenever, nothing is left half done.

    A press is heeded before the next step. One that comes `PATIENCE` seconds after the first is heeded at once, for a step
    may take for ever; more change nothing, up to a moment after the run has ended.
    """

    PATIENCE, MOMENT = 3.0, 0.5  # seconds

    def __init__(self):
        self.first, self.last, self.heeded = math.inf, -math.inf, False

    def __enter__(self):
        self.before = signal.getsignal(signal.SIGINT)
        in_main = threading.current_thread() is threading.main_thread()
        self.ours = in_main and self.before is signal.default_int_handler  # others' ways to stop are respected
        if self.ours:
            signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_):
        while time.monotonic() < self.last + self.MOMENT:
            time.sleep(0.02)
        if self.ours:
            signal.signal(signal.SIGINT, self.before)

    def _pressed(self, _number, _frame) -> None:
        self.last = time.monotonic()
        self.first = min(self.first, self.last)
        if self.last > self.first + self.PATIENCE:
            self.heed()

    def heed(self) -> None:
        """Raise KeyboardInterrupt if it was pressed, once."""
        if self.first < math.inf and not self.heeded:
            self.heeded = True
            raise KeyboardInterrupt
