"""The pipeline answers what fails, and records it."""

import logging

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send

from gql.http.pipeline import Pipeline
from rest_compat.errors import response_to

pytestmark = pytest.mark.quick


async def fails_late(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


def failures() -> float:
    labels = {"api": "late", "operation": "", "status": "200", "code": "internal_error"}
    return REGISTRY.get_sample_value("gateway_requests_total", labels) or 0


async def test_response_that_fails_after_its_start_is_recorded_as_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline = Pipeline(
        fails_late,
        apis={"/late": fails_late},
        names={"/late": "late"},
        allowed_origins=(),
        error_response=response_to,
    )
    before = failures()

    transport = httpx.ASGITransport(pipeline)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        with pytest.raises(AssertionError):  # The response has no end.
            await client.get("/late")

    assert failures() == before + 1
    errors = [each.message for each in caplog.records if each.levelno == logging.ERROR]
    assert errors == ["A request failed"]
