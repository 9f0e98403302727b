"""What a client accepts: media types and content codings (RFC 9110, section 12.5)."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from starlette.datastructures import Headers

# Most clients send one of few headers, which are no longer.
MAX_REMEMBERED = 200

# A comma or a semicolon, but not in a quoted string.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENTS = re.compile(rf"(?:{_QUOTED}|[^,\"])+")
_PARAMETERS = re.compile(rf"(?:{_QUOTED}|[^;\"])+")
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.[0-9]*)?)", re.IGNORECASE)


def all_values(headers: Headers, name: str) -> str:
    """The header's list, which may be spread over several lines."""
    return ", ".join(headers.getlist(name))


def media_type_quality(accept: str, media_type: str) -> float:
    """How much the client prefers a media type, from 0 for not at all to 1.

    The most specific range that matches decides.
    """
    kind = media_type.partition("/")[0]
    return _most_specific(accept, media_type, f"{kind}/*", "*/*")


def names(accept: str, media_type: str) -> bool:
    """Whether the client names the media type itself, rather than a range of them."""
    return any(each == media_type for each, _ in qualities(accept))


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the client accepts the content coding gzip."""
    return _most_specific(accept_encoding, "gzip", "x-gzip", "*") > 0


def _most_specific(header: str, *candidates: str) -> float:
    known = dict(qualities(header))
    return next((known[each] for each in candidates if each in known), 0)


def qualities(header: str) -> Iterable[tuple[str, float]]:
    """Each element of the list in lower case, with its quality; a malformed quality is 0."""
    return _remembered(header) if len(header) <= MAX_REMEMBERED else _parse(header)


@lru_cache
def _remembered(header: str) -> tuple[tuple[str, float], ...]:
    return tuple(_parse(header))


def _parse(header: str) -> Iterator[tuple[str, float]]:
    for element in _ELEMENTS.findall(header):
        name, *parameters = (each.strip() for each in _PARAMETERS.findall(element))
        quality = 1.0
        for parameter in parameters:
            if parameter[:1] in {"q", "Q"} and parameter[1:].lstrip().startswith("="):
                match = _QUALITY.fullmatch(parameter)
                quality = min(1.0, float(match[1])) if match else 0.0
        yield name.lower(), quality
