"""What an answer is not allowed to do while it runs: end the kernel, fork it, write files, wait for input."""

import builtins
import contextlib
import os
import sys
import threading
from collections.abc import Iterator

import torch


class Refused(BaseException):
    """Raised where an answer tries what it may not. No Exception, so that few handlers catch it."""


ACTS = {  # audit events, which also see what was imported under another name
    "os.fork": "forks the kernel (os.fork)",
    "os.forkpty": "forks the kernel (os.forkpty)",
    "os.exec": "replaces the kernel by another program (os.exec)",
    "os.posix_spawn": "starts another program",
    "os.system": "starts another program",
    "subprocess.Popen": "starts another program",
    "os.kill": "sends a signal to a process (os.kill)",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "os.rmdir": "removes a folder",
    "os.mkdir": "makes a folder",
    "os.truncate": "changes a file",
    "shutil.rmtree": "removes a folder",
}
FUNCTIONS = (  # of which Python announces nothing
    (os, "_exit", "ends the kernel (os._exit)"),
    (os, "abort", "ends the kernel (os.abort)"),
    (sys, "setrecursionlimit", "changes how deep calls may nest (sys.setrecursionlimit)"),
    (torch, "save", "writes a file (torch.save)"),
    (builtins, "input", "waits for input"),
)
_watched: dict[int, list[str]] = {}  # by thread: where to note what is refused
_installed = False


@contextlib.contextmanager
def refusing(noted: list[str]) -> Iterator[None]:
    """Refuse the above in this thread; what was tried is noted."""
    _install()
    thread, before = threading.get_ident(), [(owner, name, getattr(owner, name)) for owner, name, _ in _functions()]
    _watched[thread] = noted
    for owner, name, words in _functions():
        setattr(owner, name, _refuser(words, noted))
    try:
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)
        _watched.pop(thread, None)


def _functions() -> list[tuple]:
    import IPython

    shell = IPython.get_ipython()
    ask = [(shell, "ask_exit", "ends the kernel (exit)")] if hasattr(shell, "ask_exit") else []
    return [*FUNCTIONS, *ask]


def _refuser(words: str, noted: list[str]):
    def refused(*_, **__):
        noted.append(words)
        raise Refused(words)

    return refused


def _install() -> None:
    global _installed
    if not _installed:  # a hook stays for good
        sys.addaudithook(_audit)
        _installed = True


def _audit(event: str, arguments: tuple) -> None:
    if not _watched or (event != "open" and event not in ACTS):
        return
    noted = _watched.get(threading.get_ident())
    words = _writes(arguments) if event == "open" else ACTS[event]
    if noted is None or words is None or "__pycache__" in str(arguments[:1]) or _importing():
        return
    noted.append(words)
    raise Refused(words)


def _writes(arguments: tuple) -> str | None:
    """In words, if a file is opened to be written."""
    path, mode, flags = arguments
    writing = any(letter in mode for letter in "wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if not writing or isinstance(path, int) or str(path) == os.devnull:
        return None
    return f"writes a file ({os.path.basename(str(path))[:60]})"


def _importing() -> bool:
    """Whether this happens while a module is imported, at whose first use torch may look around."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
