"""docs/reliability.md, from what the tests have tried.

    VAE_COURSE_TRIED=tried pytest tests && python -m tools.reliability tried

A test tells what it tried through the fixture `tried`; each leaves a file in that folder.
"""

import json
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
HEAD = """# What was tried to break the course

Written by `tools/reliability.py` from what the tests told; run those again, don't change this page. A line says what was
tried, how often, and how often something was lost: a run, a number, an answer, or a sentence that says what to do.

| what was tried | how often | lost |
|---|---|---|
"""


def page(folder: Path) -> str:
    """The page, as Markdown, lines of the same name added up."""
    counts: dict[str, list[int]] = {}
    for path in sorted(folder.glob("*.json")):
        for told in json.loads(path.read_text(encoding="utf-8")):
            times, lost = counts.setdefault(told["what"], [0, 0])
            counts[told["what"]] = [times + told["times"], lost + told["lost"]]
    return HEAD + "".join(f"| {what} | {times:,} | {lost:,} |\n" for what, (times, lost) in sorted(counts.items()))


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])), encoding="utf-8")
