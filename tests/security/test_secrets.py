"""No answer, log line, metric, trace or description carries a secret, whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import tables
from gql.database.urls import async_url
from gql.security import tokens
from tests.schema.test_schema import DEPTH, GRAPHQL_SCHEMA, ROOTS, selection
from tests.support import rows
from tests.support.assistants import NEWEST, WITH_HANDSHAKE, tool_call
from tests.support.collector import collecting
from tests.support.databases import ADDRESSES, new_database
from tests.support.platform import Platform
from tests.support.server import Server, serving

DATABASE_PASSWORD = "planted-password-of-the-database"
METRICS_TOKEN = "planted-token-of-prometheus"
OTHER_TOKEN = "spci_planted-token-of-another-client-0123456789ab"
IN_COLUMNS = {
    ("test", "token"): "planted-token-of-a-worker",
    ("user", "password"): "planted-password-of-a-user",
    ("user", "github_token"): "planted-github-token-of-a-user",
}
EMAIL = "planted@address.of-a-user.example"

REST = "/api/v1/runs/1/samples/1"
WATCH = "subscription { runProgress(id: 1) { completed newSamples { command } run { branch } } }"
WRONG = [
    "{",
    "{ run(id: 1) { token } }",
    "{ user { password } }",
    '{ node(id: "UnVuOjE") { ... on Run { id } } }',
    "query ($x: Int!) { run(id: $x) { id } }",
    "{ runs(first: 1000) { totalCount } }",
]


@pytest.fixture
async def planted(engine: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform with every secret that a real one has, and a run 1 with a sample 1."""
    async with new_database(engine, tmp_path, "secrets") as url:
        platform = Platform(url)
        await platform.create_tables()
        await platform.add(
            tables.User(id=2, name="planted", email=EMAIL),
            rows.token(OTHER_TOKEN),
            rows.media(1),
            rows.regression_test(1, sample_id=1, outputs=(11,)),
            rows.run(1, "completed"),
            rows.result(1, 1),
        )
        quote = platform.writer.dialect.identifier_preparer.quote
        async with platform.writer.begin() as connection:
            for (table, column), secret in IN_COLUMNS.items():
                where = f"{quote(table)} SET {column} = :secret"
                alter = f"ALTER TABLE {quote(table)} ADD COLUMN {column} VARCHAR(255)"
                await connection.execute(text(alter))
                await connection.execute(text(f"UPDATE {where}"), {"secret": secret})
        yield platform
        await platform.close()


@pytest.fixture
async def url_with_password(engine: str, planted: Platform) -> AsyncIterator[URL]:
    """The platform's address for a user that has a password, where the engine has users."""
    if engine != "mariadb":  # PostgreSQL takes any here, SQLite has none.
        yield planted.url.set(password=DATABASE_PASSWORD) if engine == "postgresql" else planted.url
        return
    user = str(planted.url.database)[-20:]
    root = create_async_engine(async_url(ADDRESSES[engine]), isolation_level="AUTOCOMMIT")
    async with root.connect() as connection:
        password = f"IDENTIFIED BY '{DATABASE_PASSWORD}'"
        await connection.execute(text(f"CREATE USER '{user}'@'%' {password}"))
        await connection.execute(text(f"GRANT ALL ON {planted.url.database}.* TO '{user}'@'%'"))
        yield planted.url.set(username=user, password=DATABASE_PASSWORD)
        await connection.execute(text(f"DROP USER '{user}'@'%'"))
    await root.dispose()


def shown(response: httpx.Response) -> str:
    return f"{response.status_code}\n{response.headers}\n{response.text}"


def ask_all(server: Server, token: str) -> list[str]:
    """What the server returns for everything that can be requested, and for what cannot."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.origin, headers=headers, timeout=30) as client:
        queries = [
            f"{{ {selection(name, field, DEPTH - 1, ROOTS.get(name, ''))} }}"
            for name, field in (GRAPHQL_SCHEMA.query_type or ROOTS).fields.items()  # type: ignore[union-attr]
        ]
        answers = [
            client.post("/graphql", json={"query": query}) for query in (*queries, *WRONG, WATCH)
        ]
        answers += [
            client.post("/graphql", json={"query": WATCH}, headers={"accept": "text/event-stream"}),
            client.get("/graphql", headers={"accept": "text/html"}),
            *map(client.get, (REST, "/api/v1/runs/0/samples/x", "/api/v1/openapi.json")),
            *map(client.get, ("/", "/healthz", "/readyz", "/nothing")),
            *map(client.get, ("/queries/FailsToday", "/badges/linux/master.svg")),
            *(
                client.post("/mcp", json=message, headers=headers)
                for message, headers in (
                    tool_call(WITH_HANDSHAKE, "FailsToday"),
                    tool_call(NEWEST, "Broken", runId=1),
                    tool_call(NEWEST, "Nothing"),
                )
            ),
            client.get(REST, headers={"authorization": f"Bearer {token}x"}),
            client.get(REST, headers={"authorization": token}),
            client.get("/graphql", params={"query": "{ tags }", "token": token}),
            client.get(f"/api/v1/runs/{token}/samples/1", headers={"x-request-id": token}),
            client.post("/graphql", json={"query": f"query {token} {{ __typename }}"}),
            client.get("/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"}),
        ]
    return [shown(answer) for answer in answers]


async def test_secrets_appear_in_no_output(
    planted: Platform, url_with_password: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = planted.token
    options = {
        "token_cache_ttl_seconds": 0,
        "rate_limit_requests": 1000,
        "metrics_token": METRICS_TOKEN,
        "opentelemetry": "true",
        "log_level": "info",
        "mcp": "true",
        "public_badges": "true",
    }
    address = url_with_password.render_as_string(hide_password=False)
    unreachable = f"postgresql://user:{DATABASE_PASSWORD}@127.0.0.1:1/gone"

    with ExitStack() as servers:
        collector = servers.enter_context(collecting())
        for name, value in collector.variables.items():
            monkeypatch.setenv(name, value)
        serve = serving(tmp_path, database_url=address, **options)
        server = await asyncio.to_thread(servers.enter_context, serve)
        well = await asyncio.to_thread(ask_all, server, token)
        async with planted.writer.begin() as connection:
            await connection.execute(text("DROP TABLE test_result_file"))
        broken = await asyncio.to_thread(ask_all, server, token)
        printed = await asyncio.to_thread(server.stop)
        serve = serving(tmp_path, database_url=unreachable, **options)
        server = await asyncio.to_thread(servers.enter_context, serve)
        lost = await asyncio.to_thread(ask_all, server, token)
        printed += await asyncio.to_thread(server.stop)

    exported = list(map(str, collector.requests))
    everything = "\n".join([*well, *broken, *lost, *printed, *exported])
    assert "ffffffff" in "".join(well), "no run was returned"
    assert "Traceback" in "".join(printed), "no failure was logged"
    assert "gateway_requests_total" in "".join(well), "no metric was returned"
    assert "FROM api_token" in "".join(exported), "no statement was traced"
    assert "UNAVAILABLE" in "".join(lost), "the database was reached"
    secrets = [DATABASE_PASSWORD, METRICS_TOKEN, OTHER_TOKEN, token, *IN_COLUMNS.values(), EMAIL]
    for secret in (*secrets, tokens.hash_of(OTHER_TOKEN), tokens.hash_of(token)):
        assert secret not in everything
