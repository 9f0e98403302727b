"""The limit on the size of request bodies."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.errors import BadInput, BodyTooLarge, GatewayError

_MAX_DIGITS = 1000


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
            elif error := self._problem_of(size):
                app = self.error_response(Request(scope), error)
        await app(scope, receive, send)

    def _problem_of(self, size: bytes) -> GatewayError | None:
        if not size.isdigit():
            return BadInput("Content-Length must be a number of bytes.")
        # Python reads no number of 5,000 digits.
        is_too_large = len(size) > _MAX_DIGITS or int(size) > self.max_bytes
        return BodyTooLarge(self.max_bytes) if is_too_large else None

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
