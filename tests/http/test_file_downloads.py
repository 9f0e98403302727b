"""`/files/`: downloads of outputs, logs and media, whole or in part."""

import os

import pytest

from gql.files import store as stores
from tests.support.files import READER, Folder
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

CONTENT = b"0123456789" * 10


@pytest.fixture
def hash(folder: Folder) -> str:
    return folder.output(CONTENT)


@pytest.fixture
def path(hash: str) -> str:
    return f"/files/TestResults/{hash}.srt"


async def test_output_is_an_immutable_attachment_with_its_hash_as_etag(
    reader: Client, path: str, hash: str
) -> None:
    response = await reader.get(path)

    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["etag"] == f'"{hash}"'
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert response.headers["content-disposition"] == f'attachment; filename="{hash}.srt"'
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-length"] == "100"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["accept-ranges"] == "bytes"
    assert "x-ratelimit-remaining" in response.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=90-", 90, 100),
        ("bytes=90-1000", 90, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-99", 1, 100),
        ("Bytes=0-0", 0, 1),
    ],
)
@pytest.mark.parametrize("small_bytes", [10, 1000])
async def test_part_of_a_file(
    asked: str,
    start: int,
    end: int,
    small_bytes: int,
    reader: Client,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stores, "SMALL_BYTES", small_bytes)
    monkeypatch.setattr(stores, "CHUNK_BYTES", 7)

    response = await reader.get(path, headers={"Range": asked})

    assert (response.status_code, response.content) == (206, CONTENT[start:end])
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/100"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-1, 4-5"},
        {"Range": "lines=1-2"},
        {"Range": "bytes=5-2"},
        {"Range": "bytes=-"},
        {"Range": "bytes=\u0661-"},
        {"Range": "bytes=0-1", "If-Range": '"another"'},
        {"Range": f"bytes=0-{'9' * 5000}"},
    ],
)
async def test_range_that_is_not_served_gets_the_whole_file(
    headers: dict[str, str], reader: Client, path: str
) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}

    response = await reader.get(path, headers=encoded)

    assert (response.status_code, response.content) == (200, CONTENT)


async def test_range_of_the_same_version_is_served(reader: Client, path: str, hash: str) -> None:
    response = await reader.get(path, headers={"Range": "bytes=0-1", "If-Range": f'"{hash}"'})

    assert response.status_code == 206


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=1000-2000", "bytes=-0"])
async def test_range_beyond_the_end_is_416(asked: str, reader: Client, path: str) -> None:
    response = await reader.get(path, headers={"Range": asked})

    assert response.status_code == 416
    assert response.headers["content-range"] == "bytes */100"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("tags", ['"{}"', 'W/"{}"', '"x", "{}"', "*"])
async def test_known_file_is_not_sent_again(
    tags: str, reader: Client, path: str, hash: str
) -> None:
    response = await reader.get(path, headers={"If-None-Match": tags.format(hash)})

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == f'"{hash}"'


async def test_head_has_the_headers_alone(reader: Client, path: str) -> None:
    response = await reader.head(path)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == "100"


async def test_empty_file_is_sent(reader: Client, folder: Folder) -> None:
    response = await reader.get(f"/files/TestResults/{folder.output(b'')}.srt")

    assert (response.status_code, response.content) == (200, b"")


async def test_log_may_change_and_is_revalidated(
    reader: Client,
    folder: Folder,
) -> None:
    folder.log(1, "first")
    first = await reader.get("/files/LogFiles/1.txt")
    again = await reader.get(
        "/files/LogFiles/1.txt", headers={"If-None-Match": first.headers["etag"]}
    )
    folder.log(1, "second, and longer")
    changed = await reader.get(
        "/files/LogFiles/1.txt", headers={"If-None-Match": first.headers["etag"]}
    )

    assert first.headers["cache-control"] == "private, no-cache"
    assert [each.status_code for each in (first, again, changed)] == [200, 304, 200]
    assert changed.content == b"second, and longer"


@pytest.mark.parametrize("small_bytes", [10, 1000])
async def test_file_that_is_still_being_written_is_not_kept(
    small_bytes: int,
    reader: Client,
    folder: Folder,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stores, "SMALL_BYTES", small_bytes)
    folder.write(path.removeprefix("/files/"), CONTENT[:50])
    part = await reader.get(path)
    file = folder.write(path.removeprefix("/files/"), CONTENT)
    os.utime(file, (0, 0))
    whole = await reader.get(path, headers={"If-None-Match": part.headers["etag"]})

    assert (part.content, part.headers["cache-control"]) == (CONTENT[:50], "private, no-cache")
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert "immutable" in whole.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/files/",
        "/files/TestResults/" + "e" * 64 + ".srt",
        "/files/LogFiles/99.txt",
        "/files/../../etc/passwd",
        "/files/..%2f..%2fetc%2fpasswd",
        "/files/TestResults/%00",
        "/files//etc/passwd",
        "/files/TestResults/",
        "/files/LogFiles/1.txt%0a",
        "/files/secret.txt",
    ],
)
async def test_anything_else_is_404(
    path: str,
    reader: Client,
    folder: Folder,
) -> None:
    folder.write("secret.txt", b"not named by a hash")

    response = await reader.get(path)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_405(method: str, reader: Client, path: str) -> None:
    response = await reader.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


async def test_download_needs_the_scope_results_read(
    reader: Client, platform: Platform, path: str
) -> None:
    headers = {"Authorization": f"Bearer {platform.token}"}

    response = await reader.get(path, headers=headers)

    assert response.status_code == 403
    assert response.json()["details"] == {
        "required_scopes": ["results:read"],
        "present_scopes": ["runs:read"],
    }


async def test_download_needs_a_token(reader: Client, path: str) -> None:
    del reader.headers["Authorization"]

    assert (await reader.get(path)).status_code == 401


@pytest.mark.usefixtures("reader")
async def test_gateway_without_a_store_has_no_files(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=READER) as client:
        response = await client.get("/files/LogFiles/1.txt")

    assert response.status_code == 404


async def test_store_that_is_unavailable_is_503(
    reader: Client,
    path: str,
    folder: Folder,
) -> None:
    folder.root.rename(folder.root.with_name("away"))

    response = await reader.get(path)

    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert "retry-after" in response.headers


@pytest.mark.usefixtures("reader")
async def test_nginx_sends_the_file_if_it_can(
    platform: Platform, folder: Folder, path: str
) -> None:
    served = settings(platform.url, files_url=folder.url, files_accel_redirect="/internal/")
    async with running_app(served, token=READER) as client:
        response = await client.get(path, headers={"Range": "bytes=0-1"})
        missing = await client.get("/files/LogFiles/99.txt")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["x-accel-redirect"] == path.replace("/files/", "/internal/")
    assert missing.status_code == 404
