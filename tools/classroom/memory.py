"""How much memory learners take, watched while they work."""

import os
import pwd
import threading
from collections import defaultdict
from pathlib import Path

from tools.classroom import hub


def pss(process: int) -> int:
    """Bytes of memory, shared pages divided by how many share them; 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


class Memory(threading.Thread):
    """Looks every few seconds, until `stopped` is set.

    Attributes:
        most: bytes, the largest seen of a learner during a step: most[step][name].
        whole: bytes, the largest seen of all learners together.
        load: the system's load averages over a minute.
    """

    def __init__(self, doing: dict):
        """doing: by the learner's name, a function that says which step they are at."""
        super().__init__(daemon=True)
        self.doing, self.users = doing, {name: pwd.getpwnam(name).pw_uid for name in doing}
        self.most, self.whole, self.load, self.stopped = defaultdict(dict), 0, [], threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(3):
            sizes = {name: sum(map(pss, hub.processes(user))) for name, user in self.users.items()}
            for name, size in sizes.items():
                at = self.doing[name]()
                self.most[at][name] = max(size, self.most[at].get(name, 0))
            self.whole = max(self.whole, sum(sizes.values()))
            self.load.append(os.getloadavg()[0])
