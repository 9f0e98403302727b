"""Counters in memory as `limits` keeps them, but for when expired ones are dropped."""

import time

from limits.aio.storage import (
    MemoryStorage as LimitsMemoryStorage,  # To look through counters less often.
)

EXPIRY_SECONDS = 1


class MemoryStorage(LimitsMemoryStorage):
    """Drops expired counters once in EXPIRY_SECONDS.

    `limits` looks through all of them with each hit: with those of 10,000 clients, a hit takes
    40 times as long as with one. A counter that has expired is never read, dropped or not.
    """

    _drops_at = 0.0

    async def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802  (the base class calls it)
        now = time.monotonic()
        if now >= self._drops_at:
            self._drops_at = now + EXPIRY_SECONDS
            await super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]
