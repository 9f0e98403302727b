"""The platform's tokens work unchanged over both APIs."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gql.database import tables
from gql.security import tokens
from tests.support import rows
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP

pytestmark = pytest.mark.quick

OTHER = "spci_" + "o" * 43


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def both_apis(client: Client, headers: dict[str, str]) -> list[Any]:
    return [
        await client.post("/graphql", json={"query": "{ tags { id } }"}, headers=headers),
        await client.get("/api/v1/runs/1/samples/1", headers=headers),
    ]


async def test_valid_token_is_accepted(platform: Platform, gateway: Client) -> None:
    await platform.add(rows.token(OTHER))

    graphql, rest = await both_apis(gateway, bearer(OTHER))

    assert graphql.status_code == 200
    assert rest.status_code == 404


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
async def test_bearer_scheme_is_case_insensitive_and_allows_spaces(
    platform: Platform, gateway: Client, scheme: str
) -> None:
    headers = {"Authorization": f"{scheme} {platform.token} "}

    graphql, rest = await both_apis(gateway, headers)

    assert graphql.status_code == 200
    assert rest.status_code == 404


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dTpw", "spci_" + "t" * 43, f"Bearer {OTHER}", "Bearer é"],
)
async def test_invalid_authorization_is_rejected(gateway: Client, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}

    graphql, rest = await both_apis(gateway, headers)  # type: ignore[arg-type]

    assert graphql.status_code == rest.status_code == 401
    assert graphql.headers["www-authenticate"] == rest.headers["www-authenticate"] == "Bearer"
    assert graphql.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert rest.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"revoked_at": TIMESTAMP},
        {"token_hash": "0" * 64},
    ],
    ids=["expired", "revoked", "another with the same prefix"],
)
async def test_expired_or_revoked_token_is_rejected(
    platform: Platform, gateway: Client, changes: dict[str, Any]
) -> None:
    await platform.add(rows.token(OTHER, **changes))

    graphql, rest = await both_apis(gateway, bearer(OTHER))

    assert graphql.status_code == rest.status_code == 401


async def test_tokens_with_the_same_prefix_are_distinguished(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.token(OTHER, token_hash="0" * 64),
        rows.token(OTHER),
    )

    graphql, _ = await both_apis(gateway, bearer(OTHER))

    assert graphql.status_code == 200


@pytest.mark.parametrize(
    "scopes_json", ['["results:read"]', "[]", "{}", "null", "no JSON", '"runs:read"', "[1, null]"]
)
async def test_token_without_the_scope_is_forbidden(
    platform: Platform, gateway: Client, scopes_json: str
) -> None:
    await platform.add(rows.token(OTHER, scopes_json=scopes_json))

    graphql, rest = await both_apis(gateway, bearer(OTHER))

    assert graphql.status_code == rest.status_code == 403
    extensions = graphql.json()["errors"][0]["extensions"]
    assert extensions["code"] == "FORBIDDEN"
    assert extensions["requiredScopes"] == ["runs:read"]
    assert rest.json()["details"]["required_scopes"] == ["runs:read"]


async def test_unknown_scope_is_ignored(platform: Platform, gateway: Client) -> None:
    await platform.add(rows.token(OTHER, scopes_json='["runs:read", "unheard:of"]'))

    graphql, _ = await both_apis(gateway, bearer(OTHER))

    assert graphql.status_code == 200


async def test_token_is_not_logged(
    platform: Platform, gateway: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await platform.add(rows.token(OTHER, revoked_at=TIMESTAMP))

    with caplog.at_level(logging.DEBUG, logger="gql"):
        await both_apis(gateway, bearer(OTHER))
        await both_apis(gateway, bearer(platform.token))

    assert OTHER not in caplog.text
    assert platform.token not in caplog.text


async def test_introspection_requires_a_token(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=None) as client:
        response = await client.post("/graphql", json={"query": "{ __schema { types { name } } }"})

    assert response.status_code == 401


async def revoke_all(platform: Platform) -> None:
    async with platform.writer.begin() as connection:
        await connection.execute(tables.ApiToken.__table__.update().values(revoked_at=TIMESTAMP))


@pytest.mark.parametrize(("cache_seconds", "status"), [(0, 401), (60, 200)])
async def test_revocation_takes_effect_when_the_cached_token_expires(
    platform: Platform, cache_seconds: int, status: int
) -> None:
    choice = settings(platform.url, token_cache_ttl_seconds=cache_seconds)
    async with running_app(choice, token=platform.token) as client:
        await client.ask("{ tags { id } }")
        await revoke_all(platform)

        response = await client.post("/graphql", json={"query": "{ tags { id } }"})

    assert response.status_code == status


async def test_cached_token_is_rejected_after_its_expiry(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=1)

    await platform.add(rows.token(OTHER, expires_at=datetime.now(UTC) + timedelta(hours=1)))
    async with running_app(
        settings(platform.url, token_cache_ttl_seconds=60), token=OTHER
    ) as client:
        await client.ask("{ tags { id } }")
        monkeypatch.setattr(tokens, "datetime", Tomorrow)

        response = await client.post("/graphql", json={"query": "{ tags { id } }"})

    assert response.status_code == 401
