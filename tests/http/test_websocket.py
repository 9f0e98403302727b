"""GraphQL over WebSocket: its authentication, and the operations that it takes."""

import hashlib
import json
import logging
import time
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from gql.database import tables
from gql.http import graphql_websocket
from tests.support import rows
from tests.support.gateway import settings, without_cost
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP
from tests.support.subscriptions import (
    NEW_SAMPLES,
    OTHER,
    Results,
    new_samples,
    on_sqlite,
    open_socket,
    over_both,
    polls,
    serving,
    socket,
)
from tests.support.until import until

INVALID = "spci_" + "i" * 43
REVOKED = "spci_" + "r" * 43

# Authentication


@on_sqlite
@pytest.mark.parametrize("key", ["Authorization", "authorization"])
async def test_websocket_accepts_the_token_in_its_first_message(
    platform: Platform, address: str, key: str
) -> None:
    async with socket(address) as client:
        await client.send("connection_init", payload={key: f"Bearer {platform.token}"})
        assert await client.receive() == {"type": "connection_ack"}


@on_sqlite
async def test_websocket_accepts_the_token_in_the_handshake(
    platform: Platform, address: str
) -> None:
    headers = {"Authorization": f"Bearer {platform.token}"}
    async with socket(address, additional_headers=headers) as client:
        await client.send("connection_init", payload={"Authorization": "Bearer ignored"})
        assert await client.receive() == {"type": "connection_ack"}


@on_sqlite
@pytest.mark.parametrize(
    "content",
    [
        {},
        {"payload": {}},
        {"payload": {"Authorization": f"Bearer {INVALID}"}},
        {"payload": {"Authorization": 1}},
    ],
)
@pytest.mark.usefixtures("platform", "silence")
async def test_websocket_without_a_valid_token_is_closed(address: str, content: Any) -> None:
    async with socket(address) as client:
        await client.send("connection_init", **content)
        assert await client.close_code() == 4401


@on_sqlite
async def test_websocket_with_a_token_without_the_scope_is_closed(
    platform: Platform, address: str
) -> None:
    await platform.add(rows.token(OTHER, scopes_json='["results:read"]'))
    async with socket(address) as client:
        await client.send("connection_init", payload={"Authorization": f"Bearer {OTHER}"})
        assert await client.close_code() == 4403


@on_sqlite
@pytest.mark.usefixtures("platform")
async def test_websocket_answers_nothing_before_the_token(address: str) -> None:
    async with socket(address) as client:
        await client.subscribe("1", "{ tags { id } }")
        assert await client.close_code() == 4401


@on_sqlite
async def test_websocket_rejects_operations_after_the_token_is_revoked(
    platform: Platform, address: str
) -> None:
    await platform.add(rows.token(REVOKED))
    async with open_socket(address, REVOKED) as client:
        async with platform.writer.begin() as connection:
            await connection.execute(
                tables.ApiToken.__table__.update().values(revoked_at=TIMESTAMP)
            )
        await client.subscribe("1", "{ tags { id } }")
        message = await client.receive()

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@on_sqlite
async def test_websocket_connections_and_operations_count_against_the_rate_limit(
    platform: Platform,
) -> None:
    async with serving(settings(platform.url, rate_limit_requests=3)) as address:
        async with open_socket(address, platform.token) as client:
            for number in ("1", "2", "3"):
                await client.subscribe(number, "{ tags { id } }")
            answers = [await client.receive() for _ in range(5)]
        async with socket(address) as client:
            await client.send(
                "connection_init", payload={"Authorization": f"Bearer {platform.token}"}
            )
            code = await client.close_code()

    [refusal] = [answer for answer in answers if answer["type"] == "error"]
    assert refusal["id"] == "3"
    assert refusal["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert code == 4429


@on_sqlite
@pytest.mark.usefixtures("platform")
async def test_websocket_token_is_not_logged(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with socket(address) as client:
            await client.send("connection_init", payload={"Authorization": f"Bearer {INVALID}"})
            await client.close_code()

    ours = [record.getMessage() for record in caplog.records if "websockets" not in record.name]
    assert INVALID not in str(ours)


# Operations


@on_sqlite
@over_both
async def test_query_is_answered_over_each_transport(
    platform: Platform, address: str, results: Results
) -> None:
    await platform.add(rows.run(1))
    query = "query ($run: Int!) { run(id: $run) { status } }"

    answers = [answer async for answer in results(address, platform.token, query, run=1)]

    assert answers == [{"data": {"run": {"status": "QUEUED"}}}]


@on_sqlite
async def test_persisted_query_is_found_over_a_websocket(platform: Platform, address: str) -> None:
    query = "{ tags { id name } }"
    sha256 = hashlib.sha256(query.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256}}

    async with open_socket(address, platform.token) as client:
        answers = []
        for number, text in enumerate(("", query, "")):
            payload = {"query": text, "extensions": extensions}
            await client.send("subscribe", id=str(number), payload=payload)
            answers.append((await client.receive())["payload"])
            if number:
                answers[-1] = without_cost(answers[-1])
                assert (await client.receive())["type"] == "complete"

    data = {"data": {"tags": []}}
    assert answers[0][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    assert answers[1:] == [data, data]


@on_sqlite
@over_both
@pytest.mark.usefixtures("silence")
async def test_errors_over_each_transport_equal_those_over_http(
    platform: Platform, address: str, results: Results
) -> None:
    query = "{ media { id } tags { id } }"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {platform.token}"}) as client:
        response = await client.post(f"http://{address}/graphql", json={"query": query})

    answers = [answer async for answer in results(address, platform.token, query)]

    assert answers == [without_cost(response.json())]
    assert answers[0]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@on_sqlite
@pytest.mark.usefixtures("silence")
async def test_unknown_operation_name_is_one_error_over_each_transport(
    platform: Platform, address: str
) -> None:
    request = {"query": "query A { tags { id } }", "operationName": "B"}
    headers = {"Authorization": f"Bearer {platform.token}"}
    async with httpx.AsyncClient(headers=headers, base_url=f"http://{address}") as client:
        over_http = (await client.post("/graphql", json=request)).json()
        events = await client.post(
            "/graphql", json=request, headers={"accept": "text/event-stream"}
        )
    async with open_socket(address, platform.token) as socket:
        await socket.send("subscribe", id="1", payload=request)
        over_websocket = await socket.receive()

    [error] = over_http["errors"]
    assert error["message"] == 'The document has no operation named "B".'
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert over_websocket["type"] == "error"
    assert over_websocket["payload"] == [error]
    [line] = [line for line in events.text.splitlines() if line.startswith("data: {")]
    assert json.loads(line.removeprefix("data: ")) == over_http


@on_sqlite
@pytest.mark.usefixtures("silence")
async def test_empty_operation_name_is_none_over_a_websocket(
    platform: Platform, address: str
) -> None:
    request = {"query": "query A { tags { id } }", "operationName": ""}

    async with open_socket(address, platform.token) as socket:
        await socket.send("subscribe", id="1", payload=request)

        assert (await socket.receive())["payload"]["data"] == {"tags": []}


@on_sqlite
@over_both
async def test_internal_error_over_each_transport_exposes_no_details(
    platform: Platform, address: str, results: Results, caplog: pytest.LogCaptureFixture
) -> None:
    await platform.add(rows.run(1))
    async with platform.writer.begin() as connection:
        await connection.exec_driver_sql("UPDATE test SET pr_nr = 'no number'")
    query = "subscription { runProgress(id: 1) { run { pullRequest } } }"

    async with aclosing(results(address, platform.token, query)) as answers:
        answer = await anext(answers)

    assert answer["errors"][0]["extensions"] == {"code": "INTERNAL"}
    assert "number" not in str(answer)
    assert "no number" in caplog.text


@on_sqlite
@pytest.mark.parametrize("query", ["{", "{ nonsense }", "mutation { x }", "subscription { x }"])
@pytest.mark.usefixtures("silence")
async def test_invalid_document_ends_the_operation_and_not_the_websocket(
    platform: Platform, address: str, query: str
) -> None:
    async with open_socket(address, platform.token) as client:
        await client.subscribe("1", query)
        refusal = await client.receive()
        await client.subscribe("2", "{ tags { id } }")
        answer = await client.receive()

    assert refusal["type"] == "error"
    assert refusal["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert answer["type"] == "next"
    assert answer["payload"]["data"] == {"tags": []}


@on_sqlite
@pytest.mark.parametrize(
    "message",
    [
        "no JSON",
        "[]",
        "1",
        b"{}",
        '{"type": []}',
        '{"type": "unheard of"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": [], "payload": {"query": "{ tags { id } }"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{", "extensions": []}}',
        '{"type": "complete", "id": {}}',
        '{"type": "connection_init", "payload": 1}',
    ],
)
@pytest.mark.usefixtures("silence")
async def test_malformed_message_closes_the_websocket(
    platform: Platform, address: str, message: str | bytes
) -> None:
    async with open_socket(address, platform.token) as client:
        await client.connection.send(message)
        assert await client.close_code() == 4400


@on_sqlite
async def test_operations_on_one_websocket_are_independent(
    platform: Platform, address: str
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
        rows.run(2, "testing"),
    )

    async with open_socket(address, platform.token) as client:
        for run in ("1", "2"):
            await client.subscribe(run, NEW_SAMPLES, run=int(run))
        await client.subscribe("query", "{ run(id: 1) { status } }")
        answers = sorted([await client.receive() for _ in range(4)], key=lambda m: m["id"])
        await client.send("complete", id="1")
        await until(lambda: len(polls()) == 1)
        await platform.add(
            rows.result(1, 1),
            rows.result(2, 1),
        )
        last = await client.receive()

    assert [(answer["id"], answer["type"]) for answer in answers] == [
        ("1", "next"),
        ("2", "next"),
        ("query", "next"),
        ("query", "complete"),
    ]
    assert answers[2]["payload"]["data"] == {"run": {"status": "RUNNING"}}
    assert last["id"] == "2"
    assert new_samples(last["payload"]["data"]["runProgress"]) == [1]


@on_sqlite
async def test_messages_beyond_those_of_a_second_wait_for_the_next_one(
    platform: Platform, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_websocket, "MESSAGES_PER_SECOND", 2)
    async with open_socket(address, platform.token) as client:
        started = time.monotonic()
        for _ in range(4):
            await client.send("ping")
            assert await client.receive() == {"type": "pong"}

    assert time.monotonic() - started > 1
