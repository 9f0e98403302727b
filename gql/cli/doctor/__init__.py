"""An examination of a deployment: what is not right about it, and what to do.

It only reads, waits some seconds for an answer and no longer, and tells no secrets.
"""

from collections.abc import AsyncIterator

from gql.cli.doctor import configuration, database, redis
from gql.cli.doctor.check_result import Finding, Sign, failure
from gql.database import reason
from gql.execution.documents import Operations
from gql.settings import Settings

__all__ = ["Finding", "Sign", "examination", "failure"]


async def examination(settings: Settings, operations: Operations) -> AsyncIterator[Finding]:
    """All findings, each as soon as it is known."""
    for finding in configuration.misspelt():
        yield finding
    for finding in configuration.choices(settings):
        yield finding
    for finding in configuration.documents(settings, operations):
        yield finding
    yield await configuration.address(settings)
    try:
        async for finding in database.examined(settings):
            yield finding
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what was to be found
        yield failure(
            "database",
            f"it failed while it was examined: {reason(error)}",
            "See what the server's log says of it, and examine again.",
        )
    for finding in await redis.examined(settings):
        yield finding
