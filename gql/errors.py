"""Every error of both APIs, once: its codes, HTTP status and message.

REST sends `code`, `message` and `details` as the documented body; GraphQL sends
`message`, with `graphql_code` and the details as `extensions`.
"""

from typing import Any, ClassVar

RETRY_UNAVAILABLE_SECONDS = 5
RETRY_OVERLOADED_SECONDS = 1


class GatewayError(Exception):
    """An error that clients see; `details` has the values that a program can use."""

    status: ClassVar[int]
    code: ClassVar[str]
    graphql_code: ClassVar[str]

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def headers(self) -> dict[str, str]:
        return {}


class Unauthenticated(GatewayError):
    status = 401
    code = "unauthorized"
    graphql_code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Bearer token is missing, expired, or invalid.") -> None:
        super().__init__(message)

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(GatewayError):
    status = 403
    code = "forbidden"
    graphql_code = "FORBIDDEN"

    def __init__(self, required: str, present: list[str]) -> None:
        super().__init__(
            f"The token lacks the scope {required}.",
            required_scopes=[required],
            present_scopes=present,
        )


class RateLimited(GatewayError):
    status = 429
    code = "rate_limited"
    graphql_code = "RATE_LIMITED"

    def __init__(self, *, retry_after: int, limit: int, window_seconds: int) -> None:
        super().__init__(
            f"Rate limit exceeded. Retry after {retry_after} seconds.",
            retry_after=retry_after,
            limit=limit,
            window=f"{window_seconds}s",
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.details["retry_after"])}


class BadInput(GatewayError):
    """Arguments that cannot be answered; the message names the argument and the remedy."""

    status = 400
    code = "validation_error"
    graphql_code = "BAD_USER_INPUT"


class PersistedQueryNotFound(GatewayError):
    """A query that is named and not known: the client is to send it in full, with its name.

    The words are those that clients of Apollo's protocol look for.
    """

    status = 200
    code = "persisted_query_not_found"
    graphql_code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class MethodNotAllowed(GatewayError):
    status = 405
    code = "method_not_allowed"
    graphql_code = "BAD_USER_INPUT"

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"Method {method} is not allowed here. Allowed: {allow}.")
        self._allow = allow

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self._allow}


class NotFound(GatewayError):
    status = 404
    code = "not_found"
    graphql_code = "NOT_FOUND"


class AmbiguousSample(GatewayError):
    """Several samples of the run read the media file that was asked for."""

    status = 409
    code = "ambiguous_sample"
    graphql_code = "BAD_USER_INPUT"

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
    status = 413
    code = "body_too_large"
    graphql_code = "BAD_USER_INPUT"

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"The request body exceeds the limit of {maximum} bytes.",
            bound="body",
            maximum=maximum,
        )


class Unavailable(GatewayError):
    """No part of the answer could be read, by default because the database is unreachable."""

    status = 503
    code = "unavailable"
    graphql_code = "UNAVAILABLE"

    def __init__(
        self,
        message: str = "The database cannot be reached. Retry later.",
        retry_after: int = RETRY_UNAVAILABLE_SECONDS,
    ) -> None:
        super().__init__(message, retry_after=retry_after)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.details["retry_after"])}


class Overloaded(Unavailable):
    def __init__(self) -> None:
        super().__init__(
            "The gateway has too many requests in progress. Retry later.",
            retry_after=RETRY_OVERLOADED_SECONDS,
        )


class InternalError(GatewayError):
    status = 500
    code = "internal_error"
    graphql_code = "INTERNAL"

    def __init__(self) -> None:
        super().__init__("The gateway failed to answer. The failure was logged.")
