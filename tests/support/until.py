"""Waiting for what another process does, and no longer."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

DEADLINE_SECONDS = 30


async def until(condition: Callable[[], Any], seconds: float = DEADLINE_SECONDS) -> None:
    """Return when the condition holds; fail when it does not in time."""
    start = time.monotonic()
    while True:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        assert time.monotonic() - start < seconds, f"not within {seconds} seconds: {condition}"
        await asyncio.sleep(0.005)
