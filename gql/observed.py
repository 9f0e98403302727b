"""What is known of a request when it has been answered, for its metrics."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql import metrics

# What nginx tells of a client that left before it was answered.
CLIENT_LEFT = 499

WEBSOCKET = "websocket"
OTHER_FACE = "other"


@dataclass(slots=True)
class Observed:
    """A request that is under way; who finds out something of it notes it down."""

    face: str
    operation: str = ""
    code: str = ""
    cost: int = 0


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
    before = _current.set(observed)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def observing_operation() -> Iterator[None]:
    """Have what is noted from here on be noted of an operation over WebSocket, and tell of it."""
    observed = Observed(WEBSOCKET)
    with _observing(observed):
        try:
            yield
        finally:
            _count(observed, "")


@contextmanager
def observing_batch(loader: str, keys: int) -> Iterator[None]:
    """Tell of the keys that a loader reads at a time, and have its statements be known for its."""
    metrics.batch_keys_of(loader).observe(keys)
    before = _loader.set(loader)
    try:
        yield
    finally:
        _loader.reset(before)


@contextmanager
def observing_statement() -> Iterator[None]:
    """Tell how long a statement takes."""
    started = time.perf_counter()
    try:
        yield
    finally:
        metrics.statement_seconds_of(_loader.get()).observe(time.perf_counter() - started)


class ObservedRequests:
    """Tells of all that `app` answers, by its `faces`: their names by the beginnings of paths."""

    def __init__(self, app: ASGIApp, faces: Mapping[str, str]) -> None:
        self.app = app
        self.faces = faces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        observed = Observed(self._face(scope["path"]))
        started = time.perf_counter()
        status: int = CLIENT_LEFT

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                metrics.request_seconds_of(
                    observed.face, metrics.operation_label(observed.operation)
                ).observe(time.perf_counter() - started)
            await send(message)

        with _observing(observed), metrics.requests_in_progress.track_inprogress():
            try:
                await self.app(scope, receive, send_observed)
            finally:
                _count(observed, status)

    def _face(self, path: str) -> str:
        return next((self.faces[each] for each in self.faces if path.startswith(each)), OTHER_FACE)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        observed = Observed(WEBSOCKET)
        with _observing(observed), metrics.websockets.track_inprogress():
            try:
                await self.app(scope, receive, send)
            finally:
                metrics.closed_websockets.labels(observed.code).inc()


def _count(observed: Observed, status: int | str) -> None:
    operation = metrics.operation_label(observed.operation)
    metrics.requests_of(observed.face, operation, str(status), observed.code).inc()
    if observed.cost:
        metrics.cost_of(observed.face, operation).inc(observed.cost)
