"""How GraphQL words an error: a message, and a code that a program can switch on."""

from typing import Any

from graphql import GraphQLError
from strawberry.utils.str_converters import to_camel_case

from gql.errors import BadInput, GatewayError, InternalError


def is_internal(error: GraphQLError) -> bool:
    """Whether the gateway is to blame, so that clients must not see the message."""
    if isinstance(error.original_error, GatewayError):
        return False
    # Errors before execution have no path: they are about what the client sent.
    is_before_execution = error.path is None
    return not (is_before_execution and isinstance(error.original_error, GraphQLError | None))


def formatted(error: GraphQLError) -> dict[str, Any]:
    """The error as it goes into a response, with nothing internal in it."""
    response = dict(error.formatted)
    if isinstance(error.original_error, GatewayError):
        return response | formatted_error(error.original_error)
    if is_internal(error):
        return response | formatted_error(InternalError())
    return response | {"extensions": {"code": BadInput.graphql_code}}


def formatted_error(error: GatewayError) -> dict[str, Any]:
    return {
        "message": error.message,
        "extensions": {
            "code": error.graphql_code,
            **{to_camel_case(name): value for name, value in error.details.items()},
        },
    }
