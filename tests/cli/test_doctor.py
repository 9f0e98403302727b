"""`sample-gateway doctor`, before real servers, and users with every kind of rights."""

import json
import os
import resource
import socket
from asyncio import to_thread
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL

from gql import demo
from gql.cli import main as cli
from gql.cli.doctor import clock
from gql.cli.doctor import database as doctor_database
from gql.cli.doctor.check_result import Severity
from gql.cli.doctor.configuration import check_names, check_packages
from gql.database.tables import Base
from gql.database.urls import async_url
from tests.support import rows
from tests.support.databases import new_database, only_on
from tests.support.doctor import Run, administered, examined, of, wrong
from tests.support.platform import Platform
from tests.support.server import free_port, serving

PASSWORD = "hush-hush"


@pytest.fixture
async def as_owner(platform: Platform) -> AsyncIterator[Run]:
    async with administered(platform.url) as run:
        yield run


@pytest.fixture
async def user(engine: str, as_owner: Run) -> AsyncIterator[str]:
    """A user without permissions, as the engine's statements name it."""
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
async def test_doctor_finds_no_problem_for_a_read_only_user(
    engine: str, as_owner: Run, user: str, users_url: URL, redis_url: str
) -> None:
    await grant(as_owner, engine, user)
    findings = await examined(users_url, redis_url=redis_url)
    assert wrong(findings) == []
    assert [each.message for each in of(findings, "rights")] == [
        "the user can read, and cannot write"
    ]


@only_on("sqlite")
async def test_doctor_finds_no_problem_with_a_file(platform: Platform, redis_url: str) -> None:
    assert wrong(await examined(platform.url, redis_url=redis_url)) == []


@only_on("mariadb", "postgresql")
@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
async def test_doctor_warns_of_a_user_with_write_permission(
    right: str, engine: str, as_owner: Run, user: str, users_url: URL
) -> None:
    await grant(as_owner, engine, user)
    await as_owner(f"GRANT {right} ON tag TO {user}")
    [finding] = wrong(await examined(users_url))
    assert (finding.severity, finding.subject) == (Severity.WARNING, "rights")
    assert "tag" in finding.message
    assert finding.remedy
    assert f"`sample-gateway grants --engine {engine}`" in finding.remedy


@only_on("mariadb", "postgresql")
async def test_doctor_warns_of_the_owner_of_the_database(platform: Platform) -> None:
    [finding] = of(wrong(await examined(platform.url)), "rights")
    assert finding.severity is Severity.WARNING


@only_on("mariadb", "postgresql")
async def test_doctor_names_an_unreadable_table_with_the_grant_that_helps(
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
async def test_doctor_names_unreadable_columns(
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
async def test_doctor_says_what_to_correct_when_the_login_is_rejected(
    change: dict[str, Any], remedy: str, platform: Platform
) -> None:
    [finding] = of(await examined(platform.url.set(**change)), "database")
    assert finding.severity is Severity.ERROR
    assert finding.remedy
    assert finding.remedy.startswith(remedy)
    assert "secret" not in str(finding)


@only_on("mariadb")
async def test_doctor_reports_a_misspelled_database_option(platform: Platform) -> None:
    url = platform.url.set(query={"ssl": "yes"})
    [finding] = of(await examined(url), "database")
    assert finding.message.startswith("DATABASE_URL: ssl argument must be ")
    assert finding.remedy == "Leave that option out, or correct it."


@only_on("mariadb", "postgresql")
async def test_doctor_names_the_unavailable_one_of_two_hosts(platform: Platform) -> None:
    hosts = (f"127.0.0.1:{platform.url.port}", "127.0.0.1:1")
    url = platform.url.set(host=None, port=None, query={"host": hosts})
    lost, found = of(await examined(url), "database")
    assert (lost.severity, found.severity) == (Severity.WARNING, Severity.OK)
    assert "127.0.0.1:1/" in lost.message


async def test_doctor_reports_a_database_without_tables(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "doctor") as url, administered(url) as run:
        await run("CREATE TABLE other (id INTEGER)")
        [finding] = of(await examined(url), "schema")
    assert (finding.severity, finding.message) == (
        Severity.ERROR,
        "the database lacks all of the platform's tables",
    )


async def test_doctor_names_missing_tables_and_columns_of_another_type(
    engine: str, tmp_path: Path
) -> None:
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


async def test_doctor_recommends_indexes_that_are_missing(engine: str, tmp_path: Path) -> None:
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
async def test_doctor_reports_a_pool_larger_than_the_server_allows(platform: Platform) -> None:
    [finding] = of(await examined(platform.url, database_pool_size=1000), "connections")
    assert finding.severity is Severity.WARNING
    assert "room for 0 processes" in finding.message


@only_on("mariadb", "postgresql")
async def test_doctor_warns_of_an_unencrypted_remote_connection(
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
def test_only_loopback_addresses_are_local(host: str | None, is_local: bool) -> None:
    assert doctor_database.is_local(host) is is_local


@pytest.mark.parametrize("days", [-1, 1])
@only_on("mariadb", "postgresql")
async def test_doctor_reports_clocks_that_differ(
    days: int, platform: Platform, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() - timedelta(days=days))
    findings = of(await examined(platform.url, redis_url=redis_url), "clock")
    assert [each.severity for each in findings] == [Severity.WARNING, Severity.WARNING]
    where = "ahead of" if days > 0 else "behind"
    assert all(f"s {where} this machine's" in each.message for each in findings)


@only_on("mariadb", "postgresql")  # a file is most likely the demo's own
async def test_doctor_warns_of_the_demo_token_in_a_platform(platform: Platform) -> None:
    assert of(await examined(platform.url), "token") == []
    await platform.add(rows.token(demo.DEMO_TOKEN))
    [finding] = of(await examined(platform.url), "token")
    assert finding.severity is Severity.WARNING
    assert demo.DEMO_TOKEN not in str(finding)


@only_on("sqlite")
async def test_doctor_fails_when_the_file_is_missing(tmp_path: Path, platform: Platform) -> None:
    url = platform.url.set(database=str(tmp_path / "nowhere.sqlite"))
    [finding] = of(await examined(url), "database")
    assert finding.severity is Severity.ERROR
    assert "there is no such file" in finding.message


async def test_doctor_reports_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    [finding] = of(await examined(async_url(f"sqlite:///{tmp_path}")), "database")
    assert finding.severity is Severity.ERROR
    assert finding.remedy
    assert finding.remedy.startswith("Set DATABASE_URL to a file that is an SQLite database")


# --- settings -----------------------------------------------------------------------------


def test_doctor_reports_a_misspelled_environment_variable(
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


def test_doctor_reports_the_client_with_the_same_import_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [*check_packages()] == []

    (tmp_path / "gql-4.4.0.dist-info").mkdir()
    (tmp_path / "gql-4.4.0.dist-info/METADATA").write_text("Name: gql\nVersion: 4.4.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    [finding] = check_packages()

    assert finding.severity is Severity.ERROR
    assert "gql 4.4.0 is installed here too" in finding.message
    assert finding.remedy == "Install sample-gateway in a new virtual environment of its own."


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
async def test_doctor_reports_settings_that_contradict_each_other(
    changes: dict[str, Any], sign: Severity, found: str, platform: Platform
) -> None:
    [finding] = wrong(of(await examined(platform.url, **changes), "settings"), notes=True)
    assert finding.severity is sign
    assert finding.message.startswith(found)


@only_on("sqlite")
async def test_doctor_names_trusted_documents_that_are_invalid(
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
async def test_doctor_checks_trusted_documents_against_the_served_schema(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"subgraph": "{ _service { sdl } }"}))
    changes = {"graphql_trusted_documents": file, "graphql_federation": True}
    [finding] = of(await examined(platform.url, **changes), "documents")
    assert finding.severity is Severity.OK


@only_on("sqlite")
async def test_doctor_warns_of_trusted_documents_in_a_subgraph(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "documents.json"
    file.write_text("{}")
    changes = {"graphql_federation": True, "graphql_trusted_documents": file}
    [finding] = wrong(of(await examined(platform.url, **changes), "settings"))
    assert "a router asks what it likes" in finding.message


@only_on("sqlite")
async def test_doctor_fails_when_another_program_uses_the_port(platform: Platform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        findings = await examined(platform.url, port=taken.getsockname()[1])
    [finding] = of(findings, "address")
    assert finding.severity is Severity.ERROR
    assert "Address already in use" in finding.message


@only_on("sqlite")
async def test_doctor_accepts_a_port_that_a_gateway_uses(
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
async def test_doctor_reports_that_processes_count_separately_without_redis(
    platform: Platform,
) -> None:
    [finding] = of(await examined(platform.url), "redis")
    assert finding.severity is Severity.INFO


@only_on("sqlite")
@pytest.mark.parametrize(
    "url", ["redis://:secret@127.0.0.1:1", "rediss://user:secret@nowhere.invalid"]
)
async def test_doctor_fails_when_redis_is_unavailable(url: str, platform: Platform) -> None:
    [finding] = of(await examined(platform.url, redis_url=url), "redis")
    assert finding.severity is Severity.ERROR
    assert "secret" not in str(finding)


# --- the command --------------------------------------------------------------------------


def run(*arguments: str, **environment: Any) -> Result:
    variables = {name.upper(): str(value) for name, value in environment.items()}
    return CliRunner().invoke(cli.main, ["doctor", *arguments], env=variables)


@only_on("sqlite")
async def test_doctor_command_prints_each_remedy_below_its_problem(platform: Platform) -> None:
    url = f"sqlite:///{platform.url.database}"
    result = await to_thread(run, database_url=url, port=free_port(), graphiql_token="mine")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    below = lines.index("warning  settings     every visitor of GraphiQL sees GRAPHIQL_TOKEN")
    assert lines[below + 1].strip().startswith("Unset it, unless ")


def test_doctor_command_exits_with_an_error_when_a_check_fails() -> None:
    result = run(database_url="sqlite:///nowhere.sqlite", port=free_port())
    assert result.exit_code == 1
    assert "error    database     sqlite+aiosqlite:///nowhere.sqlite cannot be" in result.output


def test_doctor_command_names_invalid_settings() -> None:
    result = run(port="http")
    assert (result.exit_code, result.output.startswith("Error: PORT: ")) == (1, True)


def test_doctor_command_names_invalid_settings_as_json() -> None:
    result = run("--json", port=99999, rate_limit_requests=0)
    assert result.exit_code == 1
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["severity"], each["subject"]) for each in findings] == [("error", "settings")] * 2
    assert [each["message"].partition(":")[0] for each in findings] == [
        "PORT",
        "RATE_LIMIT_REQUESTS",
    ]


def test_doctor_command_prints_json() -> None:
    result = run("--json", database_url="sqlite:///nowhere.sqlite", port=free_port())
    findings = [json.loads(line) for line in result.output.splitlines()]
    assert {"severity", "subject", "message", "remedy"} == set(findings[0])
    assert "error" in {each["severity"] for each in findings}


@pytest.mark.parametrize(("limit", "number"), [(1024, 1), (65_536, 0)])
async def test_doctor_warns_of_a_low_limit_of_open_files(
    demo_url: URL, monkeypatch: pytest.MonkeyPatch, limit: int, number: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (limit, limit))

    findings = of(await examined(demo_url), "open files")

    assert [finding.severity for finding in findings] == [Severity.WARNING] * number
