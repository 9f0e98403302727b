"""Files in buckets of real object stores, also of one that hangs."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from gql.cli.doctor.check_result import Severity
from gql.cli.doctor.files import check_files
from gql.files import store as stores
from gql.files.errors import FilesUnavailable
from gql.files.names import FileName, log_name, output_name
from gql.files.store import FileStore
from tests.files.conftest import Bucket, use_gcs, use_s3
from tests.support import rows
from tests.support.files import READER
from tests.support.gateway import running_app, settings
from tests.support.platform import Platform
from tests.support.server import free_port

EXPECTED, ACTUAL = b"1\na caption\n", b"1\nanother\n"
NAME = FileName("TestResults/" + "0" * 64 + ".srt")
QUERY = """{ sample(runId: 1, regressionId: 1) { status outputs {
    diff { status addedLines } expected { text downloadUrl } } } }"""


@pytest.fixture
async def failed(platform: Platform) -> None:
    """A result whose one output differs."""
    expected, actual = (sha256(each).hexdigest() for each in (EXPECTED, ACTUAL))
    await platform.add(
        rows.token(READER, scopes_json='["runs:read", "results:read"]'),
        rows.regression_test(1),
        rows.output(1, test=1, correct=expected),
        rows.run(1, "testing", "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 1, expected=expected, got=actual),
    )


async def ask(platform: Platform, bucket: Bucket, **changes: Any) -> httpx.Response:
    chosen = settings(platform.url, files_url=bucket.url, **changes)
    async with running_app(chosen, token=READER) as client:
        return await client.get("/graphql", params={"query": QUERY})


def put(bucket: Bucket, content: bytes) -> FileName:
    name = output_name(sha256(content).hexdigest(), ".srt")
    assert name
    bucket.put(name, content)
    return name


async def test_file_is_found_read_and_streamed(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 8
    name = put(bucket, content)
    store = FileStore(bucket.url, timeout_seconds=5)

    small = await store.find(name)
    monkeypatch.setattr(stores, "SMALL_BYTES", 100)
    monkeypatch.setattr(stores, "CHUNK_BYTES", 1000)
    large = await FileStore(bucket.url, timeout_seconds=5).find(name)

    assert small
    assert large
    assert (small.content, large.content) == (content, None)
    assert large.size == len(content)
    assert await store.read(large) == content
    chunks = [chunk async for chunk in store.stream(large, 5, 2005)]
    assert [len(chunk) for chunk in chunks] == [1000, 1000]
    assert b"".join(chunks) == content[5:2005]


async def test_missing_file_is_none(bucket: Bucket) -> None:
    store = FileStore(bucket.url, timeout_seconds=5)

    assert await store.find(NAME) is None
    assert await store.find(log_name(1)) is None


@pytest.mark.usefixtures("failed")
async def test_diff_is_that_of_the_files_in_the_bucket(bucket: Bucket, platform: Platform) -> None:
    put(bucket, EXPECTED)
    put(bucket, ACTUAL)

    response = await ask(platform, bucket)

    [output] = response.json()["data"]["sample"]["outputs"]
    assert output["diff"] == {"status": "DIFFERENT", "addedLines": 1}
    assert output["expected"]["text"] == EXPECTED.decode()


@pytest.mark.usefixtures("failed")
async def test_download_url_is_signed_where_the_account_can_sign(
    s3_port: int, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = use_s3(monkeypatch, s3_port)
    put(bucket, EXPECTED)

    response = await ask(platform, bucket)

    [output] = response.json()["data"]["sample"]["outputs"]
    assert "X-Amz-Expires=900" in output["expected"]["downloadUrl"]
    assert response.headers["cache-control"] == "private, no-cache"
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(output["expected"]["downloadUrl"])).content == EXPECTED


async def test_account_that_cannot_sign_gives_no_address(
    gcs_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = FileStore(use_gcs(monkeypatch, gcs_port, tmp_path).url, timeout_seconds=5)

    assert await store.signed_url(NAME) is None


@pytest.mark.usefixtures("failed")
async def test_bucket_that_hangs_costs_only_the_fields_that_need_it(
    silent_bucket: Bucket, platform: Platform
) -> None:
    response = await ask(platform, silent_bucket, files_timeout_seconds=0.2)

    body = response.json()
    assert body["data"]["sample"]["status"] == "FAIL"
    [output] = body["data"]["sample"]["outputs"]
    assert output["diff"] is None
    assert output["expected"]["text"] is None
    assert {error["extensions"]["code"] for error in body["errors"]} == {"UNAVAILABLE"}
    assert "cache-control" not in response.headers or "no-" in response.headers["cache-control"]


async def test_gateway_is_ready_whatever_the_bucket_does(
    silent_bucket: Bucket, platform: Platform
) -> None:
    async with running_app(settings(platform.url, files_url=silent_bucket.url)) as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_many_requests_wait_for_a_bucket_that_hangs_no_longer_than_one(
    silent_bucket: Bucket,
) -> None:
    store = FileStore(silent_bucket.url, timeout_seconds=0.2)
    names = [FileName(f"TestResults/{number:064x}.srt") for number in range(100)]
    errors = []
    for _ in range(2):
        for name in names:
            try:
                await store.find(name)
            except FilesUnavailable as error:
                errors.append(str(error))

    assert errors[0] == "no answer in 0.2 s"
    assert {*errors[1:]} == {"the store did not answer a short time ago"}


async def test_bucket_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = use_s3(monkeypatch, free_port())
    store = FileStore(bucket.url, timeout_seconds=5)

    with pytest.raises(FilesUnavailable):
        await store.find(NAME)


async def test_doctor_finds_the_outputs_of_a_bucket(bucket: Bucket, platform: Platform) -> None:
    put(bucket, EXPECTED)

    [result, _] = await check_files(settings(platform.url, files_url=bucket.url))

    assert (result.severity, result.message) == (Severity.OK, f"{bucket.url} answers")


async def test_doctor_reports_a_bucket_that_hangs_once(
    silent_bucket: Bucket, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = settings(platform.url, files_url=silent_bucket.url, files_timeout_seconds=0.2)

    [result, _] = await check_files(chosen)

    assert result.severity is Severity.ERROR
    assert "no answer in 0.2 s" in result.message
    assert "credentials" in (result.remedy or "")
    assert not caplog.records


async def test_signed_address_does_not_show_that_the_bucket_answers(
    silent_bucket: Bucket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "RETRY_SECONDS", 0)
    store = FileStore(silent_bucket.url, timeout_seconds=0.2)
    name = FileName(f"TestResults/{0:064x}.srt")
    with pytest.raises(FilesUnavailable):
        await store.find(name)

    assert await store.signed_url(name)

    assert [record.getMessage() for record in caplog.records] == [
        "The platform's files are unavailable: no answer in 0.2 s"
    ]
