"""A run's samples can be narrowed down and put in order."""

from typing import Any

import pytest

from gql.database import tables
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

SAMPLES = """
query ($first: Int, $after: String, $last: Int, $filter: SampleFilter, $order: SampleOrder!) {
  run(id: 1) {
    samples(first: $first, after: $after, last: $last, filter: $filter, orderBy: $order) {
      totalCount
      nodes { regressionId }
      pageInfo { endCursor hasNextPage }
    }
  }
}
"""


@pytest.fixture(autouse=True)
async def run(platform: Platform) -> None:
    """Three results and one test that is yet to report.

    Test 1 passes in 300 ms, test 2 fails in 100 ms, test 3 passes without a runtime.
    """
    await platform.add(
        tables.Category(id=1, name="DVB", description=""),
        tables.Category(id=2, name="XDS", description=""),
        tables.Tag(id=1, name="live"),
        tables.Tag(id=2, name="roll-up"),
        rows.media(21, original_name="beta.TS"),
        rows.media(22, original_name="alpha.mp4"),
        tables.MediaFileTag(sample_id=21, tag_id=1),
        tables.MediaFileTag(sample_id=22, tag_id=1),
        tables.MediaFileTag(sample_id=22, tag_id=2),
        rows.regression_test(1, sample_id=21, command="--out=srt 100%"),
        rows.regression_test(2, sample_id=22, command="--out=ttxt"),
        rows.regression_test(3, sample_id=21, command="-ucla"),
        rows.regression_test(4, command="-ucla"),
        tables.RegressionTestCategory(regression_id=1, category_id=1),
        tables.RegressionTestCategory(regression_id=2, category_id=1),
        tables.RegressionTestCategory(regression_id=2, category_id=2),
        rows.run(1, "testing"),
        rows.result(1, 1, runtime=300),
        rows.result(1, 2, runtime=100, exit_code=1),
        rows.result(1, 3, runtime=None),
    )


async def samples(client: Client, **variables: Any) -> Any:
    variables = {"order": "REGRESSION_ID"} | variables
    return (await client.ask(SAMPLES, **variables))["run"]["samples"]


def ids(page: Any) -> list[int]:
    return [node["regressionId"] for node in page["nodes"]]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"statuses": ["FAIL"]}, [2]),
        ({"statuses": ["PASS", "RUNNING"]}, [1, 3, 4]),
        ({"statuses": []}, []),
        ({"categories": ["DVB"]}, [1, 2]),
        ({"categories": ["XDS", "DVB"]}, [1, 2]),
        ({"tags": ["live"]}, [1, 2, 3]),
        ({"tags": ["roll-up", "no such"]}, [2]),
        ({"search": "SRT"}, [1]),
        ({"search": "beta"}, [1, 3]),
        ({"search": "0%"}, [1]),
        ({"search": "%"}, [1]),
        ({"search": "_"}, []),
        ({"regressionIds": [1, 4, 99]}, [1, 4]),
        ({"mediaIds": [21]}, [1, 3]),
        ({"statuses": ["PASS"], "categories": ["DVB"], "tags": ["live"]}, [1]),
    ],
)
async def test_filter_of_samples_keeps_those_that_match_every_condition(
    gateway: Client, filter: dict[str, Any], expected: list[int]
) -> None:
    page = await samples(gateway, filter=filter)

    assert ids(page) == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("REGRESSION_ID", [1, 2, 3, 4]),
        ("SLOWEST_FIRST", [1, 2, 4, 3]),
        ("FASTEST_FIRST", [3, 4, 2, 1]),
        ("NAME", [4, 2, 1, 3]),
    ],
)
async def test_order_of_samples_holds_across_pages(
    gateway: Client, order: str, expected: list[int]
) -> None:
    seen: list[int] = []
    cursor, more = None, True
    while more:
        page = await samples(gateway, order=order, first=1, after=cursor)
        seen += ids(page)
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == expected
    assert ids(await samples(gateway, order=order, last=2)) == expected[-2:]


@pytest.mark.parametrize("other", ["REGRESSION_ID", "SLOWEST_FIRST", "NAME"])
async def test_cursor_of_another_order_is_rejected(gateway: Client, other: str) -> None:
    page = await samples(gateway, order="FASTEST_FIRST", first=1)
    variables = {"order": other, "after": page["pageInfo"]["endCursor"]}

    response = await gateway.post("/graphql", json={"query": SAMPLES, "variables": variables})

    assert response.json()["errors"][0]["extensions"]["argument"] == "after"
