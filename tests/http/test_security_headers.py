"""Every response has headers that limit what a browser lets it do."""

from typing import Any

import httpx
import pytest

from gql.app import create_app
from gql.database import Database
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

HTML = {"accept": "text/html"}

ANSWERS: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/", {}, 307),
    ("GET", "/healthz", {}, 200),
    ("GET", "/nothing", {}, 404),
    ("GET", "/graphql", {"headers": HTML}, 200),
    ("GET", "/api/v1/docs", {}, 200),
    ("GET", "/explorer/rest.js", {}, 200),
    ("GET", "/explorer/nothing.js", {}, 404),
    ("POST", "/graphql", {"json": {"query": "{ tags { id } }"}}, 200),
    ("POST", "/graphql", {"content": bytes(200_000)}, 413),
    ("PUT", "/graphql", {}, 405),
    ("GET", "/api/v1/openapi.json", {}, 200),
    ("GET", "/api/v1/runs/1/samples/1", {}, 404),
    ("GET", "/api/v1/runs/1/samples/1", {"headers": {"authorization": "none"}}, 401),
]


@pytest.mark.parametrize(("method", "path", "options", "status"), ANSWERS)
async def test_security_headers_are_on_every_response(
    gateway: Client, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    response = await gateway.request(method, path, **options)

    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "strict-transport-security" not in response.headers


async def test_security_headers_are_on_an_internal_error(
    gateway: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_database: Database) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Database, "ping", fail)
    response = await gateway.get("/readyz")

    assert response.status_code == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"]


async def test_content_security_policy_allows_scripts_on_pages_only(gateway: Client) -> None:
    policy = (await gateway.get("/graphql", headers=HTML)).headers["content-security-policy"]
    of_data = (await gateway.get("/healthz")).headers["content-security-policy"]

    assert "script-src 'self'" in policy
    assert of_data == "default-src 'none'; frame-ancestors 'none'"


async def test_hsts_is_sent_over_https_only(platform: Platform) -> None:
    transport = httpx.ASGITransport(create_app(settings(platform.url)))
    async with httpx.AsyncClient(transport=transport, base_url="https://gateway") as client:
        response = await client.get("/healthz")

    assert response.headers["strict-transport-security"] == "max-age=31536000"


# Other sites


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/runs/1/samples/1", "/healthz"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_cors_is_not_allowed(gateway: Client, path: str, method: str) -> None:
    response = await gateway.request(
        method,
        path,
        headers={
            "origin": "https://elsewhere.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
        },
    )

    assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
async def test_csrf_body_of_a_form_is_rejected(gateway: Client, content_type: str) -> None:
    response = await gateway.post(
        "/graphql",
        content=b'{"query": "{ __typename }"}',
        params={"query": "{ __typename }"},
        headers={"content-type": content_type},
    )

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_cookie_does_not_authenticate(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=None) as client:
        response = await client.get(
            "/graphql",
            params={"query": "{ __typename }"},
            headers={"cookie": f"Authorization=Bearer {platform.token}"},
        )

    assert response.status_code == 401
