"""`sample-gateway schema`."""

import pytest

from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.schema.federation import Subgraph
from tests.cli.commands import run
from tests.support.paths import SCHEMA

pytestmark = [pytest.mark.quick, pytest.mark.usefixtures("no_settings")]


def test_schema_command_prints_the_exported_schema() -> None:
    assert run("schema").output == SCHEMA.read_text()


def test_schema_command_prints_the_subgraph_schema_with_federation() -> None:
    printed = run("schema", "--federation").output
    assert Subgraph(Execution, ExecutionPolicy()).sdl() + "\n" == printed
    assert 'type Run implements Node @key(fields: "id") {' in printed.splitlines()
