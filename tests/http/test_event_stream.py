"""Which clients get server-sent events, and the format of these."""

import pytest

from gql.http.event_stream import EventStream
from tests.support.databases import only_on
from tests.support.gateway import Client

pytestmark = [
    pytest.mark.quick,
    only_on("sqlite"),
    pytest.mark.usefixtures("engine", "platform"),
]

# What urql sends with a query; with a subscription it leaves out JSON.
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, "
    "text/event-stream, multipart/mixed"
)


@pytest.mark.parametrize(
    "accept",
    [
        "text/event-stream",
        "Text/Event-Stream",
        "text/event-stream, multipart/mixed",
        "text/event-stream, application/json",
        "application/json;q=0.9, text/event-stream",
    ],
)
async def test_event_stream_is_returned_if_preferred(gateway: Client, accept: str) -> None:
    response = await gateway.get(
        "/graphql", params={"query": "{ tags { id } }"}, headers={"accept": accept}
    )

    assert response.headers["content-type"] == "text/event-stream"
    start, end = 'event: next\ndata: {"data":{"tags":[]},', "\n\nevent: complete\ndata: \n\n"
    assert (response.text[: len(start)], response.text[-len(end) :]) == (start, end)


@pytest.mark.parametrize(
    "accept",
    [
        URQL,
        "application/json, text/event-stream",
        "text/event-stream;q=0.9, application/json",
        "text/event-stream;q=best, application/json",
        "text/event-streams",
        "text/event-stream;q=0",
        "text/event-stream;q=0, application/json;q=0",
    ],
)
async def test_json_is_returned_unless_an_event_stream_is_preferred(
    gateway: Client, accept: str
) -> None:
    response = await gateway.get(
        "/graphql", params={"query": "{ tags { id } }"}, headers={"accept": accept}
    )

    assert response.json() == {"data": {"tags": []}}


def test_event_stream_heartbeat_is_a_comment() -> None:
    assert EventStream().encode_comment("ping") == ": ping\n\n"
