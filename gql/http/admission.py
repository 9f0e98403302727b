"""Admission of requests: authentication, the rate limit and the concurrency limit."""

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.database import DatabaseError
from gql.errors import GatewayError, Overloaded, public_error
from gql.request.context import Context
from gql.security.account import Account, set_current_account
from gql.security.tokens import READ_RUNS, Authenticator
from gql.telemetry import metrics
from gql.telemetry.request_log import set_request_attributes

DISCONNECTED = "A client disconnected before its response: %s"

ErrorResponse = Callable[[Request, GatewayError], Response]
"""The response of an API to a request that is rejected."""

_rejected = metrics.rejected_requests.labels("concurrency_limit")

logger = logging.getLogger(__name__)


class ConcurrencyLimit:
    """How many more requests a process accepts; further ones are rejected, not queued.

    A user holds up to half of the places, so that others find one.
    """

    def __init__(self, requests: int) -> None:
        self.available = requests
        self.maximum_of_user = max(1, requests // 2)
        self.held: Counter[str] = Counter()

    def take(self) -> "Place":
        self.available -= 1
        return Place(self)


class Place:
    """A place that a request takes until its response starts."""

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit = limit
        self._user: str | None = None
        self.is_released = False

    def assign(self, user: str) -> None:
        """Count it as a user's; raises Overloaded if the user holds too many."""
        if self._limit.held[user] >= self._limit.maximum_of_user:
            _rejected.inc()
            raise Overloaded
        self._limit.held[user] += 1
        self._user = user

    def release(self) -> None:
        if self.is_released:
            return
        self.is_released = True
        self._limit.available += 1
        if self._user is not None:
            self._limit.held[self._user] -= 1
            if not self._limit.held[self._user]:
                del self._limit.held[self._user]


class AdmissionMiddleware:
    """Passes requests with a valid token and within its rate limit to `app`.

    Other requests get an `error_response`, in the format of their API. Paths in `public_paths`
    need no token. `open_account` returns the account of a client and its user, if it has one:
    what the request costs is charged to it. Every response has the headers of the client's rate
    limit window.

    A request beyond the `concurrency_limit` is rejected before any work is done for it.

    A WebSocket is passed on at once, with `state.admit`, which `app` calls with an authorization
    before it does anything for the client; it raises the error of a request that is rejected.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        open_account: Callable[[str, str | None], Account],
        make_context: Callable[[], Context],
        concurrency_limit: ConcurrencyLimit,
        error_response: ErrorResponse,
        public_paths: frozenset[str] = frozenset(),
    ) -> None:
        self.app = app
        self.authenticator = authenticator
        self.open_account = open_account
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
        account: Account | None = None
        place = self.concurrency_limit.take()

        async def send_with_window(message: Message) -> None:
            if message["type"] == "http.response.start":
                place.release()  # A slow client or a long stream does not count.
                if account and account.window:
                    MutableHeaders(scope=message).update(account.window.headers)
                if logger.isEnabledFor(logging.DEBUG) and await request.is_disconnected():
                    logger.debug(DISCONNECTED, scope["path"])
            await send(message)

        try:
            account, error = await self._admit(request, request.headers.get("authorization"))
            try:
                if error is None and account.user is not None:
                    place.assign(account.user)
            except Overloaded as overloaded:
                error = overloaded
            app = self.app if error is None else self.error_response(request, error)
            await app(scope, receive, send_with_window)
            if not place.is_released:
                logger.debug(DISCONNECTED, scope["path"])
        finally:
            place.release()
            if account is not None:
                await account.settle()

    async def _admit_websocket(self, connection: HTTPConnection, authorization: str | None) -> None:
        _, error = await self._admit(connection, authorization)
        if error is not None:
            raise error

    async def _admit(
        self, connection: HTTPConnection, authorization: str | None
    ) -> tuple[Account, GatewayError | None]:
        """The account of the request, and the error with which it is rejected, if it is."""
        rejection: GatewayError | None = None
        user = None
        # An address pays only for requests without a valid token, so that requests with invalid
        # ones cannot use up the rate limit of a valid token.
        client = f"address:{connection.client.host if connection.client else 'unknown'}"
        try:
            token = await self.authenticator.authenticate(authorization)
            client, user = f"token:{token.id}", f"user:{token.user_id}"
            token.require(READ_RUNS)
            connection.state.context.scopes = token.scopes
        except (GatewayError, DatabaseError) as error:
            is_public = connection.scope["path"] in self.public_paths
            rejection = None if is_public else public_error(error)
        set_request_attributes(client=client)
        account = self.open_account(client, user)
        set_current_account(account)
        try:
            await account.charge(1)
        except GatewayError as error:
            rejection = error
        return account, rejection
