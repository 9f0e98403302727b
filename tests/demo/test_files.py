"""The files beside the demo: outputs named by their hashes, logs, and what MediaInfo says."""

import difflib
import hashlib
import re
from xml.etree import ElementTree as ET

import pytest

from gql import demo
from gql.demo.catalogue import HUGE_OUTPUT
from tests.demo.conftest import RUNS, build, column

NAMED = """
    SELECT DISTINCT hash || correct_extension FROM (
        SELECT id AS output_id, correct AS hash FROM regression_test_output
        UNION SELECT regression_test_output_id, file_hashes FROM regression_test_output_files
        UNION SELECT regression_test_output_id, expected FROM test_result_file
        UNION SELECT regression_test_output_id, got FROM test_result_file
    ) JOIN regression_test_output AS output ON output.id = output_id WHERE hash != ''
"""


def texts(built, database, extension):
    """The bytes of all expected outputs with an extension."""
    statement = """
        SELECT correct || correct_extension FROM regression_test_output
        WHERE correct_extension = ? AND correct IS NOT NULL
    """
    names = column(database, statement, extension)
    return [(built.files / "TestResults" / name).read_bytes() for name in names]


def test_every_hash_is_that_of_a_file(built, database):
    names = column(database, NAMED)
    assert len(names) > 350
    for name in names:
        content = (built.files / "TestResults" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == name.partition(".")[0]


def test_captions_are_readable(built, database):
    for content in texts(built, database, ".srt"):
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = content.decode("cp1252")
        assert re.match(r"1\r?\n00:\d\d:\d\d,\d{3} --> 00:\d\d:\d\d,\d{3}\r?\n\S", text)


@pytest.mark.parametrize("extension", [".txt", ".srt"])
def test_some_texts_are_no_utf_8(built, database, extension):
    with pytest.raises(UnicodeDecodeError):
        b"".join(texts(built, database, extension)).decode()


def test_line_ends_are_mixed_in_some_and_of_one_kind_in_others(built, database):
    kinds = {
        (b"\r\n" in content, bool(re.search(rb"(?<!\r)\n", content)))
        for content in texts(built, database, ".txt") + texts(built, database, ".xml")
    }
    assert kinds == {(True, True), (True, False), (False, True)}


def test_pictures_and_raw_captions_are_binary(built, database):
    assert all(content.startswith(b"\x89PNG") for content in texts(built, database, ".png"))
    assert all(b"\0" in content for content in texts(built, database, ".bin"))


def test_xml_is_well_formed(built, database):
    for extension in (".xml", ".ttml"):
        for content in texts(built, database, extension):
            ET.fromstring(content)


def test_one_output_has_more_than_10_mib_and_the_others_are_small(built, database):
    sizes = {file.name: file.stat().st_size for file in (built.files / "TestResults").iterdir()}
    huge = {name for name, size in sizes.items() if size > 10 << 20}
    hashes = "SELECT {} || '.log' FROM {} WHERE {} = ?"
    output = "regression_test_output_id"
    named = column(
        database, hashes.format("correct", "regression_test_output", "id"), HUGE_OUTPUT
    ) + column(database, hashes.format("got", "test_result_file", output), HUGE_OUTPUT)
    assert huge == set(named) - {None}
    assert sorted(sizes.values())[-len(huge) - 1] < 64 << 10


def test_what_a_pull_request_breaks_differs_in_a_part_of_the_text(built, database):
    [row] = database.execute(
        "SELECT expected, got FROM test_result_file WHERE test_id = ? AND regression_test_id = ?",
        (demo.BREAKING_PR_LINUX, demo.TESTS_BROKEN_BY_PR[0]),
    ).fetchall()
    expected, got = (
        (built.files / "TestResults" / f"{name}.txt").read_text("cp1252") for name in row
    )
    matcher = difflib.SequenceMatcher(None, expected.splitlines(), got.splitlines())
    assert 0.3 < matcher.ratio() < 1


async def test_the_same_output_has_the_same_bytes_for_every_seed(built, tmp_path):
    await build(tmp_path / "demo.sqlite", runs=demo.MINIMUM_RUNS, seed=7, files=tmp_path / "files")
    ours, others = (
        {file.name for file in (folder / "TestResults").iterdir()}
        for folder in (built.files, tmp_path / "files")
    )
    assert len(ours & others) > 0.8 * len(others)


async def test_without_a_folder_nothing_is_written(tmp_path):
    await build(tmp_path / "demo.sqlite", runs=demo.MINIMUM_RUNS)
    assert [file.name for file in tmp_path.iterdir()] == ["demo.sqlite"]


def test_a_run_has_a_log_once_its_worker_has_ended(built, database):
    logs = {int(file.stem) for file in (built.files / "LogFiles").iterdir()}
    tested = "SELECT DISTINCT test_id FROM test_progress WHERE status = 'testing'"
    live = demo.live_runs(RUNS)
    assert logs == set(column(database, tested)) - {live.testing}


def test_a_log_says_how_each_test_ended(built):
    log = (built.files / "LogFiles" / f"{demo.VERDICTS_PR_LINUX}.txt").read_text()
    assert "Posting testing - Running tests to the server:" in log
    assert "[ERROR] Regression test 45 exited with 139" in log
    assert re.search(r"\[WARN\] Output \d+ differs from [0-9a-f]{64}: [0-9a-f]{64}", log)
    assert log.count("Running regression test") == 234


def test_mediainfo_lists_the_tracks_of_every_media_file(built, database):
    for sha, extension in database.execute("SELECT sha, extension FROM sample"):
        root = ET.parse(built.files / "TestFiles/media" / f"{sha}.xml").getroot()
        media = root.find("{*}media")
        assert media.get("ref") == f"/{sha}.{extension}"
        kinds = [track.get("type") for track in media]
        assert kinds[:3] == ["General", "Video", "Audio"]
