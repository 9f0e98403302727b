"""Security headers: browsers give a response no rights that it does not need.

A response that does not say how long it may be cached is not cached.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"content-security-policy"
_CACHING = b"cache-control"
_READERS = b"cross-origin-resource-policy"

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_STRICT = [(_POLICY, b"default-src 'none'; frame-ancestors 'none'")]
_NOT_CACHED = [(_CACHING, b"no-store")]
_OWN_PAGES = [(_READERS, b"same-origin")]
_TLS = [(b"strict-transport-security", b"max-age=31536000")]


class SecurityHeadersMiddleware:
    """Adds the headers to every response; one that needs more rights sets its own."""

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
                caching = () if _CACHING in names else _NOT_CACHED
                readers = () if _READERS in names else _OWN_PAGES
                message["headers"] = [*headers, *always, *policy, *caching, *readers]
            await send(message)

        await self.app(scope, receive, send_with_headers)
