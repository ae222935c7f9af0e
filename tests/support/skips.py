"""TELLBACK_TESTS_REFUSE_SKIPS=1 turns a run with a skipped test into a failed one.

The continuous integration sets it: there, everything that a test can need is installed.
"""

import os
from typing import Any

import pytest

SETTING = "TELLBACK_TESTS_REFUSE_SKIPS"


def _skipped(config: pytest.Config) -> list[tuple[str, str]]:
    """What was skipped and why, when skips are refused; in a worker of xdist nothing."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get(SETTING, "") in ("", "0"):
        return []
    reports = reporter.stats.get("skipped", [])
    return [
        (r.nodeid, r.longrepr[2] if isinstance(r.longrepr, tuple) else str(r.longrepr))
        for r in reports
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and _skipped(
        session.config
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if skipped := _skipped(config):
        terminalreporter.section(
            f"FAILED: {len(skipped)} skipped, which {SETTING} refuses", sep="="
        )
        for nodeid, reason in skipped:
            terminalreporter.write_line(f"{nodeid}: {reason}")
