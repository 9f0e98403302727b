"""The file of an SQLite database: which one it is, and why it cannot be read."""

import os
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import URL

from gql.database.errors import DatabaseError

_MAGIC = b"SQLite format 3\0"
_WAL = b"\x02\x02"
_HEADER_BYTES = 100

Identity = tuple[int, int]


class UnreadableFile(DatabaseError):
    """The file of an SQLite database cannot be read; the message says why."""


def file_of(url: URL) -> str | None:
    """The file of an SQLite database; None for another engine."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    is_quoted = url.database.startswith("file:")
    return unquote(url.database.removeprefix("file:")) if is_quoted else url.database


def identity_of(file: str | None) -> Identity | None:
    """Which file has the name now; None if there is none.

    An open connection keeps reading a file that was replaced.
    """
    try:
        status = os.stat(file or "")  # noqa: PTH116  (each request asks: a Path takes longer)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def problem_of(file: str) -> str | None:
    """Why SQLite cannot read the file, in a sentence; None if that does not show."""
    path = Path(file)
    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
    except OSError as error:
        return f"{file}: {error.strerror}"
    if not header.startswith(_MAGIC):
        return f"{file} is not an SQLite database" if header else f"{file} is empty"
    is_wal = header[18:20] == _WAL
    if is_wal and not os.access(path.parent, os.W_OK) and not Path(f"{file}-shm").exists():
        return (
            f"{file} is in WAL mode, whose readers write {path.name}-shm beside it, and its "
            "directory is read-only. Let the gateway write there, or have the platform run "
            "PRAGMA journal_mode=DELETE on a copy for the gateway"
        )
    return None
