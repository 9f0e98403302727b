"""The limit on what a user has asked for and does not read."""

from collections import Counter
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.errors import GatewayError, Overloaded
from gql.security.account import current_account

# A server holds so much of any response.
SMALL_BYTES = 65_536


class _LimitReached(Exception):
    pass


class UnreadLimitMiddleware:
    """Rejects a response while its user has not read `max_bytes` of others.

    A user has a single response at least, however large. The server's `send` must return when the
    client has read the message, as that of `GatewayProtocol` does.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        error_response: Callable[[Request, GatewayError], Response],
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.error_response = error_response
        self._unread: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        account = current_account()
        user = (account and account.user) or ""
        size = 0

        async def send_limited(message: Message) -> None:
            nonlocal size
            if message["type"] == "http.response.start":
                length = int(dict(message["headers"]).get(b"content-length", 0))
                if length > SMALL_BYTES:
                    if self._unread[user] and self._unread[user] + length > self.max_bytes:
                        raise _LimitReached
                    size = length
                    self._unread[user] += size
            await send(message)

        try:
            await self.app(scope, receive, send_limited)
        except _LimitReached:
            await self.error_response(Request(scope), Overloaded())(scope, receive, send)
        finally:
            self._unread[user] -= size
            if not self._unread[user]:
                del self._unread[user]
