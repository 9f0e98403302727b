"""How long statements take, and how many keys a loader reads in one batch.

These are classes because they are entered for each statement: a generator takes twice the time.
"""

import time
from contextlib import AbstractContextManager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from gql.telemetry import metrics, tracing

_loader: ContextVar[str] = ContextVar("loader", default="")


class _Span:
    __slots__ = ("_span",)

    def __init__(self, span: AbstractContextManager[object] | None) -> None:
        self._span = span

    def __enter__(self) -> None:
        if self._span:
            self._span.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._span:
            self._span.__exit__(kind, error, trace)
        self._end()

    def _end(self) -> None:
        raise NotImplementedError


class MeasuredBatch(_Span):
    """Counts the keys of a loader's batch, and labels its statements with the loader's name."""

    __slots__ = ("_loader", "_token")

    def __init__(self, loader: str, keys: int) -> None:
        super().__init__(tracing.span(loader, gateway__keys=keys) if tracing.is_on() else None)
        metrics.batch_keys_of(loader).observe(keys)
        self._loader = loader

    def __enter__(self) -> None:
        self._token = _loader.set(self._loader)
        super().__enter__()

    def _end(self) -> None:
        _loader.reset(self._token)


class MeasuredStatement(_Span):
    """Measures how long a statement takes; `str(statement)` is its SQL."""

    __slots__ = ("_started",)

    def __init__(self, statement: Any) -> None:
        self._started = time.perf_counter()
        super().__init__(tracing.statement_span(statement) if tracing.is_on() else None)

    def _end(self) -> None:
        seconds = time.perf_counter() - self._started
        metrics.statement_seconds_of(_loader.get()).observe(seconds)
