"""Keyset pagination: a page starts after a row, never at an offset."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    func,
    select,
    tuple_,
)

from gql.database.tables import MAX_ID

DEFAULT_PAGE_SIZE = 50

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Order:
    """An order of rows, by keys that are unique together and have the same direction.

    `name` is part of each cursor, so that a cursor of another list or order is rejected.
    """

    name: str
    keys: Sequence[Any]
    descending: bool = False

    def cursor(self, row: Any) -> str:
        """The opaque cursor of a row of a page."""
        return self.cursor_of([getattr(row, f"key_{n}") for n in range(len(self.keys))])

    def cursor_of(self, values: Sequence[Any]) -> str:
        """The opaque cursor of a row with these keys."""
        return b64encode(f"{self.name}:{orjson.dumps(values).decode()}".encode()).decode()

    def keys_of(self, cursor: str) -> tuple[Any, ...]:
        """The keys of the row that a cursor stands for; raises ValueError if it is invalid."""
        name, _, encoded = b64decode(cursor.encode()).decode().partition(":")
        values = orjson.loads(encoded)
        if name != self.name or not isinstance(values, list) or not _fit(values, self.keys):
            raise ValueError(cursor)
        return tuple(values)


@dataclass(frozen=True, slots=True)
class Paging:
    """Which rows of an ordered list form a page."""

    order: Order
    limit: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    backward: bool = False

    @property
    def shape(self) -> "Paging":
        """The paging without its values: pages of one shape differ only in their parameters."""
        after, before = (keys and (None,) * len(keys) for keys in (self.after, self.before))
        return Paging(self.order, 0, after, before, self.backward)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that turn the statement of the shape into the statement of this page."""
        cursors = {"after": self.after, "before": self.before}
        return {"limit": self.limit + 1} | {
            f"{name}_{number}": value
            for name, keys in cursors.items()
            for number, value in enumerate(keys or ())
        }

    def beyond(self, *keys: Any) -> "Paging":
        """The rows that follow the row with these keys, in the direction of the page."""
        return replace(self, before=keys) if self.backward else replace(self, after=keys)

    def select(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The rows of the page, and one more that shows whether further rows follow."""
        return self._ordered(statement).limit(self._limit)

    def select_found(
        self, found: Select[*tuple[Any, ...]], statement: Select[*tuple[Any, ...]]
    ) -> Select[*tuple[Any, ...]]:
        """The rows of the statement whose key is on the page of what was found.

        A server that sorts what it found would evaluate the columns of all of it.
        """
        page = self.select(found).subquery()
        [key] = self.order.keys
        rows = statement.join(page, page.c.key_0 == key).add_columns(page.c.key_0)
        return rows.order_by(*self._directed_keys)

    def select_per(
        self, parent: Any, statement: Select[*tuple[Any, ...]]
    ) -> Select[*tuple[Any, ...]]:
        """The rows of the page of each parent; `parent` is the column that identifies it."""
        position = func.row_number().over(partition_by=parent, order_by=self._directed_keys)
        ranked = self._between_cursors(statement).add_columns(position.label("position")).subquery()
        return select(ranked).where(ranked.c.position <= self._limit).order_by(ranked.c.position)

    def select_all(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """All rows between the cursors, those of the page first."""
        return self._ordered(statement)

    def page_of(self, rows: Sequence[R]) -> "Page[R]":
        """The page of rows that are all there, in the order of the list, which is ascending."""

        def is_between(row: R) -> bool:
            keys = tuple(getattr(row, f"key_{number}") for number in range(len(self.order.keys)))
            return (self.after is None or keys > self.after) and (
                self.before is None or keys < self.before
            )

        between = list(filter(is_between, rows))
        if self.backward:
            between.reverse()
        return self.page(between[: self.limit + 1])

    def page(self, rows: list[R], horizon: int | None = None) -> "Page[R]":
        """The page of the selected rows, in the order of the list.

        A page that looks for few of very many rows ends with a horizon: the key of the last row
        that it looked at.
        """
        is_full = len(rows) > self.limit
        rows = rows[: self.limit]
        near = far = None
        if rows:
            near, far = self.order.cursor(rows[0]), self.order.cursor(rows[-1])
        if horizon is not None and not is_full:
            far = self.order.cursor_of((horizon,))
            near = near or far
        beyond = is_full or horizon is not None
        if self.backward:
            return Page(self.order, rows[::-1], beyond, self.before is not None, far, near)
        return Page(self.order, rows, self.after is not None, beyond, near, far)

    @property
    def is_ascending(self) -> bool:
        """Whether the statement reads the smallest keys first, whichever way the page goes."""
        return self.order.descending == self.backward

    def _ordered(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        return self._between_cursors(statement).order_by(*self._directed_keys)

    @property
    def _directed_keys(self) -> list[ColumnElement[Any]]:
        return [key.asc() if self.is_ascending else key.desc() for key in self.order.keys]

    def _between_cursors(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        keys = self.order.keys
        position: Any = keys[0] if len(keys) == 1 else tuple_(*keys)
        above, below = self._operand("after", self.after), self._operand("before", self.before)
        if self.order.descending:
            above, below = below, above
        if above is not None:
            statement = statement.where(position > above)
        if below is not None:
            statement = statement.where(position < below)
        labelled = (key.label(f"key_{number}") for number, key in enumerate(keys))
        return statement.add_columns(*labelled)

    def _operand(self, name: str, keys: tuple[Any, ...] | None) -> Any:
        if keys is None:
            return None
        operands = [
            bindparam(f"{name}_{number}", value, key.type)
            for number, (value, key) in enumerate(zip(keys, self.order.keys, strict=True))
        ]
        return operands[0] if len(operands) == 1 else tuple_(*operands)

    @property
    def _limit(self) -> BindParameter[int]:
        # One more than the page holds shows whether further rows follow.
        return bindparam("limit", self.limit + 1, Integer)


def growing_slices(first: int, total: int) -> Iterator[int]:
    """The sizes of slices of `total` rows, each of which is twice as large as the one before."""
    while total > 0:
        size = min(first, total)
        yield size
        total -= size
        first *= 2


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows, and the cursors of its ends, or of where a scan stopped."""

    order: Order
    rows: list[R]
    has_previous: bool
    has_next: bool
    start: str | None
    end: str | None


def _fit(values: list[Any], keys: Sequence[Any]) -> bool:
    return len(values) == len(keys) and all(
        type(value) is key.type.python_type
        and (isinstance(value, str) or -MAX_ID - 1 <= value <= MAX_ID)
        for value, key in zip(values, keys, strict=True)
    )
