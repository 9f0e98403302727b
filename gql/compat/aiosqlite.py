"""aiosqlite's connection to SQLite in its thread."""

from contextlib import suppress
from typing import Any


def interrupt(connection: Any) -> None:
    """Make the connection's current statement fail now.

    aiosqlite's own `interrupt` is a coroutine, although it waits for nothing.
    """
    with suppress(ValueError):  # It is closed.
        connection._conn.interrupt()  # noqa: SLF001
