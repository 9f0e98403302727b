"""Differences equal those of `diff -u`, and `patch` applies them."""

import random
import resource
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gql.demo.captions import captions, faulty
from gql.demo.formats import rendered
from gql.files import hunks
from gql.files.diff import Diff, DiffStatus, difference
from gql.files.errors import FilesUnavailable
from gql.files.hunks import DiffLineKind
from gql.files.line_edits import MAX_LINES

MEBIBYTE = 1 << 20

# Few lines that differ, and some that occur often, as blank lines do in captions.
line = st.sampled_from([b"", b"1", b"a caption", b"another", "¿Qué?".encode(), b"00:00:01,000"])
ending = st.sampled_from([b"\n", b"\n", b"\r\n"])
lines = st.lists(st.tuples(line, ending).map(b"".join) | st.integers().map(b"%d\n".__mod__))
texts = st.tuples(lines.map(b"".join), st.sampled_from([b"", b"open end"])).map(b"".join)


def by_program(directory: Path, expected: bytes, actual: bytes, context: int) -> str:
    """What `diff` prints, without the names of the files."""
    one, other = directory / "expected", directory / "actual"
    one.write_bytes(expected)
    other.write_bytes(actual)
    done = subprocess.run(
        ["diff", "--text", f"-U{context}", one, other], check=False, capture_output=True
    )
    return done.stdout.decode().partition("\n+++ ")[2].partition("\n")[2]


def shown(diff: Diff) -> str:
    return diff.unified("expected", "actual").partition("\n+++ actual\n")[2]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("diff")


@settings(max_examples=200, deadline=None)
@given(expected=texts, actual=texts, context=st.sampled_from([0, 1, 3, 10]))
def test_unified_text_of_any_texts_is_that_of_diff(
    directory: Path, expected: bytes, actual: bytes, context: int
) -> None:
    diff = difference(expected, actual, context_lines=context, max_hunks=500)

    assert shown(diff) == by_program(directory, expected, actual, context)


@settings(max_examples=60, deadline=None)
@given(expected=texts, actual=texts, context=st.sampled_from([1, 3]))
def test_patch_applies_the_unified_text_of_any_texts(
    directory: Path, expected: bytes, actual: bytes, context: int
) -> None:
    diff = difference(expected, actual, context_lines=context, max_hunks=500)
    file, result = directory / "patched", directory / "result"
    file.write_bytes(expected)
    result.write_bytes(expected)

    if diff.hunks:
        options = ["--binary", "--quiet", "--posix", f"--output={result}"]
        subprocess.run(["patch", *options, file], input=diff.unified("a", "b").encode(), check=True)

    assert result.read_bytes() == actual


def long_text(seed: int) -> bytes:
    """Lines of which many occur often, so that `diff` leaves some out of its search."""
    choose = random.Random(seed)
    return b"".join(b"%d\n" % choose.choice((0, 1, choose.randrange(400))) for _ in range(1500))


@pytest.mark.parametrize("seed", range(6))
def test_counts_of_long_texts_are_those_of_diff(directory: Path, seed: int) -> None:
    expected, actual = long_text(seed), long_text(seed + 100)
    by_diff = by_program(directory, expected, actual, 3).splitlines()

    diff = difference(expected, actual)

    assert diff.added_lines == sum(each.startswith("+") for each in by_diff)
    assert diff.removed_lines == sum(each.startswith("-") for each in by_diff)
    assert diff.hunk_count == sum(each.startswith("@@") for each in by_diff)


def test_text_that_is_read_in_parts_is_that_of_diff(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hunks, "PART_BYTES", 100)
    expected, actual = long_text(1) + b"open end", long_text(2)

    diff = difference(expected, actual, max_hunks=10_000)

    assert shown(diff) == by_program(directory, expected, actual, 3)


@pytest.mark.parametrize("extension", ["srt", "txt", "smi", "ttml", "vtt", "xml", "scc", "log"])
def test_captions_differ_as_diff_says_and_patch_applies_it(directory: Path, extension: str) -> None:
    correct = captions("output 1")
    options = {"encoding": "utf-8", "newline": "\r\n", "is_huge": False}
    expected = rendered(correct, extension, **options)
    actual = rendered(faulty(correct, "a fault"), extension, **options)

    diff = difference(expected, actual)

    assert shown(diff) == by_program(directory, expected, actual, 3)
    file = directory / f"patched.{extension}"
    file.write_bytes(expected)
    subprocess.run(
        ["patch", "--binary", "--quiet", file],
        input=diff.unified("expected", "actual").encode(),
        check=True,
    )
    assert file.read_bytes() == actual


def test_carriage_return_is_shown_where_line_ends_differ() -> None:
    [hunk] = difference(b"a caption\r\nequal\n", b"a caption\nequal\n").hunks

    assert [(each.kind, each.text) for each in hunk.lines] == [
        (DiffLineKind.REMOVED, "a caption\r"),
        (DiffLineKind.ADDED, "a caption"),
        (DiffLineKind.CONTEXT, "equal"),
    ]


def test_last_line_without_a_line_feed_differs_from_one_with() -> None:
    [hunk] = difference(b"end", b"end\n").hunks

    assert [(each.kind, each.text, each.ends_with_newline) for each in hunk.lines] == [
        (DiffLineKind.REMOVED, "end", False),
        (DiffLineKind.ADDED, "end", True),
    ]


def test_each_file_is_decoded_by_its_own_encoding() -> None:
    [hunk] = difference("é\n".encode("cp1252"), "é\n".encode()).hunks

    assert [each.text for each in hunk.lines] == ["é", "é"]


@pytest.mark.parametrize(
    ("expected", "actual", "status"),
    [
        (b"", b"", DiffStatus.IDENTICAL),
        (b"\0", b"\0", DiffStatus.IDENTICAL),
        (b"\0", b"text", DiffStatus.BINARY),
        (b"text", b"\x81", DiffStatus.BINARY),
        (b"text", b"", DiffStatus.DIFFERENT),
        (b"\n" * (MAX_LINES + 1), b"text", DiffStatus.TOO_LARGE),
    ],
)
def test_status(expected: bytes, actual: bytes, status: DiffStatus) -> None:
    assert difference(expected, actual).status is status


def test_hunks_beyond_the_maximum_are_counted() -> None:
    expected = b"".join(b"line %d\n" % n for n in range(1000))

    diff = difference(expected, expected.replace(b"00\n", b"changed\n"), max_hunks=2)

    assert (diff.hunk_count, len(diff.hunks), diff.is_truncated) == (9, 2, True)
    assert (diff.added_lines, diff.removed_lines) == (9, 9)


def test_hunk_of_too_many_lines_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hunks, "MAX_SHOWN_LINES", 3)

    diff = difference(b"1\n2\n", b"3\n4\n")

    [hunk] = diff.hunks
    assert (hunk.expected_lines, hunk.actual_lines, len(hunk.lines)) == (2, 1, 3)
    assert diff.is_truncated


def test_line_that_is_too_long_is_left_out() -> None:
    diff = difference(b"a" * 2 * MEBIBYTE, b"b" * 2 * MEBIBYTE)

    assert (diff.status, diff.added_lines, diff.removed_lines) == (DiffStatus.DIFFERENT, 1, 1)
    assert (diff.hunk_count, diff.hunks, diff.is_truncated) == (1, [], True)


def test_comparison_that_takes_too_long_is_too_large() -> None:
    numbers = [b"line %d\n" % n for n in range(200_000)]
    shuffled = random.Random(1).sample(numbers, len(numbers))

    assert difference(b"".join(numbers), b"".join(shuffled)).status is DiffStatus.TOO_LARGE


def test_large_files_that_share_nothing_are_compared() -> None:
    expected, actual = (
        b"".join(b"%s%038d\n" % (each, n) for n in range(10 * MEBIBYTE // 40))
        for each in (b"a", b"b")
    )

    diff = difference(expected, actual)

    assert (diff.status, diff.added_lines) == (DiffStatus.DIFFERENT, 10 * MEBIBYTE // 40)
    assert diff.is_truncated


def test_diff_needs_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc/no-such-folder")

    assert difference(b"one\n", b"two\n").status is DiffStatus.DIFFERENT


def test_comparison_without_a_file_descriptor_is_unavailable() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(FilesUnavailable, match="Too many open files"):
            difference(b"one\n", b"two\n")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
