"""Whether the database can be reached, told in the log when that changes."""

import logging
from time import monotonic

from sqlalchemy.exc import DBAPIError

# A statement that is too slow again and again, among others that are not, fills no log.
QUIET_SECONDS = 10

logger = logging.getLogger(__name__)


class Reachability:
    """Tells once that the database is lost, with the reason, and once that it is back."""

    def __init__(self) -> None:
        self._is_told_lost = False
        self._quiet_until = 0.0

    def lost(self, error: BaseException) -> None:
        now = monotonic()
        if self._is_told_lost or now < self._quiet_until:
            return
        self._is_told_lost = True
        self._quiet_until = now + QUIET_SECONDS
        logger.warning("The database cannot be reached: %s", reason(error))

    def answered(self) -> None:
        if self._is_told_lost:
            self._is_told_lost = False
            logger.warning("The database is back")


def reason(error: BaseException) -> str:
    """Why a database did not do what it was asked, in the words of its driver."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    words = str(cause.args[-1]) if cause.args else ""  # Their number comes before them.
    return words.rpartition("'>: ")[2] or "it did not answer in time"  # SQLAlchemy adds a class.
