"""The clocks of servers, beside this machine's."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from gql.cli.doctor.check_result import Finding, ok, warning

MAX_SECONDS_APART = 2


def now() -> datetime:
    """The moment in UTC, without its time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


async def compared(whose: str, read: Callable[[], Awaitable[datetime]]) -> Finding:
    """How far the clock that `read` reads, in UTC, is from this machine's."""
    before = now()
    theirs = await read()
    apart = (theirs - before - (now() - before) / 2).total_seconds()
    direction = "ahead of" if apart > 0 else "behind"
    found = f"that of {whose} is {abs(apart):.1f} s {direction} this machine's"
    if abs(apart) <= MAX_SECONDS_APART:
        return ok("clock", found)
    return warning(
        "clock",
        found,
        "Have both set their clocks by NTP: tokens expire, and rate limits count, by them.",
    )
