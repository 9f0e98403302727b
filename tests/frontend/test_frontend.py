"""What frontends are made with: generators take the schema, and clients a gateway."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT, CompletedProcess
from subprocess import run as execute
from typing import Any

import pytest
from sqlalchemy import URL

from gql import demo
from tests.docs.documents import DOCS
from tests.docs.test_cookbook import COOKBOOK
from tests.support import npm, rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.paths import SCHEMA
from tests.support.platform import Platform
from tests.support.server import serving

FRONTEND = Path(__file__).parent
SOON = 60

NODE = ("node", "--import", "./checks/browser.mjs")

on_sqlite = only_on("sqlite")


def run(directory: Path, *command: str, **environment: str) -> CompletedProcess[str]:
    """What became of a command; those of npm's packages are found by their names."""
    path = f"{FRONTEND / 'node_modules' / '.bin'}:{os.environ['PATH']}"
    return execute(
        command,
        check=False,
        cwd=directory,
        env=os.environ | {"PATH": path} | environment,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        timeout=SOON,
    )


def succeed(directory: Path, *command: str, **environment: str) -> str:
    done = run(directory, *command, **environment)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frontend with the cookbook's operations and its own, and the code generated for them."""
    npm.install(FRONTEND)
    directory = tmp_path_factory.mktemp("frontend") / "frontend"
    shutil.copytree(FRONTEND, directory, ignore=shutil.ignore_patterns("node_modules", "react"))
    (directory / "node_modules").symlink_to(FRONTEND / "node_modules")
    shutil.copy(SCHEMA, directory)
    (directory / "operations").mkdir()
    for name, query in COOKBOOK.items():
        (directory / "operations" / f"{name}.graphql").write_text(query)
    succeed(directory, "graphql-codegen")
    return directory


@pytest.fixture(scope="session")
def built(sources: Path) -> Path:
    """The frontend, ready to run."""
    succeed(sources, "tsc")
    succeed(sources, "relay-compiler", "relay.config.json")
    return sources


def dedented(text: str) -> str:
    return re.sub(r"^ +", "", text, flags=re.MULTILINE)


def test_every_snippet_is_part_of_the_tested_frontend() -> None:
    files = [path for path in FRONTEND.rglob("*") if "node_modules" not in path.parts]
    sources = [dedented(path.read_text()) for path in files if path.is_file()]
    document = (DOCS / "frontend.md").read_text()

    snippets = re.findall(r"```(?:tsx?|js|json)\n(.*?)```", document, re.DOTALL)

    assert snippets
    assert [each for each in snippets if not any(dedented(each) in file for file in sources)] == []


# Generators


def test_codegen_of_the_cookbook_compiles_in_strict_mode(sources: Path) -> None:
    succeed(sources, "tsc", "--project", "tsconfig.generated.json")

    generated = (sources / "src" / "gql" / "graphql.ts").read_text()
    assert [name for name in COOKBOOK if f"export const {name}Document" not in generated] == []


def test_codegen_rejects_a_field_that_was_not_selected(sources: Path, tmp_path: Path) -> None:
    directory = tmp_path / "frontend"
    shutil.copytree(sources, directory, symlinks=True)
    usage = directory / "src" / "cookbook.ts"
    usage.write_text(usage.read_text().replace("regressionTest.command", "regressionTest.active"))

    done = run(directory, "tsc", "--project", "tsconfig.generated.json")

    assert done.returncode
    assert "src/cookbook.ts" in done.stdout
    assert "Property 'active' does not exist" in done.stdout


# Clients


@pytest.fixture(scope="module")
def of_demo(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gateway to the demo platform."""
    with serving_graphql(demo_url, tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="module")
def of_platform(_tables: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gateway to the platform that a test fills."""
    with serving_graphql(
        _tables.url, tmp_path_factory, subscription_poll_interval_seconds=0.02
    ) as url:
        yield url


@contextmanager
def serving_graphql(
    database: URL, tmp_path_factory: pytest.TempPathFactory, **settings: Any
) -> Iterator[str]:
    database_url = database.render_as_string(hide_password=False)
    directory = tmp_path_factory.mktemp("gateway")
    with serving(directory, database_url=database_url, **settings) as server:
        yield f"{server.origin}/graphql"


@on_sqlite
@pytest.mark.parametrize("client", ["apollo", "urql", "relay"])
def test_frontend_client_queries_a_gateway(built: Path, of_demo: str, client: str) -> None:
    succeed(built, *NODE, f"checks/{client}.test.mjs", URL=of_demo, TOKEN=demo.DEMO_TOKEN)


@on_sqlite
def test_codegen_manifest_works_as_trusted_documents(
    built: Path, demo_url: URL, tmp_path_factory: pytest.TempPathFactory
) -> None:
    manifest = built / "src" / "gql" / "persisted-documents.json"
    with serving_graphql(demo_url, tmp_path_factory, graphql_trusted_documents=manifest) as url:
        succeed(built, *NODE, "checks/trusted.test.mjs", URL=url, TOKEN=demo.DEMO_TOKEN)


@on_sqlite
async def test_defer_directive_is_not_supported(client: Client) -> None:
    response = await client.post("/graphql", json={"query": "{ ... @defer { tags { id } } }"})

    assert "@defer" in response.json()["errors"][0]["message"]


@on_sqlite
@pytest.mark.parametrize("client", ["apollo", "urql", "urql over events", "graphql-sse"])
async def test_frontend_client_subscribes_to_a_run_until_its_end(
    built: Path, platform: Platform, of_platform: str, client: str
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
    )

    process = await asyncio.create_subprocess_exec(
        *NODE, "checks/watch.mjs", client, of_platform, platform.token, "1", cwd=built, stdout=PIPE
    )
    async with asyncio.timeout(SOON):
        first = await event(process)
        await platform.add(rows.result(1, 1))
        second = await event(process)
        await platform.add(rows.progress(1, "completed"))
        last = await event(process)
        code = await process.wait()

    assert [first, second, last] == [[0, [], "RUNNING"], [1, [1], "RUNNING"], [1, [], "PASS"]]
    assert code == 0


async def event(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout
    line = await process.stdout.readline()
    assert line, "the client has ended"
    return json.loads(line)
