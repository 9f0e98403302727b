"""Text as the platform reads it: UTF-8, or cp1252 where that fails, or else not text."""

from enum import StrEnum


class Encoding(StrEnum):
    """How the bytes of a text stand for characters."""

    UTF_8 = "utf-8"
    CP1252 = "cp1252"


def encoding_of(content: bytes, *, is_complete: bool = True) -> Encoding | None:
    """The encoding of a text; None for binary content.

    Content with a zero byte is binary, and so are bytes that cp1252 lacks. Of a file that is not
    complete, the last character may be cut.
    """
    if b"\0" in content:
        return None
    try:
        content.decode(Encoding.UTF_8)
    except UnicodeDecodeError as error:
        if not is_complete and error.reason == "unexpected end of data":
            return Encoding.UTF_8
        try:
            content.decode(Encoding.CP1252)
        except UnicodeDecodeError:
            return None
        return Encoding.CP1252
    return Encoding.UTF_8


def decoded_start(content: bytes, encoding: Encoding, max_bytes: int) -> str:
    """The text of the first bytes, without a character that the limit cuts."""
    start = content[:max_bytes]
    return start.decode(encoding, "ignore" if len(start) < len(content) else "strict")
