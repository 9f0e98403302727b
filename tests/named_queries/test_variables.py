"""Variables arrive as texts, and are typed by the schema or refused by their names."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

RUNS = """query Runs(
  $filter: RunFilter
  $statuses: [RunStatus!]
  $platform: Platform
  $branch: String
  $since: DateTime
  $first: Int = 3
  $withUrl: Boolean! = false
) {
  runs(filter: $filter, first: $first) { nodes { id url @include(if: $withUrl) } }
  others: runs(
    filter: { statuses: $statuses, platform: $platform, branch: $branch, startedAfter: $since }
  ) { nodes { id } }
}"""
INTEGER = "must be an integer from -2147483648 to 2147483647, in plain digits, and is {}"
NODES = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { nodeId } }"


@pytest.fixture
async def trusting(platform: Platform, tmp_path: Path) -> AsyncIterator[Client]:
    """A gateway with three runs, whose operator trusts RUNS and NODES."""
    await platform.add(
        rows.run(1, "testing", "completed", branch="master"),
        rows.run(2, branch="a,b &ü"),
        rows.run(3, "canceled", platform="windows"),
    )
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"runs": RUNS, "nodes": NODES}))
    trusted = settings(platform.url, graphql_trusted_documents=manifest)
    async with running_app(trusted, platform.token) as client:
        yield client


async def ids(client: Client, field: str, **parameters: Any) -> list[int]:
    response = await client.get("/queries/Runs", params=parameters)
    assert response.status_code == 200, response.text
    return [run["id"] for run in response.json()["data"][field]["nodes"]]


async def problem(client: Client, query: str, **parameters: Any) -> Any:
    response = await client.get(f"/queries/{query}", params=parameters)
    error = response.json()
    assert (response.status_code, error["code"]) == (400, "validation_error")
    return error


async def test_integer_is_read_as_a_number(trusting: Client) -> None:
    assert await ids(trusting, "runs", first="1") == [3]


async def test_enum_value_is_read_by_its_name(trusting: Client) -> None:
    assert await ids(trusting, "others", platform="WINDOWS") == [3]


async def test_list_is_read_from_repeated_parameters(trusting: Client) -> None:
    assert await ids(trusting, "others", statuses=["QUEUED", "CANCELED"]) == [3, 2]


async def test_list_of_one_needs_no_brackets(trusting: Client) -> None:
    assert await ids(trusting, "others", statuses="QUEUED") == [2]


async def test_text_is_read_as_it_is(trusting: Client) -> None:
    assert await ids(trusting, "others", branch="a,b &ü") == [2]


async def test_text_that_looks_like_a_number_stays_a_text(trusting: Client) -> None:
    assert await ids(trusting, "others", branch="1") == []


async def test_boolean_is_read_as_true_or_false(trusting: Client) -> None:
    response = await trusting.get("/queries/Runs?withUrl=true&first=1")

    assert response.json()["data"]["runs"]["nodes"][0].keys() == {"id", "url"}


async def test_input_object_is_read_as_json(trusting: Client) -> None:
    assert await ids(trusting, "runs", filter='{"platform": "WINDOWS"}') == [3]


async def test_parameter_without_a_text_is_not_given(trusting: Client) -> None:
    assert await ids(trusting, "others", platform="", statuses="") == [3, 2, 1]


async def test_id_of_digits_stays_a_text(trusting: Client) -> None:
    error = await problem(trusting, "Nodes", ids="12")

    assert error["message"] == "ids has '12', which is not a nodeId of this schema."


ARABIC_ONE = "\u0661"


@pytest.mark.parametrize(
    ("name", "text", "problem_of_it"),
    [
        ("first", "ten", INTEGER),
        ("first", "2147483648", INTEGER),
        ("first", "1.0", INTEGER),
        ("first", " 1", INTEGER),
        ("first", ARABIC_ONE, INTEGER),
        ("platform", "linux", "must be one of LINUX, WINDOWS, and is {}"),
        ("withUrl", "yes", "must be true or false, and is {}"),
        ("since", "yesterday", "is no DateTime: "),
        ("filter", "{", "must be RunFilter as JSON: "),
    ],
)
async def test_text_of_another_type_is_refused_by_name(
    trusting: Client, name: str, text: str, problem_of_it: str
) -> None:
    error = await problem(trusting, "Runs", **{name: text})

    [(refused, reason)] = error["details"]["fields"].items()
    assert refused == name
    assert reason.startswith(problem_of_it.format(f'"{text}"'))
    assert error["message"] == f"{name} {reason}."


async def test_input_object_with_an_unknown_field_is_refused(trusting: Client) -> None:
    error = await problem(trusting, "Runs", filter='{"plattform": "LINUX"}')

    assert "'plattform'" in error["message"]


async def test_value_given_twice_is_refused(trusting: Client) -> None:
    error = await problem(trusting, "Runs", first=["1", "2"])

    assert error["message"] == "first is given 2 times, and takes one value."


async def test_unknown_and_missing_variables_are_all_named(trusting: Client) -> None:
    error = await problem(trusting, "Nodes", runId="1")

    assert error["details"]["fields"] == {
        "runId": "is not a variable of Nodes, which takes ids",
        "ids": "is required, of type [ID!]!",
    }


async def test_variable_of_a_query_without_any_is_refused(trusting: Client) -> None:
    error = await problem(trusting, "Report", runId="1", foo="1")

    assert error["message"] == "foo is not a variable of Report, which takes runId."


async def test_long_text_is_cut_in_the_message(trusting: Client) -> None:
    error = await problem(trusting, "Runs", first="9" * 5000, **{"n" * 3000: "1"})

    assert len(error["message"]) <= 500
    assert len(json.dumps(error)) < 1500


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from(["filter", "statuses", "platform", "branch", "since", "first", "other"]),
        st.lists(st.text(max_size=20), min_size=1, max_size=3),
        max_size=3,
    )
)
async def test_no_variables_make_the_gateway_fail(trusting: Client, given: Any) -> None:
    response = await trusting.get("/queries/Runs", params=given)

    assert response.status_code in {200, 400}
    assert response.json()
