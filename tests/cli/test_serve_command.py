"""`sample-gateway serve`, up to the point where it serves."""

import re
import shutil
import socket
from asyncio import to_thread
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import URL, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.cli import demo as demo_command
from gql.settings import Settings
from tests.cli.commands import run
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import address, free_port

pytestmark = [pytest.mark.quick, pytest.mark.usefixtures("no_settings")]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the server would have been started with."""
    served: list[dict[str, Any]] = []

    def serve(_app: str, **arguments: Any) -> None:
        served.append(arguments | {"graphiql_token": Settings().graphiql_token})

    monkeypatch.setattr(uvicorn, "run", serve)
    monkeypatch.setattr(demo_command, "DEFAULT_RUNS", demo.MINIMUM_RUNS)
    monkeypatch.setattr(demo_command, "live_demo", lambda _file: nullcontext())
    return served


async def table_names(url: URL) -> list[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    return names


async def test_serve_command_rejects_a_database_with_missing_tables(
    empty_url: URL, served: list[dict[str, Any]]
) -> None:
    engine = create_async_engine(empty_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE tag (id INTEGER)"))
    await engine.dispose()
    result = await to_thread(run, "serve", database_url=address(empty_url))
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: The database {empty_url} lacks:\n")
    assert "\n  table api_token\n" in result.output
    assert "\n  column tag.name\n" in result.output
    assert "\n  column tag.id\n" not in result.output
    assert "`sample-gateway doctor`" in result.output
    assert served == []


@only_on("mariadb", "postgresql")
async def test_serve_command_does_not_build_the_demo_in_a_server_database(
    empty_url: URL, served: list[dict[str, Any]]
) -> None:
    result = await to_thread(run, "serve", "--demo", database_url=address(empty_url))
    assert result.exit_code == 1
    assert await table_names(empty_url) == []
    assert served == []


def test_serve_command_builds_the_demo_when_no_database_exists(
    served: list[dict[str, Any]],
) -> None:
    result = run("serve")
    assert result.exit_code == 0
    assert Path("demo.sqlite").exists()
    assert f"Demo token  {demo.DEMO_TOKEN}\n" in result.output
    assert served[0]["graphiql_token"] == demo.DEMO_TOKEN


@pytest.mark.usefixtures("served")
def test_serve_command_builds_the_demo_in_an_empty_file() -> None:
    Path("demo.sqlite").touch()
    assert "Demo token" in run("serve").output


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--demo"], ["serve", "--no-demo"]])
def test_serve_command_builds_no_demo_in_a_file_whose_name_is_misspelt(
    arguments: list[str], served: list[dict[str, Any]]
) -> None:
    result = run(*arguments, database_url="sqlite:///platfrom.sqlite")
    assert result.exit_code == 1
    assert result.output.startswith(
        "Error: The database cannot be read: platfrom.sqlite: No such file or directory. "
    )
    assert not Path("platfrom.sqlite").exists()
    assert served == []


def test_serve_command_rejects_a_file_that_is_no_database(served: list[dict[str, Any]]) -> None:
    Path("notes.txt").write_text("no database")
    result = run("serve", database_url="sqlite:///notes.txt")
    assert result.exit_code == 1
    assert "cannot be read: notes.txt is not an SQLite database. " in result.output
    assert served == []


def test_serve_command_rejects_a_directory(served: list[dict[str, Any]]) -> None:
    Path("platform").mkdir()
    result = run("serve", database_url="sqlite:///platform")
    assert result.exit_code == 1
    assert "cannot be read: platform: Is a directory. " in result.output
    assert served == []


@pytest.mark.usefixtures("served")
def test_serve_command_keeps_an_existing_demo(demo_file: Path) -> None:
    shutil.copy(demo_file, "demo.sqlite")
    before = Path("demo.sqlite").stat()
    assert "Building" not in run("serve").output
    assert Path("demo.sqlite").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--no-demo"]])
def test_serve_command_does_not_print_a_token_of_a_platform(
    arguments: list[str], served: list[dict[str, Any]], demo_file: Path
) -> None:
    result = run(*arguments, database_url=f"sqlite:///{demo_file}")
    assert "GraphiQL  http://127.0.0.1:8000/graphql\n" in result.output
    assert "spci_" not in result.output
    assert served[0]["graphiql_token"] is None


async def test_serve_command_prints_the_demo_token_only_where_it_is_valid(
    platform: Platform, served: list[dict[str, Any]]
) -> None:
    result = await to_thread(run, "serve", "--demo", database_url=address(platform.url))
    assert result.exit_code == 0
    assert "spci_" not in result.output
    assert served[0]["graphiql_token"] is None


def test_serve_command_keeps_a_configured_graphiql_token(
    served: list[dict[str, Any]], demo_file: Path
) -> None:
    run("serve", "--demo", database_url=f"sqlite:///{demo_file}", graphiql_token="mine")
    assert served[0]["graphiql_token"] == "mine"


@pytest.mark.parametrize(
    ("host", "origin"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")]
)
def test_serve_command_prints_the_address_it_listens_on(
    host: str, origin: str, served: list[dict[str, Any]], demo_file: Path
) -> None:
    port = free_port()
    result = run("serve", host=host, port=port, database_url=f"sqlite:///{demo_file}")
    if "Cannot assign" in result.output:
        pytest.skip(f"no {host} here")
    assert f"REST      {origin}{port}/api/v1/runs/{{run_id}}/samples/{{sample_id}}" in result.output
    assert (served[0]["host"], served[0]["port"]) == (host, port)


def test_serve_command_trusts_the_proxies_in_a_dotenv_file(
    served: list[dict[str, Any]], demo_file: Path
) -> None:
    Path(".env").write_text("FORWARDED_ALLOW_IPS=10.0.0.1,10.1.0.0/16\n")
    run("serve", port=free_port(), database_url=f"sqlite:///{demo_file}")
    run("serve", port=free_port(), database_url=f"sqlite:///{demo_file}", forwarded_allow_ips="::1")
    assert [each["forwarded_allow_ips"] for each in served] == ["10.0.0.1,10.1.0.0/16", "::1"]


def test_serve_command_reports_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("serve", port=taken.getsockname()[1])
    assert result.exit_code == 1
    assert result.output.startswith("Error: Cannot listen on 127.0.0.1 port ")
    assert "Address already in use. " in result.output
    assert "such as --port " in result.output


def test_serve_command_takes_its_address_as_options(
    served: list[dict[str, Any]], demo_file: Path
) -> None:
    port = free_port()
    result = run(
        "serve", "--host", "127.0.0.2", "--port", str(port), database_url=f"sqlite:///{demo_file}"
    )

    assert f"GraphiQL  http://127.0.0.2:{port}/graphql" in result.output
    assert (served[0]["host"], served[0]["port"]) == ("127.0.0.2", port)


def test_serve_command_names_a_misspelt_setting(
    served: list[dict[str, Any]], demo_file: Path
) -> None:
    Path(".env").write_text("GRAPHQL_MAX_COSTS=10\n")
    result = run("serve", port=free_port(), database_url=f"sqlite:///{demo_file}")

    assert "GRAPHQL_MAX_COSTS is not a setting. Did you mean GRAPHQL_MAX_COST?" in result.stderr
    assert len(served) == 1


@pytest.mark.parametrize("engine_name", ["mysql", "postgresql"])
def test_serve_command_reports_an_unavailable_database_without_its_password(
    engine_name: str, served: list[dict[str, Any]]
) -> None:
    url = f"{engine_name}://user:secret@127.0.0.1:1/platform?password=secret"
    result = run("serve", "--demo", database_url=url)
    assert result.exit_code == 0
    assert re.search(r"user:\*\*\*@127.0.0.1:1/platform cannot be reached: .+", result.stderr)
    assert "The gateway is answering 503 until it can be.\n" in result.stderr
    assert "secret" not in result.output
    assert len(served) == 1


@only_on("mariadb", "postgresql")  # a file lets everybody in
async def test_serve_command_starts_when_the_database_rejects_the_login(
    empty_url: URL, served: list[dict[str, Any]]
) -> None:
    url = empty_url.set(database="not_there")
    result = await to_thread(run, "serve", database_url=address(url))
    assert result.exit_code == 0
    assert "not_there cannot be reached: " in result.stderr
    assert len(served) == 1


@only_on("mariadb", "postgresql")  # SQLite ignores options that it does not know
async def test_serve_command_reports_an_unknown_database_option(
    empty_url: URL, served: list[dict[str, Any]]
) -> None:
    url = empty_url.set(query={"colour": "red"})
    result = await to_thread(run, "serve", database_url=address(url))
    assert result.exit_code == 1
    assert re.match(r"Error: DATABASE_URL: .*'colour'", result.output)
    assert served == []


def test_serve_command_rejects_zero_workers() -> None:
    assert run("serve", "--workers", "0").exit_code == 2


@pytest.mark.parametrize("token", ["", "m" * 16])
def test_serve_command_prints_the_metrics_address_only_with_a_metrics_token(
    token: str, served: list[dict[str, Any]], demo_file: Path
) -> None:
    url = f"sqlite:///{demo_file}"
    result = run("serve", port=free_port(), database_url=url, metrics_token=token)
    assert len(served) == 1
    assert ("Metrics " in result.output) is bool(token)
