"""Errors over REST: three fields, always, whatever went wrong."""

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from gql.errors import GatewayError, InternalError, MethodNotAllowed, NotFound
from gql.observed import note
from rest_compat.models import MAX_MESSAGE


def error_response(_request: Request, error: GatewayError) -> JSONResponse:
    note(code=error.code)
    return JSONResponse(
        {"code": error.code, "message": error.message[:MAX_MESSAGE], "details": error.details},
        status_code=error.status,
        headers=error.headers,
    )


def handle_errors(app: FastAPI) -> None:
    """Have the app answer every error with the documented body."""

    @app.exception_handler(GatewayError)
    def gateway_error(request: Request, error: GatewayError) -> JSONResponse:
        return error_response(request, error)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == MethodNotAllowed.status:
            allow = (error.headers or {}).get("Allow", "GET")
            return error_response(request, MethodNotAllowed(request.method, allow))
        return error_response(request, NotFound("There is nothing at this path."))

    @app.exception_handler(Exception)
    def crash(request: Request, _error: Exception) -> JSONResponse:
        return error_response(request, InternalError())
