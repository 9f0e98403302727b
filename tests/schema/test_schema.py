"""The schema is documentation: everything in it is described, and everything in it answers."""

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_required_argument,
    is_specified_scalar_type,
)
from sqlalchemy import URL

from gql import demo
from tests.support.gateway import running_app, settings
from tests.support.paths import SCHEMA
from tests.support.schema import GRAPHQL_SCHEMA, schema

pytestmark = pytest.mark.quick

TYPES = [
    type_
    for type_ in GRAPHQL_SCHEMA.type_map.values()
    if not type_.name.startswith("__") and not is_specified_scalar_type(type_)
]
HAVING_FIELDS = (GraphQLObjectType, GraphQLInterfaceType)
DEPTH = 4
UNLIMITED = {"graphql_max_tokens": 100_000, "graphql_max_cost": 1_000_000}

REQUIRED = {
    "regressionId": demo.REGRESSED_TEST,
    "platform": "LINUX",
    "filter": "{platform: LINUX}",
    "commit": f'"{"0" * 40}"',
}
ROOTS = {
    "run": f"(id: {demo.REPORT_LINUX_2026})",
    "runs": "(first: 3)",
    "sample": f"(runId: {demo.REPORT_LINUX_2026}, regressionId: {demo.REGRESSED_TEST})",
    "regressionTest": f"(id: {demo.REGRESSED_TEST})",
    "media": f"(id: {demo.SHARED_MEDIA})",
    "node": '(id: "UnVuOjE5")',
    "nodes": '(ids: ["UnVuOjE5"])',
    "compareRuns": f"(head: {demo.BREAKING_PR_LINUX})",
    "pullRequest": "(number: 1556)",
}


def test_every_element_of_the_schema_has_a_description() -> None:
    undescribed = [type_.name for type_ in TYPES if not type_.description]
    for type_ in TYPES:
        if isinstance(type_, GraphQLInputObjectType):
            undescribed += [
                f"{type_.name}.{name}"
                for name, field in type_.fields.items()
                if not field.description
            ]
        elif isinstance(type_, HAVING_FIELDS):
            for name, field in type_.fields.items():
                if not field.description:
                    undescribed.append(f"{type_.name}.{name}")
                undescribed += [
                    f"{type_.name}.{name}({argument})"
                    for argument, definition in field.args.items()
                    if not definition.description
                ]
        elif isinstance(type_, GraphQLEnumType):
            undescribed += [
                f"{type_.name}.{value}"
                for value, definition in type_.values.items()
                if not definition.description
            ]

    assert undescribed == []


def test_exported_schema_is_up_to_date() -> None:

    assert SCHEMA.read_text() == schema.as_str() + "\n"


async def test_every_field_can_be_queried(demo_url: URL) -> None:
    query_type = GRAPHQL_SCHEMA.query_type
    assert query_type
    async with running_app(settings(demo_url, **UNLIMITED)) as client:
        run = (await client.ask(f"{{ run(id: {demo.GOOD_MASTER_LINUX}) {{ commit }} }}"))["run"]
        roots = ROOTS | {"revision": f'(commit: "{run["commit"]}")'}
        for name, field in query_type.fields.items():
            # Field by field: a whole object is a longer query than is allowed.
            root, inner = selection(name, field, 0, roots.get(name, "")), [""]
            type_ = get_named_type(field.type)
            if isinstance(type_, HAVING_FIELDS):
                inner = [selection(n, child, DEPTH - 1) for n, child in type_.fields.items()]
            for each in inner:
                data = await client.ask(f"{{ {root.replace('__typename', each)} }}")
                assert data[name]


def selection(name: str, field: GraphQLField, depth: int, arguments: str = "") -> str:
    """The field with everything below it, down to a depth."""
    if not arguments:
        required = [
            f"{argument}: {REQUIRED[argument]}"
            for argument, definition in field.args.items()
            if is_required_argument(definition)
        ]
        limit = ["first: 2"] if "first" in field.args else []
        arguments = f"({', '.join(required + limit)})" if required + limit else ""
    type_ = get_named_type(field.type)
    if not isinstance(type_, HAVING_FIELDS):
        return name + arguments
    fields = [
        selection(child_name, child, depth - 1)
        for child_name, child in type_.fields.items()
        if depth > 1 or (depth and not isinstance(get_named_type(child.type), HAVING_FIELDS))
    ]
    return f"{name}{arguments} {{ {' '.join(fields) or '__typename'} }}"
