"""What can go wrong, and the codes by which both APIs report it.

    GatewayError                 an error that a client sees
    ├── Unauthenticated          no valid token
    ├── Forbidden                a token without the scope
    │   └── ForeignOrigin        a page of another origin that is not allowed to
    ├── RateLimited              the client's rate limit is exceeded
    │   └── TooManyStreams       the user has too many subscriptions and event streams
    ├── BadInput                 an invalid argument, variable, document or cursor
    ├── BodyTooLarge
    ├── MethodNotAllowed
    ├── NotFound
    ├── AmbiguousSample          several samples of the run read the media file
    ├── PersistedQueryNotFound
    ├── RequestTimeout           the client did not send its request in time
    ├── Unavailable              the database or the files cannot be reached
    │   ├── TimedOut             a statement took too long
    │   └── Overloaded           the process or its connection pool is full
    └── InternalError            an error of the gateway, which is logged

The layers below raise errors of their own; `public_error` converts them. REST sends `code`,
`message` and `details` as the documented body; GraphQL sends the message, with `graphql_code` and
the details as `extensions`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from gql.database.errors import (
    DatabaseUnavailable,
    InvalidValue,
    PoolExhausted,
    StatementTimeout,
)
from gql.files.errors import FilesTooSlow, FilesUnavailable

RETRY_UNAVAILABLE_SECONDS = 5
RETRY_OVERLOADED_SECONDS = 1


MAX_QUOTED_CHARACTERS = 50


def shortened(text: str, maximum: int = MAX_QUOTED_CHARACTERS) -> str:
    """A client's text, cut where a message would get long."""
    return text[:maximum] + "…" if len(text) > maximum else text


class GatewayError(Exception):
    """An error that clients see; `details` has the values that a program can use."""

    def __init__(
        self, message: str, *, headers: dict[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.headers = headers or {}
        self.details = details

    @property
    def codes(self) -> "ErrorCodes":
        """How both APIs report the error."""
        return next(CODES[each] for each in type(self).__mro__ if each in CODES)


class Unauthenticated(GatewayError):
    def __init__(self, message: str = "Bearer token is missing, expired, or invalid.") -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(GatewayError):
    def __init__(self, required: str, present: list[str]) -> None:
        super().__init__(
            f"The token lacks the scope {required}.",
            required_scopes=[required],
            present_scopes=present,
        )


class ForeignOrigin(Forbidden):
    def __init__(self, origin: str) -> None:
        GatewayError.__init__(
            self,
            f"Pages of {shortened(origin)} may not use this. CORS_ALLOWED_ORIGINS lists the "
            "origins whose pages may.",
        )


class RateLimited(GatewayError):
    def __init__(self, *, retry_after: int, limit: int, window_seconds: int) -> None:
        super().__init__(
            f"Rate limit exceeded. Retry after {retry_after} seconds.",
            headers={"Retry-After": str(retry_after)},
            retry_after=retry_after,
            limit=limit,
            window=f"{window_seconds}s",
        )


class TooManyStreams(RateLimited):
    def __init__(self, maximum: int) -> None:
        GatewayError.__init__(
            self,
            f"You have {maximum} streams open, and the limit is {maximum}. End one of them first.",
            bound="streams",
            maximum=maximum,
        )


class BadInput(GatewayError):
    """Arguments that cannot be answered; the message names the argument and the remedy."""


class PersistedQueryNotFound(GatewayError):
    """A hash that is not registered: the client is to send the query in full, with its hash.

    Clients of Apollo's protocol look for exactly this message.
    """

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class MethodNotAllowed(GatewayError):
    def __init__(self, method: str, allow: str) -> None:
        super().__init__(
            f"Method {method} is not allowed here. Allowed: {allow}.", headers={"Allow": allow}
        )


class NotFound(GatewayError):
    pass


class AmbiguousSample(GatewayError):
    """Several samples of the run read the media file that was asked for."""

    def __init__(self, *, run_id: int, media_id: int, regression_ids: list[int]) -> None:
        super().__init__(
            f"{len(regression_ids)} samples of run {run_id} read media file {media_id}. "
            "Ask by one of the regression ids.",
            resource="sample",
            id=media_id,
            run_id=run_id,
            regression_ids=regression_ids,
        )


class BodyTooLarge(GatewayError):
    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"The request body exceeds the limit of {maximum} bytes.",
            bound="body",
            maximum=maximum,
        )


class RequestTimeout(GatewayError):
    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"The request body did not arrive within {seconds} seconds.",
            bound="body_seconds",
            maximum=seconds,
        )


class Unavailable(GatewayError):
    """No part of the answer could be read, by default because the database is unreachable."""

    def __init__(
        self,
        message: str = "The database cannot be reached. Retry later.",
        retry_after: int = RETRY_UNAVAILABLE_SECONDS,
    ) -> None:
        super().__init__(
            message, headers={"Retry-After": str(retry_after)}, retry_after=retry_after
        )


class TimedOut(Unavailable):
    def __init__(self) -> None:
        super().__init__("The database took too long to answer. Retry later, or ask for less.")


class Overloaded(Unavailable):
    def __init__(self) -> None:
        super().__init__(
            "The gateway has too many requests in progress. Retry later.",
            retry_after=RETRY_OVERLOADED_SECONDS,
        )


class InternalError(GatewayError):
    def __init__(self) -> None:
        super().__init__("The gateway failed to answer. The failure was logged.")


class ErrorCodes(NamedTuple):
    """How both APIs report an error: the HTTP status, and the codes of REST and of GraphQL."""

    status: int
    rest: str
    graphql: str


CODES: dict[type[GatewayError], ErrorCodes] = {
    PersistedQueryNotFound: ErrorCodes(
        200, "persisted_query_not_found", "PERSISTED_QUERY_NOT_FOUND"
    ),
    BadInput: ErrorCodes(400, "validation_error", "BAD_USER_INPUT"),
    Unauthenticated: ErrorCodes(401, "unauthorized", "UNAUTHENTICATED"),
    Forbidden: ErrorCodes(403, "forbidden", "FORBIDDEN"),
    NotFound: ErrorCodes(404, "not_found", "NOT_FOUND"),
    MethodNotAllowed: ErrorCodes(405, "method_not_allowed", "BAD_USER_INPUT"),
    RequestTimeout: ErrorCodes(408, "request_timeout", "BAD_USER_INPUT"),
    AmbiguousSample: ErrorCodes(409, "ambiguous_sample", "BAD_USER_INPUT"),
    BodyTooLarge: ErrorCodes(413, "body_too_large", "BAD_USER_INPUT"),
    RateLimited: ErrorCodes(429, "rate_limited", "RATE_LIMITED"),
    InternalError: ErrorCodes(500, "internal_error", "INTERNAL"),
    Unavailable: ErrorCodes(503, "unavailable", "UNAVAILABLE"),
    TimedOut: ErrorCodes(503, "timeout", "TIMEOUT"),
    Overloaded: ErrorCodes(503, "overloaded", "OVERLOADED"),
}

_OF_LOWER_LAYERS: dict[type[Exception], Callable[[Exception], GatewayError]] = {
    DatabaseUnavailable: lambda _error: Unavailable(),
    StatementTimeout: lambda _error: TimedOut(),
    PoolExhausted: lambda _error: Overloaded(),
    FilesUnavailable: lambda _error: Unavailable(
        "The platform's files cannot be read. Retry later."
    ),
    FilesTooSlow: lambda _error: Unavailable(
        "Reading the platform's files took too long. Ask for fewer of them, or retry later."
    ),
    InvalidValue: lambda error: BadInput(str(error)),
}


def public_error(error: BaseException | None) -> GatewayError | None:
    """The error as clients see it; None for an internal one, and for none."""
    if isinstance(error, GatewayError):
        return error
    if not isinstance(error, Exception):
        return None
    convert = _OF_LOWER_LAYERS.get(type(error))
    return convert(error) if convert else None
