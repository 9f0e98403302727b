"""The types of columns, whose values the gateway reads leniently and compares byte for byte."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import BindParameter, Dialect, SQLColumnExpression, String, Text
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from gql.compat.sqlalchemy import result_converter
from gql.database.text import as_text, exact

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")

# What depends on a collation. The others, such as LIKE, are used as they are.
_COMPARISONS: set[Callable[..., Any]] = {
    operators.eq,
    operators.ne,
    operators.in_op,
    operators.not_in_op,
    operators.is_distinct_from,
    operators.is_not_distinct_from,
}

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class _ByteComparator(TypeDecorator.Comparator[Any], String.Comparator[Any]):
    type: "_Exact[Any]"

    def operate(self, op: Callable[..., Any], *other: Any, **kwargs: Any) -> Any:
        if op not in _COMPARISONS or other[0] is None:
            return super().operate(op, *other, **kwargs)
        return op(exact(self.expr, self.type.plain), *map(_exact_operand, other), **kwargs)


def _exact_operand(other: Any) -> Any:
    is_expression = isinstance(other, SQLColumnExpression) and not isinstance(other, BindParameter)
    return exact(other) if is_expression else other


class _Exact(TypeDecorator[T]):
    """The base of types whose values compare byte for byte, whatever the column's collation."""

    impl = Text
    cache_ok = True
    comparator_factory = _ByteComparator

    @property
    def plain(self) -> TypeEngine[Any]:
        """The same type as the engine compares it."""
        return self.impl_instance


class ExactText(_Exact[str]):
    """A text; `length` is the limit of characters, if there is one."""

    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(self.length) if self.length else Text())

    @property
    @override
    def python_type(self) -> type[str]:
        return str

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The text; None for bytes, of a column of them, that are no UTF-8."""
        text: str | None = as_text(value)
        return text

    @staticmethod
    def read_all(values: Sequence[Any]) -> Iterable[Any]:
        """The same of several values, which rarely are bytes."""
        return map(as_text, values) if bytes in map(type, values) else values


class LenientEnum(TypeDecorator[E], Generic[E]):
    """A string read as an enum member; a value outside the enum reads as None."""

    impl = String(50)
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum
        self._members: dict[Any, E] = {
            value: member for member in enum for value in (member.value, member.value.encode())
        }

    @override
    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    @override
    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> E | None:
        return self._members.get(value)

    def read_all(self, values: Sequence[Any]) -> Iterable[Any]:
        """The same of several values."""
        return map(self._members.get, values)


class EnumColumn(LenientEnum[E], _Exact[E]):  # type: ignore[misc]  # `impl` of both is a text
    """A LenientEnum in a column of the platform."""

    cache_ok = True

    @property
    @override
    def plain(self) -> TypeEngine[Any]:
        return LenientEnum(self.enum)


class Sha256(_Exact[str]):
    """A hash as 64 hexadecimal characters; any other text reads as None."""

    cache_ok = True

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return _hash_of(value)

    @staticmethod
    def read_all(values: Sequence[Any]) -> Iterable[Any]:
        """The same of several values, which mostly are hashes, None or empty."""
        texts = list(filter(None, values))
        if not texts or _are_hashes(texts):
            return [value or None for value in values]
        return [_hash_of(value) if value else None for value in values]


def _hash_of(value: Any) -> str | None:
    text = as_text(value)
    return text if isinstance(text, str) and _SHA256.fullmatch(text) else None


def _are_hashes(texts: Sequence[Any]) -> bool:
    if {*map(type, texts)} != {str} or {*map(len, texts)} != {64}:
        return False
    try:
        return len(bytes.fromhex("".join(texts))) == 32 * len(texts)  # It skips blanks.
    except ValueError:
        return False


def reader_of(type_: Any, dialect: Dialect) -> Callable[[Sequence[Any]], Iterable[Any]] | None:
    """The conversion of a driver's values to a column's type, if there is any.

    Types of ours read all values at once, as calls for each would take longer than all the rest.
    """
    if read_all := getattr(type_, "read_all", None):
        return cast("Callable[[Sequence[Any]], Iterable[Any]]", read_all)
    converter = result_converter(type_, dialect)
    return converter and partial(map, converter)
