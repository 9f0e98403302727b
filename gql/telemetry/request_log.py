"""One record per request: its log line, its metrics and the attributes of its trace."""

import logging
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from starlette.types import Scope

from gql.telemetry import metrics, tracing
from gql.telemetry.log import request_id, without_tokens, write_line

# The status that nginx logs for a client that disconnected before the response began.
CLIENT_DISCONNECTED = 499

WEBSOCKET = "websocket"
OTHER_API = "other"

# A cost unit is so much work.
MS_PER_COST_UNIT = 20

# The longest text from a client that a log line or a span holds.
MAX_CHARACTERS = 200

_ids = random.Random()  # noqa: S311  (an id is no secret, and to ask the system takes longer)

_REQUEST_ID = re.compile(rb"(?!.*spci_)[\w.-]{1,64}")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class RequestRecord:
    """What the log, the metrics and the trace say of a request in progress."""

    request_id: str
    client: str
    method: str
    path: str
    api: str
    operation: str = ""
    code: str = ""
    cost: int = 0
    work_ms: float = 0
    status: int = 0
    """The status of the response, once it has started."""

    def log(self, message: str, started: float, **attributes: Any) -> None:
        """Write the log line of a request that ended; `started` is a `time.perf_counter()`."""
        if tracing.is_on():
            tracing.describe(
                gateway__request_id=self.request_id,
                gateway__client=self.client,
                gateway__error_code=self.code,
                gateway__cost=self.cost,
                gateway__work_ms=self.work_ms,
                graphql__operation__name=self.operation[:MAX_CHARACTERS],
                http__request__method=self.method,
                url__path=self.path,
            )
        if logger.isEnabledFor(logging.INFO):
            line = {name: getattr(self, name) for name in _LOGGED}
            line["operation"] = self.operation[:MAX_CHARACTERS]
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            write_line(logger.name, message, {**line, **attributes, "duration_ms": duration_ms})

    def count(self, status: int | str) -> None:
        """Count the request, and its cost, in the metrics."""
        operation = metrics.operation_label(self.operation)
        metrics.requests_of(self.api, operation, str(status), self.code).inc()
        self.count_cost(operation)

    def count_cost(self, operation: str) -> None:
        if self.cost:
            metrics.cost_of(self.api, operation).inc(self.cost)
            actual = self.work_ms / MS_PER_COST_UNIT
            metrics.actual_cost_of(self.api, operation).inc(actual)
            metrics.cost_ratio_of(self.api).observe(actual / self.cost)


_LOGGED = [name for name in RequestRecord.__slots__ if name != "status"]

_current: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def set_request_attributes(**attributes: Any) -> None:
    """Set attributes of the current request's record; does nothing outside a request."""
    record = _current.get()
    if record is not None:
        for name, value in attributes.items():
            setattr(record, name, value)


def current_record() -> RequestRecord | None:
    """The record of the current request; None outside a request."""
    return _current.get()


class _Recorded:
    """A block with this record: a class, as a generator would take twice the time."""

    def __init__(self, record: RequestRecord) -> None:
        self._record = record

    def __enter__(self) -> None:
        self._tokens = _current.set(self._record), request_id.set(self._record.request_id)

    def __exit__(self, *_: object) -> None:
        record_token, id_token = self._tokens
        _current.reset(record_token)
        request_id.reset(id_token)


@contextmanager
def websocket_operation() -> Iterator[None]:
    """Give an operation over WebSocket a record of its own, apart from its connection's.

    The block, and the tasks that it starts, see the new record.
    """
    connection = _current.get()
    if connection is None:
        yield
        return
    with _Recorded(replace(connection, operation="", code="", cost=0, work_ms=0)):
        yield


@contextmanager
def logged_operation() -> Iterator[None]:
    """Count and log the current operation over WebSocket when the block ends."""
    record = _current.get()
    if record is None:
        yield
        return
    started = time.perf_counter()
    with tracing.span("operation"):
        try:
            yield
        finally:
            record.count("")
            record.log("operation", started)


class LoggedRequest:
    """A block that serves a request, which is logged, counted and traced when the block ends.

    `names` are the names of APIs by the beginnings of their paths. The block calls `start` with the
    status of the response, and adds up its `bytes`.
    """

    def __init__(self, scope: Scope, names: Mapping[str, str]) -> None:
        self._started = time.perf_counter()
        self._record = record = _record_of(scope, scope["method"], _name_of(scope["path"], names))
        self._block = _Recorded(record)
        self._span = tracing.request_span(f"{record.method} {record.api}", scope["headers"])
        self.id_header = (b"x-request-id", record.request_id.encode())
        self.bytes = 0

    def __enter__(self) -> Self:
        metrics.requests_in_progress.inc()
        self._block.__enter__()
        self._span.__enter__()
        return self

    def start(self, status: int) -> None:
        """Record that the response has started."""
        record = self._record
        metrics.requests_in_progress.dec()
        record.status = status
        metrics.request_seconds_of(record.api, metrics.operation_label(record.operation)).observe(
            time.perf_counter() - self._started
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        record = self._record
        status = record.status or CLIENT_DISCONNECTED
        if not record.status:
            metrics.requests_in_progress.dec()
        record.count(status)
        record.log("request", self._started, status=status, bytes=self.bytes)
        tracing.describe(http__response__status_code=status)
        self._span.__exit__(kind, error, trace)
        self._block.__exit__(kind, error, trace)


@contextmanager
def logged_websocket(scope: Scope) -> Iterator[None]:
    """Log, count and trace a WebSocket connection when the block that serves it ends."""
    started = time.perf_counter()
    record = _record_of(scope, "", WEBSOCKET)
    with _Recorded(record), metrics.websocket_connections.track_inprogress():
        try:
            yield
        finally:
            metrics.closed_websocket_connections.labels(record.code).inc()
            record.count_cost("")
            record.log("websocket", started)


def _record_of(scope: Scope, method: str, api: str) -> RequestRecord:
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    is_valid = _REQUEST_ID.fullmatch(given)
    return RequestRecord(
        request_id=given.decode() if is_valid else f"{_ids.getrandbits(64):016x}",
        client=f"address:{(scope['client'] or ('unknown',))[0]}",
        method=method,
        path=without_tokens(scope["path"][:MAX_CHARACTERS]),
        api=api,
    )


def _name_of(path: str, names: Mapping[str, str]) -> str:
    path += "/"
    return next((names[each] for each in names if path.startswith(each)), OTHER_API)
