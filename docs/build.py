"""The course as a website that needs no kernel, no server and no network: `python -m docs.build`.

It runs the notebooks, or takes executed ones, and writes pages to open in a browser: OUT/index.html. OUT is replaced as
a whole, and only by a site without fault.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.running import ROOT, BuildError
from docs.source import write_source

NEEDED = {"sphinx": "sphinx", "myst-nb": "myst_nb", "furo": "furo", "sphinx-mathjax-offline": "sphinx-mathjax-offline"}


def missing() -> str | None:
    """A package that the site needs and this environment lacks, or None."""
    return next((name for name, module in NEEDED.items() if importlib.util.find_spec(module) is None), None)


def build(out: Path, executed: Path | None = None, root: Path = ROOT) -> None:
    """Write the site to the folder `out`.

    Args:
        executed: a folder of executed notebooks with their widgets' states; without it they are run.
        root: the folder that holds notebooks/ and docs/.
    Raises:
        BuildError: a package or a notebook is missing, a cell failed, `out` holds something else, or Sphinx complained.
            `out` is then as it was.
    """
    if package := missing():
        raise BuildError(f"{package} is not installed: pip install -r requirements-site.txt")
    if out.exists() and not (out / ".buildinfo").exists() and (not out.is_dir() or any(out.iterdir())):
        raise BuildError(f"{out} holds something other than a site: name another folder by --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=out.parent) as place:
        source, made = Path(place, "source"), Path(place, "made")
        write_source(root, source, executed)
        options = ["-W", "--keep-going", "-q", "-d", f"{place}/doctrees"]
        command = [sys.executable, "-m", "sphinx", *options, str(source), str(made)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
        if done.returncode:
            raise BuildError(f"Sphinx complains:\n{done.stderr.replace(f'{source}/', '').strip()}")
        if out.exists():
            out.rename(Path(place, "before"))
        made.rename(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executed", type=Path, help="folder of executed notebooks (default: run them, some minutes)")
    parser.add_argument("--out", type=Path, default=Path("build/site"), help="folder (default: build/site)")
    arguments = parser.parse_args()
    try:
        build(arguments.out.absolute(), arguments.executed)
    except BuildError as error:
        sys.exit(f"No site was written. {error}")
    size = sum(path.stat().st_size for path in arguments.out.rglob("*") if path.is_file())
    print(f"{arguments.out / 'index.html'}, {size / 1e6:.1f} MB in all")


if __name__ == "__main__":
    main()
