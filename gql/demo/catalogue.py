"""What the suite consists of: categories, regression tests, their outputs and media files.

The same for every seed. Tests and media files are numbered in the order of `_FAMILIES`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import count, cycle, islice
from typing import Final

from gql.demo.commands import COMMANDS


@dataclass(frozen=True, slots=True)
class Output:
    """An expected output file."""

    id: int
    suffix: str
    command: str
    category: str
    has_baseline: bool
    has_variant: bool
    is_ignored: bool
    is_reported: bool

    @property
    def extension(self) -> str:
        return self.suffix.rpartition(".")[2]

    @property
    def encoding(self) -> str:
        return "cp1252" if "latin1" in self.command else "utf-8"

    @property
    def newline(self) -> str:
        """How lines end; in what comes of damaged recordings not all do so in the same way."""
        if "--lf" in self.command or self.extension in _UNIX_EXTENSIONS:
            return "\n"
        return "mixed" if self.category == "Broken" else "\r\n"

    @property
    def is_huge(self) -> bool:
        """Whether it has more than 10 MiB."""
        return self.id == HUGE_OUTPUT


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
class MediaFile:
    id: int
    category: str
    sha: str
    extension: str
    original_name: str


@dataclass(frozen=True, slots=True)
class _Family:
    """A category's tests, which go through its commands and its own media files in turn."""

    category: str
    description: str
    tests: int
    media: int
    extensions: tuple[str, ...]


HUGE_OUTPUT: Final = 105
"""The output of over 10 MiB."""

_UNIX_EXTENSIONS: Final = {"xml", "ttml", "vtt", "css", "log", "scc", "mcc"}

_FAMILIES: Final = (
    _Family("Broken", "Damaged recordings that once crashed it.", 13, 13, ("ts", "mpg", "bin")),
    _Family("CEA-708", "Digital captions, by service.", 14, 12, ("ts", "mpg")),
    _Family("DVB", "Bitmap subtitles of European broadcasts.", 7, 7, ("ts",)),
    _Family("DVD", "Captions in the streams of a DVD.", 3, 3, ("vob",)),
    _Family("DVR-MS", "Recordings of Windows XP Media Center.", 2, 2, ("dvr-ms",)),
    _Family("General", "Recordings of all kinds, with common options.", 27, 26, ("ts", "mpg")),
    _Family("Hauppage", "Captions where Hauppauge cards put them.", 3, 3, ("mpg",)),
    _Family("MP4", "Captions in the tracks of MP4 files.", 3, 3, ("mp4",)),
    _Family("NoCC", "Files without captions, which must yield none.", 10, 10, ("ts", "mp4", "mkv")),
    _Family("Teletext", "Teletext pages with subtitles.", 21, 18, ("ts",)),
    _Family("WTV", "Recordings of Windows 7 Media Center.", 13, 13, ("wtv",)),
    _Family("XDS", "Programme data that comes with captions.", 34, 25, ("ts", "mpg")),
    _Family("Options", "Each command line option on its own.", 87, 14, ("ts", "mpg")),
    _Family("Hardsubx", "Subtitles burned into the picture.", 1, 1, ("mp4",)),
    _Family(
        "Matroska", "Captions in Matroska files; no test has been written yet.", 0, 37, ("mkv",)
    ),
)

CATEGORIES: Final = {family.category: family.description for family in _FAMILIES}
"""The description of each category by its name."""

DEACTIVATED_TEST: Final = 237
"""The one test that is not active any more; it is in two categories, Broken and Options."""

HARDSUBX_TEST: Final = 238
"""The test that was defined last."""

# The media files between were deleted. What is left lies beyond the ids of tests, so that a request
# for such an id can only mean the media file.
_MEDIA_IDS: Final = (*range(1, 136), *range(251, 303))

SHARED_MEDIA: Final = 251
"""A media file that several tests read, and whose id no test has."""

UNSHARED_MEDIA: Final = 265
"""A media file that only the Hardsubx test reads, and whose id no test has."""

CHANNELS: Final = ("KQED", "BBC One", "C-SPAN 2", "WGBH", "La 1", "ABC Family", "RTP2", "CNN")


def digest(*parts: object) -> str:
    """A made-up hash: always the same for the same parts."""
    return sha256(":".join(map(str, parts)).encode()).hexdigest()


def _media_files() -> Iterator[MediaFile]:
    files = ((family, index) for family in _FAMILIES for index in range(family.media))
    for media_id, (family, index) in zip(_MEDIA_IDS, files, strict=True):
        extension = family.extensions[index % len(family.extensions)]
        channel = CHANNELS[media_id % len(CHANNELS)]
        yield MediaFile(
            id=media_id,
            category=family.category,
            sha=digest("media", media_id),
            extension=extension,
            original_name=f"{channel} {family.category} {index + 1:02}.{extension}",
        )


MEDIA: Final = {media.id: media for media in _media_files()}


def _regression_tests() -> Iterator[RegressionTest]:
    test_ids, output_ids = count(1), count(1)
    for family in _FAMILIES:
        media = [each.id for each in MEDIA.values() if each.category == family.category]
        lines = cycle(COMMANDS.get(family.category, "").strip().splitlines())
        for line, media_id in islice(zip(lines, cycle(media), strict=False), family.tests):
            command, outputs, rc, description = map(str.strip, f"{line}|||".split("|")[:4])
            yield RegressionTest(
                id=next(test_ids),
                category=family.category,
                media_id=media_id,
                command=command,
                outputs=tuple(
                    _output(next(output_ids), each, command, family.category)
                    for each in outputs.split()
                ),
                expected_rc=None if rc == "-" else int(rc or 0),
                description=description or None,
            )


def _output(output_id: int, notation: str, command: str, category: str) -> Output:
    mark = notation[0] if notation[0] in "?*~+" else ""
    return Output(
        id=output_id,
        suffix=notation.removeprefix(mark),
        command=command,
        category=category,
        has_baseline=mark != "?",
        has_variant=mark == "*",
        is_ignored=mark in ("~", "+"),
        is_reported=mark != "~",
    )


TESTS: Final = {test.id: test for test in _regression_tests()}


def tests_of(category: str) -> list[int]:
    """The ids of a category's tests."""
    return [test.id for test in TESTS.values() if category in categories_of(test)]


def categories_of(test: RegressionTest) -> tuple[str, ...]:
    return ("Broken", "Options") if test.id == DEACTIVATED_TEST else (test.category,)
