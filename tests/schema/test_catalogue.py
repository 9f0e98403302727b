"""The catalogue: the regression tests and media files, whatever runs there were."""

from collections.abc import Callable
from typing import Any

import pytest

from gql.database import tables
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

TESTS = """
query ($first: Int, $after: String, $last: Int, $before: String, $filter: RegressionTestFilter) {
  list: regressionTests(
    first: $first, after: $after, last: $last, before: $before, filter: $filter
  ) {
    totalCount
    nodes { id }
    pageInfo { endCursor hasNextPage hasPreviousPage }
  }
}
"""
MEDIA = TESTS.replace("regressionTests", "mediaFiles").replace(
    "RegressionTestFilter", "MediaFilter"
)


@pytest.fixture
async def catalogue(platform: Platform) -> None:
    """Four tests of two media files, and a third file that a deactivated test reads."""
    await platform.add(
        tables.Category(id=1, name="DVB", description=""),
        tables.Category(id=2, name="XDS", description=""),
        tables.Tag(id=1, name="live"),
        tables.Tag(id=2, name="roll-up"),
        rows.media(21, original_name="News at 10%.ts", sha="abc" + "0" * 61),
        rows.media(22, original_name="abc.mp4", extension="MP4", sha="d" * 64),
        rows.media(23, original_name="unused", extension="", sha="e" * 64),
        tables.MediaFileTag(sample_id=21, tag_id=1),
        tables.MediaFileTag(sample_id=22, tag_id=1),
        tables.MediaFileTag(sample_id=22, tag_id=2),
        rows.run(8, "completed", platform="windows"),
        rows.run(9, "completed"),
        rows.regression_test(1, sample_id=21, command="--out=SRT", input_type="file"),
        rows.regression_test(2, sample_id=22, description="Roll-up in srt", output_type="report"),
        rows.regression_test(
            3, sample_id=21, input_type="stdin", last_passed_on_linux=9, last_passed_on_windows=8
        ),
        rows.regression_test(4, sample_id=23, active=False, last_passed_on_linux=9),
        rows.regression_test(5, active=None),
        tables.RegressionTestCategory(regression_id=1, category_id=1),
        tables.RegressionTestCategory(regression_id=2, category_id=1),
        tables.RegressionTestCategory(regression_id=2, category_id=2),
    )


async def ask(client: Client, query: str, **variables: Any) -> Any:
    return (await client.ask(query, **variables))["list"]


def ids(page: Any) -> list[int]:
    return [node["id"] for node in page["nodes"]]


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (None, [1, 2, 3, 4, 5]),
        ({}, [1, 2, 3, 4, 5]),
        ({"active": True}, [1, 2, 3]),
        ({"active": False}, [4, 5]),
        ({"categories": ["DVB", "XDS"]}, [1, 2]),
        ({"categories": []}, []),
        ({"tags": ["roll-up", "no such"]}, [2]),
        ({"search": "sRt"}, [1, 2]),
        ({"search": "%"}, []),
        ({"inputTypes": ["file", "stdin"]}, [1, 3]),
        ({"outputTypes": ["report"]}, [2]),
        ({"mediaIds": [21, 99]}, [1, 3]),
        ({"neverPassedOn": "LINUX"}, [1, 2, 5]),
        ({"neverPassedOn": "WINDOWS", "active": False}, [4, 5]),
    ],
)
async def test_filter_of_regression_tests_keeps_those_that_match_every_condition(
    gateway: Client, filter: dict[str, Any] | None, expected: list[int]
) -> None:
    page = await ask(gateway, TESTS, filter=filter)

    assert ids(page) == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (None, [21, 22, 23]),
        ({"tags": ["live"]}, [21, 22]),
        ({"tags": ["live"], "extensions": ["ts"]}, [21]),
        ({"extensions": ["Mp4", "vob"]}, [22]),
        ({"search": "ABC"}, [21, 22]),
        ({"search": "0%"}, [21]),
        ({"search": "000"}, []),
        ({"hasActiveTests": True}, [21, 22]),
        ({"hasActiveTests": False}, [23]),
    ],
)
async def test_filter_of_media_files_keeps_those_that_match_every_condition(
    gateway: Client, filter: dict[str, Any] | None, expected: list[int]
) -> None:
    page = await ask(gateway, MEDIA, filter=filter)

    assert ids(page) == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("query", "expected"), [(TESTS, [1, 2, 3, 4, 5]), (MEDIA, [21, 22, 23])], ids=["tests", "media"]
)
async def test_pagination_of_the_catalogue_is_by_id(
    gateway: Client, query: str, expected: list[int]
) -> None:
    seen: list[int] = []
    cursor, more = None, True
    while more:
        page = await ask(gateway, query, first=2, after=cursor)
        seen += ids(page)
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == expected
    assert ids(await ask(gateway, query, last=1, before=cursor)) == expected[-2:-1]


@pytest.mark.parametrize("query", [TESTS, MEDIA], ids=["tests", "media"])
async def test_page_larger_than_the_maximum_is_rejected(gateway: Client, query: str) -> None:
    assert ids(await ask(gateway, query, first=500)) == []

    body = {"query": query, "variables": {"first": 501}}
    [error] = (await gateway.post("/graphql", json=body)).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first"}


@pytest.mark.usefixtures("catalogue")
async def test_cursor_of_another_list_is_rejected(gateway: Client) -> None:
    cursor = (await ask(gateway, TESTS, first=1))["pageInfo"]["endCursor"]

    body = {"query": MEDIA, "variables": {"after": cursor}}
    [error] = (await gateway.post("/graphql", json=body)).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "after"}


@pytest.mark.usefixtures("catalogue")
async def test_regression_test_has_the_run_it_last_passed_in(gateway: Client) -> None:
    query = """
    {
      regressionTests(first: 3) {
        nodes {
          linux: lastPassed(platform: LINUX) { id }
          windows: lastPassed(platform: WINDOWS) { id }
        }
      }
    }
    """

    nodes = (await gateway.ask(query))["regressionTests"]["nodes"]

    never = {"linux": None, "windows": None}
    assert nodes == [never, never, {"linux": {"id": 9}, "windows": {"id": 8}}]


@pytest.mark.usefixtures("catalogue")
async def test_media_file_without_extension_is_stored_without_a_dot(gateway: Client) -> None:
    files = (await gateway.ask("{ mediaFiles { nodes { filename } } }"))["mediaFiles"]["nodes"]

    assert [file["filename"] for file in files] == [
        "abc" + "0" * 61 + ".ts",
        "d" * 64 + ".MP4",
        "e" * 64,
    ]


async def test_media_file_has_its_extra_files(gateway: Client, platform: Platform) -> None:
    await platform.add(
        rows.media(21),
        tables.MediaFileExtra(id=2, sample_id=21, original_name="index.idx", extension="idx"),
        tables.MediaFileExtra(id=1, sample_id=21, original_name="subs.sub", extension="sub"),
    )

    data = await gateway.ask("{ media(id: 21) { extraFiles { id extension originalName } } }")

    assert data["media"]["extraFiles"] == [
        {"id": 1, "extension": "sub", "originalName": "subs.sub"},
        {"id": 2, "extension": "idx", "originalName": "index.idx"},
    ]


async def test_catalogue_takes_one_statement_per_level(
    client: Client, statements: Callable[[], Any]
) -> None:
    query = """
    {
      regressionTests(first: 500) {
        nodes {
          nodeId
          linux: lastPassed(platform: LINUX) { id }
          windows: lastPassed(platform: WINDOWS) { id }
          media { filename extraFiles { id } tags { name } }
        }
      }
    }
    """

    # tests, runs of both platforms, media, extra files, tags
    with statements() as collected:
        data = await client.ask(query)

    assert len(data["regressionTests"]["nodes"]) == 238
    assert len(collected) == 5
