"""Known advisories against what is installed, one line each: `pip-audit --format json | python -m tools.advisories`.

For CI's log. It informs and never fails: where the advisories cannot be reached, it says so.
"""

import json
import sys


def told(report: str) -> list[str]:
    """pip-audit's report (JSON) in lines: how many packages were looked up, and what is known against them."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return ["advisories: pip-audit gave no report, so nothing was looked up"]
    known = [package for package in packages if "skip_reason" not in package]
    lines = [f"advisories: {len(known)} of {len(packages)} packages looked up"]
    for package in known:
        for each in package.get("vulns", []):
            mended = ", ".join(each.get("fix_versions", [])) or "no version yet"
            lines.append(f"{package['name']} {package['version']}: {each['id']}, mended in {mended}")
    return lines


if __name__ == "__main__":
    print(*told(sys.stdin.read()), sep="\n")
