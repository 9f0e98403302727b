"""One record per request: its log line, its metrics and the attributes of its trace."""

import logging
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
            line = {name: getattr(self, name) for name in self.__slots__}
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


@contextmanager
def _as_current(record: RequestRecord) -> Iterator[None]:
    record_token, id_token = _current.set(record), request_id.set(record.request_id)
    try:
        yield
    finally:
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
    with _as_current(replace(connection, operation="", code="", cost=0, work_ms=0)):
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


class RequestLoggingMiddleware:
    """Logs, counts and traces every request and every WebSocket connection.

    `apis` names each API by the path that it is served under.
    """

    def __init__(self, app: ASGIApp, *, apis: Mapping[str, str]) -> None:
        self.app = app
        self.apis = {f"{path}/": api for path, api in apis.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve_request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _serve_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        record = self._record(scope, scope["method"], self._api(scope["path"]))
        id_header = (b"x-request-id", record.request_id.encode())
        status: int = CLIENT_DISCONNECTED
        size = 0
        is_in_progress = True

        async def send_and_measure(message: Message) -> None:
            nonlocal status, size, is_in_progress
            if message["type"] == "http.response.start":
                metrics.requests_in_progress.dec()
                is_in_progress = False
                status = message["status"]
                message["headers"] = [*message["headers"], id_header]
                metrics.request_seconds_of(
                    record.api, metrics.operation_label(record.operation)
                ).observe(time.perf_counter() - started)
            else:
                size += len(message.get("body", b""))
            await send(message)

        metrics.requests_in_progress.inc()
        with (
            _as_current(record),
            tracing.request_span(f"{record.method} {record.api}", scope["headers"]),
        ):
            try:
                await self.app(scope, receive, send_and_measure)
            finally:
                if is_in_progress:
                    metrics.requests_in_progress.dec()
                record.count(status)
                record.log("request", started, status=status, bytes=size)
                tracing.describe(http__response__status_code=status)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        record = self._record(scope, "", WEBSOCKET)
        with _as_current(record), metrics.websocket_connections.track_inprogress():
            try:
                await self.app(scope, receive, send)
            finally:
                metrics.closed_websocket_connections.labels(record.code).inc()
                record.count_cost("")
                record.log("websocket", started)

    def _record(self, scope: Scope, method: str, api: str) -> RequestRecord:
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        return RequestRecord(
            request_id=given.decode() if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8),
            client=f"address:{(scope['client'] or ('unknown',))[0]}",
            method=method,
            path=without_tokens(scope["path"][:MAX_CHARACTERS]),
            api=api,
        )

    def _api(self, path: str) -> str:
        path += "/"
        return next((self.apis[each] for each in self.apis if path.startswith(each)), OTHER_API)
