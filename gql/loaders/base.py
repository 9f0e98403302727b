"""What every loader is: a statement, and the columns that its rows are found by."""

from collections.abc import Collection, Iterable, Sequence
from math import prod
from typing import Any, ClassVar, TypeVar

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, Row, Select, and_, tuple_

from gql.database import Snapshot

K = TypeVar("K")
V = TypeVar("V")

# Keys bind up to two parameters each, and SQLite and PostgreSQL take 32,766 of them.
MAX_BATCH_SIZE = 10_000


class Loader(DataLoader[K, V]):
    """A dataloader that reads one snapshot, each batch with one statement."""

    max_batch_size = MAX_BATCH_SIZE

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class KeyedLoader(Loader[K, V]):
    """Selects the rows of `statement` whose `key` columns are among the keys of a batch."""

    statement: ClassVar[Select[*tuple[Any, ...]]]
    key: ClassVar[Sequence[Any]]

    def select(self, keys: Collection[K]) -> Select[Any]:
        return self.statement.add_columns(*self.key).where(among(self.key, keys))

    async def rows_by_key(self, keys: Collection[K]) -> dict[K, list[Row[*tuple[Any, ...]]]]:
        """The rows of each key that has any, in the order of the statement."""
        rows_by_key: dict[Any, list[Row[*tuple[Any, ...]]]] = {}
        width = len(self.key)
        for row in await self.snapshot.rows(self.select(keys)):
            key = row[-1] if width == 1 else tuple(row[-width:])
            rows_by_key.setdefault(key, []).append(row)
        return rows_by_key


class OneLoader(KeyedLoader[K, Any]):
    """Gives the one row of a key, or None."""

    async def batch_load_fn(self, keys: list[K]) -> list[Any]:
        rows_by_key = await self.rows_by_key(keys)
        return [next(iter(rows_by_key.get(key, ())), None) for key in keys]


class ManyLoader(KeyedLoader[K, list[Any]]):
    """Gives all rows of a key, possibly none."""

    async def batch_load_fn(self, keys: list[K]) -> list[list[Any]]:
        rows_by_key = await self.rows_by_key(keys)
        return [rows_by_key.get(key, []) for key in keys]


def among(columns: Sequence[Any], keys: Collection[Any]) -> ColumnElement[bool]:
    """Whether the columns hold one of the keys, or near enough to read few rows too many.

    Pairs that fill most of a grid (all samples of a run) are asked for by their two sides:
    every engine uses its index for that, and it binds a sum of parameters, not a product.
    """
    if len(columns) == 1:
        condition: ColumnElement[bool] = columns[0].in_(keys)
        return condition
    sides = [set(side) for side in zip(*keys, strict=True)]
    grid = and_(*(column.in_(side) for column, side in zip(columns, sides, strict=True)))
    if prod(map(len, sides)) <= 2 * len(keys):
        return grid
    return and_(grid, tuple_(*columns).in_(keys))


def keys_by_kind(keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int]]:
    """The first parts of keys whose other parts are the same, by these other parts."""
    ids_by_kind: dict[tuple[Any, ...], list[int]] = {}
    for first, *kind in keys:
        ids_by_kind.setdefault(tuple(kind), []).append(first)
    return ids_by_kind
