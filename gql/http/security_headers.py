"""Security headers: browsers give a response no rights that it does not need.

A response that does not say how long it may be cached is not cached.
"""

from collections.abc import Iterable

Headers = Iterable[tuple[bytes, bytes]]

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_UNLESS_GIVEN = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
    b"cross-origin-resource-policy": b"same-origin",
}
_TLS = (b"strict-transport-security", b"max-age=31536000")


def with_security_headers(headers: Headers, scheme: str) -> list[tuple[bytes, bytes]]:
    """The headers of a response with those that it lacks; it may set some of its own."""
    completed = [*headers, *_ALWAYS]
    names = {name for name, _ in completed}
    completed += [header for header in _UNLESS_GIVEN.items() if header[0] not in names]
    if scheme == "https":
        completed.append(_TLS)
    return completed
