"""What can be asked about the files of an output: texts, and which lines differ."""

import asyncio
import random
from typing import Any

import pytest

from gql.files import platform_files
from gql.files import store as stores
from gql.files.store import FileStore
from tests.support import rows
from tests.support.files import PLATFORM_URL, READER, Folder
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

EXPECTED = b"1\r\n00:00:01,000 --> 00:00:02,000\r\nA caption\r\n\r\n"
ACTUAL = EXPECTED.replace(b"A caption", b"Another")
ACCEPTED = EXPECTED.replace(b"\r\n", b"\n")
ABSENT = "d" * 64

OUTPUTS = "{{ sample(runId: 1, regressionId: 1) {{ outputs {{ {} }} }} }}"
DIFF = (
    "diff { status addedLines removedLines hunkCount isTruncated unified hunks { lines { kind } } }"
)


async def outputs(client: Client, selection: str) -> list[Any]:
    data = await client.ask(OUTPUTS.format(selection))
    return list(data["sample"]["outputs"])


async def error(client: Client, selection: str) -> Any:
    """The code of the error of the field, which alone is null."""
    response = await client.post(
        "/graphql", json={"query": OUTPUTS.format(f"outputId {selection}")}
    )
    body = response.json()
    [output] = body["data"]["sample"]["outputs"]
    assert output.pop("outputId") == 1
    assert [*output.values()] == [None]
    [error] = body["errors"]
    assert "sample-repository" not in error["message"]
    return error["extensions"]["code"]


@pytest.fixture(autouse=True)
async def run(platform: Platform, folder: Folder) -> None:
    """A result whose one output differs, and has an accepted variant."""
    await platform.add(
        rows.regression_test(1),
        rows.output(1, test=1, correct=folder.output(EXPECTED)),
        rows.variant(1, folder.output(ACCEPTED)),
        rows.run(1, "testing", "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 1, expected=folder.output(EXPECTED), got=folder.output(ACTUAL)),
    )


async def test_diff_shows_which_lines_differ(reader: Client) -> None:
    [output] = await outputs(reader, DIFF)

    unified = output["diff"].pop("unified").splitlines(keepends=True)
    assert unified[2:] == [
        "@@ -1,4 +1,4 @@\n",
        " 1\r\n",
        " 00:00:01,000 --> 00:00:02,000\r\n",
        "-A caption\r\n",
        "+Another\r\n",
        " \r\n",
    ]
    kinds = ["CONTEXT", "CONTEXT", "REMOVED", "ADDED", "CONTEXT"]
    assert output["diff"] == {
        "status": "DIFFERENT",
        "addedLines": 1,
        "removedLines": 1,
        "hunkCount": 1,
        "isTruncated": False,
        "hunks": [{"lines": [{"kind": kind} for kind in kinds]}],
    }


async def test_diff_against_a_variant_shows_how_near_it_is(reader: Client, folder: Folder) -> None:
    variant = folder.output(ACCEPTED)

    [output] = await outputs(reader, f'diff(against: "{variant}") {{ addedLines removedLines }}')

    assert output["diff"] == {"addedLines": 4, "removedLines": 4}


async def test_diff_against_todays_baseline(
    reader: Client, platform: Platform, folder: Folder
) -> None:
    await platform.add(
        rows.run(2, "completed"),
        rows.result(2, 1),
        rows.file(2, 1, 1, expected=folder.output(b"former\n"), got=folder.output(EXPECTED)),
    )
    query = """{{ sample(runId: 2, regressionId: 1) {{ outputs {{
        was: diff {{ status }} is: diff(against: "{}") {{ status }} }} }} }}"""

    data = await reader.ask(query.format(folder.output(EXPECTED)))

    assert data["sample"]["outputs"] == [
        {"was": {"status": "DIFFERENT"}, "is": {"status": "IDENTICAL"}}
    ]


@pytest.mark.parametrize("hash", [ABSENT, "", "../../etc/passwd"])
async def test_diff_against_any_other_file_is_bad_input(
    hash: str, reader: Client, folder: Folder
) -> None:
    folder.output(b"a file that the output does not name")

    assert await error(reader, f'diff(against: "{hash}") {{ status }}') == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "arguments", ["contextLines: -1", "contextLines: 101", "maxHunks: -1", "maxHunks: 501"]
)
async def test_diff_out_of_its_limits_is_bad_input(arguments: str, reader: Client) -> None:
    assert await error(reader, f"diff({arguments}) {{ status }}") == "BAD_USER_INPUT"


async def test_diff_without_context_has_only_lines_that_differ(reader: Client) -> None:
    [output] = await outputs(
        reader, "diff(contextLines: 0) { hunks { expectedStart lines { text } } }"
    )

    lines = [{"text": "A caption\r"}, {"text": "Another\r"}]
    assert output["diff"]["hunks"] == [{"expectedStart": 3, "lines": lines}]


async def test_diff_of_a_matching_output_is_identical(
    reader: Client, platform: Platform, folder: Folder
) -> None:
    await platform.add(
        rows.regression_test(2, outputs=(2,)),
        rows.result(1, 2),
        rows.file(1, 2, 2, expected=folder.output(EXPECTED)),
    )

    data = await reader.ask(
        "{ sample(runId: 1, regressionId: 2) { outputs {"
        " diff { status } diffUrl expected { sha256 } actual { sha256 } } } }"
    )

    file = {"sha256": folder.output(EXPECTED)}
    assert data["sample"]["outputs"] == [
        {"diff": {"status": "IDENTICAL"}, "diffUrl": None, "expected": file, "actual": file}
    ]


@pytest.mark.parametrize(
    ("file", "status", "is_actual_named"),
    [
        ({"expected": ABSENT, "got": ABSENT[::-1].replace("d", "e")}, "MISSING_EXPECTED", True),
        ({"got": ABSENT}, "MISSING_ACTUAL", True),
        (None, "MISSING_ACTUAL", False),
    ],
)
async def test_diff_of_a_file_that_is_not_there(
    file: dict[str, str] | None,
    status: str,
    is_actual_named: bool,
    reader: Client,
    platform: Platform,
    folder: Folder,
) -> None:
    baseline = folder.output(EXPECTED)
    await platform.add(
        rows.regression_test(2),
        rows.output(2, test=2, correct=baseline),
        rows.result(1, 2),
        rows.file(1, 2, 2, **{"expected": baseline} | file) if file else [],
    )
    query = (
        "{ sample(runId: 1, regressionId: 2) { outputs { diff { status } actual { text size } } } }"
    )

    response = await reader.get("/graphql", params={"query": query})

    [output] = response.json()["data"]["sample"]["outputs"]
    assert output["diff"] == {"status": status}
    assert output["actual"] == ({"text": None, "size": None} if is_actual_named else None)
    assert response.headers["cache-control"] == "private, no-cache"


async def test_answer_with_a_diff_of_a_completed_run_may_be_cached(reader: Client) -> None:
    response = await reader.get("/graphql", params={"query": OUTPUTS.format(DIFF)})

    assert response.headers["cache-control"] == "private, max-age=60"


async def test_text_comes_with_its_size_and_encoding(
    reader: Client, platform: Platform, folder: Folder
) -> None:
    latin, binary = "¿Qué?\r\n".encode("cp1252"), b"\x89PNG\0"
    await platform.add(
        rows.regression_test(2),
        rows.output(2, test=2, correct=folder.output(latin)),
        rows.result(1, 2),
        rows.file(1, 2, 2, expected=folder.output(latin), got=folder.output(binary)),
    )

    data = await reader.ask(
        """{ sample(runId: 1, regressionId: 2) { outputs {
            expected { ...file } actual { ...file } diff { status } } } }
        fragment file on OutputFile { size isBinary encoding text isTruncated cut: text(maxBytes: 2)
            isCut: isTruncated(maxBytes: 2) }"""
    )

    [output] = data["sample"]["outputs"]
    assert output["expected"] == {
        "size": 7,
        "isBinary": False,
        "encoding": "cp1252",
        "text": "¿Qué?\r\n",
        "isTruncated": False,
        "cut": "¿Q",
        "isCut": True,
    }
    assert output["actual"] == {
        "size": 5,
        "isBinary": True,
        "encoding": None,
        "text": None,
        "isTruncated": None,
        "cut": None,
        "isCut": None,
    }
    assert output["diff"] == {"status": "BINARY"}


@pytest.mark.parametrize("max_bytes", [-1, 1_048_577])
async def test_text_out_of_its_limits_is_bad_input(max_bytes: int, reader: Client) -> None:
    response = await reader.post(
        "/graphql",
        json={"query": OUTPUTS.format(f"expected {{ sha256 text(maxBytes: {max_bytes}) }}")},
    )

    [output] = response.json()["data"]["sample"]["outputs"]
    assert output["expected"]["text"] is None
    [error] = response.json()["errors"]
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "argument": "maxBytes",
        "maximum": 1_048_576,
    }


@pytest.mark.parametrize("extension", ["/../../../etc/passwd", ".srt/..", "\\x", ".s r t"])
async def test_file_with_a_hostile_extension_is_missing(
    extension: str, reader: Client, platform: Platform, folder: Folder
) -> None:
    await platform.add(
        rows.regression_test(2),
        rows.output(2, test=2, correct=folder.output(EXPECTED), correct_extension=extension),
        rows.result(1, 2),
    )

    data = await reader.ask(
        "{ sample(runId: 1, regressionId: 2) { outputs {"
        " expected { filename text downloadUrl } diff { status } } } }"
    )

    [output] = data["sample"]["outputs"]
    assert output["expected"]["text"] is None
    assert output["expected"]["downloadUrl"] is None
    assert output["diff"] == {"status": "MISSING_EXPECTED"}


async def test_links_lead_to_the_platform(reader: Client) -> None:
    [output] = await outputs(reader, "diffUrl")

    assert output == {"diffUrl": f"{PLATFORM_URL}/test/diff/1/1/1"}


async def test_download_url_is_a_path_of_the_gateway(reader: Client) -> None:
    [output] = await outputs(reader, "actual { downloadUrl }")

    response = await reader.get(output["actual"]["downloadUrl"])

    assert response.content == ACTUAL


@pytest.mark.parametrize(
    "selection",
    [
        "diff { status }",
        "expected { text }",
        "expected { downloadUrl }",
    ],
)
async def test_contents_need_the_scope_results_read(
    selection: str, reader: Client, platform: Platform
) -> None:
    query = OUTPUTS.format(f"outputId diffUrl expected {{ filename }} {selection}")
    headers = {"Authorization": f"Bearer {platform.token}"}

    response = await reader.post("/graphql", json={"query": query}, headers=headers)

    [output] = response.json()["data"]["sample"]["outputs"]
    assert output["diffUrl"]
    assert output["expected"]["filename"]
    [error] = response.json()["errors"]
    assert error["message"] == "The token lacks the scope results:read."
    assert error["extensions"] == {
        "code": "FORBIDDEN",
        "requiredScopes": ["results:read"],
        "presentScopes": ["runs:read"],
    }


async def test_contents_are_null_without_a_store(platform: Platform, reader: Client) -> None:
    async with running_app(settings(platform.url)) as client:
        client.headers = reader.headers
        [output] = await outputs(
            client, "expected { filename size text encoding downloadUrl } diff { status } diffUrl"
        )

    assert output["expected"].pop("filename")
    assert output["expected"] == dict.fromkeys(("size", "text", "encoding", "downloadUrl"))
    assert (output["diff"], output["diffUrl"]) == (None, None)


async def test_store_that_is_unavailable_costs_only_the_fields_that_need_it(
    reader: Client, folder: Folder
) -> None:
    folder.root.rename(folder.root.with_name("away"))

    assert await error(reader, "diff { status }") == "UNAVAILABLE"


async def test_store_that_hangs_is_asked_once_for_all_outputs(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def hang(*_arguments: Any) -> None:
        nonlocal asked
        asked += 1
        raise TimeoutError

    monkeypatch.setattr(FileStore, "_on_disk", hang)

    assert await error(reader, "diff { status }") == "UNAVAILABLE"
    assert asked == 1


@pytest.mark.usefixtures("reader")
async def test_long_files_that_take_too_long_cost_only_the_fields_that_need_them(
    platform: Platform, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_arguments: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(stores, "SMALL_BYTES", 10)
    monkeypatch.setattr(platform_files, "JOB_SHARE", 0.005)
    monkeypatch.setattr(FileStore, "read", hang)

    async with running_app(settings(platform.url, files_url=folder.url), token=READER) as client:
        assert await error(client, "diff { status }") == "UNAVAILABLE"


@pytest.mark.parametrize("small_bytes", [10, stores.SMALL_BYTES])
async def test_diff_of_a_file_that_is_still_being_written_is_not_kept(
    small_bytes: int, reader: Client, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SMALL_BYTES", small_bytes)
    name = f"TestResults/{folder.output(ACTUAL)}.srt"
    folder.write(name, ACTUAL[: ACTUAL.index(b"Another")])
    [before] = await outputs(reader, "diff { removedLines }")
    folder.write(name, ACTUAL)
    [after] = await outputs(reader, "diff { removedLines }")

    assert before["diff"] == {"removedLines": 2}
    assert after["diff"] == {"removedLines": 1}


async def test_comparison_that_takes_long_is_paid_in_full(
    reader: Client, platform: Platform, folder: Folder
) -> None:
    numbers = [b"line %d\n" % n for n in range(20_000)]
    shuffled = random.Random(1).sample(numbers, len(numbers))
    await platform.add(
        rows.regression_test(2),
        rows.output(2, test=2, correct=folder.output(b"".join(numbers))),
        rows.result(1, 2),
        rows.file(
            *(1, 2, 2),
            expected=folder.output(b"".join(numbers)),
            got=folder.output(b"".join(shuffled)),
        ),
    )
    query = "{ sample(runId: 1, regressionId: 2) { outputs { diff { status } } } }"

    first, again = [(await reader.post("/graphql", json={"query": query})).json() for _ in "ab"]

    costs = [answer["extensions"]["cost"]["actual"] for answer in (first, again)]
    assert costs[0] >= 5  # times 20 ms
    assert costs[1] <= costs[0] / 2  # The difference is kept.


async def test_diff_is_charged(reader: Client) -> None:
    query = "{ run(id: 1) { samples(first: 100) { nodes { outputs { diff { status } } } } } }"

    response = await reader.post("/graphql", json={"query": query})

    assert response.json()["extensions"]["cost"]["requested"] >= 10
