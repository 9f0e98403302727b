"""Errors as clients see them: a message and a code, and nothing internal."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from gql.compat.strawberry import to_camel_case
from gql.errors import BadInput, GatewayError, InternalError, public_error, shortened
from gql.telemetry.request_log import set_request_attributes

MAX_REPETITIONS = 5

_DISABLED = "GraphQL introspection has been disabled"

# graphql-core quotes what it rejects, whatever its length.
MAX_MESSAGE_CHARACTERS = 500


def is_internal(error: GraphQLError) -> bool:
    """Whether it is an error of the gateway, whose message clients must not see."""
    if public_error(error.original_error):
        return False
    cause = error.original_error
    # An error before execution has no path: it is an error of the request.
    if error.path is None:
        return not isinstance(cause, GraphQLError | None)
    # One of an argument is about a part of the document. One of a value is not.
    return not (isinstance(cause, GraphQLError) and cause.nodes)


def without_schema(error: GraphQLError) -> GraphQLError:
    """The error of a document, of variables or of an argument, without names of the schema."""
    names_nothing = isinstance(error, GraphQLSyntaxError) or error.message.startswith(_DISABLED)
    if names_nothing or public_error(error.original_error):
        return error
    if error.path is not None and is_internal(error):
        return error
    cause = BadInput("The document or its variables do not match the schema.")
    return GraphQLError(
        cause.message,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=cause,
    )


def rejection(cause: GatewayError) -> GraphQLError:
    """The error that rejects an operation before it is executed."""
    return GraphQLError(cause.message, original_error=cause)


def masked_error(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it, without internal details."""
    cause = public_error(error.original_error)
    if cause is None:
        message = shortened(error.message, MAX_MESSAGE_CHARACTERS)
        cause = InternalError() if is_internal(error) else BadInput(message)
    return GraphQLError(
        **formatted_error(cause),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=cause,
    )


def masked_errors(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """The errors as a client may see them, those of one kind up to MAX_REPETITIONS times.

    Errors of the same field are of one kind, those of its aliases that say the same, and those of
    the document and its variables. The request is logged with the first one's code.
    """
    masked: list[GraphQLError] = []
    kinds: Counter[Any] = Counter()
    for error in map(masked_error, errors):
        # Items of a list fail in the same way.
        fields = tuple(part for part in error.path or () if isinstance(part, str))
        code = (error.extensions or {})["code"]
        nodes = [node for node in error.nodes or () if isinstance(node, FieldNode)]
        names = tuple(node.name.value for node in nodes)
        of_error = (code, fields), (code, names, error.message)
        kinds.update(of_error)
        if all(kinds[kind] <= MAX_REPETITIONS for kind in of_error):
            masked.append(error)
    set_request_attributes(code=(masked[0].extensions or {})["code"])
    return masked


def formatted_error(error: GatewayError) -> dict[str, Any]:
    """The error as a response has it: its message, and its code and details as `extensions`."""
    return {
        "message": error.message,
        "extensions": {
            "code": error.codes.graphql,
            **{to_camel_case(name): value for name, value in error.details.items()},
        },
    }
