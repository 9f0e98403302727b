"""The base classes of dataloaders: a statement, and the columns that hold a row's key."""

import asyncio
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import chain
from typing import Any, ClassVar, Generic, TypeVar

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, Select, and_, bindparam, tuple_
from typing_extensions import override

from gql.database import InvalidValue, Snapshot
from gql.database.prepared_statements import Statement
from gql.pacing import SLICE, pause_for
from gql.telemetry.database import MeasuredBatch

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R", bound="Row")

# A key binds up to four parameters, and SQLite and PostgreSQL accept 32,766 of them.
MAX_BATCH_SIZE = 4_096

# From this many second parts on, reading all rows of the first part takes half the time.
MANY = 100


@dataclass(frozen=True, slots=True)
class KeyPredicate:
    """The condition that key columns hold one of the keys of a batch, and perhaps more rows."""

    condition: Callable[..., ColumnElement[bool]]
    of_first: Callable[[Any], ColumnElement[bool]]
    """The condition that the first of the columns is the first part of a key."""

    def __call__(self, *columns: Any) -> ColumnElement[bool]:
        """The condition for these columns."""
        return self.condition(*columns)


class Row:
    """The columns of a loader's rows, as type checkers see them.

    At run time a row is a named tuple with these attributes: an object would cost three times as
    much. A GraphQL type inherits from its row class, and `self` in its resolvers is such a row, so
    a resolver reads the row's columns and calls nothing else of the type.
    """


class Scope(Enum):
    """What the values of a loader depend on, which decides how long a response may be cached."""

    RUN = auto()
    """The run whose id is the key, or the first part of the key."""
    CATALOGUE = auto()
    """Regression tests, media files and other data that no run changes."""
    ALL_RUNS = auto()
    """Any run, even one that is not part of the key."""


class Loader(Generic[K, V]):
    """Loads a value for each key; one statement reads all keys that are requested together.

    It reads one snapshot and keeps what it read. Every loader declares its scope.
    """

    scope: ClassVar[Scope]

    max_batch_size: ClassVar[int] = MAX_BATCH_SIZE

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._values: dict[K, V] = {}
        self._lock = asyncio.Lock()
        self._groups: DataLoader[tuple[K, ...], list[V]] | None = None
        self._is_forgotten = False

    @property
    def loaded_keys(self) -> Collection[K]:
        """The keys whose values this request has read."""
        return self._values.keys()

    async def load(self, key: K) -> V:
        """The value of a key."""
        if key in self._values:
            return self._values[key]
        [value] = await self._begun().load((key,))
        return value

    async def load_many(self, keys: Iterable[K]) -> list[V]:
        """The values of keys, in the same order."""
        keys = tuple(keys)
        try:
            return self._values_of(keys)
        except KeyError:
            return await self._begun().load(keys)

    def keep(self, key: K, value: V) -> None:
        """Keep a value that was read in another way, of the same snapshot."""
        self._values.setdefault(key, value)

    async def read(self, keys: list[K]) -> Mapping[K, V]:
        """The value of every key, read with as few statements as possible."""
        raise NotImplementedError

    def _begun(self) -> DataLoader[tuple[K, ...], list[V]]:
        if self._is_forgotten:
            raise RuntimeError("The request has ended.")
        if self._groups is None:
            # Its keys are groups of our keys: a future for each would cost more than the statement.
            self._groups = DataLoader(self._load, cache=False, max_batch_size=SLICE)
        return self._groups

    def forget(self) -> None:
        """Drop all values."""
        self._values = {}
        self._groups = None
        self._is_forgotten = True

    async def _load(self, groups: list[tuple[K, ...]]) -> list[list[V]]:
        self._groups = None  # It refers to this loader, which would need the garbage collector.
        async with self._lock:
            try:
                await self._read_missing(chain.from_iterable(groups))
            except InvalidValue:
                # One client's invalid key must not fail the requests of others.
                return [await self._values_or_error(keys) for keys in groups]
        await pause_for(groups)
        return [self._values_of(keys) for keys in groups]

    async def _read_missing(self, keys: Iterable[K]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._values]
        for start in range(0, len(missing), self.max_batch_size):
            batch = missing[start : start + self.max_batch_size]
            with MeasuredBatch(type(self).__name__, len(batch)):
                self._values.update(await self.read(batch))

    async def _values_or_error(self, keys: tuple[K, ...]) -> Any:
        try:
            await self._read_missing(keys)
        except InvalidValue as error:
            return error
        return self._values_of(keys)

    def _values_of(self, keys: tuple[K, ...]) -> list[V]:
        return [self._values[key] for key in keys]


class KeyedLoader(Loader[K, V]):
    """Selects the rows of `statement` whose `key` columns hold one of the keys of a batch."""

    statement: ClassVar[Select[*tuple[Any, ...]]]
    key: ClassVar[Sequence[Any]]
    is_alone: ClassVar[bool] = False
    """Whether a snapshot mostly needs no other statement."""

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        """The statement, restricted by `has_key` on its key columns, which come last."""
        return cls.statement.add_columns(*cls.key).where(has_key(*cls.key))

    async def rows_by_key(self, keys: Collection[K]) -> dict[K, list[Any]]:
        """The rows of each key, in the order of the statement."""
        has_key, parameters = key_predicate(keys, len(self.key))
        rows = await self.snapshot.prepared_rows(
            parameters, self.build, has_key, is_alone=self.is_alone
        )
        return self._by_key(keys, rows)

    def _by_key(self, keys: Collection[K], rows: Iterable[Any]) -> dict[K, list[Any]]:
        width = len(self.key)
        rows_by_key: dict[Any, list[Any]] = {key: [] for key in keys}
        for row in rows:
            # The predicate may select more: a grid of pairs, or text that the engine finds equal.
            rows_of_key = rows_by_key.get(row[-1] if width == 1 else row[-width:])
            if rows_of_key is not None:
                rows_of_key.append(row)
        return rows_by_key


class SingleRowLoader(KeyedLoader[K, R | None], Generic[K, R]):
    """Loads the one row of a key, or None."""

    @override
    async def read(self, keys: list[K]) -> dict[K, R | None]:
        rows_by_key = await self.rows_by_key(keys)
        return {key: rows[0] if rows else None for key, rows in rows_by_key.items()}


class RowListLoader(KeyedLoader[K, list[R]], Generic[K, R]):
    """Loads all rows of a key, possibly none."""

    @override
    async def read(self, keys: list[K]) -> dict[K, list[R]]:
        return {key: self.arranged(rows) for key, rows in (await self.rows_by_key(keys)).items()}

    @staticmethod
    def arranged(rows: list[R]) -> list[R]:
        """The rows of a key, which are in the order of the statement, in that of the list."""
        return rows


class OptionalRowListLoader(KeyedLoader[K, list[R] | None], Generic[K, R]):
    """Loads all rows of a key; None if the platform lacks a table of the statement."""

    @override
    async def read(self, keys: list[K]) -> dict[K, list[R] | None]:
        has_key, parameters = key_predicate(keys, len(self.key))
        rows = await self.snapshot.optional_rows(parameters, self.build, has_key)
        return dict.fromkeys(keys) if rows is None else {**self._by_key(keys, rows)}


def key_predicate(keys: Collection[Any], width: int) -> tuple[KeyPredicate, dict[str, Any]]:
    """A condition that holds for all keys, and perhaps more rows, and the parameters that it binds.

    `width` is the number of columns of a key, 1 or 2. Pairs that fill most of a grid, such as all
    samples of a run, are selected by their two sides.
    """
    if width == 1:
        parameters = _numbered("key", list(keys))
        return _has_key(len(parameters)), parameters
    firsts, seconds = (list({*side}) for side in zip(*keys, strict=True))
    if len(firsts) * len(seconds) <= 2 * len(keys):
        return grid_predicate(firsts, seconds)
    sides = (_numbered("first", firsts), _numbered("second", seconds))
    pairs = _numbered("pair", list(keys))
    halves: dict[str, Any] = {
        f"{name}_{half}": pair[half] for name, pair in pairs.items() for half in (0, 1)
    }
    return _is_pair(len(pairs), *map(len, sides)), sides[0] | sides[1] | halves


def grid_predicate(
    firsts: Sequence[Any], seconds: Sequence[Any]
) -> tuple[KeyPredicate, dict[str, Any]]:
    """The same for all pairs of two sides.

    Every engine uses its index for that, and it binds the sum of the sides' lengths instead of
    their product.
    """
    first, second = _numbered("first", list(firsts)), _numbered("second", list(seconds))
    if len(seconds) >= MANY:
        return _has_first(len(first)), first
    return _is_in_grid(len(first), len(second)), first | second


def _numbered(name: str, keys: list[Any]) -> dict[str, Any]:
    """Numbered parameters, padded to a power of 4 with the last key: few statements differ."""
    size = 4 ** math.ceil(math.log(len(keys), 4))
    return {f"{name}_{n}": key for n, key in enumerate(keys + keys[-1:] * (size - len(keys)))}


def _parameters(name: str, size: int) -> list[Any]:
    return [bindparam(f"{name}_{n}", required=False) for n in range(size)]


@cache
def _has_key(size: int) -> KeyPredicate:
    def has_key(column: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = column.in_(_parameters("key", size))
        return condition

    return KeyPredicate(has_key, has_key)


@cache
def _has_first(size: int) -> KeyPredicate:
    def has_first(first: Any, _second: Any = None) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = first.in_(_parameters("first", size))
        return condition

    return KeyPredicate(has_first, has_first)


@cache
def _is_in_grid(firsts: int, seconds: int) -> KeyPredicate:
    has_first = _has_first(firsts).of_first
    return KeyPredicate(
        lambda first, second: and_(has_first(first), second.in_(_parameters("second", seconds))),
        has_first,
    )


@cache
def _is_pair(pairs: int, firsts: int, seconds: int) -> KeyPredicate:
    grid = _is_in_grid(firsts, seconds)
    halves: list[tuple[Any, Any]] = [
        (bindparam(f"pair_{n}_0", required=False), bindparam(f"pair_{n}_1", required=False))
        for n in range(pairs)
    ]
    return KeyPredicate(
        lambda first, second: and_(
            grid(first, second), tuple_(first, second).in_([tuple_(*half) for half in halves])
        ),
        grid.of_first,
    )


def group_keys(keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int]]:
    """The ids that keys begin with, grouped by the rest of the key."""
    ids_by_rest: dict[tuple[Any, ...], list[int]] = {}
    for first, *rest in keys:
        ids_by_rest.setdefault(tuple(rest), []).append(first)
    return ids_by_rest
