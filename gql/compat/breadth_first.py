"""graphql-core's steps of an execution, for the breadth-first executor only.

Nothing else imports them, so that GRAPHQL_BREADTH_FIRST_EXECUTION=false works if they have moved.
"""

from graphql.execution.collect_fields import (
    CollectedFields,  # The fields of a selection set, grouped by their name in the response.
    FieldDetailsList,  # The nodes of one field.
    collect_fields,  # The fields of an operation, after @skip and @include.
    collect_subfields,  # The fields below a field.
)
from graphql.execution.executor import to_nodes  # The nodes that a resolver's info shows.

__all__ = ["CollectedFields", "FieldDetailsList", "collect_fields", "collect_subfields", "to_nodes"]
