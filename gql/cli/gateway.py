"""What the commands that ask a gateway share: its address, its token, and exit codes."""

import re
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import click
import httpx
from pydantic import ValidationError
from websockets.exceptions import WebSocketException

from sample_gateway_client import (
    Client,
    GraphQLClientError,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
)
from sample_gateway_client.enums import RunStatus

P = ParamSpec("P")

TIMEOUT_SECONDS = 60
MAX_PORT = 65_535

RUN_ID = click.IntRange(1, 2**31 - 1)

UNREACHABLE = (GraphQLClientError, ValidationError, httpx.HTTPError, WebSocketException, OSError)
"""What a client raises instead of an answer."""

_OF_CALLER = {400, 401, 403, 404}
_TRANSIENT = {"RATE_LIMITED", "UNAVAILABLE", "TIMEOUT", "OVERLOADED"}
_UNITS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"(\d{1,6})([smh])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class ExitCode(IntEnum):
    """Exit codes, as the platform's own client has them; click uses 2 for a wrong command."""

    GOOD = 0
    CHANGE_IS_BAD = 1
    USAGE = 2
    TIMED_OUT = 9
    PLATFORM_FAILED = 10
    INTERRUPTED = 130


class Duration(click.ParamType[float]):
    """A number of seconds, written as 90s, 30m or 2h."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        parts = _DURATION.fullmatch(value)
        if not parts:
            self.fail(f"{value} is no duration such as 90s, 30m or 2h.", param, ctx)
        return float(int(parts[1]) * _UNITS[parts[2]])


class _Url(click.ParamType[str]):
    """The address of a gateway, without a slash at the end."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            url = httpx.URL(value.strip())
        except httpx.InvalidURL as error:
            self.fail(f"{value} is no address: {error}", param, ctx)
        if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > MAX_PORT:
            self.fail(f"{value} is no address such as https://gateway.example.", param, ctx)
        return str(url).rstrip("/")


class _Token(click.ParamType[str]):
    """A token as a header can carry it. No message shows it."""

    name = "token"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        token: str = value.strip()
        if not re.fullmatch("[!-~]+", token):
            self.fail("A token is one word of letters, digits and signs.", param, ctx)
        return token


def gateway_options(command: Callable[P, None]) -> Callable[P, None]:
    """Give a command the options `url` and `token`, which environment variables set too.

    The exit code of a command that is interrupted or breaks is none that judges a change.
    """

    @click.option(
        "--url",
        type=_Url(),
        envvar="GATEWAY_URL",
        show_envvar=True,
        default="http://127.0.0.1:8000",
        show_default=True,
        help="Address of the gateway.",
    )
    @click.option(
        "--token",
        type=_Token(),
        envvar="GATEWAY_TOKEN",
        show_envvar=True,
        required=True,
        help="Token of the platform. Prefer the variable: a command line is visible to others.",
    )
    @wraps(command)
    def with_options(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt:
            sys.exit(ExitCode.INTERRUPTED)
        except Exception as error:
            traceback.print_exc()
            raise SystemExit(ExitCode.PLATFORM_FAILED) from error

    return with_options


def client_of(url: str, token: str) -> Client:
    """A client of the gateway."""
    address = f"{url}/graphql"
    headers = authorization(token)
    http_client: Any = httpx.AsyncClient(headers=headers, timeout=TIMEOUT_SECONDS)
    return Client(
        url=address,
        http_client=http_client,
        ws_url=re.sub("^http", "ws", address),
        ws_headers=headers,
    )


def authorization(token: str) -> dict[str, str]:
    """The header that carries the token."""
    return {"Authorization": f"Bearer {token}"}


def fail(message: str, code: ExitCode = ExitCode.PLATFORM_FAILED) -> NoReturn:
    """Print why the command ends, and end it."""
    click.echo(f"Error: {shown(message)}", err=True)
    sys.exit(code)


async def status_of(client: Client, run: int) -> RunStatus:
    """The status of a run; ends the command if there is no such run."""
    found = (await client.current_status(run)).run
    if found is None:
        fail(f"Run {run} not found.", ExitCode.USAGE)
    return found.status


def is_of_caller(error: Exception) -> bool:
    """Whether another attempt with the same token and arguments would fail too."""
    if isinstance(error, GraphQLClientHttpError):
        return error.status_code in _OF_CALLER
    if isinstance(error, GraphQLClientGraphQLMultiError):
        return any((each.extensions or {}).get("code") not in _TRANSIENT for each in error.errors)
    return isinstance(error, ValidationError)


def reason_of(error: Exception) -> str:
    """What went wrong between the client and the gateway, in one sentence."""
    if isinstance(error, GraphQLClientGraphQLMultiError):
        return str(error.errors[0].message)
    if isinstance(error, GraphQLClientHttpError):
        response: Any = error.response
        try:
            return str(response.json()["errors"][0]["message"])
        except (ValueError, LookupError, TypeError):
            return f"The gateway answered with the status {error.status_code}."
    if isinstance(error, ValidationError):
        return "The gateway's answer is that of another version. Install the client of its version."
    reason = str(error).rstrip(".") or type(error).__name__
    return f"The gateway cannot be reached: {reason}."


def shown(text: str) -> str:
    """A text of a gateway that cannot control the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
