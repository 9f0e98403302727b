"""Learning that the server stops before it waits for the answers that are under way."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def called_on_stop(callback: Callable[[], None]) -> Iterator[None]:
    """Call back when a signal tells the server to stop, besides what it does then itself.

    An ASGI server tells an app that it stops only when all answers have ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # No signal arrives here.
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    # Where a signal ends the process at once, that is not to change.
    ours = [number for number, handler in handlers.items() if callable(handler)]
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, handlers[number])
