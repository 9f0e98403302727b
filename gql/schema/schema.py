"""The schema, built from its entry points for one way of execution."""

import logging
from collections.abc import Mapping

from graphql import GraphQLError, Undefined
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.scalar import ScalarDefinition

import gql.schema.enums  # noqa: F401  (gives the enums their names and documentation)
from gql.execution.breadth_first import BreadthFirstExecution
from gql.execution.documents import Rules
from gql.execution.masked_errors import is_internal
from gql.execution.streaming import Execution, StreamingSchema
from gql.schema.query import Query
from gql.schema.scalars import SCALARS
from gql.schema.subscription import Subscription

logger = logging.getLogger(__name__)


class Schema(StreamingSchema):
    """The schema, of which operations are executed in that way and by the rules.

    It is Strawberry's, without what only clutters documentation and logs.
    """

    def __init__(
        self,
        execution: type[Execution],
        rules: Rules,
        *,
        query: type = Query,
        scalars: Mapping[object, ScalarDefinition] = SCALARS,
    ) -> None:
        super().__init__(
            rules,
            query=query,
            subscription=Subscription,
            execution_context_class=execution.within(rules.limits),
            config=StrawberryConfig(scalar_map={**scalars}),
        )
        # A default of null says no more than that an argument may be left out.
        for type_ in self._schema.type_map.values():
            for field in getattr(type_, "fields", {}).values():
                for argument in (field, *getattr(field, "args", {}).values()):
                    if getattr(argument, "default_value", Undefined) is None:
                        argument.default_value = Undefined

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log the failures of the gateway; those of its clients are no news."""
        for error in errors:
            if is_internal(error):
                logger.error("Field %s failed", error.path, exc_info=error.original_error)


schema = Schema(BreadthFirstExecution, Rules())
