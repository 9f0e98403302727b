"""The schema, built from its entry points for one way of execution."""

import logging
from collections.abc import Mapping

from graphql import GraphQLError, Undefined
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.scalar import ScalarDefinition

import gql.schema.enums  # noqa: F401  (gives the enums their names and documentation)
from gql.compat.strawberry import core_schema
from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.execution.masked_errors import is_internal
from gql.execution.streaming import StreamingSchema
from gql.schema.query import Query
from gql.schema.scalars import SCALARS
from gql.schema.subscription import Subscription

logger = logging.getLogger(__name__)


class Schema(StreamingSchema):
    """The schema, executed by `execution` under `policy`.

    It differs from Strawberry's own in that null defaults are left out and only internal errors
    are logged.
    """

    def __init__(
        self,
        execution: type[Execution],
        policy: ExecutionPolicy,
        *,
        query: type = Query,
        scalars: Mapping[object, ScalarDefinition] = SCALARS,
    ) -> None:
        super().__init__(
            policy,
            query=query,
            subscription=Subscription,
            execution_context_class=execution.within(policy.execution_limits),
            config=StrawberryConfig(scalar_map={**scalars}),
        )
        # A default of null only says that the argument is optional.
        for type_ in core_schema(self).type_map.values():
            for field in getattr(type_, "fields", {}).values():
                for argument in (field, *getattr(field, "args", {}).values()):
                    if getattr(argument, "default_value", Undefined) is None:
                        argument.default_value = Undefined

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log internal errors; errors of the client are not logged."""
        for error in errors:
            if is_internal(error):
                logger.error("Field %s failed", error.path, exc_info=error.original_error)
