"""Security headers: browsers give a response no rights that it does not need.

A response that does not say how long it may be cached is not cached.
"""

from collections.abc import Iterable

Headers = Iterable[tuple[bytes, bytes]]

_POLICY = b"content-security-policy"
_CACHING = b"cache-control"

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_STRICT = (_POLICY, b"default-src 'none'; frame-ancestors 'none'")
_NOT_CACHED = (_CACHING, b"no-store")
_TLS = (b"strict-transport-security", b"max-age=31536000")


def with_security_headers(headers: Headers, scheme: str) -> list[tuple[bytes, bytes]]:
    """The headers of a response with those that it lacks; a page may set a policy of its own."""
    completed = [*headers, *_ALWAYS]
    names = {name for name, _ in completed}
    if _POLICY not in names:
        completed.append(_STRICT)
    if _CACHING not in names:
        completed.append(_NOT_CACHED)
    if scheme == "https":
        completed.append(_TLS)
    return completed
