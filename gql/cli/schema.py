"""The command that prints the schema."""

import click

from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.schema.federation import Subgraph
from gql.schema.schema import Schema


@click.command("schema")
@click.option(
    "--federation", is_flag=True, help="Print the subgraph schema of Apollo Federation 2."
)
def print_schema(*, federation: bool) -> None:
    """Print the GraphQL schema, as schema.graphql has it."""
    schema_class = Subgraph if federation else Schema
    click.echo(schema_class(Execution, ExecutionPolicy()).as_str())
