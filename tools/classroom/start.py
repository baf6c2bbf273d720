"""A learner's server: their own copy of the notebooks, where they have none, and then `jupyterhub-singleuser`.

It runs as the learner, who can therefore overwrite nobody else's files by it, and nothing of theirs is overwritten: a
notebook that is there, edited or not, stays. One that they renamed or deleted comes anew at the next start.
"""

import os
import shutil
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
FOLDERS = "notebooks", "images"


def give(home: Path) -> None:
    """Copy what is absent into `home`/vae-course; and let nobody but its owner into `home`."""
    if home.stat().st_uid == os.getuid():  # on Kubernetes it is a disk of the learner's own, and not theirs to change
        home.chmod(0o700)
    for name in FOLDERS:
        folder = home / "vae-course" / name
        folder.mkdir(parents=True, exist_ok=True)
        for source in (path for path in sorted((COURSE / name).iterdir()) if path.is_file()):
            if not (folder / source.name).exists():
                part = folder / f".{source.name}.part"  # a start that is cut short leaves no half notebook
                shutil.copyfile(source, part)
                part.replace(folder / source.name)


if __name__ == "__main__":
    os.umask(0o077)
    give(Path.home())
    os.environ["JUPYTER_RUNTIME_DIR"] = str(Path.home() / ".run")  # short: the kernels' sockets lie there
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
