"""Search without regard to case, by the same rule on every engine.

The engines map case by rules of their own, which depend on collations and locales. Here the pattern
lists every case of each letter, so that none of them maps anything. Letters are the same if
Unicode's simple case folding maps them to the same one: both small sigmas and the
capital one. Accents count.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

from gql.database.errors import InvalidValue

MAX_CHARACTERS = 1000
SQLITE_FUNCTION = "search"

# Every block with letters of Latin, Greek or Cyrillic, among others.
_LETTERS = (range(0x0530), range(0x1C80, 0x2C80), range(0xA640, 0xAB70), range(0xFF21, 0xFF5B))

_END = r"(?!.|\n)"


class _Matches(FunctionElement[bool]):
    name = "matches"
    type = Boolean()
    inherit_cache = True


def contains(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Whether the column contains the text; raises InvalidValue if that is too long."""
    return _Matches(column, literal(_pattern(text) or "^", String()))


def begins_with(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Whether the column begins with the text; raises as `contains` does."""
    return _Matches(column, literal(f"^{_pattern(text)}", String()))


def equals(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Whether the column is the text but for case; raises as `contains` does."""
    return _Matches(column, literal(f"^{_pattern(text)}{_END}", String()))


def finder(text: str) -> Callable[[str], object]:
    """A function that finds the text in another, or None; raises as `contains` does."""
    return re.compile(_pattern(text)).search


def _pattern(text: str) -> str:
    """The regular expression of a text, in the syntax that all engines share."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidValue(
            f"The search text has {len(text)} characters, and the limit is {MAX_CHARACTERS}."
        )
    return "".join(map(_pattern_of, text))


def _pattern_of(character: str) -> str:
    cases = _cases().get(_fold(character), character)
    if len(cases) > 1:
        return f"[{cases}]"
    return f"\\{character}" if character.isascii() and not character.isalnum() else character


@cache
def _cases() -> dict[str, str]:
    """All cases of each letter that has several, by the folded letter."""
    cases: dict[str, str] = {}
    for letter in map(chr, chain(*_LETTERS)):
        folded = _fold(letter)
        cases[folded] = cases.get(folded, "") + letter
    return {folded: letters for folded, letters in cases.items() if len(letters) > 1}


def _fold(character: str) -> str:
    """Unicode's simple case folding: that of the full one where this is one letter."""
    candidates = (character.casefold(), character.lower(), character)
    return next(each for each in candidates if len(each) == 1)


@compiles(_Matches, "postgresql")
def _on_postgresql(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = (compiler.process(each, **options) for each in element.clauses)
    return f'(({text} COLLATE "C") ~ {pattern})'


@compiles(_Matches, "mysql")
@compiles(_Matches, "mariadb")
def _on_mysql(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = (compiler.process(each, **options) for each in element.clauses)
    return f"(CONVERT({text} USING utf8mb4) COLLATE utf8mb4_bin REGEXP {pattern})"


@compiles(_Matches, "sqlite")
def _on_sqlite(element: _Matches, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = (compiler.process(each, **options) for each in element.clauses)
    return f"{SQLITE_FUNCTION}(CAST({text} AS BLOB), {pattern})"


def search_on_sqlite(text: bytes | None, pattern: str) -> bool | None:
    """What SQLITE_FUNCTION is on a connection to SQLite."""
    # A text may be anything there, and must not end a search in others.
    return None if text is None else bool(re.search(pattern, text.decode(errors="replace")))
