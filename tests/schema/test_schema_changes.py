"""What clients rely on since the last release stays until a version that may break it.

The last release is the newest tag `v1.2.3` in the history. Before the first one there is nothing to
compare.
"""

import re
import shutil
import subprocess
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

from tests.support.paths import ROOT
from tests.support.schema import GRAPHQL_SCHEMA

pytestmark = pytest.mark.quick

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", repository, *arguments], check=True, capture_output=True, text=True
    ).stdout


def last_release(repository: Path) -> tuple[str, str] | None:
    """The version and the schema of the last release; None before the first."""
    tags = git(repository, "tag", "--list", "v[0-9]*", "--merged=HEAD", "--sort=-version:refname")
    if not tags:
        return None
    tag = tags.split()[0]
    return tag.removeprefix("v"), git(repository, "show", f"{tag}:schema.graphql")


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
    until = re.search(r"\buntil (\d{4}-\d\d-\d\d)\b", reason)
    try:
        return date.fromisoformat(until[1]) if until else None
    except ValueError:
        return None


# The schema


@needs_git
def test_schema_breaks_nothing_of_the_last_release() -> None:
    release = last_release(ROOT) if (ROOT / ".git").exists() else None
    if release is None:
        pytest.skip("there is no release tag yet: the comparison begins with the first")
    version, released = release
    changes = breaking(build_schema(released), GRAPHQL_SCHEMA)

    assert not changes or may_break(version, VERSION), (
        f"These break clients of {version}, which {VERSION} may not: {changes}"
    )


def test_whatever_is_deprecated_tells_how_long_it_stays() -> None:
    assert undated(GRAPHQL_SCHEMA) == []


# The rules


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit of a schema and no tag."""
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "type Query { a: Int }")
    return tmp_path


def commit(repository: Path, schema: str) -> None:
    (repository / "schema.graphql").write_text(schema)
    git(repository, "add", ".")
    author = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    git(repository, *author, "commit", "--quiet", "--message", "schema")


@needs_git
def test_last_release_is_none_before_the_first_tag(repository: Path) -> None:
    git(repository, "tag", "experiment")

    assert last_release(repository) is None


@needs_git
def test_last_release_is_the_newest_version_in_the_history(repository: Path) -> None:
    git(repository, "tag", "v0.9.0")
    commit(repository, "type Query { b: Int }")
    git(repository, "tag", "v0.10.0")
    commit(repository, "type Query { c: Int }")
    git(repository, "tag", "v0.11.0")
    git(repository, "reset", "--quiet", "--hard", "HEAD~1")

    assert last_release(repository) == ("0.10.0", "type Query { b: Int }")


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
def test_version_that_breaks_is_a_major_one(released: str, version: str, *, may: bool) -> None:
    assert may_break(released, version) is may


def test_deprecation_without_a_date_is_found_wherever_it_is() -> None:
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
