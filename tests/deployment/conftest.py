"""What the tests of a deployment take, and the numbers that they measure."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql.settings import async_url
from tests.support.platform import Platform

NUMBERS = "numbers"


def installed(program: str | Path) -> None:
    """Skip the test without the program, or fail it where CI is set."""
    if shutil.which(program) is None and not Path(program).exists():
        assert not os.environ.get("CI"), f"CI is set, and {program} is not installed"
        pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="module")
async def small_platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """A platform with a run that has ended, and one that goes on."""
    platform = Platform(async_url(f"sqlite:///{tmp_path_factory.mktemp('platform')}/file.sqlite"))
    await platform.create_tables()
    await platform.add_test(1)
    await platform.add_run(1, "completed")
    await platform.add_result(1, 1)
    await platform.add_run(2, "testing")
    yield platform
    await platform.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == NUMBERS:
                terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {value}")
