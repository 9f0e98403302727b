"""What columns hold is read all at once, and is what each value is alone."""

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from gql.compat.sqlalchemy import result_converter
from gql.database import tables
from gql.database.column_types import ExactText, Sha256, reader_of
from gql.database.timestamps import UtcDateTime
from tests.support.rows import BASELINE

pytestmark = pytest.mark.quick

DIALECT = sqlite.dialect()

TEXTS = [
    None,
    "",
    "linux",
    b"linux",
    b"\xff",
    BASELINE,
    BASELINE.upper(),
    BASELINE.encode(),
    BASELINE[:-1],
    BASELINE[:-2] + "\n ",
    BASELINE[:-1] + "g",
    BASELINE[:-1] + "\N{FULLWIDTH DIGIT ONE}",
    "  " + BASELINE,
]
TIMES = [None, "2026-07-14 09:30:00", "0000-00-00", datetime(2026, 7, 14, tzinfo=UTC), b"today"]


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (ExactText(), TEXTS),
        (Sha256(), TEXTS),
        (tables.Test.platform.type, TEXTS),
        (UtcDateTime(), TIMES),
    ],
    ids=lambda each: type(each).__name__,
)
def test_values_are_read_together_as_each_is_alone(type_: Any, values: list[Any]) -> None:
    read_all, convert = reader_of(type_, DIALECT), result_converter(type_, DIALECT)
    assert read_all
    assert convert

    for some in (values, *combinations(values, 1), *combinations(values, 2)):
        alone = list(map(convert, some))
        assert list(read_all(some)) == alone
