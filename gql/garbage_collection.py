"""Garbage collection on a timer.

The automatic collector runs when many objects were made. That is in the middle of a large response,
whose objects are no garbage yet, and it looks through them again and again.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

SECONDS = 0.5
OLDER_EVERY = 6
ALL_EVERY = 60

# So many new objects within SECONDS are collected at once: they would take some 20 MB.
BURST = 200_000


@asynccontextmanager
async def collected_on_a_timer() -> AsyncIterator[None]:
    """Collects garbage each SECONDS, but never what exists at the start."""
    threshold = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(BURST)
    collecting = asyncio.create_task(_collect())
    try:
        yield
    finally:
        collecting.cancel()
        gc.set_threshold(*threshold)


def with_collection(lifespan: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The lifespan of an app, during which garbage is collected on a timer."""

    @asynccontextmanager
    async def collected(app: Any) -> AsyncIterator[Any]:
        async with collected_on_a_timer(), lifespan(app) as state:
            yield state

    return collected


async def _collect() -> None:
    for turn in count(1):
        await asyncio.sleep(SECONDS)
        gc.collect(2 if turn % ALL_EVERY == 0 else 1 if turn % OLDER_EVERY == 0 else 0)
