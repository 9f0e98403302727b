"""A bound on what a client may send."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.errors import BodyTooLarge, GatewayError


class BodyLimit:
    """Has requests with a larger body answered by `refuse`, at once where they tell its size.

    Where they do not, `app` meets BodyTooLarge when it has received too much.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        maximum: int,
        refuse: Callable[[Request, GatewayError], Response],
    ) -> None:
        self.app = app
        self.maximum = maximum
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http":
            size = dict(scope["headers"]).get(b"content-length")
            if size is None:
                receive = self._bounded(receive)
            elif int(size) > self.maximum:
                app = self.refuse(Request(scope), BodyTooLarge(self.maximum))
        await app(scope, receive, send)

    def _bounded(self, receive: Receive) -> Receive:
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.maximum:
                raise BodyTooLarge(self.maximum)
            return message

        return receive_bounded
