"""The number of files that a process may open, of which each connection is one."""

import logging
import resource
from time import monotonic

ALMOST_ALL = 0.9
QUIET_SECONDS = 10

_quiet_until = 0.0

logger = logging.getLogger(__name__)


def warn_of_file(number: int) -> None:
    """Log, at most once in QUIET_SECONDS, that a new file's number is close to the limit.

    Numbers are assigned in order. Beyond the limit the event loop drops connections in silence.
    """
    global _quiet_until  # noqa: PLW0603
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if number >= ALMOST_ALL * limit and monotonic() >= _quiet_until:
        _quiet_until = monotonic() + QUIET_SECONDS
        logger.warning(
            "The process has opened %d of %d files, and each connection is one. Raise the limit",
            number + 1,
            limit,
        )
