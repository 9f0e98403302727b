"""What every loader is: a statement, and the columns that its rows are found by."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, ClassVar, Generic, TypeVar

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, Select, and_, bindparam, tuple_

from gql.database import Snapshot
from gql.database.prepared_statements import Statement
from gql.errors import BadInput
from gql.pacing import SLICE, pause_for
from gql.telemetry.request_log import observing_batch

Among = Callable[..., ColumnElement[bool]]

K = TypeVar("K")
V = TypeVar("V")

# Keys bind up to four parameters each, and SQLite and PostgreSQL take 32,766 of them.
MAX_BATCH_SIZE = 4_096
MANY = 100


class Loader(Generic[K, V]):
    """Gives a value for each key. One statement reads all keys that are asked for at a time.

    It reads one snapshot, and what it has read once it knows.
    """

    max_batch_size: ClassVar[int] = MAX_BATCH_SIZE

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._known: dict[K, V] = {}
        self._turn = asyncio.Lock()
        # Its keys are groups of ours: a future for each key would cost more than the statement.
        self._groups: DataLoader[tuple[K, ...], list[V]] = DataLoader(
            self._load, cache=False, max_batch_size=SLICE
        )

    @property
    def known_keys(self) -> Collection[K]:
        return self._known.keys()

    async def load(self, key: K) -> V:
        """The value of a key."""
        [value] = await self._groups.load((key,))
        return value

    async def load_many(self, keys: Iterable[K]) -> list[V]:
        """The values of keys, in their order."""
        return await self._groups.load(tuple(keys))

    async def read(self, keys: list[K]) -> Mapping[K, V]:
        """The value of every one of the keys, by as few statements as can be."""
        raise NotImplementedError

    async def _load(self, groups: list[tuple[K, ...]]) -> list[list[V]]:
        async with self._turn:
            try:
                await self._learn(chain.from_iterable(groups))
            except BadInput:
                # One client's keys are no reason to refuse the others'.
                return [await self._values_or_error(keys) for keys in groups]
        await pause_for(groups)
        return [self._values(keys) for keys in groups]

    async def _learn(self, keys: Iterable[K]) -> None:
        unknown = [key for key in dict.fromkeys(keys) if key not in self._known]
        for start in range(0, len(unknown), self.max_batch_size):
            batch = unknown[start : start + self.max_batch_size]
            with observing_batch(type(self).__name__, len(batch)):
                self._known.update(await self.read(batch))

    async def _values_or_error(self, keys: tuple[K, ...]) -> Any:
        try:
            await self._learn(keys)
        except BadInput as error:
            return error
        return self._values(keys)

    def _values(self, keys: tuple[K, ...]) -> list[V]:
        return [self._known[key] for key in keys]


class KeyedLoader(Loader[K, V]):
    """Selects the rows of `statement` whose `key` columns are among the keys of a batch."""

    statement: ClassVar[Select[*tuple[Any, ...]]]
    key: ClassVar[Sequence[Any]]

    @classmethod
    def build(cls, among: Among) -> Statement:
        """The statement, in which `among` tells of columns whether they hold one of the keys."""
        return cls.statement.add_columns(*cls.key).where(among(*cls.key))

    @classmethod
    @cache
    def _built_once(cls, among: Among) -> Statement:
        # Building a statement costs more than running it.
        return cls.build(among)

    async def rows_by_key(self, keys: Collection[K]) -> dict[K, list[Any]]:
        """The rows of each key, in the order of the statement."""
        width = len(self.key)
        rows_by_key: dict[Any, list[Any]] = {key: [] for key in keys}
        among, parameters = bound(keys, width)
        for row in await self.snapshot.prepared_rows(self._built_once(among), parameters):
            # A grid holds more than its pairs, and text may be equal that is not the same.
            found = rows_by_key.get(row[-1] if width == 1 else row[-width:])
            if found is not None:
                found.append(row)
        return rows_by_key


class OneLoader(KeyedLoader[K, Any]):
    """Gives the one row of a key, or None."""

    async def read(self, keys: list[K]) -> dict[K, Any]:
        rows_by_key = await self.rows_by_key(keys)
        return {key: rows[0] if rows else None for key, rows in rows_by_key.items()}


class ManyLoader(KeyedLoader[K, list[Any]]):
    """Gives all rows of a key, possibly none."""

    async def read(self, keys: list[K]) -> dict[K, list[Any]]:
        return await self.rows_by_key(keys)


def bound(keys: Collection[Any], width: int) -> tuple[Among, dict[str, Any]]:
    """How to tell whether columns hold one of the keys, or near enough, and what to bind for it.

    Pairs that fill most of a grid (all samples of a run) are asked for by their two sides:
    every engine uses its index for that, and it binds a sum of parameters, not a product. With
    MANY on the second side, reading all of the first takes half the time of looking each up.
    """
    if width == 1:
        parameters = _numbered("key", list(keys))
        return _is_key(len(parameters)), parameters
    ones, others = (list({*side}) for side in zip(*keys, strict=True))
    sides = (_numbered("one", ones), _numbered("other", others))
    sizes = (len(sides[0]), len(sides[1]))
    if len(ones) * len(others) <= 2 * len(keys):
        if len(others) >= MANY:
            return _is_among_ones(sizes[0]), sides[0]
        return _is_in_grid(*sizes), sides[0] | sides[1]
    pairs = _numbered("pair", list(keys))
    halves: dict[str, Any] = {
        f"{name}_{half}": pair[half] for name, pair in pairs.items() for half in (0, 1)
    }
    return _is_pair(len(pairs), *sizes), sides[0] | sides[1] | halves


def _numbered(name: str, keys: list[Any]) -> dict[str, Any]:
    """Parameters for keys, some of them twice, so that few statements differ in their number."""
    size = 1 << (len(keys) - 1).bit_length()
    return {f"{name}_{n}": key for n, key in enumerate(keys + keys[-1:] * (size - len(keys)))}


@cache
def _is_key(size: int) -> Among:
    return lambda column: column.in_([bindparam(f"key_{n}", required=False) for n in range(size)])


@cache
def _is_among_ones(size: int) -> Among:
    return lambda one, _other: one.in_([bindparam(f"one_{n}", required=False) for n in range(size)])


@cache
def _is_in_grid(ones: int, others: int) -> Among:
    return lambda one, other: and_(
        one.in_([bindparam(f"one_{n}", required=False) for n in range(ones)]),
        other.in_([bindparam(f"other_{n}", required=False) for n in range(others)]),
    )


@cache
def _is_pair(pairs: int, ones: int, others: int) -> Among:
    grid = _is_in_grid(ones, others)
    halves: list[tuple[Any, Any]] = [
        (bindparam(f"pair_{n}_0", required=False), bindparam(f"pair_{n}_1", required=False))
        for n in range(pairs)
    ]
    return lambda one, other: and_(
        grid(one, other), tuple_(one, other).in_([tuple_(*half) for half in halves])
    )


def keys_by_kind(keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int]]:
    """The first parts of keys whose other parts are the same, by these other parts."""
    ids_by_kind: dict[tuple[Any, ...], list[int]] = {}
    for first, *kind in keys:
        ids_by_kind.setdefault(tuple(kind), []).append(first)
    return ids_by_kind
