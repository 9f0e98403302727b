"""Strawberry's own parts behind its documented API."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLSchema,
)
from strawberry.asgi import ASGIWebSocketAdapter  # To send text frames.
from strawberry.execution import optimized_is_awaitable  # To execute as Strawberry does.
from strawberry.http.exceptions import WebSocketDisconnected  # To end with the client.
from strawberry.http.streaming import SSETransport  # To frame events for all clients.
from strawberry.http.types import QueryParams  # To parse GET requests by the specification.
from strawberry.http.websocket_origin import (
    is_same_origin,  # To check the Origin of an HTTP request, too.
    normalize_allowed_origins,  # To check a setting.
    normalize_origin,  # To find an Origin in that setting.
)
from strawberry.relay.utils import (
    from_base64,  # To parse node ids.
    to_base64,  # To make node ids.
)
from strawberry.schema.schema import (
    StrawberryGraphQLCoreExecutionContext,  # To limit executions.
    StreamResult,  # To stream any operation.
)
from strawberry.schema.schema_converter import GraphQLCoreConverter  # To read a field's metadata.
from strawberry.schema.validation_rules.maybe_null import (
    MaybeNullValidationRule,  # To validate documents once, as Strawberry does.
)
from strawberry.schema.validation_rules.one_of import (
    OneOfInputValidationRule,  # To validate documents once, as Strawberry does.
)
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,  # To admit connections and operations.
    Operation,  # To log an operation.
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,  # To admit a connection.
    Message,  # To reject malformed messages.
    SubscribeMessage,  # To admit an operation.
)
from strawberry.types.arguments import StrawberryArgumentAnnotation  # To share arguments.
from strawberry.types.enum import StrawberryEnumDefinition  # To describe enum values.
from strawberry.types.field import StrawberryField  # To read a field's metadata.
from strawberry.types.scalar import identity  # To know scalars whose values stay what they are.
from strawberry.utils.str_converters import to_camel_case  # To name details as fields are named.

__all__ = [
    "ASGIWebSocketAdapter",
    "BaseGraphQLTransportWSHandler",
    "ConnectionInitMessage",
    "ExecutionOptions",
    "MaybeNullValidationRule",
    "Message",
    "OneOfInputValidationRule",
    "Operation",
    "QueryParams",
    "SSETransport",
    "StrawberryArgumentAnnotation",
    "StrawberryEnumDefinition",
    "StrawberryField",
    "StrawberryGraphQLCoreExecutionContext",
    "StreamResult",
    "SubscribeMessage",
    "WebSocketDisconnected",
    "add_directive",
    "core_schema",
    "enum_definition",
    "field_of",
    "from_base64",
    "identity",
    "is_same_origin",
    "metadata_of",
    "normalize_allowed_origins",
    "normalize_origin",
    "optimized_is_awaitable",
    "to_base64",
    "to_camel_case",
]

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


class ExecutionOptions(strawberry.Schema):
    """A schema that passes `execution_options` to graphql-core's execution context."""

    execution_options: dict[str, Any]

    def _get_custom_context_kwargs(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        kwargs = super()._get_custom_context_kwargs(*arguments, **options)
        return kwargs | self.execution_options


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """graphql-core's schema of a Strawberry schema."""
    return schema._schema  # noqa: SLF001


def field_of(definition: GraphQLField | None) -> StrawberryField | None:
    """The Strawberry field of a field in graphql-core's schema; None if it is GraphQL's own."""
    field = definition and definition.extensions.get(_DEFINITION)
    return field if isinstance(field, StrawberryField) else None


def metadata_of(argument: GraphQLArgument | GraphQLInputField) -> Mapping[Any, Any]:
    """The metadata with which Strawberry made an argument."""
    metadata: Mapping[Any, Any] = getattr(argument.extensions.get(_DEFINITION), "metadata", {})
    return metadata


def enum_definition(enum: type) -> StrawberryEnumDefinition:
    """Strawberry's definition of an enum, whose values can be given descriptions."""
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    return definition


def add_directive(type_: GraphQLNamedType, directive: object) -> None:
    """Apply a directive to a type of this schema, and of no other that shares the type."""
    definition: Any = type_.extensions[_DEFINITION]
    type_.extensions[_DEFINITION] = replace(
        definition, directives=[*(definition.directives or ()), directive]
    )
