"""Limits on what an operation produces during its execution, whatever it was charged before."""

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from gql.errors import BadInput

# `"":,` around a field's name, and one character for its value: JSON has no shorter field.
MIN_FIELD_BYTES = 5


# Measured: what it takes to complete an object, and to encode and compress a byte.
OBJECT_SECONDS = 4e-6
BYTE_SECONDS = 30e-9


@dataclass(frozen=True, slots=True)
class ExecutionLimits:
    """The limits of one execution: objects, bytes of the response as JSON, and seconds."""

    objects: int = 200_000
    bytes: int = 10_000_000
    seconds: float = 10


class LimitReached(BadInput):
    """An execution that exceeded a limit; it is not started again by another executor."""

    def __init__(self, bound: str, maximum: float) -> None:
        limit = f"{maximum:g}" if isinstance(maximum, float) else maximum
        super().__init__(
            f"Execution needs more {bound} than the limit of {limit}. "
            "Ask for smaller pages, or for less of each row.",
            bound=bound,
            maximum=maximum,
        )


class Usage:
    """What one execution has produced so far."""

    __slots__ = ("_bytes", "_limits", "_objects", "reached")

    def __init__(self, limits: ExecutionLimits) -> None:
        self._limits = limits
        self._objects = 0
        self._bytes = 0
        self.reached: LimitReached | None = None

    def add(self, *, objects: int = 0, bytes: int = 0) -> None:
        """Count what was produced.

        Raises LimitReached from the first excess on, so that concurrent work of the execution ends
        as well.
        """
        self._objects += objects
        self._bytes += bytes
        self.require(objects=0)

    @property
    def work_seconds(self) -> float:
        """The work of making what was produced."""
        return self._objects * OBJECT_SECONDS + self._bytes * BYTE_SECONDS

    def require(self, *, objects: int) -> None:
        """Raise LimitReached if this many more objects would exceed the limit."""
        if self.reached is None:
            if self._objects + objects > self._limits.objects:
                self.reached = LimitReached("objects", self._limits.objects)
            elif self._bytes > self._limits.bytes:
                self.reached = LimitReached("bytes", self._limits.bytes)
        if self.reached is not None:
            raise self.reached.with_traceback(None)

    def check_answer(self, answer: bytes) -> None:
        """Raise LimitReached if the response is too large."""
        self._bytes = len(answer)
        self.require(objects=0)

    def end(self) -> LimitReached:
        """The error of an execution whose time is up."""
        self.reached = LimitReached("seconds", self._limits.seconds)
        return self.reached


class BatchUsage(Usage):
    """What some executions have produced together, within the limits of one.

    It ends when all of them have ended.
    """

    __slots__ = ("_parts",)

    def __init__(self, limits: ExecutionLimits, parts: Sequence[Usage]) -> None:
        super().__init__(limits)
        self._parts = parts

    @override
    def require(self, *, objects: int) -> None:
        if all(part.reached for part in self._parts):
            self.end()
        super().require(objects=objects)

    def share(self) -> None:
        """Count an equal part of it for each execution that has not ended."""
        objects, bytes_ = (total // len(self._parts) for total in (self._objects, self._bytes))
        for part in self._parts:
            if not part.reached:
                part.add(objects=objects, bytes=bytes_)
