"""The time of statements, shared among those that run at the same time."""

import time


class StatementLoad:
    """A clock that advances by the time of one statement's share of the database.

    While five statements run, it advances a fifth of a second each second. So nobody pays for the
    statements of others that slowed down its own.
    """

    def __init__(self) -> None:
        self._running = 0
        self._time = 0.0
        self._advanced_at = time.perf_counter()

    def begin(self) -> float:
        """Begin a statement, and return its beginning by this clock."""
        self._advance()
        self._running += 1
        return self._time

    def end(self, begun: float) -> float:
        """End a statement, and return the seconds of its share."""
        self._advance()
        self._running -= 1
        return self._time - begun

    def _advance(self) -> None:
        now = time.perf_counter()
        if self._running:
            self._time += (now - self._advanced_at) / self._running
        self._advanced_at = now
