"""How GraphQL words an error: a message, and a code that a program can switch on."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError
from strawberry.utils.str_converters import to_camel_case

from gql.errors import BadInput, GatewayError, InternalError
from gql.telemetry.request_log import note


def is_internal(error: GraphQLError) -> bool:
    """Whether the gateway is to blame, so that clients must not see the message."""
    if isinstance(error.original_error, GatewayError):
        return False
    # Errors before execution have no path: they are about what the client sent.
    is_before_execution = error.path is None
    return not (is_before_execution and isinstance(error.original_error, GraphQLError | None))


def refusal(cause: GatewayError) -> GraphQLError:
    """The error that refuses an operation before it is executed."""
    return GraphQLError(cause.message, original_error=cause)


def told(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it, with nothing internal in it."""
    cause = error.original_error
    if not isinstance(cause, GatewayError):
        cause = InternalError() if is_internal(error) else BadInput(error.message)
    return GraphQLError(
        **formatted_error(cause),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=cause,
    )


def all_told(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """The errors as a client may see them; the first one's code is noted of the request."""
    all_told = [told(error) for error in errors]
    note(code=(all_told[0].extensions or {})["code"])
    return all_told


def formatted_error(error: GatewayError) -> dict[str, Any]:
    return {
        "message": error.message,
        "extensions": {
            "code": error.graphql_code,
            **{to_camel_case(name): value for name, value in error.details.items()},
        },
    }
