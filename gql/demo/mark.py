"""What marks an SQLite file as this demo."""

from typing import Final

APPLICATION_ID: Final = 0x53504445
"""Kept in the header of the file; see SQLite's documentation of `PRAGMA application_id`."""
