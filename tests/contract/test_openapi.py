"""`/api/v1/openapi.json` is valid, says what the document says, and what the gateway does."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from gql.app import create_app
from gql.database import tables
from gql.database.urls import async_url
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

OPENAPI = "/api/v1/openapi.json"
PATH = "/runs/{run_id}/samples/{sample_id}"

COMMON = {
    "X-Request-Id": "Identifies the request, in the gateway's log too",
    "X-RateLimit-Limit": "Maximum requests allowed in the current window",
    "X-RateLimit-Remaining": "Requests remaining in the current window",
    "X-RateLimit-Reset": "Unix timestamp when the rate limit window resets",
}
RETRY_AFTER = {"Retry-After": "Seconds to wait before retrying"}
CHALLENGE = {"WWW-Authenticate": "The scheme: Bearer"}
ALLOW = {"Allow": "The methods allowed"}
CACHING = {
    "Cache-Control": "How long the answer is fresh; no-cache until the run is completed",
    "ETag": "Identifies the document. Send it as If-None-Match to get 304",
}

RESPONSES = {
    "200": ("Regression test result details", CACHING),
    "304": ("Addition: the document is still the one that If-None-Match names", CACHING),
    "400": ("Addition: an ID that is not an integer in its range", {}),
    "401": ("Missing, expired, or invalid bearer token", CHALLENGE),
    "403": ("Addition: the token lacks a scope", {}),
    "404": ("Resource not found", {}),
    "405": ("Addition: a method other than GET, HEAD and OPTIONS", ALLOW),
    "408": ("Addition: a body that did not arrive in time", {}),
    "409": ("Addition: several samples of the run read the media file", {}),
    "413": ("Addition: a body that is too large; the endpoint needs none", {}),
    "429": ("Too many requests. Retry after the indicated number of seconds.", RETRY_AFTER),
    "503": (
        (
            "Addition: the database cannot be reached (`unavailable`) or took too long "
            "(`timeout`), or the gateway is full (`overloaded`)"
        ),
        RETRY_AFTER,
    ),
    "default": ("Unexpected server error", {}),
}

EXAMPLES = {
    "200": {
        "run_id": 42,
        "sample_id": 42,
        "regression_id": 42,
        "category": "string",
        "command": "string",
        "status": "pass",
        "runtime_ms": 42,
        "exit_code": 42,
        "expected_exit_code": 42,
        "result_message": "string",
        "tags": ["string"],
        "outputs": [
            {
                "output_id": 42,
                "status": "match",
                "expected_hash": "string",
                "actual_hash": "string",
            }
        ],
    },
    "401": {
        "code": "unauthorized",
        "message": "Bearer token is missing, expired, or invalid.",
        "details": {},
    },
    "404": {
        "code": "not_found",
        "message": "Run 9317 not found.",
        "details": {"resource": "run", "id": 9317},
    },
    "429": {
        "code": "rate_limited",
        "message": "Rate limit exceeded. Retry after 30 seconds.",
        "details": {"retry_after": 30, "limit": 120, "window": "60s"},
    },
    "default": {"code": "not_found", "message": "Run 9317 not found.", "details": {}},
}
DESCRIPTIONS = {
    ("SampleResult", "status"): (
        "Computed from TestResult, TestResultFile, expected exit code, and multiple acceptable "
        "baselines. Not a stored column."
    ),
    ("SampleResult", "outputs"): (
        "One entry per expected output file. got=null in the DB means output matched expected; no "
        "actual file is stored. The dummy (-1,-1,-1,'','error') row is translated to "
        "status=missing_output and is never exposed here."
    ),
    ("Error", "code"): "Machine-readable error code (snake_case)",
    ("Error", "message"): "Human-readable error summary",
    ("Error", "details"): (
        "Structured context for the error. Always an object, never null. Empty object {} when no "
        "additional detail is available."
    ),
}
DOCUMENTED = {"200", "401", "404", "429", "default"}

published = schemathesis.openapi.from_asgi(
    OPENAPI, create_app(settings(async_url("sqlite:///none.sqlite")))
)


@pytest.fixture
def operation(description: Any) -> Any:
    return description["paths"][PATH]["get"]


def test_openapi_document_is_valid(description: Any) -> None:
    assert description["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(description).validate()


def test_openapi_operation_is_the_documented_one(description: Any, operation: Any) -> None:
    assert description["servers"] == [{"url": "/api/v1"}]
    assert {path: list(item) for path, item in description["paths"].items()} == {PATH: ["get"]}
    assert operation["summary"] == "Get full details for a regression test result in a run"


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("run_id", "Numeric run ID"),
        ("sample_id", "Numeric sample or regression result ID"),
    ],
)
def test_openapi_path_parameter_is_a_required_integer_from_1(
    operation: Any, name: str, meaning: str
) -> None:
    [parameter] = [each for each in operation["parameters"] if each["name"] == name]

    assert parameter["in"] == "path"
    assert parameter["required"] is True
    assert parameter["description"] == meaning
    assert parameter["schema"]["type"] == "integer"
    assert parameter["schema"]["minimum"] == 1


def test_openapi_operation_has_no_other_parameters(operation: Any) -> None:
    assert [each["name"] for each in operation["parameters"]] == ["run_id", "sample_id"]


def test_openapi_operation_requires_a_bearer_token(description: Any, operation: Any) -> None:
    [[scheme]] = operation["security"]

    assert description["components"]["securitySchemes"][scheme]["type"] == "http"
    assert description["components"]["securitySchemes"][scheme]["scheme"] == "bearer"


def test_openapi_operation_describes_every_response_code(operation: Any) -> None:
    assert operation["responses"].keys() == RESPONSES.keys()


@pytest.mark.parametrize("code", RESPONSES)
def test_openapi_response_has_a_description_headers_and_body(operation: Any, code: str) -> None:
    meaning, headers = RESPONSES[code]
    response = operation["responses"][code]
    bodies = {"200": "SampleResult", "304": None}
    body = bodies.get(code, "Error")

    assert response["description"] == meaning
    assert {
        name: header["description"] for name, header in response["headers"].items()
    } == COMMON | headers
    assert response.get("content", {}).keys() == ({"application/json"} if body else set())
    if body:
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{body}"}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("400", "validation_error"),
        ("401", "unauthorized"),
        ("403", "forbidden"),
        ("404", "not_found"),
        ("405", "method_not_allowed"),
        ("408", "request_timeout"),
        ("409", "ambiguous_sample"),
        ("413", "body_too_large"),
        ("429", "rate_limited"),
        ("503", "unavailable"),
    ],
)
def test_openapi_error_has_an_example(operation: Any, code: str, word: str) -> None:
    example = operation["responses"][code]["content"]["application/json"]["example"]

    assert example.keys() == {"code", "message", "details"}
    assert example["code"] == word


@pytest.mark.parametrize("code", EXAMPLES)
def test_openapi_example_is_that_of_the_document(operation: Any, code: str) -> None:
    content = operation["responses"][code]["content"]["application/json"]

    assert content["example"] == EXAMPLES[code]


def test_openapi_marks_responses_that_the_document_does_not_have(operation: Any) -> None:
    marked = {
        code
        for code, response in operation["responses"].items()
        if response["description"].startswith("Addition: ")
    }

    assert marked == operation["responses"].keys() - DOCUMENTED


@pytest.mark.parametrize(("schema", "attribute"), DESCRIPTIONS)
def test_openapi_attribute_has_the_sentence_of_the_document(
    description: Any, schema: str, attribute: str
) -> None:
    properties = description["components"]["schemas"][schema]["properties"]

    assert properties[attribute]["description"] == DESCRIPTIONS[schema, attribute]


async def test_openapi_examples_are_answered_by_the_demo_platform(
    client: Client, operation: Any
) -> None:
    ids = {
        parameter["name"]: parameter["examples"]["demo"]["value"]
        for parameter in operation["parameters"]
    }

    assert (await client.get(f"/api/v1{PATH.format(**ids)}")).status_code == 200


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("code", {"type": "string", "maxLength": 100}),
        ("message", {"type": "string", "maxLength": 500}),
        ("details", {"type": "object", "additionalProperties": True}),
    ],
)
def test_openapi_error_has_three_fields(
    description: Any, name: str, schema: dict[str, Any]
) -> None:
    error = description["components"]["schemas"]["Error"]

    assert error["properties"].keys() == {"code", "message", "details"}
    assert error["required"] == ["code", "message", "details"]
    assert error["properties"][name].items() >= schema.items()


async def test_openapi_document_is_the_same_for_every_client(
    platform: Platform, gateway: Client, description: Any
) -> None:
    async with running_app(settings(platform.url), token=None) as stranger:
        assert (await stranger.get(OPENAPI)).json() == description
    assert (await gateway.get(OPENAPI)).json() == description


@pytest.fixture
async def app(platform: Platform) -> FastAPI:
    """The gateway before a run 1 with a sample 1. The examples are of an ambiguous media file."""
    await platform.add(
        tables.MediaFile(id=118, extension="ts", original_name=""),
        rows.regression_test(1, outputs=(11,)),
        rows.regression_test(11, sample_id=118),
        rows.regression_test(12, sample_id=118),
        rows.run(1, "testing"),
        rows.run(11, "testing"),
        rows.result(1, 1),
    )
    return create_app(settings(platform.url))


@pytest.fixture
def seen() -> Iterator[set[int]]:
    """The status codes that a test met, which must be of every kind that requests can cause."""
    seen: set[int] = set()
    yield seen
    assert {200, 400, 401, 404, 405, 409} <= seen


@only_on("sqlite")
@published.parametrize()
@hypothesis_settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_schemathesis_finds_no_fault(
    case: schemathesis.Case, platform: Platform, app: FastAPI, seen: set[int]
) -> None:
    response = case.call_and_validate(
        headers={"Authorization": f"Bearer {platform.token}"}, app=app
    )

    seen.add(response.status_code)
