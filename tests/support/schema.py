"""The schema, for tests that read it without serving it."""

from gql.compat.strawberry import core_schema
from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.schema.schema import Schema

schema = Schema(Execution, ExecutionPolicy())
GRAPHQL_SCHEMA = core_schema(schema)
