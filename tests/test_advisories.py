"""What CI's log says of pip-audit's report."""

import json

from tools.advisories import told


def test_each_advisory_has_a_line_and_what_was_not_looked_up_is_counted():
    report = {
        "dependencies": [
            {
                "name": "a",
                "version": "1",
                "vulns": [{"id": "X-1", "fix_versions": ["2"]}, {"id": "X-2", "fix_versions": []}],
            },
            {"name": "b", "version": "3", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    }
    assert told(json.dumps(report)) == [
        "advisories: 2 of 3 packages looked up",
        "a 1: X-1, mended in 2",
        "a 1: X-2, mended in no version yet",
    ]


def test_no_report_is_said():
    for report in ("", "Traceback", "[]", "{}"):
        assert told(report) == ["advisories: pip-audit gave no report, so nothing was looked up"]
