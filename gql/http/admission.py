"""The gate that every request of a face passes: its token, its rate limit, its context."""

import logging
from collections.abc import Callable
from functools import partial

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.errors import GatewayError, Overloaded
from gql.request.context import Context
from gql.security.rate_limit import RateLimiter
from gql.security.tokens import READ_RUNS, Authenticator
from gql.telemetry import metrics
from gql.telemetry.request_log import note, note_cost

LEFT = "A client left before it was answered: %s"

_overloads = metrics.overloads.labels("process")

logger = logging.getLogger(__name__)


class Capacity:
    """How many requests a process still takes on; none of them waits for another to end."""

    def __init__(self, requests: int) -> None:
        self.left = requests


class Gate:
    """Lets requests with a good token and within its rate limit through to `app`.

    Others are answered by `refuse`, which knows how the face words an error. Paths in
    `public` need no token. Every answer tells where the client's window stands; for what costs
    more than one request there is `Context.charge`.

    Who comes when `capacity` is used up is refused before anything is done for them.

    A WebSocket comes through at once, with `state.admit` for `app` to call before it does
    anything for the client: given an authorization, it raises what a request would be refused
    with.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        rate_limiter: RateLimiter,
        make_context: Callable[[], Context],
        capacity: Capacity,
        refuse: Callable[[Request, GatewayError], Response],
        public: frozenset[str] = frozenset(),
    ) -> None:
        self.app = app
        self.authenticator = authenticator
        self.rate_limiter = rate_limiter
        self.make_context = make_context
        self.capacity = capacity
        self.refuse = refuse
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.capacity.left:
            _overloads.inc()
            await self.refuse(Request(scope), Overloaded())(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.context = self.make_context()
        try:
            if scope["type"] == "websocket":
                connection.state.admit = partial(self._admit_to_websocket, connection)
                await self.app(scope, receive, send)
            else:
                await self._answer(scope, receive, send)
        finally:
            await connection.state.context.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        authorization = request.headers.get("authorization")
        is_done = False

        def make_room() -> None:
            nonlocal is_done
            if not is_done:
                self.capacity.left += 1
                is_done = True

        async def send_with_window(message: Message) -> None:
            if message["type"] == "http.response.start":
                make_room()  # However slowly it is taken, and however long a stream goes on.
                MutableHeaders(scope=message).update(request.state.window.headers)
                if logger.isEnabledFor(logging.DEBUG) and await request.is_disconnected():
                    logger.debug(LEFT, scope["path"])
            await send(message)

        self.capacity.left -= 1
        try:
            refusal = await self._admit(request, authorization)
            answer = self.app if refusal is None else self.refuse(request, refusal)
            await answer(scope, receive, send_with_window)
            if not is_done:
                logger.debug(LEFT, scope["path"])
        finally:
            make_room()

    async def _admit_to_websocket(
        self, connection: HTTPConnection, authorization: str | None
    ) -> None:
        refusal = await self._admit(connection, authorization)
        if refusal is not None:
            raise refusal

    async def _admit(
        self, connection: HTTPConnection, authorization: str | None
    ) -> GatewayError | None:
        refusal: GatewayError | None = None
        # An address pays only for requests without a good token, so that somebody else's
        # bad ones cannot use up what a good one may.
        client = f"address:{connection.client.host if connection.client else 'unknown'}"
        try:
            token = await self.authenticator.authenticate(authorization)
            client = f"token:{token.id}"
            token.require(READ_RUNS)
        except GatewayError as error:
            refusal = None if connection.scope["path"] in self.public else error
        note(client=client)
        charge = connection.state.context.charge = partial(self._charge, connection, client)
        try:
            await charge(1)
        except GatewayError as error:
            refusal = error
        return refusal

    async def _charge(self, connection: HTTPConnection, client: str, requests: int) -> None:
        window = connection.state.window = await self.rate_limiter.hit(client, requests)
        window.require()
        note_cost(requests)
