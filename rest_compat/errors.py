"""Errors over REST: three fields, always, whatever went wrong."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from gql.database import DatabaseError
from gql.errors import (
    CODES,
    GatewayError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    public_error,
)
from gql.files.errors import FilesUnavailable
from gql.telemetry.request_log import set_request_attributes
from rest_compat.models import MAX_MESSAGE

INTERNAL_ERROR = CODES[InternalError].status
ALLOW = "GET, HEAD, OPTIONS"
NOTHING_HERE = (
    "There is nothing at this path. A sample is at /api/v1/runs/{run_id}/samples/{sample_id}, "
    "without a slash at the end."
)


class _Line(JSONResponse):
    """JSON that leaves a shell's prompt on a line of its own."""

    def render(self, content: Any) -> bytes:
        return super().render(content) + b"\n"


def error_body(error: GatewayError) -> dict[str, Any]:
    """The three fields of an error."""
    return {
        "code": error.codes.rest,
        "message": error.message[:MAX_MESSAGE],
        "details": error.details,
    }


def error_response(_request: Request, error: GatewayError) -> Response:
    set_request_attributes(code=error.codes.rest)
    return _Line(
        error_body(error),
        status_code=error.codes.status,
        headers=error.headers,
    )


def response_to(request: Request, error: Exception) -> Response:
    """The response to an exception, with the documented body."""
    if not isinstance(error, HTTPException):
        return error_response(request, public_error(error) or InternalError())
    if error.status_code != CODES[MethodNotAllowed].status:
        return error_response(request, NotFound(NOTHING_HERE))
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": ALLOW})
    return error_response(request, MethodNotAllowed(request.method, ALLOW))


def handle_errors(app: FastAPI) -> None:
    """Have the app answer every error with the documented body."""
    for error in (GatewayError, DatabaseError, FilesUnavailable, HTTPException, Exception):
        app.add_exception_handler(error, response_to)
