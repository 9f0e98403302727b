"""What the suite consists of: categories, regression tests, their outputs and media files.

The same for every seed. Tests and media files are numbered in the order of `_FAMILIES`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, count, cycle, islice
from typing import Any, Final

from gql.demo.commands import COMMANDS

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """An expected output file."""

    id: int
    suffix: str
    correct: str | None
    variant: str | None
    is_ignored: bool
    is_reported: bool


@dataclass(frozen=True, slots=True)
class RegressionTest:
    id: int
    category: str
    media_id: int
    command: str
    outputs: tuple[Output, ...]
    expected_rc: int | None
    description: str | None

    @property
    def reported(self) -> tuple[Output, ...]:
        """The outputs that a worker reports when the test succeeds."""
        return tuple(output for output in self.outputs if output.is_reported)


@dataclass(frozen=True, slots=True)
class _Family:
    """A category's tests, which go through its commands and its own media files in turn."""

    category: str
    description: str
    tests: int
    media: int
    extensions: tuple[str, ...]
    tags: tuple[str, ...] = ()


_FAMILIES: Final = (
    _Family("Broken", "Damaged recordings that once crashed it.", 13, 13, ("ts", "mpg", "bin")),
    _Family("CEA-708", "Digital captions, by service.", 14, 12, ("ts", "mpg"), ("CEA-708",)),
    _Family("DVB", "Bitmap subtitles of European broadcasts.", 7, 7, ("ts",), ("DVB", "bitmap")),
    _Family("DVD", "Captions in the streams of a DVD.", 3, 3, ("vob",), ("CEA-608",)),
    _Family("DVR-MS", "Recordings of Windows XP Media Center.", 2, 2, ("dvr-ms",), ("CEA-608",)),
    _Family("General", "Recordings of all kinds, with common options.", 27, 26, ("ts", "mpg")),
    _Family("Hauppage", "Captions where Hauppauge cards put them.", 3, 3, ("mpg",), ("CEA-608",)),
    _Family("MP4", "Captions in the tracks of MP4 files.", 3, 3, ("mp4",), ("H.264",)),
    _Family("NoCC", "Files without captions, which must yield none.", 10, 10, ("ts", "mp4", "mkv")),
    _Family("Teletext", "Teletext pages with subtitles.", 21, 18, ("ts",), ("teletext",)),
    _Family("WTV", "Recordings of Windows 7 Media Center.", 13, 13, ("wtv",), ("CEA-608",)),
    _Family("XDS", "Programme data that comes with captions.", 34, 25, ("ts", "mpg"), ("XDS",)),
    _Family("Options", "Each command line option on its own.", 87, 14, ("ts", "mpg"), ("CEA-608",)),
    _Family("Hardsubx", "Subtitles burned into the picture.", 1, 1, ("mp4",), ("burned-in",)),
)

DEACTIVATED_TEST: Final = 237
"""The one test that is not active any more; it is in two categories, Broken and Options."""

HARDSUBX_TEST: Final = 238
"""The test that was defined last."""

# The uploads between were deleted. What is left lies beyond the ids of tests, so that a request
# for such an id can only mean the media file.
_MEDIA_IDS: Final = (*range(1, 136), *range(251, 266))

SHARED_MEDIA: Final = 251
"""A media file that several tests read, and whose id no test has."""

UNSHARED_MEDIA: Final = 265
"""A media file that only the Hardsubx test reads, and whose id no test has."""

_TAGS: Final = {
    "CEA-608": "Line 21 captions.",
    "CEA-708": "Digital television captions.",
    "DVB": "DVB subtitles.",
    "XDS": "Extended data services.",
    "teletext": "Subtitles in teletext pages.",
    "bitmap": "Subtitles are pictures.",
    "burned-in": "Subtitles are part of the video.",
    "H.264": "Video is H.264.",
    "HD": "High definition.",
    "UK": "Recorded in the United Kingdom.",
    "US": "Recorded in the United States.",
    "Spanish": "Has Spanish captions.",
    "roll-up": "Captions scroll up line by line.",
    "live": "Captioned live.",
    "multiprogram": None,
}
_COMMON_TAGS: Final = tuple(_TAGS)[8:]

_CHANNELS: Final = ("KQED", "BBC One", "C-SPAN 2", "WGBH", "La 1", "ABC Family", "RTP2", "CNN")

_TYPES_OF_INPUT: Final = {"-stdin": "stdin", "-udp": "udp"}
_TYPES_OF_OUTPUT: Final = {
    "-out=null": "null",
    "-out=report": "report",
    "-stdout": "stdout",
    "-sendto": "tcp",
    "-multiprogram": "multiprogram",
    "-svc": "cea708",
    "-service": "cea708",
}


def digest(*parts: object) -> str:
    """A made-up hash: always the same for the same parts."""
    return sha256(":".join(map(str, parts)).encode()).hexdigest()


def _media_files() -> Iterator[tuple[int, _Family, int]]:
    files = ((family, index) for family in _FAMILIES for index in range(family.media))
    for media_id, (family, index) in zip(_MEDIA_IDS, files, strict=True):
        yield media_id, family, index


def _regression_tests() -> Iterator[RegressionTest]:
    test_ids, output_ids = count(1), count(1)
    for family in _FAMILIES:
        media = cycle([media_id for media_id, owner, _ in _media_files() if owner is family])
        lines = cycle(COMMANDS[family.category].strip().splitlines())
        for line, media_id in islice(zip(lines, media, strict=False), family.tests):
            command, outputs, rc, description = map(str.strip, f"{line}|||".split("|")[:4])
            yield RegressionTest(
                id=next(test_ids),
                category=family.category,
                media_id=media_id,
                command=command,
                outputs=tuple(_output(next(output_ids), each) for each in outputs.split()),
                expected_rc=None if rc == "-" else int(rc or 0),
                description=description or None,
            )


def _output(output_id: int, notation: str) -> Output:
    mark = notation[0] if notation[0] in "?*~+" else ""
    return Output(
        id=output_id,
        suffix=notation.removeprefix(mark),
        correct=None if mark == "?" else digest("baseline", output_id),
        variant=digest("variant", output_id) if mark == "*" else None,
        is_ignored=mark in ("~", "+"),
        is_reported=mark != "~",
    )


TESTS: Final = {test.id: test for test in _regression_tests()}


def tests_of(category: str) -> list[int]:
    """The ids of a category's tests."""
    return [test.id for test in TESTS.values() if category in _categories(test)]


def _categories(test: RegressionTest) -> tuple[str, ...]:
    return ("Broken", "Options") if test.id == DEACTIVATED_TEST else (test.category,)


def catalogue_rows() -> dict[str, list[Row]]:
    """All rows of the catalogue by table, in an order that foreign keys allow."""
    names = sorted(family.category for family in _FAMILIES)
    descriptions = {family.category: family.description for family in _FAMILIES}
    outputs = [(test, output) for test in TESTS.values() for output in test.outputs]
    return {
        "category": [
            {"id": number, "name": name, "description": descriptions[name]}
            for number, name in enumerate(names, 1)
        ],
        "tag": [
            {"id": number, "name": name, "description": description}
            for number, (name, description) in enumerate(_TAGS.items(), 1)
        ],
        "sample": [_media_row(*file) for file in _media_files()],
        "sample_extra": [
            {
                "id": number,
                "sample_id": media_id,
                "original_name": f"{_CHANNELS[number % len(_CHANNELS)]} guide",
                "extension": "xml",
            }
            for number, media_id in enumerate(_MEDIA_IDS[::20], 1)
        ],
        "sample_tag_association": [
            {"sample_id": media_id, "tag_id": list(_TAGS).index(tag) + 1}
            for media_id, family, index in _media_files()
            for tag in chain(family.tags, islice(cycle(_COMMON_TAGS), index, index + index % 3))
        ],
        "regression_test": [_test_row(test) for test in TESTS.values()],
        "regression_test_category": [
            {"regression_id": test.id, "category_id": names.index(category) + 1}
            for test in TESTS.values()
            for category in _categories(test)
        ],
        "regression_test_output": [_output_row(*each) for each in outputs],
        "regression_test_output_files": [
            {"id": number, "file_hashes": output.variant, "regression_test_output_id": output.id}
            for number, output in enumerate((each for _, each in outputs if each.variant), 1)
        ],
    }


def _media_row(media_id: int, family: _Family, index: int) -> Row:
    extension = family.extensions[index % len(family.extensions)]
    channel = _CHANNELS[media_id % len(_CHANNELS)]
    return {
        "id": media_id,
        "sha": digest("media", media_id),
        "extension": extension,
        "original_name": f"{channel} {family.category} {index + 1:02}.{extension}",
    }


def _test_row(test: RegressionTest) -> Row:
    return {
        "id": test.id,
        "sample_id": test.media_id,
        "command": test.command,
        "input_type": _type_of(test.command, _TYPES_OF_INPUT),
        "output_type": _type_of(test.command, _TYPES_OF_OUTPUT),
        "expected_rc": test.expected_rc,
        "active": test.id != DEACTIVATED_TEST,
        "description": test.description,
    }


def _type_of(command: str, types: dict[str, str]) -> str:
    return next((types[option] for option in types if option in command), "file")


def _output_row(test: RegressionTest, output: Output) -> Row:
    return {
        "id": output.id,
        "regression_id": test.id,
        "correct": output.correct,
        "correct_extension": "." + output.suffix.rpartition(".")[2],
        "expected_filename": digest("media", test.media_id) + output.suffix,
        "ignore": output.is_ignored,
    }
