"""The order of names: by Unicode's code points, the same on every engine.

Engines sort by rules of their own, and MariaDB would write its rows to a temporary table for ours.
"""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar


class _Named(Protocol):
    @property
    def name(self) -> str | None: ...


N = TypeVar("N", bound=_Named)


def sorted_by_name(rows: Iterable[N]) -> list[N]:
    """The rows by name; those of one name keep their order."""
    return sorted(rows, key=_name_of)


def _name_of(row: Any) -> str:
    return row.name or ""
