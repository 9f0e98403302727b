"""Names are made of checked hashes and extensions; no other text gets into them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gql.files.names import (
    hash_of,
    log_name,
    media_info_name,
    media_name,
    output_name,
    parsed_name,
)

pytestmark = pytest.mark.quick

HASH = "0123456789abcdef" * 4
HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "",
    "\0",
    "a/b",
    "a\\b",
    "\n",
    " ",
    "\u0660",  # a digit of another script
    "%2e%2e%2f",
]


def test_names_are_those_of_the_platform() -> None:
    assert output_name(HASH, ".srt") == f"TestResults/{HASH}.srt"
    assert media_name(HASH, "dvr-ms") == f"TestFiles/{HASH}.dvr-ms"
    assert media_info_name(HASH) == f"TestFiles/media/{HASH}.xml"
    assert log_name(42) == "LogFiles/42.txt"


@pytest.mark.parametrize("extension", ["", ".srt", ".dvr-ms", ".en.srt", ".SRT", ".mp4_x"])
def test_output_may_have_an_extension_of_letters_digits_and_hyphens(extension: str) -> None:
    assert output_name(HASH, extension) == f"TestResults/{HASH}{extension}"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_part_of_no_name(text: str) -> None:
    if text:
        assert output_name(HASH, text) is None
        assert output_name(HASH, f".srt{text}") is None or text == "."
        assert media_name(HASH, text) is None
    assert output_name(HASH + text, ".srt") is None or not text
    assert output_name(text, ".srt") is None
    assert media_name(text, "ts") is None
    assert media_info_name(text) is None
    assert parsed_name(text) is None
    assert parsed_name(f"TestResults/{text}") is None
    assert parsed_name(f"LogFiles/{text}.txt") is None


@given(st.text(), st.text())
@example(HASH, "/../../etc/passwd")
@example(HASH, ".srt\n")
def test_name_has_the_shape_of_a_name_or_there_is_none(hash: str, extension: str) -> None:
    name = output_name(hash, extension)
    if name is not None:
        assert parsed_name(name) == name
        assert hash_of(name) == hash


@pytest.mark.parametrize(
    "name", [f"TestResults/{HASH}.srt", f"TestFiles/{HASH}.ts", "LogFiles/1.txt"]
)
def test_name_of_an_output_media_file_or_log_is_parsed(name: str) -> None:
    assert parsed_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "LogFiles/01.txt",
        "LogFiles/-1.txt",
        "LogFiles/1.txt/",
        f"TestFiles/media/{HASH}.xml",
        f"TempFiles/{HASH}.srt",
        f"TestResults/{HASH[1:]}.srt",
        f"TestResults/./{HASH}.srt",
    ],
)
def test_other_names_are_not_parsed(name: str) -> None:
    assert parsed_name(name) is None


def test_log_has_no_hash_because_it_may_change() -> None:
    assert hash_of(log_name(1)) is None
