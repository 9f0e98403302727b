"""What the tests of a deployment take, and the numbers that they measure."""

import os
import shutil
from pathlib import Path

import pytest

NUMBERS = "numbers"


def installed(program: str | Path) -> None:
    """Skip the test without the program, or fail it where CI is set."""
    if shutil.which(program) is None and not Path(program).exists():
        assert not os.environ.get("CI"), f"CI is set, and {program} is not installed"
        pytest.skip(f"{program} is not installed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == NUMBERS:
                terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {value}")
