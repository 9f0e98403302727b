import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.gateway import settings
from tests.support.platform import Platform
from tests.support.subscriptions import (
    POLL_SECONDS,
    Results,
    serving,
    sse_results,
    websocket_results,
)


@pytest.fixture(scope="module")
async def address(_tables: Platform) -> AsyncIterator[str]:
    async with serving(
        settings(_tables.url, subscription_poll_interval_seconds=POLL_SECONDS)
    ) as address:
        yield address


@pytest.fixture
def results(transport: str) -> Results:
    """The results of an operation over one of the transports, until its completion."""
    return websocket_results if transport == "websocket" else sse_results


@pytest.fixture
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails the test if anything is logged that somebody would have to look into."""
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.text == ""
