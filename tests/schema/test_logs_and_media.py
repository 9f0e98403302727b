"""The log of a run, what MediaInfo says of a media file, and links to the platform's pages."""

import tracemalloc
from typing import Any

import pytest

from tests.support import rows
from tests.support.files import PLATFORM_URL, Folder
from tests.support.gateway import Client
from tests.support.platform import Platform

LOG = "=== Version ===\r\n[INFO] 1/2 first\n[ERROR] Output 1 differs\n\n[INFO] 2/2 caf\u00e9\n"
LINES = LOG.replace("\r", "").split("\n")[:-1]
MANY = 100_000
SHA = f"{7:064x}"
MEDIA_INFO = b"""<MediaInfo><media><track type="General"><Format>MPEG-TS</Format></track>
<track type="Video"/></media></MediaInfo>"""

QUERY = """
query ($first: Int, $after: String, $last: Int, $before: String, $search: String) {
  run(id: 1) {
    log(first: $first, after: $after, last: $last, before: $before, search: $search) {
      totalCount
      nodes { number text }
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    }
  }
}
"""


@pytest.fixture(autouse=True)
async def run(platform: Platform, folder: Folder) -> None:
    """A completed run with a log, and a media file that MediaInfo described."""
    folder.log(1, LOG)
    folder.media(SHA, b"media")
    folder.media_info(SHA, MEDIA_INFO)
    await platform.add(rows.run(1, "completed"), rows.run(2, "testing"), rows.media(7))


async def log(client: Client, **variables: Any) -> Any:
    return (await client.ask(QUERY, **variables))["run"]["log"]


def numbers(page: Any) -> list[int]:
    return [line["number"] for line in page["nodes"]]


async def test_log_has_its_lines_with_their_numbers(reader: Client) -> None:
    page = await log(reader)

    assert page["nodes"] == [
        {"number": number, "text": text} for number, text in enumerate(LINES, 1)
    ]
    assert page["totalCount"] == 5


async def test_log_is_read_page_by_page_in_both_directions(reader: Client) -> None:
    first = await log(reader, first=2)
    second = await log(reader, first=2, after=first["pageInfo"]["endCursor"])
    last = await log(reader, last=2)
    before = await log(reader, last=2, before=last["pageInfo"]["startCursor"])

    assert [numbers(each) for each in (first, second, last, before)] == [
        [1, 2],
        [3, 4],
        [4, 5],
        [2, 3],
    ]
    assert first["pageInfo"]["hasNextPage"]
    assert last["pageInfo"]["hasPreviousPage"]
    assert not last["pageInfo"]["hasNextPage"]


async def test_search_finds_text_in_upper_and_lower_case(reader: Client) -> None:
    page = await log(reader, search="error")
    accented = await log(reader, search="CAFÉ")

    assert (numbers(page), page["totalCount"]) == ([3], 1)
    assert numbers(accented) == [5]


async def test_search_takes_text_literally_and_is_limited(reader: Client) -> None:
    assert numbers(await log(reader, search=".*")) == []
    assert numbers(await log(reader, search="[ERROR]")) == [3]
    query = f'{{ run(id: 1) {{ log(search: "{"x" * 1001}") {{ totalCount }} }} }}'

    body = (await reader.post("/graphql", json={"query": query})).json()

    assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "arguments", ["first: 501", "first: -1", 'after: "x"', "first: 1, last: 1"]
)
async def test_page_out_of_its_limits_is_bad_input(arguments: str, reader: Client) -> None:
    query = f"{{ run(id: 1) {{ id log({arguments}) {{ totalCount }} }} }}"

    body = (await reader.post("/graphql", json={"query": query})).json()

    assert body["data"]["run"] == {"id": 1, "log": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]


async def test_run_without_a_log_may_have_one_later(reader: Client) -> None:
    query = "{ run(id: 2) { log { totalCount } } }"

    response = await reader.get("/graphql", params={"query": query})

    assert response.json()["data"] == {"run": {"log": None}}
    assert response.headers["cache-control"] == "private, no-cache"


async def test_log_of_many_short_lines_takes_little_memory(reader: Client, folder: Folder) -> None:
    folder.log(1, "\n" * MANY)
    await log(reader, last=1)

    tracemalloc.start()
    page = await log(reader, last=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert page["totalCount"] == MANY
    assert numbers(page) == [MANY]
    assert peak < 50 * MANY


async def test_line_that_is_too_long_is_cut_but_searched_to_its_end(
    reader: Client, folder: Folder
) -> None:
    folder.log(1, "a" * 10_000_000 + "b\nafter\n")

    assert [len(line["text"]) for line in (await log(reader))["nodes"]] == [10_000, 5]
    assert numbers(await log(reader, search="b")) == [1]


async def test_search_does_not_find_the_ends_of_lines(reader: Client) -> None:
    for end in ("\n", "\r"):
        assert (await log(reader, search=end))["totalCount"] == 0


async def test_log_that_is_no_text_is_shown_with_replacements(
    reader: Client, folder: Folder
) -> None:
    folder.write("LogFiles/1.txt", b"start\n\0\xff\x81 core\n")

    assert [line["text"] for line in (await log(reader))["nodes"]] == [
        "start",
        "\0\ufffd\ufffd core",
    ]


async def test_media_info_has_the_tracks(reader: Client) -> None:
    data = await reader.ask(
        "{ media(id: 7) { mediaInfo { tracks { kind properties { name value } } } } }"
    )

    assert data["media"]["mediaInfo"]["tracks"] == [
        {"kind": "General", "properties": [{"name": "Format", "value": "MPEG-TS"}]},
        {"kind": "Video", "properties": []},
    ]


@pytest.mark.parametrize("document", [b"", b"<MediaInfo", b"\0" * 100])
async def test_media_info_that_cannot_be_read_is_null(
    document: bytes, reader: Client, folder: Folder
) -> None:
    folder.media_info(SHA, document)

    data = await reader.ask("{ media(id: 7) { mediaInfo { tracks { kind } } } }")

    assert data == {"media": {"mediaInfo": None}}


async def test_media_file_can_be_downloaded(reader: Client) -> None:
    data = await reader.ask("{ media(id: 7) { downloadUrl } }")

    assert (await reader.get(data["media"]["downloadUrl"])).content == b"media"


async def test_links_lead_to_pages_of_the_platform(reader: Client, platform: Platform) -> None:
    reader.headers["Authorization"] = f"Bearer {platform.token}"

    data = await reader.ask("{ run(id: 1) { pageUrl logUrl } media(id: 7) { pageUrl } }")

    assert data == {
        "run": {
            "pageUrl": f"{PLATFORM_URL}/test/1",
            "logUrl": f"{PLATFORM_URL}/test/log-files/1",
        },
        "media": {"pageUrl": f"{PLATFORM_URL}/sample/7"},
    }


@pytest.mark.parametrize(
    ("parent", "field"),
    [
        ("run(id: 1)", "log { totalCount }"),
        ("media(id: 7)", "mediaInfo { tracks { kind } }"),
        ("media(id: 7)", "downloadUrl"),
    ],
)
async def test_contents_need_the_scope_results_read(
    parent: str, field: str, reader: Client, platform: Platform
) -> None:
    headers = {"Authorization": f"Bearer {platform.token}"}
    query = f"{{ it: {parent} {{ id field: {field} }} }}"

    body = (await reader.post("/graphql", json={"query": query}, headers=headers)).json()

    assert body["data"]["it"]["field"] is None
    assert body["data"]["it"]["id"]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]


async def test_requests_of_different_scopes_share_no_answer(
    reader: Client, platform: Platform
) -> None:
    query = "{ run(id: 1) { log { totalCount } } }"
    headers = {"Authorization": f"Bearer {platform.token}"}

    for _ in range(3):
        allowed = await reader.post("/graphql", json={"query": query})
        forbidden = await reader.post("/graphql", json={"query": query}, headers=headers)

        assert "errors" not in allowed.json()
        assert forbidden.json()["data"] == {"run": {"log": None}}
