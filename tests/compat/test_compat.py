"""What gql/compat uses of libraries without their promise exists, and nothing else uses it."""

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from starlette.applications import Starlette
from starlette.routing import Mount

from gql.compat import aiosqlite, starlette
from gql.compat import sqlalchemy as compiled
from gql.compat.graphql_core import EXECUTOR_METHODS
from gql.compat.strawberry import StrawberryGraphQLCoreExecutionContext, field_of
from gql.compat.uvicorn import PROTOCOL_METHODS, HttpToolsProtocol
from gql.database import tables
from tests.support.paths import ROOT
from tests.support.schema import GRAPHQL_SCHEMA

COMPAT = ROOT / "gql/compat"
# Documented names that a module of gql/compat imports as well.
PUBLIC = {"graphql", "strawberry", "sqlalchemy", "starlette.applications", "starlette.routing"}
PUBLIC |= {"starlette.types"}


class Name(NamedTuple):
    """A name that a module of gql/compat imports, and why."""

    module: str
    name: str
    file: str
    reason: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def names() -> Iterator[Name]:
    for file in sorted(COMPAT.glob("*.py")):
        lines = file.read_text().splitlines()
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.ImportFrom) or node.module in PUBLIC:
                continue
            module = str(node.module)
            if module.partition(".")[0] in sys.stdlib_module_names:
                continue
            for alias in node.names:
                line = lines[alias.lineno - 1]
                yield Name(module, alias.name, file.name, line.partition("#")[2].strip())


@pytest.mark.quick
@pytest.mark.parametrize("name", [*names()], ids=str)
def test_name_exists_in_the_installed_version(name: Name) -> None:
    [library] = set(packages_distributions()[name.module.partition(".")[0]])

    assert hasattr(importlib.import_module(name.module), name.name), (
        f"{library} {version(library)} has no {name}. gql/compat/{name.file} uses it: {name.reason}"
    )


@pytest.mark.quick
@pytest.mark.parametrize("name", [*names()], ids=str)
def test_name_has_a_reason(name: Name) -> None:
    assert name.reason


@pytest.mark.quick
@pytest.mark.parametrize("method", EXECUTOR_METHODS)
def test_executor_method_has_the_parameters_that_execution_overrides(method: str) -> None:
    expected, reason = EXECUTOR_METHODS[method]
    function = getattr(StrawberryGraphQLCoreExecutionContext, method, None)
    assert function, f"graphql-core's Executor has no {method}, which Execution uses {reason}."

    actual = [name for name in inspect.signature(function).parameters if name != "self"]

    assert actual == expected, f"Executor.{method} has changed; Execution uses it {reason}."


@pytest.mark.quick
@pytest.mark.parametrize("method", PROTOCOL_METHODS)
def test_protocol_method_has_the_parameters_that_the_gateway_overrides(method: str) -> None:
    expected, reason = PROTOCOL_METHODS[method]
    function = getattr(HttpToolsProtocol, method, None)
    assert function, f"uvicorn's protocol has no {method}, which GatewayProtocol uses {reason}."

    actual = [name for name in inspect.signature(function).parameters if name != "self"]

    assert actual == expected, f"{method} of uvicorn has changed; GatewayProtocol uses it {reason}."


def imports(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)


@pytest.mark.quick
def test_no_other_package_imports_such_a_name() -> None:
    private = {(name.module, name.name) for name in names()}
    others = [file for file in (ROOT / "gql").rglob("*.py") if COMPAT not in file.parents]

    assert {file: private & {*imports(file)} for file in others if private & {*imports(file)}} == {}


@pytest.mark.quick
def test_no_other_package_reads_a_private_attribute() -> None:
    others = [file for file in (ROOT / "gql").rglob("*.py") if COMPAT not in file.parents]

    assert [file for file in others if "noqa: SLF001" in file.read_text()] == []


@pytest.mark.quick
def test_field_of_finds_the_strawberry_field_and_its_metadata() -> None:
    query_type = GRAPHQL_SCHEMA.query_type
    assert query_type
    field = field_of(query_type.fields["runs"])

    assert field
    assert field.python_name == "runs"
    assert field.metadata


@pytest.mark.quick
@pytest.mark.parametrize("module", [sqlite, mysql, postgresql], ids=lambda module: module.__name__)
def test_compiled_statement_has_placeholders_and_constants(module: Any) -> None:
    dialect = module.dialect(paramstyle="qmark" if module is sqlite else None)
    statement = select(tables.Test.id).where(
        tables.Test.id.in_([3, 4]), tables.Test.branch == "master"
    )

    done = compiled.compile_for_driver(statement, dialect)
    values = compiled.constants(done, dialect)

    if done.positional:  # type: ignore[attr-defined]
        assert [values[name] for name in compiled.placeholders(done)] == [3, 4, "master"]
    assert sorted(map(str, values.values())) == ["3", "4", "master"]


@pytest.mark.quick
def test_result_converter_is_that_of_the_column_type() -> None:
    convert = compiled.result_converter(tables.Test.platform.type, sqlite.dialect())

    assert convert
    assert convert("linux") == "linux"
    assert compiled.result_converter(tables.MediaFile.id.type, sqlite.dialect()) is None


@pytest.mark.quick
def test_closed_connection_is_interrupted_without_an_error() -> None:
    class Closed:
        @property
        def _conn(self) -> Any:
            raise ValueError

    aiosqlite.interrupt(Closed())


@pytest.mark.quick
def test_mount_matches_a_path_with_a_line_break() -> None:
    mount = starlette.match_line_breaks(Mount("/api", Starlette()))

    assert mount.path_regex.match("/api/runs\n1")


MOVED = """
import asyncio, sys
import graphql.execution.collect_fields as moved
del moved.collect_subfields

import httpx
from gql.app import create_app
from gql.settings import Settings

async def main():
    app = create_app(Settings(graphql_breadth_first_execution=sys.argv[1] == "true"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://g") as client:
        print((await client.get("/healthz")).json())

asyncio.run(main())
"""


def run_without_the_name(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MOVED, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_gateway_starts_without_the_executor_when_one_of_its_names_has_moved() -> None:
    done = run_without_the_name("false")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "{'status': 'ok'}\n"


def test_gateway_with_the_executor_names_what_has_moved() -> None:
    done = run_without_the_name("true")

    assert done.returncode == 1
    assert "gql/compat/breadth_first.py" in done.stderr
    assert "cannot import name 'collect_subfields'" in done.stderr
