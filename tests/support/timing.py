"""Times that a busy machine does not change."""

from collections.abc import Awaitable, Callable
from math import inf

TRIES = 5


async def least(measure: Callable[[int], Awaitable[float]], limit: float) -> float:
    """The least of some measurements, in seconds; the first that is within the limit ends them.

    What else the machine does only lengthens a measurement. `measure` gets the number of the try,
    for a text of its own: nothing that is remembered of a text shall shorten it.
    """
    best = inf
    for number in range(TRIES):
        best = min(best, await measure(number))
        if best < limit:
            break
    return best
