"""Cancelling what a client has begun when it disconnects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

# Most requests have ended by then, and need no task that watches their client.
WATCHED_AFTER_SECONDS = 0.05


@asynccontextmanager
async def cancelled_on_disconnect(request: Request) -> AsyncIterator[None]:
    """Cancel the block when the client disconnects, and raise ClientDisconnect.

    The body of the request has been read before.
    """
    loop = asyncio.get_running_loop()
    watching: asyncio.Task[None] | None = None

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        leaving.reschedule(loop.time())

    def start() -> None:
        nonlocal watching
        watching = loop.create_task(watch())

    try:
        async with asyncio.timeout(None) as leaving:
            timer = loop.call_later(WATCHED_AFTER_SECONDS, start)
            try:
                yield
            finally:
                timer.cancel()
                if watching is not None:
                    watching.cancel()
    except TimeoutError:
        if leaving.expired():
            raise ClientDisconnect from None
        raise
