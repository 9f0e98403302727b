"""What the description says of responses: their bodies, headers and examples.

The examples of 200, 401, 404, 429 and `default` are those of the reference.
"""

from typing import Any

from gql.errors import (
    AmbiguousSample,
    BadInput,
    BodyTooLarge,
    Forbidden,
    GatewayError,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    Unavailable,
)
from rest_compat.errors import ALLOW
from rest_compat.models import Error

ADDITION = "Addition:"
"""What the descriptions of responses begin with that the reference does not have."""

_COMMON_HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Identifies the request, in the gateway's log too",
        "schema": {"type": "string"},
    },
    "X-RateLimit-Limit": {
        "description": "Maximum requests allowed in the current window",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Remaining": {
        "description": "Requests remaining in the current window",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Reset": {
        "description": "Unix timestamp when the rate limit window resets",
        "schema": {"type": "integer"},
    },
}

_CACHING_HEADERS: dict[str, Any] = {
    "Cache-Control": {
        "description": "How long the answer is fresh; no-cache until the run is completed",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Identifies the document. Send it as If-None-Match to get 304",
        "schema": {"type": "string"},
    },
}

_SAMPLE = {
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
}

_RETRY_AFTER: dict[str, Any] = {
    "Retry-After": {
        "description": "Seconds to wait before retrying",
        "schema": {"type": "integer"},
    }
}


def _error(
    description: str, example: GatewayError, headers: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    body = {"code": example.codes.rest, "message": example.message, "details": example.details}
    return example.codes.status, {
        "model": Error,
        "description": description,
        "headers": {**_COMMON_HEADERS, **(headers or {})},
        "content": {"application/json": {"example": body}},
    }


_SUCCESS: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": _COMMON_HEADERS | _CACHING_HEADERS,
        "content": {"application/json": {"example": _SAMPLE}},
    },
    304: {
        "description": f"{ADDITION} the document is still the one that If-None-Match names",
        "headers": _COMMON_HEADERS | _CACHING_HEADERS,
    },
}

_ERRORS = [
    _error(
        f"{ADDITION} an ID that is not an integer in its range",
        BadInput(
            "run_id must be an integer from 1 to 2147483647, in plain digits.",
            fields={"run_id": "must be an integer from 1 to 2147483647, in plain digits"},
        ),
    ),
    _error(
        "Missing, expired, or invalid bearer token",
        Unauthenticated(),
        {"WWW-Authenticate": {"description": "The scheme: Bearer", "schema": {"type": "string"}}},
    ),
    _error(
        f"{ADDITION} the token lacks a scope",
        Forbidden(required="runs:read", present=["results:read"]),
    ),
    _error("Resource not found", NotFound("Run 9317 not found.", resource="run", id=9317)),
    _error(
        f"{ADDITION} a method other than GET, HEAD and OPTIONS",
        MethodNotAllowed("POST", ALLOW),
        {"Allow": {"description": "The methods allowed", "schema": {"type": "string"}}},
    ),
    _error(
        f"{ADDITION} several samples of the run read the media file",
        AmbiguousSample(run_id=42, media_id=7, regression_ids=[12, 13]),
    ),
    _error(f"{ADDITION} a body that did not arrive in time", RequestTimeout(10)),
    _error(f"{ADDITION} a body that is too large; the endpoint needs none", BodyTooLarge(100_000)),
    _error(
        "Too many requests. Retry after the indicated number of seconds.",
        RateLimited(retry_after=30, limit=120, window_seconds=60),
        _RETRY_AFTER,
    ),
    _error(
        f"{ADDITION} the database cannot be reached (`unavailable`) or took too long "
        "(`timeout`), or the gateway is full (`overloaded`)",
        Unavailable(),
        _RETRY_AFTER,
    ),
]

_, _UNEXPECTED = _error("Unexpected server error", NotFound("Run 9317 not found."))

RESPONSES: dict[int | str, dict[str, Any]] = {
    **_SUCCESS,
    **dict(_ERRORS),
    "default": _UNEXPECTED,
}
"""The description of every response, by its status."""
