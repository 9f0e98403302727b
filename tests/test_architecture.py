"""Imports point one way, and every package that is imported is declared."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

# Each may import those before it.
LAYERS = [
    "gql.compat",
    "gql.pacing",
    "gql.garbage_collection",
    "gql.telemetry",
    "gql.files",
    "gql.database",
    "gql.errors",
    "gql.domain",
    "gql.setting_types",
    "gql.settings",
    "gql.security",
    "gql.loaders",
    "gql.request",
    "gql.execution",
    "gql.schema",
    "gql.http",
    "gql.explorer",
    "rest_compat",
    "gql.named_queries",
    "gql.reports",
    "gql.badges",
    "gql.assistants",
    "gql.app",
    "gql.demo",
    "gql.cli",
    "gql.__main__",
]

# The libraries of HTTP and of GraphQL, and the only layers that may import them.
TRANSPORT = {"starlette", "fastapi", "uvicorn"}
GRAPHQL = {"strawberry", "graphql"}
MAY_IMPORT = {
    "gql.compat": TRANSPORT | GRAPHQL,
    "gql.telemetry": {"starlette"},
    "gql.execution": GRAPHQL,
    "gql.schema": GRAPHQL,
    "gql.explorer": TRANSPORT,
    "gql.http": TRANSPORT | GRAPHQL,
    "rest_compat": TRANSPORT,
    "gql.named_queries": TRANSPORT | GRAPHQL,
    "gql.reports": TRANSPORT | GRAPHQL,
    "gql.badges": TRANSPORT,
    "gql.assistants": TRANSPORT | GRAPHQL,
    "gql.app": TRANSPORT,
    "gql.cli": {"uvicorn"},
}

# The types of the schema refer to each other, so their modules do: each lazily, where it must.
TYPES = "gql.schema.types."

EXTRA = {"mcp", "mcp_types", "opentelemetry"}
MAX_LINES = 340


@cache
def modules() -> dict[str, Path]:
    files = [file for package in ("gql", "rest_compat") for file in (ROOT / package).rglob("*.py")]
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return {name.removesuffix(".__init__"): file for name, file in zip(names, files, strict=True)}


def imported(module: str) -> Iterator[str]:
    """The modules that a module imports, for types too."""
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in modules() else str(node.module)


def layer(module: str) -> str:
    return next(each for each in LAYERS if f"{module}.".startswith(f"{each}."))


@pytest.mark.parametrize("module", sorted(modules().keys() - {"gql"}))
def test_module_imports_only_layers_below_its_own(module: str) -> None:
    ours = [each for each in imported(module) if each in modules() and each != "gql"]

    assert [each for each in ours if LAYERS.index(layer(each)) > LAYERS.index(layer(module))] == []


@pytest.mark.parametrize("module", sorted(modules().keys() - {"gql"}))
def test_module_imports_only_the_libraries_of_its_layer(module: str) -> None:
    libraries = {each.partition(".")[0] for each in imported(module)}

    allowed = MAY_IMPORT.get(layer(module), set())
    assert libraries & (TRANSPORT | GRAPHQL) <= allowed


def test_modules_have_no_import_cycle_but_that_of_the_types() -> None:
    graph = {module: {*imported(module)} & modules().keys() for module in modules()}

    def reachable(start: str) -> set[str]:
        found: set[str] = set()
        pending = [start]
        while pending:
            new = graph[pending.pop()] - found
            found |= new
            pending += new
        return found

    in_cycles = {module for module in graph if module in reachable(module)}
    assert {module for module in in_cycles if not module.startswith(TYPES)} == set()


def test_every_imported_package_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = map(Requirement, project["dependencies"])
    declared = {canonicalize_name(each.name) for each in requirements}
    distributions = packages_distributions()
    libraries = {
        name
        for module in modules()
        for name in (each.partition(".")[0] for each in imported(module))
        if name
        not in {*sys.stdlib_module_names, "gql", "rest_compat", "sample_gateway_client"} | EXTRA
    }

    undeclared = {
        name
        for name in libraries
        if declared.isdisjoint(map(canonicalize_name, distributions[name]))
    }
    assert undeclared == set()


@pytest.mark.parametrize("module", ["gql.app", "gql.cli.main", "gql.cli.serve"])
def test_production_does_not_import_the_demo(module: str) -> None:
    script = f"import sys, {module}; print([each for each in sys.modules if 'demo' in each])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_server_imports_what_few_gateways_use_only_where_it_is_used() -> None:
    optional = {"anybadge", "obstore", "pydantic.v1", "sqlite3", "xml.etree"}
    script = (
        "import sys, gql.cli.serve, gql.app; gql.app.create_process_app();"
        f"print({optional} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd="/",  # where there is no .env
        env={"PYTHONPATH": str(ROOT), "DATABASE_URL": "postgresql://127.0.0.1/platform"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "set()\n"


@pytest.mark.parametrize("module", sorted(modules()))
def test_module_is_short_enough_to_read_at_once(module: str) -> None:
    assert len(modules()[module].read_text().splitlines()) <= MAX_LINES
