"""Timestamps in UTC, whatever the type of a column, and None for those that are no date.

An engine may hold what no calendar has: 0000-00-00, infinity, the year 12,000, or any text. Such a
value reads as None, and no condition holds for it, but for years beyond those of Python.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from gql.database.text import as_text

SQLITE_FUNCTION = "utc_timestamp"

_COMPARISONS: set[Callable[..., Any]] = {
    *(operators.lt, operators.le, operators.gt, operators.ge, operators.eq, operators.ne),
    operators.between_op,
}


def as_utc(value: Any) -> datetime | None:
    """What a driver gives as a timestamp; None if it is no date."""
    try:
        timestamp = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(timestamp, datetime):
            return None
        return timestamp.astimezone(UTC) if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class _Utc(TypeDecorator[datetime]):
    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return as_utc  # SQLAlchemy's fails for a text that is no date.


class _valid(FunctionElement[Any]):  # noqa: N801  (it reads as an SQL function)
    """A timestamp to compare, or NULL for one that is no date."""

    name = "valid"
    type = _Utc()
    inherit_cache = True


class DateText(TypeDecorator[date]):
    """A date that the engine has cast to a text; a text that is no date reads as None."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """The date of the text."""
        timestamp = as_utc(as_text(value))
        return None if timestamp is None else timestamp.date()


class _Comparator(TypeDecorator.Comparator[Any], DateTime.Comparator[Any]):
    def operate(self, op: Callable[..., Any], *other: Any, **kwargs: Any) -> Any:
        if op not in _COMPARISONS or other[0] is None:
            return super().operate(op, *other, **kwargs)
        return op(_valid(self.expr), *other, **kwargs)


class UtcDateTime(_Utc):
    """A time in UTC, which the platform stores without a time zone; no date reads as None."""

    cache_ok = True
    comparator_factory = _Comparator


@compiles(_valid, "sqlite")
def _on_sqlite(element: _valid, compiler: SQLCompiler, **options: Any) -> str:
    return f"{SQLITE_FUNCTION}({compiler.process(element.clauses, **options)})"


@compiles(_valid, "mysql")
@compiles(_valid, "mariadb")
def _on_mysql(element: _valid, compiler: SQLCompiler, **options: Any) -> str:
    # Arithmetic gives NULL for a date that is none.
    return f"({compiler.process(element.clauses, **options)} + INTERVAL 0 SECOND)"


@compiles(_valid, "postgresql")
def _on_postgresql(element: _valid, compiler: SQLCompiler, **options: Any) -> str:
    timestamp = compiler.process(element.clauses, **options)
    return f"NULLIF(NULLIF({timestamp}, 'infinity'), '-infinity')"


def utc_timestamp_on_sqlite(value: Any) -> str | None:
    """What SQLITE_FUNCTION is on a connection to SQLite: the text that the driver writes."""
    timestamp = as_utc(value)
    return None if timestamp is None else f"{timestamp:%Y-%m-%d %H:%M:%S.%f}"


# PostgreSQL's binary form: microseconds since 2000. The driver fails for those beyond Python's.
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  (a column without a time zone)
_MICROSECOND = timedelta(microseconds=1)


def encode_on_postgresql(value: datetime) -> tuple[int]:
    """The driver's tuple for a timestamp."""
    naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return ((naive - _EPOCH) // _MICROSECOND,)


def decode_on_postgresql(value: tuple[int]) -> datetime | None:
    """The timestamp of the driver's tuple; None for one that Python does not have."""
    try:
        return _EPOCH + timedelta(microseconds=value[0])
    except OverflowError:
        return None
