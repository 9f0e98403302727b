"""The schema that the settings select."""

from collections.abc import Mapping

from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.execution.limits import QueryLimits
from gql.execution.usage import ExecutionLimits
from gql.schema.federation import Subgraph
from gql.schema.schema import Schema
from gql.settings import Settings


def create_schema(settings: Settings, trusted: Mapping[str, str] | None) -> Schema:
    """The schema with its execution policy.

    `trusted` are the documents of the manifest. Those of the Python client are trusted beside them.
    """
    policy = ExecutionPolicy(
        query_limits=QueryLimits(
            depth=settings.graphql_max_depth, tokens=settings.graphql_max_tokens
        ),
        execution_limits=ExecutionLimits(
            objects=settings.graphql_max_objects,
            bytes=settings.graphql_max_response_bytes,
            seconds=settings.graphql_timeout_seconds,
        ),
        max_cost=min(settings.graphql_max_cost, settings.rate_limit_requests),
        introspection=settings.graphql_introspection,
        trusted=None if trusted is None else frozenset([*trusted.values(), *_of_the_client()]),
    )
    schema_class = Subgraph if settings.graphql_federation else Schema
    return schema_class(_execution(settings), policy)


def _of_the_client() -> list[str]:
    # Only here: a server has no other use for the client.
    from sample_gateway_client import operations  # noqa: PLC0415

    return [getattr(operations, name) for name in operations.__all__]


def _execution(settings: Settings) -> type[Execution]:
    if not settings.graphql_breadth_first_execution:
        return Execution
    # Only here: it uses names of graphql-core that an upgrade may move.
    from gql.execution.breadth_first import BreadthFirstExecution  # noqa: PLC0415

    return BreadthFirstExecution
