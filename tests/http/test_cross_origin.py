"""Pages of other origins use the gateway where CORS_ALLOWED_ORIGINS allows it."""

from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.subscriptions import serving, socket

pytestmark = only_on("sqlite")

FRONTEND = "https://ci.example.org"
OTHER = "https://elsewhere.example"
PATHS = ["/graphql", "/api/v1/runs/1/samples/1"]
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-apollo-operation-name",
}


@pytest.fixture
async def open_gateway(platform: Platform) -> AsyncIterator[Client]:
    allowing = settings(platform.url, cors_allowed_origins=FRONTEND)
    async with running_app(allowing, token=platform.token) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_preflight_of_an_allowed_origin_needs_no_token(
    open_gateway: Client, path: str
) -> None:
    del open_gateway.headers["authorization"]
    response = await open_gateway.options(path, headers={"origin": FRONTEND} | PREFLIGHT)

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == FRONTEND
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "x-apollo-operation-name" in response.headers["access-control-allow-headers"]


@pytest.mark.parametrize("token", ["good", "bad"])
async def test_response_can_be_read_by_a_page_of_an_allowed_origin(
    open_gateway: Client, token: str
) -> None:
    if token == "bad":
        open_gateway.headers["authorization"] = "Bearer bad"
    response = await open_gateway.get(PATHS[1], headers={"origin": FRONTEND})

    assert response.headers["access-control-allow-origin"] == FRONTEND
    readable = response.headers["access-control-expose-headers"].lower().split(", ")
    own = {"x-ratelimit-remaining", "x-cost-remaining", "retry-after", "etag", "x-request-id"}
    assert own <= set(readable)
    assert "origin" in response.headers["vary"].lower()
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("headers", [{}, PREFLIGHT])
async def test_origin_that_is_not_listed_is_not_allowed(
    open_gateway: Client, headers: dict[str, str]
) -> None:
    method = "OPTIONS" if headers else "GET"
    response = await open_gateway.request(method, PATHS[1], headers={"origin": OTHER} | headers)

    assert "access-control-allow-origin" not in response.headers


async def test_no_other_origin_is_allowed_by_default(gateway: Client) -> None:
    response = await gateway.get(PATHS[1], headers={"origin": FRONTEND})

    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_star_allows_every_origin(platform: Platform) -> None:
    async with running_app(settings(platform.url, cors_allowed_origins="*")) as client:
        response = await client.get("/graphql", headers={"origin": OTHER})

    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origin", [FRONTEND, "http://{address}"])
async def test_page_of_an_allowed_origin_opens_a_websocket(platform: Platform, origin: str) -> None:
    async with (
        serving(settings(platform.url, cors_allowed_origins=FRONTEND)) as address,
        socket(address, origin=origin.format(address=address)) as client,
    ):
        await client.send("connection_init", payload={"Authorization": f"Bearer {platform.token}"})
        assert await client.receive() == {"type": "connection_ack"}


async def test_websocket_of_an_origin_that_is_not_listed_is_refused_and_logged(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(settings(platform.url, cors_allowed_origins=FRONTEND)) as address:
        with pytest.raises(InvalidStatus) as refused:
            async with socket(address, origin=OTHER):
                pass

    assert refused.value.response.status_code == 403
    assert f"A page of {OTHER} cannot open a WebSocket" in caplog.text
