"""Logging of unexpected errors."""

import logging

from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)


class ErrorLoggingMiddleware:
    """Logs the exception that `app` raises after it has sent a response.

    Starlette raises it again for the server to log, but the server would also close the
    connection, on which the client may already have sent its next request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception:
            if scope["type"] != "http":
                raise
            logger.exception("A request failed")
