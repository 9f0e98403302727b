"""Text is UTF-8, or cp1252 where that fails; anything else is binary."""

import pytest

from gql.files.text import Encoding, decoded_start, encoding_of

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"", Encoding.UTF_8),
        (b"plain\r\n", Encoding.UTF_8),
        ("\ufeff¿Qué tal?\n".encode(), Encoding.UTF_8),
        ("¿Qué tal?\n".encode("cp1252"), Encoding.CP1252),
        (b"smart \x93quotes\x94\n", Encoding.CP1252),
        (b"\x81 is in no encoding\n", None),
        (b"\x89PNG\r\n\x1a\n", Encoding.CP1252),
        (b"\x89PNG\r\n\x1a\n\0", None),
        (b"RIFF\0\0", None),
        ("\0¿".encode(), None),
    ],
)
def test_encoding(content: bytes, encoding: Encoding | None) -> None:
    assert encoding_of(content) is encoding


def test_character_that_is_cut_does_not_make_a_file_cp1252() -> None:
    cut = "café".encode()[:-1]

    assert encoding_of(cut) is Encoding.CP1252
    assert encoding_of(cut, is_complete=False) is Encoding.UTF_8


def test_start_of_a_text_ends_with_a_whole_character() -> None:
    assert decoded_start("café au lait".encode(), Encoding.UTF_8, 4) == "caf"
    assert decoded_start("café au lait".encode(), Encoding.UTF_8, 5) == "café"
    assert decoded_start("café".encode("cp1252"), Encoding.CP1252, 4) == "café"
