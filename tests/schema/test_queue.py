"""The queue lists the runs that wait for a worker, and those in progress."""

import pytest

from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

QUEUE = """
query ($platform: Platform) {
  queue(platform: $platform) { depth running runs { totalCount nodes { id queuePosition } } }
}
"""


@pytest.fixture
async def queued(platform: Platform) -> None:
    """Runs 1 and 6 are over, 2 tests, 3 prepares, 4, 5 and 7 wait: 5 on Windows."""
    await platform.add(
        rows.run(1, "testing", "completed"),
        rows.run(2, "preparation", "testing"),
        rows.run(3, "preparation", platform="windows"),
        rows.run(4),
        rows.run(5, platform="windows"),
        rows.run(6, "canceled"),
        rows.run(7),
    )


@pytest.mark.usefixtures("queued")
async def test_queue_lists_runs_that_wait_and_that_are_in_progress(gateway: Client) -> None:
    assert (await gateway.ask(QUEUE))["queue"] == {
        "depth": 3,
        "running": 2,
        "runs": {
            "totalCount": 5,
            "nodes": [
                {"id": 2, "queuePosition": None},
                {"id": 3, "queuePosition": None},
                {"id": 4, "queuePosition": 1},
                {"id": 5, "queuePosition": 1},
                {"id": 7, "queuePosition": 2},
            ],
        },
    }


@pytest.mark.usefixtures("queued")
async def test_queue_of_a_platform_has_only_its_runs(gateway: Client) -> None:
    assert (await gateway.ask(QUEUE, platform="WINDOWS"))["queue"] == {
        "depth": 1,
        "running": 1,
        "runs": {
            "totalCount": 2,
            "nodes": [{"id": 3, "queuePosition": None}, {"id": 5, "queuePosition": 1}],
        },
    }
