"""docs/security.md lists the limits that hold."""

from typing import Any

import pytest

from gql.assistants.tools import MAX_ANSWER_BYTES
from gql.execution.cost_expression import MAX_LIST_LENGTH, MAX_REPRESENTATIONS
from gql.execution.documents import MAX_ERRORS, DocumentCache, ExecutionPolicy
from gql.execution.limits import QueryLimits
from gql.schema.node import MAX_NODES
from gql.schema.query import MAX_ENTRIES, MAX_RUNS
from gql.schema.types.run import MAX_SAMPLES
from gql.schema.types.stability import MAX_RESULTS
from gql.settings import Settings
from tests.docs.documents import DOCS, blocks, rows
from tests.support.schema import GRAPHQL_SCHEMA

pytestmark = pytest.mark.quick

LIMITS = {
    limit: (default, setting) for limit, default, setting, _ in rows(DOCS / "security.md", "Limits")
}


def value(limit: str) -> str:
    return LIMITS[limit][0].replace(",", "")


def test_limits_of_an_operation_are_those_that_hold() -> None:
    limits = QueryLimits()
    held = {
        "depth of fields": limits.depth,
        "tokens of a document": limits.tokens,
        "characters of a document": limits.characters,
        "aliases of an operation": limits.aliases,
        "root fields of an operation": limits.root_fields,
        "directives of an operation": limits.directives,
        "digits of a number in a document": limits.digits,
        "cost of an operation": ExecutionPolicy().max_cost,
        "errors reported for a document": MAX_ERRORS,
    }

    assert {limit: value(limit) for limit in held} == {k: str(v) for k, v in held.items()}


def test_limits_of_lists_are_those_that_hold() -> None:
    assert MAX_RUNS == MAX_RESULTS
    assert value(
        "rows of a page of runs, of the queue, of revisions, or of a test's history"
    ) == str(MAX_RUNS)
    assert MAX_SAMPLES == MAX_ENTRIES
    assert value("rows of a page of samples, tests, tests of insights or media files") == str(
        MAX_SAMPLES
    )
    assert value("ids in nodes") == str(MAX_NODES)
    assert value("bytes of an answer to an assistant") == str(MAX_ANSWER_BYTES)
    assert value("representations in _entities") == str(MAX_REPRESENTATIONS)
    assert value("values of a list in an argument") == str(MAX_LIST_LENGTH)


def test_limit_with_a_setting_has_its_default() -> None:
    defaults: dict[str, Any] = {
        name.upper(): field.default for name, field in Settings.model_fields.items()
    }
    settings = {setting: value(limit) for limit, (_, setting) in LIMITS.items() if setting}

    assert settings
    assert settings == {name: str(defaults[name]) for name in settings}


def cost(document: str) -> int:
    return DocumentCache(GRAPHQL_SCHEMA, ExecutionPolicy()).cost(document, None, None)


def test_operation_has_the_cost_that_is_shown() -> None:
    shown = {document: int(requests) for document, requests in rows(DOCS / "security.md", "Cost")}

    assert shown
    assert {document: cost(document) for document in shown} == shown


def test_queries_of_the_cookbook_cost_up_to_three() -> None:
    assert max(cost(query) for query in blocks(DOCS / "cookbook.md", "graphql")) <= 3
