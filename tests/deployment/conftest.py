"""What the tests of a deployment take, and the numbers that they measure."""

from collections.abc import AsyncIterator

import pytest

from gql.database.urls import async_url
from tests.support import rows
from tests.support.files import READER
from tests.support.platform import Platform

NUMBERS = "numbers"


@pytest.fixture(scope="module")
async def small_platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """A platform with a run that has ended, and one that goes on."""
    platform = Platform(async_url(f"sqlite:///{tmp_path_factory.mktemp('platform')}/file.sqlite"))
    await platform.create_tables()
    await platform.add(
        rows.token(READER, scopes_json='["runs:read", "results:read"]'),
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
        rows.run(2, "testing"),
    )
    yield platform
    await platform.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == NUMBERS:
                terminalreporter.write_line(f"{report.nodeid.partition('::')[2]}: {value}")
