"""Clocks of servers, compared with this machine's."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from gql.cli.doctor.check_result import CheckResult, ok, warning

MAX_DIFFERENCE_SECONDS = 2


def now() -> datetime:
    """The current time in UTC, as a naive datetime."""
    return datetime.now(UTC).replace(tzinfo=None)


async def check_clock(server: str, read: Callable[[], Awaitable[datetime]]) -> CheckResult:
    """How far a server's clock, which `read` returns in UTC, differs from this machine's."""
    before = now()
    theirs = await read()
    difference = (theirs - before - (now() - before) / 2).total_seconds()
    direction = "ahead of" if difference > 0 else "behind"
    message = f"that of {server} is {abs(difference):.1f} s {direction} this machine's"
    if abs(difference) <= MAX_DIFFERENCE_SECONDS:
        return ok("clock", message)
    return warning(
        "clock",
        message,
        "Set both clocks by NTP: token expiry and rate limits depend on them.",
    )
