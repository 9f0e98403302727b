"""What browsers are told of every response: to trust it with nothing that it does not need.

Nor is one kept that does not say for how long.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"content-security-policy"
_CACHING = b"cache-control"

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_STRICT = [(_POLICY, b"default-src 'none'; frame-ancestors 'none'")]
_NOT_KEPT = [(_CACHING, b"no-store")]
_TLS = [(b"strict-transport-security", b"max-age=31536000")]


class SecurityHeaders:
    """Adds the headers to what `app` answers; a page that needs more brings its own policy."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        always = _ALWAYS + _TLS if scope["scheme"] == "https" else _ALWAYS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                names = dict(headers)
                policy = () if _POLICY in names else _STRICT
                caching = () if _CACHING in names else _NOT_KEPT
                message["headers"] = [*headers, *always, *policy, *caching]
            await send(message)

        await self.app(scope, receive, send_with_headers)
