"""What clients were promised with the last release holds until a version that may break it."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from graphql import (
    DangerousChangeType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
)

from gql.schema.schema import schema

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
[RELEASED] = (Path(__file__).parent / "released").glob("*.graphql")


def may_break(released: str, version: str) -> bool:
    """Whether a version may break what a released one promised, as semver.org says."""
    (old_major, old_minor, _), (major, minor, _) = (
        map(int, numbers.split(".")) for numbers in (released, version)
    )
    return major > old_major or (major == old_major == 0 and minor > old_minor)


def breaking(released: GraphQLSchema, current: GraphQLSchema) -> list[str]:
    """What makes a query of the released schema fail, or mean something else."""
    changes = find_breaking_changes(released, current) + [
        change
        for change in find_dangerous_changes(released, current)
        if change.type is DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE
    ]
    return [change.description for change in changes]


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """The coordinate and the reason of everything that is deprecated."""
    for type_ in schema.type_map.values():
        parts = getattr(type_, "fields", None) or getattr(type_, "values", {})
        for name, part in parts.items():
            deprecable = {f"{type_}.{name}": part} | {
                f"{type_}.{name}({argument}:)": definition
                for argument, definition in getattr(part, "args", {}).items()
            }
            for coordinate, definition in deprecable.items():
                if definition.deprecation_reason is not None:
                    yield coordinate, definition.deprecation_reason


def undated(schema: GraphQLSchema) -> list[str]:
    """What is deprecated without "until" and the day to which it stays."""
    return [where for where, reason in deprecations(schema) if not _last_day(reason)]


def _last_day(reason: str) -> date | None:
    told = re.search(r"\buntil (\d{4}-\d\d-\d\d)\b", reason)
    try:
        return date.fromisoformat(told[1]) if told else None
    except ValueError:
        return None


# The schema


def test_the_schema_breaks_no_promise_of_the_last_release() -> None:
    changes = breaking(build_schema(RELEASED.read_text()), schema._schema)  # noqa: SLF001

    assert not changes or may_break(RELEASED.stem, VERSION), (
        f"These break clients of {RELEASED.stem}, which {VERSION} may not: {changes}"
    )


def test_whatever_is_deprecated_tells_how_long_it_stays() -> None:
    assert undated(schema._schema) == []  # noqa: SLF001


# The rules


@pytest.mark.parametrize(
    ("released", "current"),
    [
        ("a: Int b: Int", "a: Int"),
        ("a: Int", "a: [Int]"),
        ("a: Int!", "a: Int"),
        ("a(x: Int): Int", "a: Int"),
        ("a: Int", "a(x: Int!): Int"),
        ("a(x: Int = 1): Int", "a(x: Int = 2): Int"),
    ],
)
def test_what_clients_rely_on_is_not_taken_away(released: str, current: str) -> None:
    schemas = (build_schema(f"type Query {{ {fields} }}") for fields in (released, current))

    assert len(breaking(*schemas)) == 1


@pytest.mark.parametrize(
    ("released", "current"),
    [
        ("a: Int", "a: Int b: Int"),
        ("a: Int", "a: Int!"),
        ("a: Int", "a(x: Int): Int"),
        ("a: Int", 'a: Int @deprecated(reason: "Use b until 2027-05-01.")'),
    ],
)
def test_what_is_added_or_deprecated_breaks_nothing(released: str, current: str) -> None:
    schemas = (build_schema(f"type Query {{ {fields} }}") for fields in (released, current))

    assert breaking(*schemas) == []


@pytest.mark.parametrize(
    ("released", "version", "may"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.0.0", "1.1.0", False),
        ("1.9.0", "2.0.0", True),
    ],
)
def test_a_version_that_breaks_is_a_major_one(released: str, version: str, *, may: bool) -> None:
    assert may_break(released, version) is may


def test_a_deprecation_without_a_date_is_found_wherever_it_is() -> None:
    sdl = """
        type Query implements Named {
          old: Int @deprecated
          name(a: Int @deprecated(reason: "Soon."), b: In, c: Choice): Int
          kept: Int @deprecated(reason: "Use `name`. It stays until 2027-05-01.")
          never: Int @deprecated(reason: "It stays until 2027-02-30.")
        }
        interface Named { name(a: Int, b: In, c: Choice): Int @deprecated(reason: "In 2027.") }
        input In { a: Int @deprecated(reason: "until further notice") }
        enum Choice { A B @deprecated(reason: "until 2027") }
    """

    assert sorted(undated(build_schema(sdl))) == [
        "Choice.B",
        "In.a",
        "Named.name",
        "Query.name(a:)",
        "Query.never",
        "Query.old",
    ]
