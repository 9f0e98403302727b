"""What is known of a request when it has been answered: its log line, metrics and trace."""

import logging
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.telemetry import metrics, tracing
from gql.telemetry.log import request_id, without_tokens, write_line

# What nginx tells of a client that left before it was answered.
CLIENT_LEFT = 499

WEBSOCKET = "websocket"
OTHER_FACE = "other"

# Of what clients send, so much is logged at most.
MAX_CHARACTERS = 200

_REQUEST_ID = re.compile(rb"(?!.*spci_)[\w.-]{1,64}")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Observed:
    """A request that is under way; who finds out something of it notes it down."""

    request_id: str
    client: str
    method: str
    path: str
    face: str
    operation: str = ""
    code: str = ""
    cost: int = 0

    def tell(self, message: str, started: float, **facts: Any) -> None:
        """Log a line of what has ended, which began at `started` by the performance counter."""
        if tracing.is_on():
            tracing.describe(
                gateway__request_id=self.request_id,
                gateway__client=self.client,
                gateway__error_code=self.code,
                gateway__cost=self.cost,
                graphql__operation__name=self.operation[:MAX_CHARACTERS],
                http__request__method=self.method,
                url__path=self.path,
            )
        if logger.isEnabledFor(logging.INFO):
            noted = {name: getattr(self, name) for name in self.__slots__}
            noted["operation"] = self.operation[:MAX_CHARACTERS]
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            write_line(logger.name, message, {**noted, **facts, "duration_ms": duration_ms})


_current: ContextVar[Observed | None] = ContextVar("observed", default=None)

_loader: ContextVar[str] = ContextVar("loader", default="")


def note(**facts: Any) -> None:
    """Note down facts of the request that is under way, if one is."""
    observed = _current.get()
    if observed is not None:
        for name, fact in facts.items():
            setattr(observed, name, fact)


def note_cost(requests: int) -> None:
    """Note down that the request that is under way counts for so many more."""
    observed = _current.get()
    if observed is not None:
        observed.cost += requests


@contextmanager
def _observing(observed: Observed) -> Iterator[None]:
    before, id_before = _current.set(observed), request_id.set(observed.request_id)
    try:
        yield
    finally:
        _current.reset(before)
        request_id.reset(id_before)


@contextmanager
def beginning_operation() -> Iterator[None]:
    """Have what is noted from here on, and by tasks that begin here, be noted of an operation.

    It is one over WebSocket, apart from its connection and others.
    """
    connection = _current.get()
    if connection is None:
        yield
        return
    with _observing(replace(connection, operation="", code="", cost=0)):
        yield


@contextmanager
def observing_operation() -> Iterator[None]:
    """Tell of the operation that has begun when the block ends."""
    observed = _current.get()
    if observed is None:
        yield
        return
    started = time.perf_counter()
    with tracing.span("operation"):
        try:
            yield
        finally:
            _count(observed, "")
            observed.tell("operation", started)


# These are classes since they are entered for each statement: a generator takes twice the time.


class _InSpan:
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


class observing_batch(_InSpan):  # noqa: N801  (used as a function is)
    """Tell of the keys that a loader reads at a time, and have its statements be known for its."""

    __slots__ = ("_before", "_loader")

    def __init__(self, loader: str, keys: int) -> None:
        super().__init__(tracing.span(loader, gateway__keys=keys) if tracing.is_on() else None)
        metrics.batch_keys_of(loader).observe(keys)
        self._loader = loader

    def __enter__(self) -> None:
        self._before = _loader.set(self._loader)
        super().__enter__()

    def _end(self) -> None:
        _loader.reset(self._before)


class observing_statement(_InSpan):  # noqa: N801
    """Tell how long a statement takes, of which `str` gives the text."""

    __slots__ = ("_started",)

    def __init__(self, statement: Any) -> None:
        self._started = time.perf_counter()
        super().__init__(tracing.statement_span(statement) if tracing.is_on() else None)

    def _end(self) -> None:
        seconds = time.perf_counter() - self._started
        metrics.statement_seconds_of(_loader.get()).observe(seconds)


class ObservedRequests:
    """Tells of all that `app` answers, by its `faces`: their names by the paths they are under."""

    def __init__(self, app: ASGIApp, faces: Mapping[str, str]) -> None:
        self.app = app
        self.faces = {f"{path}/": face for path, face in faces.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        observed = self._observed(scope, scope["method"], self._face(scope["path"]))
        id_header = (b"x-request-id", observed.request_id.encode())
        status: int = CLIENT_LEFT
        size = 0
        is_in_progress = True

        async def send_observed(message: Message) -> None:
            nonlocal status, size, is_in_progress
            if message["type"] == "http.response.start":
                metrics.requests_in_progress.dec()
                is_in_progress = False
                status = message["status"]
                message["headers"] = [*message["headers"], id_header]
                metrics.request_seconds_of(
                    observed.face, metrics.operation_label(observed.operation)
                ).observe(time.perf_counter() - started)
            else:
                size += len(message.get("body", b""))
            await send(message)

        metrics.requests_in_progress.inc()
        with (
            _observing(observed),
            tracing.request_span(f"{observed.method} {observed.face}", scope["headers"]),
        ):
            try:
                await self.app(scope, receive, send_observed)
            finally:
                if is_in_progress:
                    metrics.requests_in_progress.dec()
                _count(observed, status)
                observed.tell("request", started, status=status, bytes=size)
                tracing.describe(http__response__status_code=status)

    def _observed(self, scope: Scope, method: str, face: str) -> Observed:
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        return Observed(
            request_id=given.decode() if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8),
            client=f"address:{(scope['client'] or ('unknown',))[0]}",
            method=method,
            path=without_tokens(scope["path"][:MAX_CHARACTERS]),
            face=face,
        )

    def _face(self, path: str) -> str:
        path += "/"
        return next((self.faces[each] for each in self.faces if path.startswith(each)), OTHER_FACE)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        observed = self._observed(scope, "", WEBSOCKET)
        with _observing(observed), metrics.websockets.track_inprogress():
            try:
                await self.app(scope, receive, send)
            finally:
                metrics.closed_websockets.labels(observed.code).inc()
                _count_cost(observed, "")
                observed.tell("websocket", started)


def _count(observed: Observed, status: int | str) -> None:
    operation = metrics.operation_label(observed.operation)
    metrics.requests_of(observed.face, operation, str(status), observed.code).inc()
    _count_cost(observed, operation)


def _count_cost(observed: Observed, operation: str) -> None:
    if observed.cost:
        metrics.cost_of(observed.face, operation).inc(observed.cost)
