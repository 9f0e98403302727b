"""What MediaInfo says of a media file: an XML document of its tracks."""

from typing import NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_DOCUMENT_BYTES = 1 << 20
MAX_TRACKS = 200
MAX_PROPERTIES = 500


class TrackProperty(NamedTuple):
    """A property of a track, such as its format."""

    name: str
    value: str


class Track(NamedTuple):
    """A stream of a media file, or the file itself, with its properties in their order."""

    kind: str
    properties: list[TrackProperty]


def tracks_of(document: bytes) -> list[Track] | None:
    """The tracks that a document describes; None if it cannot be read.

    A document with entities is not read: they may expand without end, or name other files.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        return None
    try:
        root = fromstring(document)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    tracks = [each for each in root.iter() if _local_name(each.tag) == "track"]
    return [
        Track(
            track.get("type", ""),
            [
                TrackProperty(_local_name(each.tag), each.text.strip())
                for each in track.iter()
                if each is not track and each.text and each.text.strip()
            ][:MAX_PROPERTIES],
        )
        for track in tracks[:MAX_TRACKS]
    ]


def _local_name(tag: object) -> str:
    """The name of an element without its namespace; empty for a comment."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
