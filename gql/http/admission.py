"""Admission of requests: authentication, the rate limit and the concurrency limit."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.database import DatabaseError
from gql.errors import GatewayError, Overloaded, public_error
from gql.http.request_body import BodyReceiver
from gql.request.context import Context
from gql.security.account import Account, set_current_account
from gql.security.lookups import LookupLimiter, network_of
from gql.security.rate_limit import RateLimiter
from gql.security.tokens import READ_RUNS, Authenticator, Token, secret_of
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


class Place:
    """The place of one request among those in progress, from `take` to `release`."""

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit = limit
        self._is_taken = False
        self._user: str | None = None

    def take(self) -> None:
        """Take the place, once; raises Overloaded if there is none."""
        if self._is_taken:
            return
        if not self._limit.available:
            _rejected.inc()
            raise Overloaded
        self._limit.available -= 1
        self._is_taken = True

    def assign(self, user: str) -> None:
        """Count it as a user's; raises Overloaded if the user holds too many."""
        if self._limit.held[user] >= self._limit.maximum_of_user:
            _rejected.inc()
            raise Overloaded
        self._limit.held[user] += 1
        self._user = user

    def release(self) -> None:
        if self._is_taken:
            self._limit.available += 1
            self._is_taken = False
        if self._user is not None:
            self._limit.held[self._user] -= 1
            if not self._limit.held[self._user]:
                del self._limit.held[self._user]
            self._user = None


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The limits that all requests of a process share.

    `account` opens the account of a client and its user, if it has one.
    """

    rate: RateLimiter
    account: Callable[[str, str | None], Account]
    lookups: LookupLimiter
    bodies: BodyReceiver
    places: ConcurrencyLimit


class AdmissionMiddleware:
    """Passes requests with a valid token and within its rate limit to `app`.

    Other requests get an `error_response`, in the format of their API. Paths that `is_public`
    accepts need no token. What the request costs is charged to an account. Every response has the
    headers of the client's rate limit window.

    A request takes a place of the concurrency limit when all of it has arrived and there is
    something to do for it: its token must be looked up, or is valid. It has the place until its
    response starts.

    A WebSocket is passed on at once, with `state.admit`, which `app` calls with an authorization
    before it does anything for the client; it raises the error of a request that is rejected.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        limits: RequestLimits,
        make_context: Callable[[], Context],
        error_response: ErrorResponse,
        is_public: Callable[[str], bool],
    ) -> None:
        self.app = app
        self.authenticator = authenticator
        self.limits = limits
        self.make_context = make_context
        self.error_response = error_response
        self.is_public = is_public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        context = state["context"] = self.make_context()
        try:
            if scope["type"] == "websocket":
                state["admit"] = partial(self._admit_websocket, scope, context)
                await self.app(scope, receive, send)
            else:
                await self._serve_request(scope, receive, send, context)
        finally:
            await context.close()

    async def _serve_request(
        self, scope: Scope, receive: Receive, send: Send, context: Context
    ) -> None:
        place = Place(self.limits.places)
        account: Account | None = None
        is_started = False

        async def send_with_window(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                place.release()  # A slow client or a long stream does not count.
                if account and account.window:
                    message["headers"] = [*message["headers"], *account.window.headers]
                if logger.isEnabledFor(logging.DEBUG):
                    request = Request(scope, receive)
                    if await request.is_disconnected():
                        logger.debug(DISCONNECTED, scope["path"])
            await send(message)

        error: GatewayError | None = None
        try:
            receive = await self.limits.bodies.receive(scope, receive)
        except ClientDisconnect:
            logger.debug(DISCONNECTED, scope["path"])
            return
        except GatewayError as body_error:
            error = body_error
        try:
            authorization = Headers(scope=scope).get("authorization")
            account, rejection = await self._admit(scope, context, authorization, place)
            error = rejection or error
            app = self.app if error is None else self.error_response(Request(scope), error)
            await app(scope, receive, send_with_window)
            if not is_started:
                logger.debug(DISCONNECTED, scope["path"])
        finally:
            place.release()
            if account is not None:
                account.settle()

    async def _admit_websocket(
        self, scope: Scope, context: Context, authorization: str | None
    ) -> None:
        place = Place(self.limits.places)
        try:
            account, error = await self._admit(scope, context, authorization, place)
        finally:
            place.release()
        if error is not None:
            account.settle()
            raise error

    async def _admit(
        self, scope: Scope, context: Context, authorization: str | None, place: Place
    ) -> tuple[Account, GatewayError | None]:
        """The account of the request, and the error with which it is rejected, if it is.

        Otherwise the request has the place.
        """
        rejection: GatewayError | None = None
        user = None
        # An address pays only for requests without a valid token, so that requests with invalid
        # ones cannot use up the rate limit of a valid token.
        host = scope["client"][0] if scope.get("client") else "unknown"
        client = f"address:{network_of(host)}"
        try:
            token = await self._token(authorization, client, place)
            client, user = f"token:{token.id}", f"user:{token.user_id}"
            place.take()
            place.assign(user)
            token.require(READ_RUNS)
            context.scopes = token.scopes
        except (GatewayError, DatabaseError) as error:
            place.release()
            is_public = self.is_public(scope["path"])
            rejection = None if is_public else public_error(error)
        set_request_attributes(client=client)
        account = self.limits.account(client, user)
        set_current_account(account)
        context.reauthenticate = partial(self._reauthenticate, authorization)
        if isinstance(rejection, Overloaded):
            # Nothing was done for the client, so it pays nothing. It may not ask as fast as it can.
            await self.limits.rate.wait_to_reject(client)
            return account, rejection
        try:
            await account.charge(1)
        except GatewayError as error:
            place.release()
            await self.limits.rate.wait_to_reject(client)
            rejection = error
        return account, rejection

    async def _token(self, authorization: str | None, client: str, place: Place) -> Token:
        secret = secret_of(authorization)
        token = self.authenticator.recall(secret)
        if token is not None:
            return token
        if self.authenticator.was_valid(secret):
            place.take()
            return await self.authenticator.look_up(secret)
        async with self.limits.lookups.turn(client):
            # Another request with this token may have looked it up meanwhile.
            if token := self.authenticator.recall(secret):
                return token
            place.take()
            return await self.authenticator.look_up(secret)

    async def _reauthenticate(self, authorization: str | None) -> None:
        token = await self.authenticator.authenticate(authorization)
        token.require(READ_RUNS)
