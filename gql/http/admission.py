"""Admission of requests: authentication, the rate limit and the concurrency limit."""

import logging
from collections.abc import Callable
from functools import partial

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.database import DatabaseError
from gql.errors import GatewayError, Overloaded, public_error
from gql.request.context import Context
from gql.security.rate_limit import RateLimiter
from gql.security.tokens import READ_RUNS, Authenticator
from gql.telemetry import metrics
from gql.telemetry.request_log import add_request_cost, set_request_attributes

DISCONNECTED = "A client disconnected before its response: %s"

ErrorResponse = Callable[[Request, GatewayError], Response]
"""The response of an API to a request that is rejected."""

_rejected = metrics.rejected_requests.labels("concurrency_limit")

logger = logging.getLogger(__name__)


class ConcurrencyLimit:
    """How many more requests a process accepts; further ones are rejected, not queued."""

    def __init__(self, requests: int) -> None:
        self.available = requests


class AdmissionMiddleware:
    """Passes requests with a valid token and within its rate limit to `app`.

    Other requests get an `error_response`, in the format of their API. Paths in `public_paths`
    need no token. Every response has the headers of the client's rate limit window; an operation
    that costs more than one request calls `Context.charge`.

    A request beyond the `concurrency_limit` is rejected before any work is done for it.

    A WebSocket is passed on at once, with `state.admit`, which `app` calls with an authorization
    before it does anything for the client; it raises the error of a request that is rejected.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        rate_limiter: RateLimiter,
        make_context: Callable[[], Context],
        concurrency_limit: ConcurrencyLimit,
        error_response: ErrorResponse,
        public_paths: frozenset[str] = frozenset(),
    ) -> None:
        self.app = app
        self.authenticator = authenticator
        self.rate_limiter = rate_limiter
        self.make_context = make_context
        self.concurrency_limit = concurrency_limit
        self.error_response = error_response
        self.public_paths = public_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.concurrency_limit.available:
            _rejected.inc()
            await self.error_response(Request(scope), Overloaded())(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.context = self.make_context()
        try:
            if scope["type"] == "websocket":
                connection.state.admit = partial(self._admit_websocket, connection)
                await self.app(scope, receive, send)
            else:
                await self._serve_request(scope, receive, send)
        finally:
            await connection.state.context.close()

    async def _serve_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        authorization = request.headers.get("authorization")
        is_started = False

        def release() -> None:
            nonlocal is_started
            if not is_started:
                self.concurrency_limit.available += 1
                is_started = True

        async def send_with_window(message: Message) -> None:
            if message["type"] == "http.response.start":
                release()  # A slow client or a long stream does not count.
                MutableHeaders(scope=message).update(request.state.window.headers)
                if logger.isEnabledFor(logging.DEBUG) and await request.is_disconnected():
                    logger.debug(DISCONNECTED, scope["path"])
            await send(message)

        self.concurrency_limit.available -= 1
        try:
            error = await self._admit(request, authorization)
            app = self.app if error is None else self.error_response(request, error)
            await app(scope, receive, send_with_window)
            if not is_started:
                logger.debug(DISCONNECTED, scope["path"])
        finally:
            release()

    async def _admit_websocket(self, connection: HTTPConnection, authorization: str | None) -> None:
        error = await self._admit(connection, authorization)
        if error is not None:
            raise error

    async def _admit(
        self, connection: HTTPConnection, authorization: str | None
    ) -> GatewayError | None:
        """The error with which the request is rejected, or None."""
        rejection: GatewayError | None = None
        # An address pays only for requests without a valid token, so that requests with invalid
        # ones cannot use up the rate limit of a valid token.
        client = f"address:{connection.client.host if connection.client else 'unknown'}"
        try:
            token = await self.authenticator.authenticate(authorization)
            client = f"token:{token.id}"
            token.require(READ_RUNS)
            connection.state.context.scopes = token.scopes
        except (GatewayError, DatabaseError) as error:
            is_public = connection.scope["path"] in self.public_paths
            rejection = None if is_public else public_error(error)
        set_request_attributes(client=client)
        charge = connection.state.context.charge = partial(self._charge, connection, client)
        try:
            await charge(1)
        except GatewayError as error:
            rejection = error
        return rejection

    async def _charge(self, connection: HTTPConnection, client: str, requests: int) -> None:
        window = connection.state.window = await self.rate_limiter.hit(client, requests)
        window.require()
        add_request_cost(requests)
