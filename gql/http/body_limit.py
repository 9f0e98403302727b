"""The limit on the size of request bodies."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.errors import BodyTooLarge, GatewayError


class BodyLimitMiddleware:
    """Rejects requests whose body has more than `max_bytes`.

    With a Content-Length that is too large, the client gets an `error_response` at once. Without
    one, `app` gets BodyTooLarge when it has received too much.
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http":
            size = dict(scope["headers"]).get(b"content-length")
            if size is None:
                receive = self._limited(receive)
            elif int(size) > self.max_bytes:
                app = self.error_response(Request(scope), BodyTooLarge(self.max_bytes))
        await app(scope, receive, send)

    def _limited(self, receive: Receive) -> Receive:
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise BodyTooLarge(self.max_bytes)
            return message

        return receive_limited
