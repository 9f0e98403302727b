"""The server's protocol: uvicorn's, with deadlines and limits for every connection.

No client occupies the process by what it does not do: send a head or a body, read a response, or
close a connection. What a client must see before its connection is closed is followed by
LINGER_SECONDS in which further input is dropped, or not even read: closed at once, the connection
would be reset, and the client might lose the response.
"""

import asyncio
import socket
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

import orjson
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.compat.uvicorn import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from gql.http.file_limit import warn_of_file
from gql.telemetry import metrics

MAX_HEAD_BYTES = 65_536
LINGER_SECONDS = 2

_rejected = {
    reason: metrics.rejected_connections.labels(reason)
    for reason in ("request_timeout", "head_too_large", "validation_error", "unread_response")
}

# The headers of an upgrade, for this connection only (RFC 9110, 7.8).
_UPGRADE = {b"connection", b"http2-settings", b"upgrade"}


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many seconds a client has to send a head, to send a body, to read, and to be idle."""

    receive_seconds: int
    send_seconds: int
    idle_seconds: int


class _Phase(Enum):
    """What the connection receives."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()
    """A body, whether its request was answered already or not."""
    RESPONSE = auto()
    """Nothing, for the client waits for its response."""
    REST = auto()
    """What is dropped, because the request was rejected."""


class GatewayProtocol(HttpToolsProtocol):
    """Closes connections whose client is too slow, and answers 408 and 431.

    A body that is late is answered by the app: `BodyReceiver` has the same deadline. `send` of the
    app returns when the client has read most of the message. An offer to upgrade to anything but
    WebSocket is ignored, as RFC 9110 allows: HttpClient of Java and `curl --http2` offer h2c.
    """

    def __init__(self, *args: Any, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = limits
        self._phase = _Phase.NOTHING
        self._deadline: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._is_upgrade_ignored = False
        self._closes_after_body = False
        self._running: RequestResponseCycle | None = None

    # Deadlines

    def _enter(self, phase: _Phase, seconds: float | None = None) -> None:
        self._phase = phase
        if seconds is None:
            self._deadline = None
            return
        self._deadline = self.loop.time() + seconds
        # Most requests end before an alarm that is set already, so that few set another.
        if self._alarm is None or self._alarm.when() > self._deadline:
            self._set_alarm(self._deadline)

    def _set_alarm(self, time: float) -> None:
        self._end_alarm()
        self._alarm = self.loop.call_at(time, self._check_deadline)

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _check_deadline(self) -> None:
        self._alarm = None
        if self._deadline is None:
            return
        is_waiting = self.flow.read_paused or (self._phase is _Phase.BODY and not self._is_answered)
        if is_waiting:  # The app has the turn, not the client.
            self._deadline = self.loop.time() + self._limits.receive_seconds
        if self.loop.time() < self._deadline:
            self._set_alarm(self._deadline)
        elif self._phase is _Phase.HEAD:
            self._reject(408, "request_timeout", "The request did not arrive in time.")
        else:
            self.transport.close()

    @property
    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _reject(self, status: int, code: str, message: str) -> None:
        """Answer what did not become a request, and drop all that follows."""
        _rejected[code].inc()
        if not self._is_answered:  # The response in progress is the last one.
            self._enter(_Phase.REST)
            self.cycle.keep_alive = False
            return
        self._enter(_Phase.REST, LINGER_SECONDS)
        if self.transport.is_closing():
            return
        self.transport.pause_reading()  # To read and drop megabytes would keep others waiting.
        body = orjson.dumps({"code": code, "message": message, "details": {}}) + b"\n"
        head = (
            b"content-type: application/json\r\n"
            b"content-length: %d\r\n"
            b"connection: close\r\n\r\n" % len(body)
        )
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.write_eof()

    # The transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        warn_of_file(connection.fileno())
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Linux applies it to a client that reads nothing, and to one that is gone.
            milliseconds = self._limits.send_seconds * 1000
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._enter(_Phase.NOTHING, self._limits.idle_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_alarm()
        if isinstance(exc, TimeoutError):
            _rejected["unread_response"].inc()
        if self._running is not None and not self._running.response_complete:
            # uvicorn informs only the last request of a pipeline.
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._phase is _Phase.REST:
            return
        self._unset_keepalive_if_required()
        if self._phase in {_Phase.NOTHING, _Phase.HEAD}:
            self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            elif self._is_upgrade_ignored:
                self._receive_without_upgrade(data[upgrade.args[0] :])
        except HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        if self._phase is _Phase.HEAD and self._head_bytes > MAX_HEAD_BYTES:
            self._reject_head()

    def _receive_without_upgrade(self, body: bytes) -> None:
        """Receive the request as if it had not offered an upgrade, which hides its body."""
        self._is_upgrade_ignored = False
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            if name not in _UPGRADE:
                lines += [name, b": ", value, b"\r\n"]
        self.parser = HttpRequestParser(self)
        self._phase, self._head_bytes = _Phase.NOTHING, 0
        self.data_received(b"".join([*lines, b"\r\n", body]))

    def handle_websocket_upgrade(self) -> None:
        self._end_alarm()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        self._reject(400, "validation_error", msg)

    def _reject_head(self) -> None:
        message = f"The head of the request exceeds the limit of {MAX_HEAD_BYTES} bytes."
        self._reject(431, "head_too_large", message)

    # The parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._phase is not _Phase.REST:
            self._enter(_Phase.HEAD, self._limits.receive_seconds)

    def on_headers_complete(self) -> None:
        if self._phase is _Phase.REST:
            return
        if self._head_bytes > MAX_HEAD_BYTES and self._size_of_head() > MAX_HEAD_BYTES:
            self._reject_head()
            return
        self._head_bytes = 0
        is_upgrade = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if is_upgrade and not self._should_upgrade():
            self._is_upgrade_ignored = True
            return
        self._enter(_Phase.BODY, self._limits.receive_seconds)
        super().on_headers_complete()
        if self.cycle is not None and not self.cycle.keep_alive:
            # Closed with the response, the connection would be reset by the rest of the body.
            self._closes_after_body = self.cycle.keep_alive = True

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        if self._phase is _Phase.BODY:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._phase is not _Phase.BODY:
            return
        super().on_message_complete()
        if self._is_answered:
            self._end_response()
        else:
            self._enter(_Phase.RESPONSE)
            if self._closes_after_body:
                self._closes_after_body = self.cycle.keep_alive = False

    # The app

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, partial(self._serve, app))

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_drain(message: Message) -> None:
            await send(message)
            if self.flow.write_paused:
                await self.flow.drain()

        await app(scope, receive, send_and_drain)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._phase is _Phase.BODY:
            self._enter(_Phase.BODY, LINGER_SECONDS)
        elif self._phase is _Phase.RESPONSE and self._is_answered:
            self._end_response()

    def _end_response(self) -> None:
        if self._closes_after_body:
            self.transport.close()
        self._enter(_Phase.NOTHING, self._limits.idle_seconds)
