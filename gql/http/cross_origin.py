"""Answers to pages of other origins, which browsers let read no response unless it allows them."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from gql.compat.strawberry import is_same_origin, normalize_origin

_READABLE_HEADERS = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Cost-Requested",
    "X-Cost-Actual",
    "X-Cost-Remaining",
    "X-Cost-Reset",
    "Retry-After",
    "ETag",
    "Link",
    "X-Request-Id",
)


def allow_origins(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """The app, whose responses pages of these origins can read; `*` allows every origin.

    Preflight requests are answered without a token. Nothing is allowed by cookies.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "HEAD", "POST", "OPTIONS"),
        allow_headers=("*",),
        expose_headers=_READABLE_HEADERS,
    )


def is_origin_allowed(headers: Headers, origins: Collection[str]) -> bool:
    """Whether a request comes from no page, from a page of the gateway's, or of one of the origins.

    Other origins can send requests as well, although their pages cannot read the responses.
    """
    origin = headers.get("origin")
    if origin is None or is_same_origin(origin, headers.get("host")) or "*" in origins:
        return True
    return normalize_origin(origin) in origins
