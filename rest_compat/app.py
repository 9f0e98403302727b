"""The REST API under its prefix, with its own description."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, cast

import orjson
from fastapi import FastAPI, Path, Request, Security
from fastapi.openapi.models import Example
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import Field
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from gql.database.tables import MAX_ID
from gql.errors import BadInput, NotFound
from gql.http.caching import cache_control, conditional_response, is_final
from gql.http.disconnects import CancelledOnDisconnect
from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleRow
from gql.request import queries
from gql.request.complete_sample import complete_sample
from gql.request.context import Context
from gql.telemetry.request_log import set_request_attributes
from rest_compat.errors import INTERNAL_ERROR, handle_errors, response_to
from rest_compat.models import (
    MAX_CATEGORY,
    MAX_COMMAND,
    MAX_OUTPUTS,
    MAX_TAG,
    MAX_TAGS,
    SampleResult,
)
from rest_compat.responses import ADDITION, RESPONSES

PREFIX = "/api/v1"
OPENAPI_PATH = "/openapi.json"
OPERATION = "getRunSample"
DOCS_PATH = "/docs"
SAMPLES_PATH = f"{PREFIX}/runs/"


_SAMPLE_PATH = re.compile(rf"{PREFIX}/runs/(?P<run_id>[^/]+)/samples/(?P<sample_id>[^/]+)")
_ID = re.compile(r"0*([1-9][0-9]{0,9})")

PathId = Annotated[int, Field(ge=1, le=MAX_ID)]


def _parse_ids(texts: Mapping[str, str]) -> dict[str, int]:
    ids, problems = {}, {}
    for name, text in texts.items():
        digits = _ID.fullmatch(text)
        if digits and int(digits[1]) <= MAX_ID:
            ids[name] = int(digits[1])
        else:
            problems[name] = f"must be an integer from 1 to {MAX_ID}, in plain digits"
    if problems:
        message = " ".join(f"{name} {problem}." for name, problem in problems.items())
        raise BadInput(message, fields=problems)
    return ids


def _example(value: int) -> dict[str, Example]:
    return {"demo": {"summary": "Demo platform", "value": value}}


class RestApi:
    """The API, which clients see below `root_path`.

    FastAPI describes the endpoint, and answers all other paths. The endpoint itself is answered
    without it: that would take longer than the rest.
    """

    def __init__(self, root_path: str) -> None:
        self._root_path = root_path

    @cached_property
    def _app(self) -> FastAPI:
        # Most processes never need it.
        return _create_described_app(self._root_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _SAMPLE_PATH.fullmatch(scope["path"])
        if path is None or scope["method"] != "GET":
            prefix = scope.get("root_path", "").removesuffix(PREFIX) + PREFIX
            await self._app({**scope, "root_path": prefix}, receive, send)
            return
        set_request_attributes(operation=OPERATION)
        request = Request(scope, receive)
        try:
            response = await get_run_sample(request, **_parse_ids(path.groupdict()))
        except ClientDisconnect:
            return
        except Exception as error:
            response = response_to(request, error)
            await response(scope, receive, send)
            if response.status_code == INTERNAL_ERROR:
                raise
        else:
            await response(scope, receive, send)


def _create_described_app(root_path: str) -> FastAPI:
    app = FastAPI(
        title="Sample Platform REST API",
        version="1",
        description="The documented endpoint of the CCExtractor Sample Platform. Responses "
        f"that its reference does not have begin with “{ADDITION}”.",
        openapi_url=OPENAPI_PATH,
        servers=[{"url": root_path + PREFIX}],
        root_path_in_servers=False,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    handle_errors(app)
    app.router.add_api_route(
        "/runs/{run_id}/samples/{sample_id}",
        get_run_sample,
        methods=["GET"],
        summary="Get full details for a regression test result in a run",
        operation_id=OPERATION,
        response_model=SampleResult,
        response_description="Regression test result details",
        responses=RESPONSES,
        dependencies=[Security(HTTPBearer(auto_error=False, description="A platform token."))],
    )
    return app


async def get_run_sample(
    request: Request,
    run_id: Annotated[PathId, Path(description="Numeric run ID", openapi_examples=_example(11))],
    sample_id: Annotated[
        PathId,
        Path(
            description="Numeric sample or regression result ID",
            openapi_examples=_example(118),
        ),
    ],
) -> Response:
    context = cast("Context", request.state.context)
    async with (
        CancelledOnDisconnect(request),
        context.coalescer.join(get_run_sample) as shared,
    ):
        await complete_sample(shared, run_id, sample_id)
        run = await shared.load(RunByIdLoader, run_id)
        if run is None:
            raise NotFound(f"Run {run_id} not found.", resource="run", id=run_id)
        document = await _find_sample(shared, run_id, sample_id)
    headers = {
        "Cache-Control": cache_control(is_final=is_final(run)),
        "Vary": "Authorization",
    }
    body = orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
    return conditional_response(request, Response(body, 200, headers, "application/json"))


async def _find_sample(context: Context, run_id: int, sample_id: int) -> dict[str, Any]:
    sample = await queries.sample_by_either_id(context, run_id, sample_id)
    if sample is None:
        raise NotFound(
            f"Sample {sample_id} not found in run {run_id}.",
            resource="sample",
            id=sample_id,
            run_id=run_id,
        )
    return await _document(context, sample)


async def _document(context: Context, sample: SampleRow) -> dict[str, Any]:
    """The attributes of a SampleResult, which says what they may be."""
    outputs = await queries.outputs_of(context, sample)
    categories = await context.load(CategoriesByRegressionTestIdLoader, sample.regression_id)
    tags = await queries.tags_of(context, sample)
    [text] = await queries.result_messages_of(context, [sample])
    category = {"category": (categories[0].name or "")[:MAX_CATEGORY]} if categories else {}
    return {
        "run_id": sample.run_id,
        # A test without a media file is still a sample of the run, and the attribute required.
        "sample_id": sample.sample_id or sample.regression_id,
        "regression_id": sample.regression_id,
        **category,
        "command": (sample.command or "")[:MAX_COMMAND],
        "status": sample.status,
        "runtime_ms": sample.runtime_ms,
        "exit_code": _small(sample.exit_code),
        "expected_exit_code": _small(sample.expected_exit_code),
        "result_message": text,
        "tags": [(tag.name or "")[:MAX_TAG] for tag in tags[:MAX_TAGS]],
        "outputs": [
            {
                "output_id": output.output_id,
                "status": output.status,
                "expected_hash": output.expected_hash,
                "actual_hash": output.actual_hash,
            }
            for output in outputs[:MAX_OUTPUTS]
        ],
    }


def _small(number: int | None) -> int | None:
    """The number, or None beyond 32 bits, as in GraphQL."""
    return number if number is not None and -MAX_ID - 1 <= number <= MAX_ID else None
