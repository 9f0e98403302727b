"""The way of every request: recorded, routed, and answered with the headers of all responses."""

import logging
from collections.abc import Callable, Collection, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gql.errors import CODES, InternalError
from gql.http.cross_origin import allow_origins
from gql.http.head_requests import HeadRequestsMiddleware
from gql.http.security_headers import with_security_headers
from gql.telemetry.request_log import LoggedRequest, current_record, logged_websocket

INTERNAL_ERROR = CODES[InternalError].status

logger = logging.getLogger(__name__)


class Pipeline:
    """Serves all requests: those to `apis` itself, everything else by `app`.

    `apis` are served under their paths, and below them if they end with a slash. FastAPI's router,
    and what is around it, take longer than most answers of an API. `names` are the names of APIs by
    the paths that they are served under, for the log. `error_response` is the response to an
    exception. An unexpected one is logged here: raised again, it would close the connection, on
    which the client may already have sent its next request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        apis: Mapping[str, ASGIApp],
        names: Mapping[str, str],
        allowed_origins: Collection[str],
        error_response: Callable[[Request, Exception], Response],
    ) -> None:
        self.app = app
        self.names = {f"{path}/": name for path, name in names.items()}
        self.error_response = error_response
        self._apis = {path: api for path, api in apis.items() if not path.endswith("/")}
        self._folders = {path: api for path, api in apis.items() if path.endswith("/")}
        self._answer = allow_origins(HeadRequestsMiddleware(self._route), allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            with logged_websocket(scope):
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        with LoggedRequest(scope, self.names) as logged:

            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    logged.start(message["status"])
                    message["headers"] = [
                        *with_security_headers(message["headers"], scope["scheme"]),
                        logged.id_header,
                    ]
                else:
                    logged.bytes += len(message.get("body", b""))
                await send(message)

            try:
                await self._answer(scope, receive, send_with_headers)
            except Exception:
                logger.exception("A request failed")

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = self._api(scope["path"])
        if api is None:
            await self.app(scope, receive, send)
            return
        try:
            await api(scope, receive, send)
        except Exception as error:
            # The code of the error is recorded, even if the response has started.
            response = self.error_response(Request(scope), error)
            record = current_record()
            is_started = record is not None and record.status
            if not is_started:
                await response(scope, receive, send)
            if is_started or response.status_code == INTERNAL_ERROR:
                raise

    def _api(self, path: str) -> ASGIApp | None:
        api = self._apis.get(path)
        if api is None:
            for folder, each in self._folders.items():
                if path.startswith(folder):
                    return each
        return api
