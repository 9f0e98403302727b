"""HEAD requests, for every path that answers GET."""

from anyio import CancelScope
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequestsMiddleware:
    """Answers HEAD with the headers of the GET response, and ends a streamed response there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        is_sent = False

        async def send_head(message: Message) -> None:
            nonlocal is_sent
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_sent:
                is_sent = True
                await send({"type": "http.response.body"})
                if message.get("more_body"):
                    getting.cancel()

        with CancelScope() as getting:
            await self.app({**scope, "method": "GET"}, receive, send_head)
