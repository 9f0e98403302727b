"""`sample-gateway doctor`, before real servers, and users with every kind of rights."""

import json
import os
import socket
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.cli import main as cli
from gql.cli.doctor import clock
from gql.cli.doctor import database as doctor_database
from gql.cli.doctor.check_result import CheckResult, Severity
from gql.cli.doctor.command import check_deployment
from gql.cli.doctor.configuration import check_names
from gql.database.tables import Base
from gql.database.urls import async_url
from gql.schema.factory import create_schema
from gql.settings import read_documents
from tests.support import rows
from tests.support.databases import new_database, only_on
from tests.support.gateway import settings
from tests.support.platform import Platform
from tests.support.server import free_port, serving

PASSWORD = "hush-hush"

Run = Callable[..., Any]


async def examined(url: URL, **changes: Any) -> list[CheckResult]:
    """All that is found."""
    chosen = settings(url, **{"port": free_port()} | changes)
    manifest = chosen.graphql_trusted_documents
    documents = create_schema(chosen, read_documents(manifest) if manifest else None).documents
    return [each async for each in check_deployment(chosen, documents)]


def of(findings: list[CheckResult], subject: str) -> list[CheckResult]:
    return [each for each in findings if each.subject == subject]


def wrong(findings: list[CheckResult], *, notes: bool = False) -> list[CheckResult]:
    right = {Severity.OK} if notes else {Severity.OK, Severity.INFO}
    return [each for each in findings if each.severity not in right]


@asynccontextmanager
async def administered(url: URL) -> AsyncIterator[Run]:
    """Runs statements as the owner of a database."""
    owner = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with owner.connect() as connection:

        async def run(*statements: str) -> None:
            for statement in statements:
                await connection.execute(text(statement))

        yield run
    await owner.dispose()


@pytest.fixture
async def as_owner(platform: Platform) -> AsyncIterator[Run]:
    async with administered(platform.url) as run:
        yield run


@pytest.fixture
async def user(engine: str, as_owner: Run) -> AsyncIterator[str]:
    """A user who may do nothing, as the engine's statements name it."""
    name = f"sample_gateway_doctor_{os.getpid()}"
    if engine == "mariadb":
        user = f"'{name}'@'%'"
        await as_owner(f"CREATE USER {user} IDENTIFIED BY '{PASSWORD}'")
        yield user
        await as_owner(f"DROP USER {user}")
    else:
        await as_owner(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'",
        )
        yield name
        await as_owner(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.fixture
def users_url(platform: Platform, user: str) -> URL:
    return platform.url.set(username=user.partition("@")[0].strip("'"), password=PASSWORD)


def quoted(engine: str, table: str) -> str:
    return f"`{table}`" if engine == "mariadb" else f'"{table}"'


def statements_of(remedy: str) -> list[str]:
    """What is to be run of a remedy that ends with where all of it is written."""
    return remedy.rpartition(";")[0].split("; ")


async def grant(run: Run, engine: str, user: str, *but: str) -> None:
    """Let a user read all tables but some."""
    for table in Base.metadata.tables:
        if table not in but:
            await run(f"GRANT SELECT ON {quoted(engine, table)} TO {user}")


@only_on("mariadb", "postgresql")  # a file has no users
async def test_all_is_well_for_a_user_who_may_only_read(
    engine: str, as_owner: Run, user: str, users_url: URL, redis_url: str
) -> None:
    await grant(as_owner, engine, user)
    findings = await examined(users_url, redis_url=redis_url)
    assert wrong(findings) == []
    assert [each.message for each in of(findings, "rights")] == [
        "the user can read, and cannot write"
    ]


@only_on("sqlite")
async def test_all_is_well_with_a_file(platform: Platform, redis_url: str) -> None:
    assert wrong(await examined(platform.url, redis_url=redis_url)) == []


@only_on("mariadb", "postgresql")
@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
async def test_a_user_who_may_write_is_one_too_mighty(
    right: str, engine: str, as_owner: Run, user: str, users_url: URL
) -> None:
    await grant(as_owner, engine, user)
    await as_owner(f"GRANT {right} ON tag TO {user}")
    [finding] = wrong(await examined(users_url))
    assert (finding.severity, finding.subject) == (Severity.WARNING, "rights")
    assert "tag" in finding.message
    assert finding.remedy
    assert finding.remedy.endswith(f"by deploy/grants-{engine}.sql of the documentation.")


@only_on("mariadb", "postgresql")
async def test_the_owner_of_a_database_is_too_mighty(platform: Platform) -> None:
    [finding] = of(wrong(await examined(platform.url)), "rights")
    assert finding.severity is Severity.WARNING


@only_on("mariadb", "postgresql")
async def test_a_table_that_the_user_may_not_read_is_named_with_the_statement_that_helps(
    engine: str, as_owner: Run, user: str, users_url: URL
) -> None:
    await grant(as_owner, engine, user, "test", "tag")
    [finding] = wrong(await examined(users_url))
    assert (finding.severity, finding.subject) == (Severity.ERROR, "rights")
    assert finding.message == "the user cannot read tag, test"
    assert finding.remedy
    assert "token" not in finding.remedy  # of the platform's workers
    await as_owner(*statements_of(finding.remedy))
    assert wrong(await examined(users_url)) == []


@only_on("mariadb", "postgresql")
async def test_columns_that_the_user_may_not_read_are_named(
    engine: str, as_owner: Run, user: str, users_url: URL
) -> None:
    await grant(as_owner, engine, user, "tag")
    await as_owner(f"GRANT SELECT (id) ON {quoted(engine, 'tag')} TO {user}")
    [finding] = wrong(await examined(users_url))
    assert finding.message == "the user cannot read tag.name, tag.description"
    assert finding.remedy
    await as_owner(*statements_of(finding.remedy))
    assert wrong(await examined(users_url)) == []


@only_on("mariadb", "postgresql")
@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"username": "nobody_such", "password": "secret"}, "Correct user and password"),
        ({"database": "not_there"}, "Correct the database's name"),
        ({"port": 1}, "Start the server, correct host and port"),
        ({"query": {"colour": "red"}}, "Leave that option out, or correct it."),
    ],
)
async def test_who_cannot_come_in_is_told_what_to_correct(
    change: dict[str, Any], remedy: str, platform: Platform
) -> None:
    [finding] = of(await examined(platform.url.set(**change)), "database")
    assert finding.severity is Severity.ERROR
    assert finding.remedy
    assert finding.remedy.startswith(remedy)
    assert "secret" not in str(finding)


@only_on("mariadb")
async def test_an_option_that_is_spelled_wrong_is_told(platform: Platform) -> None:
    url = platform.url.set(query={"ssl": "yes"})
    [finding] = of(await examined(url), "database")
    assert finding.message.startswith("DATABASE_URL: ssl argument must be ")
    assert finding.remedy == "Leave that option out, or correct it."


@only_on("mariadb", "postgresql")
async def test_of_two_hosts_one_is_enough_and_the_other_is_named(platform: Platform) -> None:
    hosts = (f"127.0.0.1:{platform.url.port}", "127.0.0.1:1")
    url = platform.url.set(host=None, port=None, query={"host": hosts})
    lost, found = of(await examined(url), "database")
    assert (lost.severity, found.severity) == (Severity.WARNING, Severity.OK)
    assert "127.0.0.1:1/" in lost.message


async def test_a_database_without_tables_is_none_of_a_platform(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "doctor") as url, administered(url) as run:
        await run("CREATE TABLE other (id INTEGER)")
        [finding] = of(await examined(url), "schema")
    assert (finding.severity, finding.message) == (
        Severity.ERROR,
        "the database lacks all of the platform's tables",
    )


async def test_what_a_platform_lacks_or_has_otherwise_is_named(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "doctor") as url:
        platform = Platform(url)
        await platform.create_tables()
        await platform.close()
        async with administered(url) as run:
            await run(
                "DROP TABLE sample_extra",
                "ALTER TABLE category DROP COLUMN description",
                "DROP TABLE test_progress",
                "CREATE TABLE test_progress (id INTEGER PRIMARY KEY, test_id INTEGER, "
                "status VARCHAR(50), timestamp VARCHAR(50), message TEXT)",
            )
        findings = await examined(url)
    [lacks, other] = of(findings, "schema")
    assert lacks.message == "the database lacks column category.description, table sample_extra"
    assert other.message.startswith("test_progress.timestamp is VARCHAR(50)")
    assert other.message.endswith(", and should be a date")
    [slow] = wrong(of(findings, "indexes"))
    assert slow.message.startswith("test_progress has no index for test_id")


async def test_optional_indexes_are_noted_until_they_are_there(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "doctor") as url, administered(url) as run:
        platform = Platform(url)
        await platform.create_tables()
        await platform.close()
        notes = of(await examined(url), "indexes")
        assert {each.severity for each in notes} == {Severity.INFO}
        assert len(notes) == 2
        for each in notes:
            assert each.remedy
            await run(each.remedy.partition(": ")[2])
        assert of(await examined(url), "indexes") == []


@only_on("mariadb", "postgresql")
async def test_a_pool_larger_than_the_server_is_told(platform: Platform) -> None:
    [finding] = of(await examined(platform.url, database_pool_size=1000), "connections")
    assert finding.severity is Severity.WARNING
    assert "room for 0 processes" in finding.message


@only_on("mariadb", "postgresql")
async def test_an_open_connection_to_another_machine_is_a_warning(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    [finding] = of(await examined(platform.url), "tls")
    assert finding.severity is Severity.OK
    monkeypatch.setattr(doctor_database, "is_local", lambda _host: False)
    [finding] = of(await examined(platform.url), "tls")
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("localhost", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("/run/postgresql", True),
        (None, True),
        ("10.0.0.1", False),
        ("database.example", False),
    ],
)
def test_only_what_stays_on_this_machine_is_local(host: str | None, is_local: bool) -> None:
    assert doctor_database.is_local(host) is is_local


@pytest.mark.parametrize("days", [-1, 1])
@only_on("mariadb", "postgresql")
async def test_clocks_that_differ_are_told(
    days: int, platform: Platform, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() - timedelta(days=days))
    findings = of(await examined(platform.url, redis_url=redis_url), "clock")
    assert [each.severity for each in findings] == [Severity.WARNING, Severity.WARNING]
    where = "ahead of" if days > 0 else "behind"
    assert all(f"s {where} this machine's" in each.message for each in findings)


@only_on("mariadb", "postgresql")  # a file is most likely the demo's own
async def test_the_demos_token_in_a_platform_is_a_warning(platform: Platform) -> None:
    assert of(await examined(platform.url), "token") == []
    await platform.add(rows.token(demo.DEMO_TOKEN))
    [finding] = of(await examined(platform.url), "token")
    assert finding.severity is Severity.WARNING
    assert demo.DEMO_TOKEN not in str(finding)


@only_on("sqlite")
async def test_a_file_that_is_not_there_is_a_failure(tmp_path: Path, platform: Platform) -> None:
    url = platform.url.set(database=str(tmp_path / "nowhere.sqlite"))
    [finding] = of(await examined(url), "database")
    assert finding.severity is Severity.ERROR
    assert "there is no such file" in finding.message


async def test_a_file_that_is_no_database_is_told_of_as_a_file(tmp_path: Path) -> None:
    [finding] = of(await examined(async_url(f"sqlite:///{tmp_path}")), "database")
    assert finding.severity is Severity.ERROR
    assert finding.remedy
    assert finding.remedy.startswith("Set DATABASE_URL to a file that is an SQLite database")


# --- settings -----------------------------------------------------------------------------


def test_a_variable_that_is_almost_a_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RATE_LIMIT_REQUEST", "5")
    monkeypatch.setenv("PROT", "5")
    Path(".env").write_text("REDIS_URI=redis://host\nSHELL_OF_NOBODY=x\n")
    assert {each.message: each.remedy for each in check_names()} == {
        "PROT is set, and is not a setting": "Did you mean PORT?",
        "RATE_LIMIT_REQUEST is set, and is not a setting": "Did you mean RATE_LIMIT_REQUESTS?",
        "REDIS_URI is set, and is not a setting": "Did you mean REDIS_URL?",
    }


@only_on("sqlite")
@pytest.mark.parametrize(
    ("changes", "sign", "found"),
    [
        (
            {"graphiql_token": "mine"},
            Severity.WARNING,
            "every visitor of GraphiQL sees GRAPHIQL_TOKEN",
        ),
        ({"forwarded_allow_ips": "*"}, Severity.WARNING, "FORWARDED_ALLOW_IPS believes everybody"),
        ({"rate_limit_requests": 49}, Severity.INFO, "GRAPHQL_MAX_COST exceeds"),
        ({"max_concurrent_requests": 9}, Severity.INFO, "DATABASE_POOL_SIZE exceeds"),
    ],
)
async def test_settings_that_make_no_sense_are_told(
    changes: dict[str, Any], sign: Severity, found: str, platform: Platform
) -> None:
    [finding] = wrong(of(await examined(platform.url, **changes), "settings"), notes=True)
    assert finding.severity is sign
    assert finding.message.startswith(found)


@only_on("sqlite")
async def test_trusted_documents_that_would_be_refused_are_named(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "documents.json"
    documents = {
        "good": "query Good($id: Int!) { run(id: $id) { status } }",
        "old": "{ gone }",
        "large": "{ runs(first: 100) { nodes { samples(first: 500) { nodes { name: id } } } } }",
    }
    file.write_text(json.dumps(documents))
    findings = of(await examined(platform.url, graphql_trusted_documents=file), "documents")
    assert {each.severity for each in findings} == {Severity.ERROR}
    assert [each.message.split(" is refused: ")[0] for each in findings] == ["old", "large"]

    file.write_text(json.dumps({"good": documents["good"]}))
    [finding] = of(await examined(platform.url, graphql_trusted_documents=file), "documents")
    assert finding.severity is Severity.OK


@only_on("sqlite")
async def test_trusted_documents_are_those_of_the_schema_that_is_served(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"subgraph": "{ _service { sdl } }"}))
    changes = {"graphql_trusted_documents": file, "graphql_federation": True}
    [finding] = of(await examined(platform.url, **changes), "documents")
    assert finding.severity is Severity.OK


@only_on("sqlite")
async def test_documents_that_no_router_asks_for_are_told(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "documents.json"
    file.write_text("{}")
    changes = {"graphql_federation": True, "graphql_trusted_documents": file}
    [finding] = wrong(of(await examined(platform.url, **changes), "settings"))
    assert "a router asks what it likes" in finding.message


@only_on("sqlite")
async def test_an_address_that_something_else_has_is_a_failure(platform: Platform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        findings = await examined(platform.url, port=taken.getsockname()[1])
    [finding] = of(findings, "address")
    assert finding.severity is Severity.ERROR
    assert "Address already in use" in finding.message


@only_on("sqlite")
async def test_an_address_that_a_gateway_has_is_all_right(
    platform: Platform, tmp_path: Path
) -> None:
    with serving(tmp_path, database_url=f"sqlite:///{platform.url.database}") as server:
        findings = await examined(platform.url, port=int(server.origin.rpartition(":")[2]))
    [finding] = of(findings, "address")
    assert (finding.severity, finding.message.split(" at ")[0]) == (
        Severity.OK,
        "a gateway answers",
    )


# --- redis --------------------------------------------------------------------------------


@only_on("sqlite")
async def test_without_redis_processes_count_alone(platform: Platform) -> None:
    [finding] = of(await examined(platform.url), "redis")
    assert finding.severity is Severity.INFO


@only_on("sqlite")
@pytest.mark.parametrize(
    "url", ["redis://:secret@127.0.0.1:1", "rediss://user:secret@nowhere.invalid"]
)
async def test_a_redis_that_cannot_be_reached_is_a_failure(url: str, platform: Platform) -> None:
    [finding] = of(await examined(platform.url, redis_url=url), "redis")
    assert finding.severity is Severity.ERROR
    assert "secret" not in str(finding)


# --- the command --------------------------------------------------------------------------


def run(*arguments: str, **environment: Any) -> Result:
    variables = {name.upper(): str(value) for name, value in environment.items()}
    return CliRunner().invoke(cli.main, ["doctor", *arguments], env=variables)


@only_on("sqlite")
async def test_the_command_puts_remedies_below_what_is_wrong(platform: Platform) -> None:
    url = f"sqlite:///{platform.url.database}"
    result = await to_thread(run, database_url=url, port=free_port(), graphiql_token="mine")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    below = lines.index("warning  settings     every visitor of GraphiQL sees GRAPHIQL_TOKEN")
    assert lines[below + 1].strip().startswith("Unset it, unless ")


def test_the_command_fails_where_something_does() -> None:
    result = run(database_url="sqlite:///nowhere.sqlite", port=free_port())
    assert result.exit_code == 1
    assert "error    database     sqlite+aiosqlite:///nowhere.sqlite cannot be" in result.output


def test_the_command_names_bad_settings() -> None:
    result = run(port="http")
    assert (result.exit_code, result.output.startswith("Error: PORT: ")) == (1, True)


def test_the_command_names_bad_settings_as_json_too() -> None:
    result = run("--json", port=99999, rate_limit_requests=0)
    assert result.exit_code == 1
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["severity"], each["subject"]) for each in findings] == [("error", "settings")] * 2
    assert [each["message"].partition(":")[0] for each in findings] == [
        "PORT",
        "RATE_LIMIT_REQUESTS",
    ]


def test_the_command_prints_json_for_programs() -> None:
    result = run("--json", database_url="sqlite:///nowhere.sqlite", port=free_port())
    findings = [json.loads(line) for line in result.output.splitlines()]
    assert {"severity", "subject", "message", "remedy"} == set(findings[0])
    assert "error" in {each["severity"] for each in findings}
