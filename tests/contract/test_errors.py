"""Every error over REST has the document's three fields, whatever went wrong."""

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import make_url, text

from gql.database import tables
from gql.database.urls import async_url
from gql.settings import Settings
from tests.support import rows
from tests.support.databases import ADDRESSES, new_database, only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP
from tests.support.server import serving

PATH = "/api/v1/runs/1/samples/1"
OTHER = "spci_" + "o" * 43

UNAUTHORIZED = {
    "code": "unauthorized",
    "message": "Bearer token is missing, expired, or invalid.",
    "details": {},
}
NOTHING_HERE = {
    "code": "not_found",
    "message": "There is nothing at this path. A sample is at "
    "/api/v1/runs/{run_id}/samples/{sample_id}, without a slash at the end.",
    "details": {},
}
ALLOW = "GET, HEAD, OPTIONS"
REFUSED = "must be an integer from 1 to 2147483647, in plain digits"

NO_IDS = [
    "0",
    "-1",
    "+10",
    "1_0",
    " 10",
    "10 ",
    "\t10",
    "1\0",
    "1.5",
    "1.0",
    "1e3",
    "0x1F",
    "abc",
    "true",
    "null",
    "2147483648",
    "9" * 5000,
    "0" * 5000,
    "\N{ARABIC-INDIC DIGIT ONE}",
    "1\N{ARABIC-INDIC DIGIT ZERO}",
    "\N{FULLWIDTH DIGIT ONE}",
    "\N{SUPERSCRIPT ONE}",
]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def assert_is(response: httpx.Response, status: int, body: dict[str, Any]) -> None:
    """The response is that error, as one line of JSON with the rate limit headers."""
    assert response.status_code == status
    assert response.json() == body
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.text.endswith("}\n")
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(
        response.headers
    )


# 401


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Basic dTpw", "spci_" + "t" * 43, "Token x", f"Bearer {OTHER}"],
)
async def test_malformed_or_unknown_token_is_unauthorized(
    gateway: Client, authorization: str
) -> None:
    response = await gateway.get(PATH, headers={"Authorization": authorization})

    assert_is(response, 401, UNAUTHORIZED)
    assert response.headers["www-authenticate"] == "Bearer"


async def test_missing_token_is_unauthorized(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=None) as client:
        response = await client.get(PATH)

    assert_is(response, 401, UNAUTHORIZED)
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "changes",
    [{"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, {"revoked_at": TIMESTAMP}],
    ids=["expired", "revoked"],
)
async def test_expired_or_revoked_token_is_unauthorized_with_the_same_message(
    platform: Platform, gateway: Client, changes: dict[str, Any]
) -> None:
    await platform.add(rows.token(OTHER, **changes))

    response = await gateway.get(PATH, headers=bearer(OTHER))

    assert_is(response, 401, UNAUTHORIZED)
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/api/v1/runs/0/samples/x", "/api/v1/no/such/path"])
async def test_missing_token_is_reported_before_other_errors(platform: Platform, path: str) -> None:
    async with running_app(settings(platform.url), token=None) as client:
        assert_is(await client.get(path), 401, UNAUTHORIZED)
        assert_is(await client.delete(path), 401, UNAUTHORIZED)


# 403


@pytest.mark.parametrize(
    ("scopes_json", "present"),
    [
        ('["results:read", "baselines:write"]', ["baselines:write", "results:read"]),
        ("[]", []),
        ("no JSON", []),
        ("null", []),
        ('{"runs:read": true}', []),
        ('"runs:read"', []),
        ('[["runs:read"], 1, "runs:write"]', ["runs:write"]),
    ],
)
async def test_token_without_the_scope_is_forbidden(
    platform: Platform, gateway: Client, scopes_json: str, present: list[str]
) -> None:
    await platform.add(rows.token(OTHER, scopes_json=scopes_json))

    assert_is(
        await gateway.get(PATH, headers=bearer(OTHER)),
        403,
        {
            "code": "forbidden",
            "message": "The token lacks the scope runs:read.",
            "details": {"required_scopes": ["runs:read"], "present_scopes": present},
        },
    )


# 400


@pytest.mark.parametrize("no_id", NO_IDS, ids=lambda no_id: ascii(no_id)[:20])
async def test_id_out_of_range_or_not_an_integer_is_rejected(gateway: Client, no_id: str) -> None:
    encoded = quote(no_id, safe="")
    run_id, sample_id = f"run_id {REFUSED}.", f"sample_id {REFUSED}."

    assert_is(
        await gateway.sample(encoded, 1),
        400,
        {
            "code": "validation_error",
            "message": run_id,
            "details": {"fields": {"run_id": REFUSED}},
        },
    )
    assert_is(
        await gateway.sample(1, encoded),
        400,
        {
            "code": "validation_error",
            "message": sample_id,
            "details": {"fields": {"sample_id": REFUSED}},
        },
    )
    assert_is(
        await gateway.sample(encoded, encoded),
        400,
        {
            "code": "validation_error",
            "message": f"{run_id} {sample_id}",
            "details": {"fields": {"run_id": REFUSED, "sample_id": REFUSED}},
        },
    )


@pytest.mark.parametrize("run_id", ["1", "2147483647", "007", "0" * 5000 + "7"])
async def test_id_in_range_is_looked_up(gateway: Client, run_id: str) -> None:
    assert (await gateway.sample(run_id, 1)).json()["details"]["id"] == int(run_id.lstrip("0"))


# 404


async def test_unknown_run_is_not_found_as_documented(gateway: Client) -> None:
    assert_is(
        await gateway.sample(9317, 1),
        404,
        {
            "code": "not_found",
            "message": "Run 9317 not found.",
            "details": {"resource": "run", "id": 9317},
        },
    )


async def test_unknown_sample_of_a_known_run_is_not_found(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.MediaFile(id=7, extension="ts", original_name=""),
        rows.regression_test(12, sample_id=7, active=False),
        rows.run(42),
    )

    for sample_id in (7, 12, 99):
        assert_is(
            await gateway.sample(42, sample_id),
            404,
            {
                "code": "not_found",
                "message": f"Sample {sample_id} not found in run 42.",
                "details": {"resource": "sample", "id": sample_id, "run_id": 42},
            },
        )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/",
        "/api/v1/no/such/path",
        "/api/v1/runs/1",
        "/api/v1/runs/1/samples",
        "/api/v1/runs/1/samples/1/",
        "/api/v1/runs/1/samples/1/outputs",
        "/api/v1/runs//samples/1",
        "/api/v1/runs/1/samples/",
        "/api/v1/runs/1%2F2/samples/1",
        "/api/v1/a%0Ab",
        "/api/v1/%ff",
        "/api/v1/%zz",
        "/api/v1/" + "a" * 50_000,
    ],
)
async def test_unknown_path_under_the_prefix_is_not_found(gateway: Client, path: str) -> None:
    assert_is(await gateway.get(path), 404, NOTHING_HERE)
    assert_is(await gateway.post(path), 404, NOTHING_HERE)


# 405


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
async def test_other_method_is_rejected_with_the_allowed_methods(
    gateway: Client, method: str
) -> None:
    response = await gateway.request(method, PATH)

    assert_is(
        response,
        405,
        {
            "code": "method_not_allowed",
            "message": f"Method {method} is not allowed here. Allowed: {ALLOW}.",
            "details": {},
        },
    )
    assert response.headers["allow"] == ALLOW


async def test_options_returns_the_allowed_methods(gateway: Client) -> None:
    response = await gateway.options(PATH)

    assert response.status_code == 204
    assert response.headers["allow"] == ALLOW
    assert not response.content


async def test_options_requires_a_token_and_a_known_path(platform: Platform) -> None:
    async with running_app(settings(platform.url), platform.token) as client:
        assert_is(await client.options("/api/v1/no/such/path"), 404, NOTHING_HERE)
        stranger = {"Authorization": "none"}
        assert_is(await client.options(PATH, headers=stranger), 401, UNAUTHORIZED)


async def test_error_message_is_cut_at_500_characters(gateway: Client) -> None:
    response = await gateway.request("M" * 1000, PATH)

    assert response.status_code == 405
    assert response.json()["message"] == "Method " + "M" * 493


# 409


async def test_media_file_of_several_samples_is_ambiguous(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.MediaFile(id=7, extension="ts", original_name=""),
        rows.run(42),
        *(rows.regression_test(test, sample_id=7) for test in (13, 12)),
        rows.regression_test(14, sample_id=7, active=False),
    )

    assert_is(
        await gateway.sample(42, 7),
        409,
        {
            "code": "ambiguous_sample",
            "message": "2 samples of run 42 read media file 7. Ask by one of the regression ids.",
            "details": {
                "resource": "sample",
                "id": 7,
                "run_id": 42,
                "regression_ids": [12, 13],
            },
        },
    )


# 429


def assert_is_rate_limited(response: httpx.Response, limit: int, since: float) -> None:
    seconds = int(response.headers["retry-after"])
    reset_at = int(response.headers["x-ratelimit-reset"])
    assert_is(
        response,
        429,
        {
            "code": "rate_limited",
            "message": f"Rate limit exceeded. Retry after {seconds} seconds.",
            "details": {"retry_after": seconds, "limit": limit, "window": "60s"},
        },
    )
    assert response.headers["x-ratelimit-limit"] == str(limit)
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert reset_at - math.ceil(time.time()) <= seconds <= reset_at - math.floor(since)


@only_on("sqlite")
async def test_rate_limit_rejects_the_121st_request_of_a_minute(platform: Platform) -> None:
    since = time.time()
    defaults = Settings(database_url=platform.url, _env_file=None)
    async with running_app(defaults, platform.token) as client:
        remaining = [
            int((await client.get("/api/v1/")).headers["x-ratelimit-remaining"]) for _ in range(120)
        ]
        response = await client.get(PATH)

    assert remaining == list(reversed(range(120)))
    assert_is_rate_limited(response, 120, since)


async def test_rate_limit_counts_requests_with_an_invalid_token(platform: Platform) -> None:
    since = time.time()
    async with running_app(settings(platform.url, rate_limit_requests=1), token=None) as client:
        first = await client.get(PATH)
        second = await client.get(PATH)

    assert_is(first, 401, UNAUTHORIZED)
    assert_is_rate_limited(second, 1, since)


# 503


@pytest.mark.parametrize("address", ["mariadb", "postgresql"])
async def test_unavailable_database_server_is_a_503(
    address: str,
) -> None:
    gone = async_url(ADDRESSES[address].set(host="127.0.0.1", port=1))
    async with running_app(settings(gone), OTHER) as client:
        await assert_is_unavailable(client)


async def test_missing_database_file_is_a_503(
    tmp_path: Path,
) -> None:
    gone = async_url(make_url(f"sqlite:///{tmp_path / 'gone.sqlite'}"))
    async with running_app(settings(gone), OTHER) as client:
        await assert_is_unavailable(client)


async def assert_is_unavailable(client: Client) -> None:
    response = await client.get(PATH)

    seconds = int(response.headers["retry-after"])
    assert seconds >= 1
    assert_is(
        response,
        503,
        {
            "code": "unavailable",
            "message": "The database cannot be reached. Retry later.",
            "details": {"retry_after": seconds},
        },
    )


# 500


INTERNAL_ERROR = {
    "code": "internal_error",
    "message": "The gateway failed to answer. The failure was logged.",
    "details": {},
}


@only_on("sqlite")
async def test_internal_error_exposes_no_details(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
    )
    async with platform.writer.begin() as connection:
        await connection.execute(text("UPDATE test_result SET exit_code = 'no number'"))

    assert_is(await gateway.get(PATH), 500, INTERNAL_ERROR)


@only_on("sqlite")
async def test_connection_stays_open_after_an_internal_error(
    platform: Platform, tmp_path: Path
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
    )
    async with platform.writer.begin() as connection:
        await connection.execute(text("UPDATE test_result SET exit_code = 'no number'"))
    url = platform.url.render_as_string(hide_password=False)

    def ask_on_one_connection() -> tuple[list[int], str]:
        headers = {"Authorization": f"Bearer {platform.token}"}
        with serving(tmp_path, database_url=url) as server:
            with httpx.Client(base_url=server.origin, headers=headers) as client:
                statuses = [client.get(PATH).status_code for _ in range(5)]
            return statuses, server.stop()[1]

    statuses, printed = await asyncio.to_thread(ask_on_one_connection)

    assert statuses == [500] * 5
    assert printed.count("A request failed") == 5


@pytest.mark.parametrize(
    "loss", ["DROP TABLE regression_test_category", "ALTER TABLE test_result DROP COLUMN runtime"]
)
async def test_missing_table_or_column_does_not_expose_the_statement(
    engine: str, tmp_path: Path, loss: str
) -> None:
    async with new_database(engine, tmp_path, "incomplete") as url:
        platform = Platform(url)
        await platform.create_tables()
        await platform.add(
            rows.regression_test(1),
            rows.run(1),
        )
        async with platform.writer.begin() as connection:
            await connection.execute(text(loss))
        await platform.close()
        async with running_app(settings(url), platform.token) as client:
            assert_is(await client.get(PATH), 500, INTERNAL_ERROR)


# The window of requests, on every response


async def test_every_response_has_the_rate_limit_headers(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1),
    )

    responses = [
        await gateway.get(PATH),
        await gateway.get("/api/v1/openapi.json"),
        await gateway.sample(9317, 1),
        await gateway.sample(0, 1),
        await gateway.post(PATH),
        await gateway.get("/api/v1/no/such/path"),
    ]

    assert [response.status_code for response in responses] == [200, 200, 404, 400, 405, 404]
    windows = [response.headers["x-ratelimit-remaining"] for response in responses]
    assert windows == [str(1_000_000 - count) for count in range(1, 7)]
    for response in responses:
        assert response.headers["x-ratelimit-limit"] == "1000000"
        assert 0 <= int(response.headers["x-ratelimit-reset"]) - time.time() <= 61
