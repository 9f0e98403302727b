"""What every loader is: a statement, and the columns that its rows are found by."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, tuple_

from gql.database import Snapshot

Among = Callable[..., ColumnElement[bool]]

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

    @classmethod
    def build(cls, among: Among) -> Select[*tuple[Any, ...]]:
        """The statement, in which `among` tells of columns whether they hold one of the keys."""
        return cls.statement.add_columns(*cls.key).where(among(*cls.key))

    @classmethod
    @cache
    def _built_once(cls, among: Among) -> Select[*tuple[Any, ...]]:
        # Building a statement costs more than running it.
        return cls.build(among)

    async def rows_by_key(self, keys: Collection[K]) -> dict[K, list[Row[*tuple[Any, ...]]]]:
        """The rows of each key that has any, in the order of the statement."""
        rows_by_key: dict[Any, list[Row[*tuple[Any, ...]]]] = {}
        width = len(self.key)
        among, parameters = _bound(keys, width)
        for row in await self.snapshot.rows(self._built_once(among), parameters):
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


def _is_key(column: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.in_(bindparam("keys", expanding=True))
    return condition


def _is_in_grid(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(
        one.in_(bindparam("ones", expanding=True)), other.in_(bindparam("others", expanding=True))
    )


def _is_pair(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(_is_in_grid(one, other), tuple_(one, other).in_(bindparam("keys", expanding=True)))


def _bound(keys: Collection[Any], width: int) -> tuple[Among, dict[str, Any]]:
    """How to tell whether columns hold one of the keys, or near enough, and what to bind for it.

    Pairs that fill most of a grid (all samples of a run) are asked for by their two sides:
    every engine uses its index for that, and it binds a sum of parameters, not a product.
    """
    if width == 1:
        return _is_key, {"keys": list(keys)}
    ones, others = ({*side} for side in zip(*keys, strict=True))
    sides = {"ones": list(ones), "others": list(others)}
    if len(ones) * len(others) <= 2 * len(keys):
        return _is_in_grid, sides
    return _is_pair, sides | {"keys": list(keys)}


def keys_by_kind(keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int]]:
    """The first parts of keys whose other parts are the same, by these other parts."""
    ids_by_kind: dict[tuple[Any, ...], list[int]] = {}
    for first, *kind in keys:
        ids_by_kind.setdefault(tuple(kind), []).append(first)
    return ids_by_kind
