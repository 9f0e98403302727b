"""Keyset pagination: a page begins behind a row, never at a count of rows."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute
from strawberry.relay.utils import from_base64, to_base64

from gql.errors import BadInput
from gql.tables import MAX_ID

DEFAULT_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Paging:
    """Which rows of a list ordered by one integer key make a page."""

    limit: int
    after: int | None = None
    before: int | None = None
    backward: bool = False
    descending: bool = False

    def conditions(self, key: InstrumentedAttribute[int]) -> list[ColumnElement[bool]]:
        """What holds for the keys between `after` and `before`."""
        above, below = self.after, self.before
        if self.descending:
            above, below = below, above
        return [
            *([key > above] if above is not None else []),
            *([key < below] if below is not None else []),
        ]

    def order(self, key: InstrumentedAttribute[int]) -> ColumnElement[int]:
        """The order in which the page's rows come first."""
        return key.asc() if self.descending == self.backward else key.desc()

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than the page holds tells whether more follow."""
        return self.limit + 1

    def page(self, rows: list[Any]) -> "Page":
        """The page that `fetch` rows in `order` make, in the list's own order."""
        more = len(rows) > self.limit
        rows = rows[: self.limit]
        if self.backward:
            return Page(rows[::-1], has_previous=more, has_next=self.before is not None)
        return Page(rows, has_previous=self.after is not None, has_next=more)


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Any]
    has_previous: bool
    has_next: bool


def parse_paging(
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    maximum: int,
    cursor_kind: str,
    descending: bool = False,
) -> Paging:
    """The page that a connection's arguments ask for.

    Raises BadInput naming the argument that cannot be honoured.
    """
    if first is not None and last is not None:
        raise BadInput("Give first or last, not both.", argument="last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= maximum:
            raise BadInput(f"{name} must be from 0 to {maximum}.", argument=name)
    limit = last if last is not None else first
    return Paging(
        limit=DEFAULT_PAGE_SIZE if limit is None else limit,
        after=_key_of("after", after, cursor_kind),
        before=_key_of("before", before, cursor_kind),
        backward=last is not None,
        descending=descending,
    )


def cursor(kind: str, key: int) -> str:
    """The opaque cursor of the row with that key."""
    return to_base64(kind, key)


def _key_of(argument: str, value: str | None, kind: str) -> int | None:
    if value is None:
        return None
    with suppress(ValueError):
        found_kind, key = from_base64(value)
        if found_kind == kind and key.isascii() and key.isdigit() and int(key) <= MAX_ID:
            return int(key)
    raise BadInput(f"{argument} must be a cursor that this connection gave out.", argument=argument)
