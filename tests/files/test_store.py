"""Reading files from a disk: only inside the root, and only within the time limit."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from gql.files import store as stores
from gql.files.errors import FilesUnavailable
from gql.files.names import FileName, log_name, output_name
from gql.files.store import FileStore, StoredFile
from tests.support.files import Folder

HASH = "0" * 64
NAME = FileName(f"TestResults/{HASH}.srt")
TIMEOUT_SECONDS = 0.2


@pytest.fixture
async def store(folder: Folder) -> AsyncIterator[FileStore]:
    store = FileStore(folder.url, timeout_seconds=5)
    yield store
    await store.close()


@pytest.fixture
async def hanging(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FileStore]:
    """A store on a disk that does not answer until the test ends."""
    store = FileStore(folder.url, timeout_seconds=TIMEOUT_SECONDS)
    reader, writer = os.pipe()
    monkeypatch.setattr(store, "_root_of", lambda _name: os.read(reader, 1))
    yield store
    os.write(writer, b" " * 100)
    await store.close()
    os.close(writer)


async def content(store: FileStore, name: FileName) -> bytes:
    file = await store.find(name)
    assert file
    return await store.read(file)


async def test_small_file_is_found_with_its_content(store: FileStore, folder: Folder) -> None:
    folder.write(NAME, b"a caption\n")

    file = await store.find(NAME)

    assert file
    assert (file.size, file.content) == (10, b"a caption\n")


async def test_large_file_is_read_up_to_a_limit(
    store: FileStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SMALL_BYTES", 10)
    monkeypatch.setattr(stores, "MAX_READ_BYTES", 20)
    folder.write(NAME, b"0123456789" * 3)

    file = await store.find(NAME)

    assert file
    assert (file.size, file.content) == (30, None)
    assert await store.read(file) == b"0123456789" * 2
    assert (
        b"".join([chunk async for chunk in store.stream(file, 5, 28)])
        == b"5678901234567890123456" + b"7"
    )


async def test_missing_file_is_none_and_is_found_as_soon_as_it_is_there(
    store: FileStore, folder: Folder
) -> None:
    assert await store.find(NAME) is None
    folder.write(NAME, b"late")
    assert await content(store, NAME) == b"late"


async def test_log_is_read_again_each_time(store: FileStore, folder: Folder) -> None:
    folder.log(1, "first")
    assert await content(store, log_name(1)) == b"first"
    folder.log(1, "second")
    assert await content(store, log_name(1)) == b"second"


async def test_symbolic_link_that_stays_inside_is_followed(
    store: FileStore, folder: Folder
) -> None:
    target = folder.write("elsewhere/file", b"inside")
    folder.write(NAME, b"").unlink()
    (folder.root / NAME).symlink_to(target)

    assert await content(store, NAME) == b"inside"


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "../../../etc/passwd"])
async def test_symbolic_link_that_leads_out_is_not_followed(
    target: str, store: FileStore, folder: Folder
) -> None:
    (folder.root.parent / "outside").write_bytes(b"outside")
    folder.write(NAME, b"").unlink()
    (folder.root / NAME).symlink_to(target)

    assert await store.find(NAME) is None


async def test_folder_that_is_a_link_to_elsewhere_is_not_followed(
    store: FileStore, folder: Folder, tmp_path: Path
) -> None:
    outside = Folder(tmp_path / "outside")
    outside.write(NAME, b"outside")
    (folder.root / "TestResults").symlink_to(outside.root / "TestResults")

    assert await store.find(NAME) is None


async def test_links_in_a_circle_are_no_file(store: FileStore, folder: Folder) -> None:
    folder.write(NAME, b"").unlink()
    (folder.root / NAME).symlink_to(folder.root / NAME)

    assert await store.find(NAME) is None


async def test_root_may_be_a_link_that_changes(folder: Folder, tmp_path: Path) -> None:
    folder.write(NAME, b"first")
    other = Folder(tmp_path / "other")
    other.write(NAME, b"second")
    link = tmp_path / "link"
    link.symlink_to(folder.root)
    store = FileStore(link.as_uri(), timeout_seconds=5)

    before = await content(store, NAME)
    link.unlink()
    link.symlink_to(other.root)

    assert (before, await content(store, NAME)) == (b"first", b"second")
    await store.close()


async def test_file_that_is_removed_before_it_is_read_is_unavailable(
    store: FileStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SMALL_BYTES", 1)
    path = folder.write(NAME, b"long")
    file = await store.find(NAME)
    path.unlink()

    assert file
    with pytest.raises(FilesUnavailable, match="is no longer there"):
        await store.read(file)


async def test_what_is_no_regular_file_is_not_opened(store: FileStore, folder: Folder) -> None:
    results = folder.root / "TestResults"
    results.mkdir()
    os.mkfifo(results / f"{HASH}.srt")
    (results / f"{HASH}.txt").mkdir()

    assert await store.find(NAME) is None
    assert await store.find(FileName(f"TestResults/{HASH}.txt")) is None


@pytest.mark.parametrize("name", ["../outside", "TestResults/../../outside", "/etc/passwd", "a\0b"])
async def test_name_that_leads_out_is_refused_even_if_nothing_checked_it(
    name: str, store: FileStore, folder: Folder
) -> None:
    (folder.root.parent / "outside").write_bytes(b"outside")

    with suppress(FilesUnavailable):
        assert await store.find(FileName(name)) is None


async def test_root_that_is_not_there_is_unavailable_until_it_is(folder: Folder) -> None:
    folder.root.rmdir()
    store = FileStore(folder.url, timeout_seconds=5)
    with pytest.raises(FilesUnavailable, match="is not a folder"):
        await store.find(NAME)

    folder.write(NAME, b"back")

    assert await content(store, NAME) == b"back"
    await store.close()


async def test_disk_that_hangs_is_unavailable_after_the_time_limit(hanging: FileStore) -> None:
    started = time.monotonic()

    with pytest.raises(FilesUnavailable, match=r"no answer in 0\.2 s"):
        await hanging.find(NAME)

    assert time.monotonic() - started >= TIMEOUT_SECONDS


async def test_store_that_hung_is_not_asked_again_for_a_while(hanging: FileStore) -> None:
    with pytest.raises(FilesUnavailable, match="no answer"):
        await hanging.find(NAME)

    with pytest.raises(FilesUnavailable, match="a short time ago"):
        await hanging.find(NAME)


async def test_root_may_have_blanks_and_other_characters(tmp_path: Path) -> None:
    (tmp_path / "ein Ördner %41").mkdir()
    folder = Folder(tmp_path / "ein Ördner %41")
    store = FileStore(folder.url, timeout_seconds=5)
    folder.write(NAME, b"found")

    assert await content(store, NAME) == b"found"
    await store.close()


async def test_files_that_are_read_often_are_kept_and_large_ones_are_not(
    store: FileStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = folder.output(b"small"), folder.output(b"0" * 1000)
    monkeypatch.setattr(stores, "SMALL_BYTES", 10)

    found = [await store.find(output_name(each, ".srt")) for each in (small, large) for _ in "ab"]

    assert isinstance(found[0], StoredFile)
    assert found[0] is found[1]
    assert found[2] is not found[3]
