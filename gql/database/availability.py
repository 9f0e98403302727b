"""Whether the database is available; the log says when that changes."""

import logging
from time import monotonic

from sqlalchemy.exc import DBAPIError

# A statement that times out again and again, among others that do not, must not fill the log.
QUIET_SECONDS = 10

logger = logging.getLogger(__name__)


class Availability:
    """Logs once that the database is unavailable, with the reason, and once that it is back.

    Statements that take too long are logged at most once in QUIET_SECONDS.
    """

    def __init__(self) -> None:
        self._is_unavailable = False
        self._quiet_until = 0.0
        self._is_slow_until = 0.0

    def mark_unavailable(self, error: BaseException) -> None:
        """Log the reason, unless the log has said so already or lately."""
        now = monotonic()
        if self._is_unavailable or now < self._quiet_until:
            return
        self._is_unavailable = True
        self._quiet_until = now + QUIET_SECONDS
        logger.warning("The database cannot be reached: %s", failure_reason(error))

    def mark_slow(self) -> None:
        """A statement took too long."""
        now = monotonic()
        if now >= self._is_slow_until:
            self._is_slow_until = now + QUIET_SECONDS
            logger.warning("The database took too long to answer a statement")

    def mark_available(self) -> None:
        """Log that the database is back, if the log has said that it was away."""
        if self._is_unavailable:
            self._is_unavailable = False
            logger.warning("The database is back")


def failure_reason(error: BaseException) -> str:
    """Why a database operation failed, in the driver's words."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    message = str(cause.args[-1]) if cause.args else ""  # The error's number comes before it.
    return message.rpartition("'>: ")[2] or "it did not answer in time"  # SQLAlchemy adds a class.
