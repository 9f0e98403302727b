"""Text as bytes, whatever the collation, and search without regard to case, on every engine.

MariaDB and MySQL find texts equal that differ in case, accents or trailing blanks, and they cannot
compare texts of two collations at all. PostgreSQL sorts by the rules of a language.
"""

from typing import Any

from sqlalchemy import SQLColumnExpression, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

_TEXT = String()

ORDERED_CHARACTERS = 200


def decoded(text: bytes) -> str | None:
    """The text, or None if it is no UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def as_text(value: Any) -> Any:
    """What a driver gives as a text, which is bytes where a column has them."""
    return decoded(value) if isinstance(value, bytes) else value


class exact(FunctionElement[Any]):  # noqa: N801  (it reads as an SQL function)
    """A text that compares byte for byte. It is no text to select: use the column for that."""

    name = "exact"
    inherit_cache = True

    def __init__(self, text: SQLColumnExpression[Any], type_: TypeEngine[Any] = _TEXT) -> None:
        super().__init__(text)
        self.type = type_


class ordered(FunctionElement[str]):  # noqa: N801  (as above)
    """A text that sorts by its first bytes, in hexadecimal.

    That is the order of Unicode's code points, on every engine, and always fits into a cursor:
    whatever a text holds, and however long it is.
    """

    name = "ordered"
    type = _TEXT
    inherit_cache = True


class as_utf8(FunctionElement[str]):  # noqa: N801  (as above)
    """A text to select beside others of another collation, as in a union."""

    name = "as_utf8"
    inherit_cache = True

    def __init__(self, text: Any) -> None:
        super().__init__(text)
        self.type = text.type


@compiles(exact)
@compiles(as_utf8)
def _as_it_is(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(exact, "sqlite")
def _binary_on_sqlite(element: exact, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} COLLATE BINARY)"


@compiles(ordered, "postgresql")
def _ordered_on_postgresql(element: ordered, compiler: SQLCompiler, **options: Any) -> str:
    start = f"substr({compiler.process(element.clauses, **options)}, 1, {ORDERED_CHARACTERS})"
    return f"(encode(convert_to({start}, 'UTF8'), 'hex') COLLATE \"C\")"


@compiles(ordered, "sqlite")
def _ordered_on_sqlite(element: ordered, compiler: SQLCompiler, **options: Any) -> str:
    return f"hex(substr({compiler.process(element.clauses, **options)}, 1, {ORDERED_CHARACTERS}))"


@compiles(ordered, "mysql")
@compiles(ordered, "mariadb")
def _ordered_on_mysql(element: ordered, compiler: SQLCompiler, **options: Any) -> str:
    start = f"SUBSTR({_utf8_on_mysql(element, compiler, **options)}, 1, {ORDERED_CHARACTERS})"
    return f"HEX({start})"


@compiles(exact, "mysql")
@compiles(exact, "mariadb")
def _binary_on_mysql(element: exact, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_utf8_on_mysql(element, compiler, **options)} AS BINARY)"


@compiles(as_utf8, "mysql")
@compiles(as_utf8, "mariadb")
def _utf8_on_mysql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"CONVERT({compiler.process(element.clauses, **options)} USING utf8mb4)"
