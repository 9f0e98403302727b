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


class exact(FunctionElement[Any]):  # noqa: N801  (it reads as an SQL function)
    """A text that compares byte for byte. It is no text to select: use the column for that."""

    name = "exact"
    inherit_cache = True

    def __init__(self, text: SQLColumnExpression[Any], type_: TypeEngine[Any] = _TEXT) -> None:
        super().__init__(text)
        self.type = type_


class ordered(exact):  # noqa: N801
    """A text that sorts byte by byte, which is the order of Unicode's code points."""

    name = "ordered"
    inherit_cache = True


class as_utf8(FunctionElement[str]):  # noqa: N801
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
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


@compiles(exact, "mysql")
@compiles(exact, "mariadb")
def _binary_on_mysql(element: exact, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_utf8_on_mysql(element, compiler, **options)} AS BINARY)"


@compiles(as_utf8, "mysql")
@compiles(as_utf8, "mariadb")
def _utf8_on_mysql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"CONVERT({compiler.process(element.clauses, **options)} USING utf8mb4)"
