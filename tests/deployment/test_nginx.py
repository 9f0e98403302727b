"""Two gateways behind nginx, by docs/deploy/nginx.conf."""

import asyncio
import json
import signal
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from tests.deployment.conftest import NUMBERS
from tests.deployment.numbers import Numbers
from tests.deployment.proxies import Nginx
from tests.support import rows
from tests.support.clients import BOTH, Clients, is_unavailable
from tests.support.files import READER, Folder
from tests.support.platform import Platform
from tests.support.programs import require
from tests.support.server import Server, serving

LIMIT = 1_000_000
PROGRESS = "subscription { runProgress(id: 2) { completed } }"


class PlatformPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "8")
        self.end_headers()
        self.wfile.write(b"platform")

    def log_message(self, *_: object) -> None:
        pass


class Site(NamedTuple):
    nginx: Nginx
    gateways: list[Server]
    platform: Platform
    files: Folder

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.nginx.port}"

    def client(self, **options: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.platform.token}"}
        return httpx.AsyncClient(base_url=self.origin, headers=headers, **options)


@pytest.fixture(scope="module")
def platform_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), PlatformPage) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
async def site(
    small_platform: Platform, platform_port: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    require("nginx")
    url = f"sqlite:///{small_platform.url.database}"
    directory = tmp_path_factory.mktemp("gateways")
    files = Folder(tmp_path_factory.mktemp("sample-repository"))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        gateways = [
            stack.enter_context(
                serving(
                    directory,
                    database_url=url,
                    rate_limit_requests=LIMIT,
                    work_seconds_per_minute=0,
                    subscription_poll_interval_seconds=0.1,
                    files_url=files.url,
                    files_accel_redirect="/platform-files/",
                )
            )
            for _ in range(2)
        ]
        nginx = Nginx([gateway.port for gateway in gateways], platform_port, files.root)
        stack.callback(nginx.remove)
        await nginx.start()
        patch.setenv("SSL_CERT_FILE", str(nginx.certificate))
        yield Site(nginx, gateways, small_platform, files)


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        yield client


GATEWAYS = [
    "/api/v1/runs/1/samples/1",
    "/api/v1/runs/x/samples/%0A",
    "/graphql?query={tags{id}}",
    "/explorer/graphiql.css",
    "/api/v1/docs",
    "/api/v1/openapi.json",
    "/files/TestResults/x",
    "/queries",
    "/queries/openapi.json",
    "/queries/PullRequest?pullRequest=1",
    "/reports/1/junit.xml",
]
PLATFORMS = [
    "/api/v1/runs/1",
    "/api/v1/runs/1/samples",
    "/api/v1/runs/1/samples/1/history",
    "/api/v1/docs/x",
    "/graphql/",
    "/queriesx",
    "/healthz",
    "/metrics",
]


@pytest.mark.parametrize("path", [*GATEWAYS, "/api/v1/runs/1", "/nothing"])
async def test_host_of_the_gateway_sends_every_path_to_it(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path)

    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_health_and_metrics_are_not_public(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)

    assert (response.status_code, "referrer-policy" in response.headers) == (404, False)


@pytest.mark.parametrize("path", GATEWAYS)
async def test_documented_paths_of_the_platform_can_be_taken_over(
    site: Site, client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(f"http://127.0.0.1:{site.nginx.platform_site_port}{path}")

    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", *PLATFORMS])
async def test_other_paths_stay_the_platforms(
    site: Site, client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(f"http://127.0.0.1:{site.nginx.platform_site_port}{path}")

    assert response.text == "platform"


async def test_nginx_redirects_http_to_https(site: Site, client: httpx.AsyncClient) -> None:
    response = await client.get(f"http://127.0.0.1:{site.nginx.plain_port}/graphql?query=x")

    assert response.status_code == 301
    assert response.headers["location"] == "https://127.0.0.1/graphql?query=x"


async def test_nginx_client_address_cannot_be_forged(site: Site) -> None:
    async def left(address: str, claim: str) -> int:
        transport = httpx.AsyncHTTPTransport(verify=tls(site), local_address=address)
        async with site.client(transport=transport) as client:
            headers = {"Authorization": "Bearer bad", "X-Forwarded-For": claim}
            response = await client.post("/graphql", headers=headers)
            assert response.status_code == 401
            return int(response.headers["x-ratelimit-remaining"])

    per_gateway = len(site.gateways)
    of_one = [await left("127.0.0.1", f"10.0.0.{number}") for number in range(2 * per_gateway)]

    assert min(of_one) == LIMIT - 2
    assert await left("127.0.0.2", "127.0.0.1") == LIMIT - 1


async def test_nginx_passes_a_body_that_the_gateway_rejects(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": " " * 150_000})

    assert response.status_code == 413
    [error] = response.json()["errors"]
    assert "100000" in error["message"]


async def test_nginx_passes_events_without_buffering(site: Site, client: httpx.AsyncClient) -> None:
    stream = client.stream(
        "POST", "/graphql", json={"query": PROGRESS}, headers={"Accept": "text/event-stream"}
    )
    async with stream as response:
        lines = response.aiter_lines()
        before = await anext_event(lines)
        await site.platform.add(
            rows.regression_test(10),
            rows.result(2, 10),
        )
        after = await anext_event(lines)

    assert done(after) == done(before) + 1


async def test_nginx_keeps_a_websocket_open(site: Site) -> None:
    address = f"wss://127.0.0.1:{site.nginx.port}/graphql"
    options = {"ssl": tls(site), "subprotocols": ["graphql-transport-ws"]}
    async with connect(address, **options) as socket:

        async def send(type: str, **content: Any) -> None:
            await socket.send(json.dumps({"type": type, **content}))

        async def receive() -> Any:
            return json.loads(await socket.recv())

        await send("connection_init", payload={"Authorization": f"Bearer {site.platform.token}"})
        assert await receive() == {"type": "connection_ack"}
        await send("subscribe", id="1", payload={"query": PROGRESS})
        before = (await receive())["payload"]
        await site.platform.add(
            rows.regression_test(11),
            rows.result(2, 11),
        )
        after = (await receive())["payload"]

    assert done(after) == done(before) + 1


@pytest.mark.parametrize("is_of_the_platform", [False, True])
async def test_nginx_passes_on_the_port_that_a_page_of_the_same_origin_names(
    site: Site, is_of_the_platform: bool
) -> None:
    port = site.nginx.platform_site_port if is_of_the_platform else site.nginx.port
    host = f"{'' if is_of_the_platform else 's'}://127.0.0.1:{port}"
    options = {} if is_of_the_platform else {"ssl": tls(site)}
    async with connect(
        f"ws{host}/graphql",
        origin=Origin(f"http{host}"),
        subprotocols=[Subprotocol("graphql-transport-ws")],
        **options,
    ) as socket:
        await socket.send(
            json.dumps(
                {
                    "type": "connection_init",
                    "payload": {"Authorization": f"Bearer {site.platform.token}"},
                }
            )
        )

        assert json.loads(await socket.recv()) == {"type": "connection_ack"}


# Files, which nginx sends after a gateway has checked the token

AS_READER = {"Authorization": f"Bearer {READER}"}


async def test_nginx_sends_a_file_with_the_headers_of_the_gateway(
    site: Site, client: httpx.AsyncClient
) -> None:
    name = site.files.output(b"a caption\n")

    response = await client.get(f"/files/TestResults/{name}.srt", headers=AS_READER)

    assert (response.status_code, response.content) == (200, b"a caption\n")
    assert response.headers["etag"] == f'"{name}"'
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}.srt"'
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "x-accel-redirect" not in response.headers


async def test_nginx_sends_a_part_of_a_file(site: Site, client: httpx.AsyncClient) -> None:
    name = site.files.output(b"0123456789")

    response = await client.get(
        f"/files/TestResults/{name}.srt", headers=AS_READER | {"Range": "bytes=2-4"}
    )

    assert (response.status_code, response.content) == (206, b"234")
    assert response.headers["content-range"] == "bytes 2-4/10"


async def test_known_file_is_not_sent_again_through_nginx(
    site: Site, client: httpx.AsyncClient
) -> None:
    name = site.files.output(b"0123456789")

    response = await client.get(
        f"/files/TestResults/{name}.srt", headers=AS_READER | {"If-None-Match": f'"{name}"'}
    )

    assert response.status_code == 304


async def test_file_needs_the_scope_through_nginx_too(
    site: Site, client: httpx.AsyncClient
) -> None:
    name = site.files.output(b"0123456789")

    assert (await client.get(f"/files/TestResults/{name}.srt")).status_code == 403


@pytest.mark.parametrize("path", ["/platform-files/{}", "/platform-files/../{}", "/files/../{}"])
async def test_folder_of_nginx_cannot_be_read_without_the_gateway(
    path: str, site: Site, client: httpx.AsyncClient
) -> None:
    name = site.files.output(b"0123456789")

    response = await client.get(path.format(f"TestResults/{name}.srt"), headers=AS_READER)

    assert b"0123456789" not in response.content


async def test_link_that_leads_out_is_not_sent(
    site: Site, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"outside")
    link = site.files.root / "TestResults" / f"{'f' * 64}.srt"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)

    response = await client.get(f"/files/TestResults/{'f' * 64}.srt", headers=AS_READER)

    assert response.status_code == 404


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/runs/1/samples/1"])
async def test_nginx_limits_the_requests_of_an_address(
    site: Site, platform_port: int, path: str
) -> None:
    ports = [gateway.port for gateway in site.gateways]
    nginx = Nginx(ports, platform_port, site.files.root, requests_per_second=1)
    try:
        await nginx.start()
        origin = f"https://127.0.0.1:{nginx.port}"
        async with httpx.AsyncClient(base_url=origin, verify=False) as client:
            answers = [await client.get(path) for _ in range(110)]
    finally:
        nginx.remove()

    refused = [answer for answer in answers if _is_429(answer)]
    assert 0 < len(refused) < 15
    body = refused[0].json()
    error = body["errors"][0]["extensions"] if path == "/graphql" else body
    assert error["code"].lower() == "rate_limited"
    assert refused[0].headers["retry-after"] == "1"


def _is_429(answer: httpx.Response) -> bool:
    return answer.status_code == 429 and "x-ratelimit-limit" not in answer.headers


async def test_nginx_uses_the_other_gateway_when_one_is_killed_and_answers_503_without_any(
    site: Site, record_property: Callable[[str, Any], None]
) -> None:
    clients = Clients(site.origin, site.platform.token)
    one, other = site.gateways
    async with clients.http:
        await clients.learn(*BOTH)
        async with clients.asking(10):
            await clients.get(200, 200)
            await asyncio.to_thread(one.stop, signal.SIGKILL)
            await clients.get(200, 200)
        numbers = Numbers.of(clients)
        other.stop(signal.SIGKILL)
        for question in BOTH:
            assert is_unavailable(await clients.ask(question))

    record_property(NUMBERS, str(numbers))
    assert {answer.response.status_code for answer in clients.answers} == {200}
    assert clients.wrong == []
    # It writes one answer at a time. Of one that was half written nginx cannot ask another.
    assert len(clients.lost) <= 1


def tls(site: Site) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=site.nginx.certificate)


async def anext_event(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream has ended")


def done(result: Any) -> int:
    return int(result["data"]["runProgress"]["completed"])
