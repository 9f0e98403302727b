"""Failures are for the log; a server that met one would hang up on its client."""

import logging

from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)


class LoggedFailures:
    """Logs what `app` raises once it has answered a request.

    Starlette raises it for the server to log, which then also closes the connection, on which
    the client's next request may be under way.
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
