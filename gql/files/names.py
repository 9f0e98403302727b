"""The names of the platform's files in its storage.

A name is made of a hash and an extension that are checked here, or of a number. No other text gets
into a name, so no name leads out of the storage.
"""

import re
from hashlib import sha256
from typing import NewType

FileName = NewType("FileName", str)
"""The name of a file relative to the root of the storage."""

_HASH = r"[0-9A-Fa-f]{64}"
_EXTENSION = r"(?:\.[0-9A-Za-z_-]{1,32}){0,3}"

OUTPUTS = "TestResults"
_LOGS = "LogFiles"
_MEDIA = "TestFiles"

_PARTS = re.compile(f"({_HASH})({_EXTENSION})", re.ASCII)
_HASHED = re.compile(f"(?:{OUTPUTS}|{_MEDIA})/({_HASH}){_EXTENSION}", re.ASCII)
_LOG = re.compile(rf"{_LOGS}/[1-9][0-9]{{0,9}}\.txt", re.ASCII)


def output_name(hash: str | None, extension: str | None) -> FileName | None:
    """The name of an output; the extension has its dot. None if either is not what it should be."""
    return _name(OUTPUTS, hash, extension or "")


def media_name(sha: str | None, extension: str | None) -> FileName | None:
    """The name of a media file; the extension has no dot."""
    return _name(_MEDIA, sha, f".{extension}" if extension else "")


def media_info_name(sha: str | None) -> FileName | None:
    """The name of the document in which MediaInfo describes a media file."""
    return _name(f"{_MEDIA}/media", sha, ".xml")


def log_name(run_id: int) -> FileName:
    """The name of a run's log."""
    return FileName(f"{_LOGS}/{run_id}.txt")


def parsed_name(text: str) -> FileName | None:
    """The name of an output, a log or a media file; None if the text is none of them."""
    return FileName(text) if _HASHED.fullmatch(text) or _LOG.fullmatch(text) else None


def hash_of(name: FileName) -> str | None:
    """The hash of the content, which is part of the name; None for a log, which may change."""
    match = _HASHED.fullmatch(name)
    return match[1] if match else None


def is_as_named(name: FileName, content: bytes) -> bool:
    """Whether the name has the hash of this content: a file that is being written has not."""
    named = hash_of(name)
    return named is not None and sha256(content).hexdigest() == named.lower()


def _name(folder: str, hash: str | None, extension: str) -> FileName | None:
    if hash is None or not _PARTS.fullmatch(f"{hash}{extension}"):
        return None
    return FileName(f"{folder}/{hash}{extension}")
