"""The GraphQL specification's corner cases, asked of the gateway's own schema.

https://spec.graphql.org/September2025/ names the sections.
"""

from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

from gql import demo
from tests.support.databases import only_on
from tests.support.gateway import Client, without_cost
from tests.support.schema import schema

pytestmark = [pytest.mark.quick, only_on("sqlite")]

RUN = demo.BREAKING_PR_LINUX


async def post(client: Client, query: str, **request: Any) -> Any:
    return without_cost((await client.post("/graphql", json={"query": query} | request)).json())


async def refusals(client: Client, query: str, **request: Any) -> list[str]:
    """The messages that a request is refused with before it is executed."""
    body = await post(client, query, **request)
    assert body.keys() == {"errors"}
    assert {error["extensions"]["code"] for error in body["errors"]} == {"BAD_USER_INPUT"}
    return [error["message"] for error in body["errors"]]


# 2.3 Operations


async def test_operation_name_selects_the_operation_and_its_variables(client: Client) -> None:
    document = """
      query A($id: Int!) { run(id: $id) { id } }
      query B($last: Int = 1) { runs(last: $last) { nodes { id } } }
    """

    a = await post(client, document, operationName="A", variables={"id": RUN})
    b = await post(client, document, operationName="B")

    assert a == {"data": {"run": {"id": RUN}}}
    assert b == {"data": {"runs": {"nodes": [{"id": 1}]}}}


@pytest.mark.parametrize("name", ["C", ""])
async def test_unknown_operation_name_is_rejected(client: Client, name: str) -> None:
    document = "query A { tags { id } } query B { categories { id } }"

    [message] = await refusals(client, document, operationName=name)

    assert "operation" in message


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("query A { tags { id } } query A { tags { id } }", "only one operation named 'A'"),
        ("{ tags { id } } query A { tags { id } }", "must be the only defined operation"),
        ("fragment F on Run { id }", "'F' is never used"),
        ("query A { tags { id } } type Extra { id: Int }", "not executable"),
        ("# nothing", "Unexpected <EOF>"),
    ],
)
async def test_document_that_is_not_executable_is_rejected(
    client: Client, document: str, complaint: str
) -> None:
    assert complaint in " ".join(await refusals(client, document, operationName="A"))


# 2.10 Variables


@pytest.mark.parametrize(
    ("type_", "value", "complaint"),
    [
        ("Int!", None, "Int!"),
        ("Int!", "1", "Int"),
        ("Int!", 1.5, "Int"),
        ("Int!", True, "Int"),
        ("Int!", 2**31, "Int"),
        ("Int!", [1], "Int"),
        ("Int!", {}, "Int"),
    ],
)
async def test_variable_of_another_type_is_rejected_by_name(
    client: Client, type_: str, value: Any, complaint: str
) -> None:
    query = f"query ($id: {type_}) {{ run(id: $id) {{ id }} }}"

    body = await post(client, query, variables={"id": value})

    [error] = body["errors"]
    assert body.get("data") is None
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "$id" in error["message"]
    assert complaint in error["message"]


async def test_missing_required_variable_is_rejected_by_name(client: Client) -> None:
    body = await post(client, "query ($id: Int!) { run(id: $id) { id } }")

    [error] = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "$id" in error["message"]


async def test_whole_float_is_coerced_to_an_integer(client: Client) -> None:
    query = "query ($id: Int!) { run(id: $id) { id } }"

    assert await post(client, query, variables={"id": float(RUN)}) == {"data": {"run": {"id": RUN}}}


async def test_single_value_is_coerced_to_a_list(client: Client) -> None:
    query = """query ($one: [RunStatus!]) {
      runs(filter: {statuses: $one}, first: 1) { nodes { status } }
    }"""

    body = await post(client, query, variables={"one": "FAIL"})

    assert body == {"data": {"runs": {"nodes": [{"status": "FAIL"}]}}}


async def test_omitted_variable_gives_the_default_of_the_argument(client: Client) -> None:
    query = """query ($order: RunOrder! = OLDEST_FIRST) {
      runs(first: 1, orderBy: $order) { nodes { id } }
    }"""

    assert await client.ask(query) == {"runs": {"nodes": [{"id": 1}]}}


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"statuses": ["NEVER"]}, "RunStatus"),
        ({"statuses": [None]}, "RunStatus"),
        ({"nonsense": 1}, "nonsense"),
        ({"pullRequest": "1"}, "pullRequest"),
        ({"startedAfter": "yesterday"}, "startedAfter"),
    ],
)
async def test_invalid_input_object_is_rejected_by_the_name_of_its_field(
    client: Client, value: Any, complaint: str
) -> None:
    query = "query ($filter: RunFilter) { runs(filter: $filter) { nodes { id } } }"

    body = await post(client, query, variables={"filter": value})

    [error] = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert complaint in error["message"]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("query ($a: Int!, $a: Int!) { run(id: $a) { id } }", "one variable named '$a'"),
        ("{ run(id: $a) { id } }", "'$a' is not defined"),
        ("query ($a: Int!) { tags { id } }", "'$a' is never used"),
        ("query ($a: String!) { run(id: $a) { id } }", "type 'String!'"),
        ("query ($a: Int) { run(id: $a) { id } }", "type 'Int'"),
        ("query ($a: Run!) { run(id: $a) { id } }", "cannot be non-input type"),
        ("query ($a: Int! = null) { run(id: $a) { id } }", "not to be None"),
    ],
)
async def test_wrongly_declared_variable_is_rejected(
    client: Client, query: str, complaint: str
) -> None:
    assert complaint in " ".join(await refusals(client, query, variables={"a": RUN}))


async def test_undeclared_variable_is_ignored(client: Client) -> None:
    body = await post(client, f"{{ run(id: {RUN}) {{ id }} }}", variables={"unknown": {"a": [1]}})

    assert body == {"data": {"run": {"id": RUN}}}


# 2.8 Fragments


async def test_fragment_on_another_type_selects_no_fields(client: Client) -> None:
    query = f"""{{
      run(id: {RUN}) {{ nodeId id }}
      node(id: "UnVuOjE5") {{ ...OfMedia ... on Run {{ id }} ... on Node {{ __typename }} }}
    }}
    fragment OfMedia on Media {{ sha filename }}"""

    assert (await client.ask(query))["node"] == {"id": 19, "__typename": "Run"}


async def test_field_selected_twice_is_merged(client: Client) -> None:
    query = f"""{{
      run(id: {RUN}) {{ id ...Status }}
      run(id: {RUN}) {{ status }}
    }}
    fragment Status on Run {{ id platform }}"""

    data = await client.ask(query)

    assert list(data["run"]) == ["id", "platform", "status"]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("{ tags { ...F } } fragment F on Tag { ...F }", "Cannot spread fragment 'F' within"),
        ("{ tags { ...G } }", "Unknown fragment 'G'"),
        ("{ tags { id } } fragment F on Tag { id }", "'F' is never used"),
        ("{ tags { ...F } } fragment F on Run { id }", "can never be of type 'Run'"),
        ("{ tags { ... on RunFilter { id } } }", "non composite type"),
        ("{ run(id: 1) { id } run(id: 2) { id } }", "conflict"),
        ("{ tags { id: name id } }", "conflict"),
        ("{ tags }", "must have a selection of subfields"),
        ("{ tags { id { x } } }", "must not have a selection"),
    ],
)
async def test_invalid_selection_is_rejected(client: Client, query: str, complaint: str) -> None:
    assert complaint in " ".join(await refusals(client, query))


# 3.13 Directives


@pytest.mark.parametrize(
    ("directives", "is_there"),
    [
        ("@include(if: true)", True),
        ("@include(if: false)", False),
        ("@skip(if: true)", False),
        ("@skip(if: false)", True),
        ("@skip(if: true) @include(if: true)", False),
        ("@skip(if: false) @include(if: false)", False),
        ("@skip(if: $no) @include(if: $yes)", True),
    ],
)
@pytest.mark.parametrize("on", ["{field} {directives}", "... {directives} {{ {field} }}"])
async def test_skip_and_include_combine(
    client: Client, directives: str, is_there: bool, on: str
) -> None:
    selection = on.format(field="status", directives=directives)
    query = f"""query ($yes: Boolean = true, $no: Boolean = false) {{
      run(id: {RUN}) {{ id {selection} }}
      compareRuns(head: 1) @include(if: $no) {{ head {{ id }} }}
      tags @skip(if: $yes) {{ id }}
    }}"""

    data = await client.ask(query)

    assert list(data) == ["run"]
    assert ("status" in data["run"]) is is_there


async def test_operation_with_every_field_skipped_is_empty(client: Client) -> None:
    assert await client.ask("{ tags @skip(if: true) { id } }") == {}


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("{ tags @skip { id } }", "if:"),
        ("{ tags @skip(if: null) { id } }", "null"),
        ("{ tags @unknown { id } }", "Unknown directive '@unknown'"),
        ("query @skip(if: true) { tags { id } }", "may not be used on"),
        ("{ tags @skip(if: true) @skip(if: true) { id } }", "only be used once"),
    ],
)
async def test_invalid_directive_is_rejected(client: Client, query: str, complaint: str) -> None:
    assert complaint in " ".join(await refusals(client, query))


# 6.4.4 Handling execution errors


async def test_error_in_a_nullable_field_nulls_only_that_field(client: Client) -> None:
    body = await post(
        client, f"{{ run(id: {RUN}) {{ id samples(first: 1000) {{ totalCount }} }} }}"
    )

    assert body["data"] == {"run": {"id": RUN, "samples": None}}
    assert [error["path"] for error in body["errors"]] == [["run", "samples"]]


async def test_error_in_a_nullable_item_leaves_the_other_items(client: Client) -> None:
    query = """{ nodes(ids: ["UnVuOjE5", "UnVuOjE4"]) {
      ... on Run { id sample(regressionId: 1) { stability(last: 0) { runs } } }
    } }"""

    body = await post(client, query)

    assert [node["id"] for node in body["data"]["nodes"]] == [19, 18]
    assert {tuple(error["path"][2:]) for error in body["errors"]} == {("sample", "stability")}


# 4 Introspection


async def test_introspection_returns_the_exported_schema(client: Client) -> None:
    introspected = await client.ask(get_introspection_query(input_value_deprecation=True))

    printed = print_schema(build_client_schema(introspected)).splitlines()  # type: ignore[arg-type]
    assert {line for line in printed if line.startswith("type ")} == {
        line for line in schema.as_str().splitlines() if line.startswith("type ")
    }


async def test_introspection_of_a_type_by_name_is_null_if_unknown(client: Client) -> None:
    query = '{ __typename known: __type(name: "Tag") { kind } unknown: __type(name: "X") { kind } }'

    assert await client.ask(query) == {
        "__typename": "Query",
        "known": {"kind": "OBJECT"},
        "unknown": None,
    }
