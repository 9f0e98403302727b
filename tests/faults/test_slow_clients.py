"""Clients that send, read or close nothing, over sockets: they keep nobody else waiting."""

import asyncio
import json
import resource
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from gql.database import tables
from gql.demo import DEMO_TOKEN
from tests.faults.settings import settings_for
from tests.support import rows
from tests.support.clients import BOTH, Clients, kind_of_503
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import Server, logged, serving
from tests.support.until import until

PLACES = 10
SOON = 20
SHORT: dict[str, Any] = {
    "receive_timeout_seconds": 1,
    "send_timeout_seconds": 1,
    "idle_timeout_seconds": 1,
}
QUERY = b'{"query": "{ __typename }"}'
ANSWER = {"__typename": "Query"}
LARGE = "{ runs(first: 50) { nodes { samples(first: 240) { nodes { command } } } } }"

pytestmark = only_on("sqlite")


@pytest.fixture(scope="module")
def gateway(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway of few places, whose clients have a second for everything."""
    limits = SHORT | {"max_concurrent_requests": PLACES}
    yield from serving_demo(demo_url, tmp_path_factory.mktemp("hasty"), **limits)


@pytest.fixture(scope="module")
def patient(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway with the default limits of connections."""
    yield from serving_demo(demo_url, tmp_path_factory.mktemp("patient"))


def serving_demo(demo_url: URL, directory: Path, **limits: Any) -> Iterator[Server]:
    limits["rate_limit_requests"] = 1_000_000
    with serving(directory, database_url=demo_url, **limits) as server:
        yield server
        _, errors = server.stop()
    assert errors == ""


class Socket:
    """A connection on which a test sends bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(SOON):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode().strip().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(first.split()[1]), headers, body

    async def end(self) -> bytes:
        """What still comes until the gateway closes the connection."""
        async with asyncio.timeout(SOON):
            return await self.reader.read()


@asynccontextmanager
async def connected(server: Server, *, buffer: int | None = None) -> AsyncIterator[Socket]:
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=buffer or 2**16)
    try:
        yield Socket(reader, writer)
    finally:
        writer.close()


def head(method: str = "POST", path: str = "/graphql", **headers: str | int) -> bytes:
    lines = {
        "host": "gateway",
        "authorization": f"Bearer {DEMO_TOKEN}",
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode()


def data_of(body: bytes) -> Any:
    return json.loads(body)["data"]


def post(body: bytes = QUERY, **headers: str | int) -> bytes:
    return head(content_length=len(body), **headers) + body


async def test_bodies_that_do_not_arrive_take_no_place(patient: Server) -> None:
    clients = Clients(patient.origin, DEMO_TOKEN)
    async with clients.http:
        await clients.learn(*BOTH)
        openings = [connected(patient) for _ in range(200)]
        sockets = [await opening.__aenter__() for opening in openings]
        for each in sockets:
            await each.send(head(content_length=1000) + QUERY)

        answers = [await clients.ask(question) for question in BOTH * 20]

        assert all(clients.is_right(answer) for answer in answers)
        for opening in openings:
            await opening.__aexit__(None, None, None)


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/runs/1/samples/1"])
async def test_body_that_is_late_is_a_408(gateway: Server, path: str) -> None:
    async with connected(gateway) as client:
        await client.send(head(path=path, content_length=1000) + QUERY)
        status, headers, body = await client.response()
        assert await client.end() == b""

    answer = json.loads(body)
    assert status == 408
    assert "x-ratelimit-remaining" in headers
    if path == "/graphql":
        assert answer["errors"][0]["extensions"] == {
            "code": "BAD_USER_INPUT",
            "bound": "body_seconds",
            "maximum": 1,
        }
    else:
        assert answer["code"] == "request_timeout"


async def test_body_that_trickles_is_late_all_the_same(gateway: Server) -> None:
    async with connected(gateway) as client:
        await client.send(head(path="/api/v1/runs/1/samples/1", content_length=1000))

        async def trickle() -> None:
            while not client.reader.at_eof():
                await client.send(b" ")
                await asyncio.sleep(0.1)

        trickling = asyncio.create_task(trickle())
        status, _, _ = await client.response()
        trickling.cancel()

    assert status == 408


@pytest.mark.parametrize("start", [b"G", b"POST /graphql HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost:"])
async def test_head_that_is_late_is_a_408(gateway: Server, start: bytes) -> None:
    async with connected(gateway) as client:
        await client.send(start)
        status, headers, body = await client.response()
        assert await client.end() == b""

    assert status == 408
    assert headers["connection"] == "close"
    assert json.loads(body) == {
        "code": "request_timeout",
        "message": "The request did not arrive in time.",
        "details": {},
    }


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_idle_connection_is_closed(gateway: Server, sent: bytes) -> None:
    async with connected(gateway) as client:
        await client.send(sent)

        assert await client.end() == b""


async def test_line_breaks_do_not_keep_an_idle_connection_open(gateway: Server) -> None:
    async with connected(gateway) as client:
        await client.send(post())
        await client.response()
        ending = asyncio.create_task(client.end())
        while not ending.done():
            await client.send(b"\r\n")
            await asyncio.sleep(0.1)

        assert ending.result() == b""


async def test_connection_in_use_stays_open(gateway: Server) -> None:
    async with connected(gateway) as client:
        for _ in range(5):
            await client.send(post())
            status, _, body = await client.response()
            assert (status, data_of(body)) == (200, ANSWER)
            await asyncio.sleep(0.4)


async def test_pipelined_requests_are_answered_in_order(patient: Server) -> None:
    async with connected(patient) as client:
        await client.send(post() + head("GET", "/healthz") + post())
        bodies = [(await client.response())[2] for _ in range(3)]

    assert data_of(bodies[0]) == data_of(bodies[2]) == ANSWER
    assert json.loads(bodies[1]) == {"status": "ok"}


@pytest.mark.parametrize("number", [1, 100])
@pytest.mark.parametrize("is_complete", [True, False])
async def test_head_above_its_limit_is_a_431(
    patient: Server, number: int, is_complete: bool
) -> None:
    padding = {f"x_{each}": "x" * (66_000 // number) for each in range(number)}
    async with connected(patient) as client:
        await client.send(head("GET", **padding)[: None if is_complete else -2])
        status, _, body = await client.response()
        assert await client.end() == b""

    assert status == 431
    assert json.loads(body)["code"] == "head_too_large"


async def test_megabytes_after_a_rejected_head_are_not_read(patient: Server) -> None:
    async with connected(patient) as client:
        await client.send(head("GET", x_padding="x" * 66_000)[:-2])
        status, *_ = await client.response()
        with pytest.raises(ConnectionError):
            await client.send(b"x" * 64_000_000)

    assert status == 431


async def test_head_below_its_limit_is_accepted(patient: Server) -> None:
    async with connected(patient) as client:
        await client.send(post(x_padding="x" * 64_000))
        status, _, body = await client.response()

    assert (status, data_of(body)) == (200, ANSWER)


async def test_input_that_is_not_http_is_a_400(patient: Server) -> None:
    async with connected(patient) as client:
        await client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        status, _, body = await client.response()
        assert await client.end() == b""

    assert status == 400
    assert json.loads(body)["code"] == "validation_error"


OFFERS = {
    "upgrade": "h2c",
    "http2_settings": "AAMAAABkAAQAAP__",
    "connection": "Upgrade, HTTP2-Settings",
}


async def test_offer_of_h2c_is_ignored(patient: Server) -> None:
    async with connected(patient) as client:
        await client.send(post(**OFFERS))
        first = await client.response()
        await client.send(head("GET", "/healthz", **OFFERS) + post())
        second, third = await client.response(), await client.response()

    assert [status for status, _, _ in (first, second, third)] == [200] * 3
    assert data_of(first[2]) == data_of(third[2]) == ANSWER


async def test_offer_of_h2c_with_a_body_in_pieces_is_ignored(patient: Server) -> None:
    chunks = [b"%x\r\n%s\r\n" % (1, QUERY[each : each + 1]) for each in range(len(QUERY))]
    start = head(transfer_encoding="chunked", **OFFERS)
    async with connected(patient) as client:
        for piece in (start[:100], start[100:], *chunks, b"0\r\n\r\n"):
            await client.send(piece)
            await asyncio.sleep(0)
        status, _, body = await client.response()

    assert (status, data_of(body)) == (200, ANSWER)


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_upload_that_is_too_large_gets_its_413_before_the_connection_closes(
    patient: Server, connection: str
) -> None:
    size = 20_000_000
    async with connected(patient) as client:
        await client.send(head(path="/api/v1", content_length=size, connection=connection))
        for _ in range(100):
            await client.send(b" " * 50_000)
        status, _, body = await client.response()
        assert await client.end() == b""

    assert status == 413
    assert json.loads(body)["code"] == "body_too_large"


async def test_response_that_is_not_read_is_given_up(gateway: Server) -> None:
    query = json.dumps({"query": LARGE}).encode()
    async with connected(gateway, buffer=4096) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(20):
            await client.send(post(query))
        await until(lambda: unread(gateway))
        await until(lambda: not unread(gateway))

    async with connected(gateway) as other:
        await other.send(post())
        assert (await other.response())[0] == 200


def unread(gateway: Server) -> list[str]:
    """The gateway's connections with bytes that no client has taken."""
    _, *sockets = Path("/proc/net/tcp").read_text().splitlines()
    return [
        line
        for line in sockets
        for _, local, _, _, queues, *_ in [line.split()]
        if local.endswith(f":{gateway.port:04X}") and not queues.startswith("00000000")
    ]


async def test_unread_responses_of_a_user_are_limited(platform: Platform, tmp_path: Path) -> None:
    other = "spci_" + "o" * 43
    tests = [rows.regression_test(number, command="x" * 5000) for number in range(1, 401)]
    await platform.add(tables.User(id=2, name="other"), rows.token(other, user_id=2), *tests)
    large = {"query": "{ regressionTests(first: 400) { nodes { command } } }"}
    query = json.dumps(large).encode()
    with serving(tmp_path, **settings_for(platform, max_unread_bytes=3_000_000)) as gateway:
        openings = [connected(gateway, buffer=4096) for _ in range(8)]
        sockets = [await opening.__aenter__() for opening in openings]
        for each in sockets:
            each.writer.transport.pause_reading()  # type: ignore[attr-defined]
            for _ in range(20):
                await each.send(post(query, authorization=f"Bearer {platform.token}"))
        clients = Clients(gateway.origin, platform.token)
        others = Clients(gateway.origin, other)
        async with clients.http, others.http:

            async def is_limited() -> bool:
                response = await clients.http.post("/graphql", json=large)
                return response.status_code == 503 and "OVERLOADED" in response.text

            await until(is_limited)
            response = await others.http.post("/graphql", json=large)
            assert response.status_code == 200
            assert "errors" not in response.json()
        for opening in openings:
            await opening.__aexit__(None, None, None)


async def test_health_check_is_answered_while_all_places_are_taken(
    gateway: Server, demo_url: URL
) -> None:
    clients = Clients(gateway.origin, DEMO_TOKEN)
    async with clients.http, asyncio.TaskGroup() as tasks:
        with closing(sqlite3.connect(str(demo_url.database))) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            asked = [tasks.create_task(clients.ask(BOTH[0])) for _ in range(PLACES + 1)]
            await until(lambda: any(task.done() for task in asked))
            healthy = await clients.http.get("/healthz")

    assert {kind_of_503(task.result()) for task in asked} == {"", "overloaded"}
    assert healthy.status_code == 200


async def test_guesses_of_tokens_delay_no_good_token_of_the_same_address(
    demo_url: URL, tmp_path: Path
) -> None:
    async def guess_on(gateway: Server, number: int) -> None:
        async with connected(gateway) as client:
            for turn in range(1_000_000):
                token = f"spci_{number:020}{turn:023}"
                await client.send(post(authorization=f"Bearer {token}"))
                await client.response()

    with serving(tmp_path, database_url=demo_url, rate_limit_requests=500) as gateway:
        clients = Clients(gateway.origin, DEMO_TOKEN)
        async with clients.http:
            await clients.learn(*BOTH)
            guessing = [asyncio.create_task(guess_on(gateway, number)) for number in range(120)]
            answers = [await clients.ask(question) for question in BOTH * 50]
            for task in guessing:
                task.cancel()

    assert all(clients.is_right(answer) for answer in answers)


async def test_running_out_of_files_is_logged_before_it_happens(
    demo_url: URL, tmp_path: Path
) -> None:
    with serving(tmp_path, database_url=demo_url) as gateway:
        resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (100, 100))
        openings = [connected(gateway) for _ in range(120)]
        for opening in openings:
            await opening.__aenter__()
        _, errors = await asyncio.to_thread(gateway.stop)
        for opening in openings:
            await opening.__aexit__(None, None, None)

    [line] = [each for each in logged(errors) if each["logger"] == "gql.http.file_limit"]
    assert line["level"] == "warning"
    assert line["message"].startswith("The process has opened 91 of 100 files")
