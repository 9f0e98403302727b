"""The limit on streams: operations whose results are sent one by one."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gql.errors import Overloaded, TooManyStreams
from gql.telemetry import metrics

_rejected = metrics.rejected_requests.labels("stream_limit")


class StreamLimiter:
    """Counts the open streams of each user and of the process."""

    def __init__(self, *, of_a_user: int, of_the_process: int) -> None:
        self._max_of_user = of_a_user
        self._max_of_process = of_the_process
        self._open: Counter[str | None] = Counter()

    @contextmanager
    def stream(self, user: str | None) -> Iterator[None]:
        """A block in which a stream of the user, or of nobody known, is open.

        Raises TooManyStreams if the user has too many, and Overloaded if the process has.
        """
        if self._open.get(user, 0) >= self._max_of_user:
            raise TooManyStreams(self._max_of_user)
        if self._open.total() >= self._max_of_process:
            _rejected.inc()
            raise Overloaded
        self._open[user] += 1
        metrics.streams.inc()
        try:
            yield
        finally:
            metrics.streams.dec()
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]
