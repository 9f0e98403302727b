"""The difference of an expected and a produced file, as hunks of lines and as unified text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from itertools import chain
from typing import NamedTuple

from gql.files.line_edits import LineEdit, TooManyLines, line_edits
from gql.files.text import Encoding, encoding_of

MAX_SHOWN_LINES = 10_000
MAX_SHOWN_BYTES = 1 << 20


class DiffStatus(StrEnum):
    """What a comparison of two files says."""

    IDENTICAL = auto()
    DIFFERENT = auto()
    BINARY = auto()
    TOO_LARGE = auto()
    MISSING_EXPECTED = auto()
    MISSING_ACTUAL = auto()


class DiffLineKind(StrEnum):
    """Which of the files has a line."""

    CONTEXT = auto()
    ADDED = auto()
    REMOVED = auto()


class HunkLine(NamedTuple):
    """A line without its line feed, and its numbers, from 1, in the files that have it."""

    kind: DiffLineKind
    expected_line: int | None
    actual_line: int | None
    text: str
    ends_with_newline: bool


class Hunk(NamedTuple):
    """Neighbouring differences, with the lines around them.

    A start is the number of the first line or, of a side without lines, of the line before.
    """

    expected_start: int
    expected_lines: int
    actual_start: int
    actual_lines: int
    lines: list[HunkLine]


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference of two files; the counts are of all of it, even if it is truncated."""

    status: DiffStatus
    added_lines: int = 0
    removed_lines: int = 0
    hunk_count: int = 0
    hunks: Sequence[Hunk] = field(default=())

    @property
    def is_truncated(self) -> bool:
        """Whether lines are left out because there are too many."""
        return len(self.hunks) < self.hunk_count or self.added_lines + self.removed_lines > sum(
            line.kind is not DiffLineKind.CONTEXT for hunk in self.hunks for line in hunk.lines
        )


def difference(
    expected: bytes, actual: bytes, *, context_lines: int = 3, max_hunks: int = 50
) -> Diff:
    """The difference of two files' contents; blocks for as long as `line_edits`."""
    if expected == actual:
        return Diff(DiffStatus.IDENTICAL)
    encodings = encoding_of(expected), encoding_of(actual)
    if encodings[0] is None or encodings[1] is None:
        return Diff(DiffStatus.BINARY)
    try:
        edits = line_edits(expected, actual, context_lines=context_lines)
    except TooManyLines:
        return Diff(DiffStatus.TOO_LARGE)
    groups = list(_groups(edits, 2 * context_lines))
    shown = groups[:max_hunks]
    hunks: list[Hunk] = []
    if shown:
        last = shown[-1][-1]
        hunks = list(
            _Hunks(
                _Lines(expected, encodings[0], last.expected_end + context_lines),
                _Lines(actual, encodings[1], last.actual_end + context_lines),
                context_lines,
            ).of(shown)
        )
    return Diff(
        DiffStatus.DIFFERENT,
        added_lines=sum(edit.actual_end - edit.actual_start for edit in edits),
        removed_lines=sum(edit.expected_end - edit.expected_start for edit in edits),
        hunk_count=len(groups),
        hunks=hunks,
    )


def unified(diff: Diff, expected_name: str, actual_name: str) -> str:
    """The hunks in the unified format, which `patch` applies."""
    if not diff.hunks:
        return ""
    return "".join(
        chain([f"--- {expected_name}\n+++ {actual_name}\n"], *map(_unified_hunk, diff.hunks))
    )


_MARKS = {DiffLineKind.CONTEXT: " ", DiffLineKind.ADDED: "+", DiffLineKind.REMOVED: "-"}


def _unified_hunk(hunk: Hunk) -> Iterator[str]:
    expected = _range(hunk.expected_start, hunk.expected_lines)
    actual = _range(hunk.actual_start, hunk.actual_lines)
    yield f"@@ -{expected} +{actual} @@\n"
    for line in hunk.lines:
        yield f"{_MARKS[line.kind]}{line.text}\n"
        if not line.ends_with_newline:
            yield "\\ No newline at end of file\n"


def _range(start: int, lines: int) -> str:
    return f"{start}" if lines == 1 else f"{start},{lines}"


def _groups(edits: list[LineEdit], most_between: int) -> Iterator[list[LineEdit]]:
    """The edits of each hunk: those with few unchanged lines between them."""
    group: list[LineEdit] = []
    for edit in edits:
        if group and edit.expected_start - group[-1].expected_end > most_between:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


class _Lines:
    """The first lines of a file."""

    def __init__(self, content: bytes, encoding: Encoding, last: int) -> None:
        parts = content.split(b"\n", last)
        # What follows the last line feed is no line if it is empty, and else one without it.
        rest = parts.pop()
        self._has_open_end = bool(rest) and len(parts) < last
        self.lines = [*parts, rest] if self._has_open_end else parts
        self._encoding = encoding

    def line(
        self, kind: DiffLineKind, index: int, expected: int | None, actual: int | None
    ) -> HunkLine:
        """The line at an index, with its indexes in both files."""
        return HunkLine(
            kind,
            None if expected is None else expected + 1,
            None if actual is None else actual + 1,
            self.lines[index].decode(self._encoding),
            not (self._has_open_end and index == len(self.lines) - 1),
        )


class _Hunks:
    """Makes hunks until as much is shown as may be."""

    def __init__(self, expected: _Lines, actual: _Lines, context: int) -> None:
        self._expected = expected
        self._actual = actual
        self._context = context
        self._free_lines = MAX_SHOWN_LINES
        self._free_bytes = MAX_SHOWN_BYTES

    def of(self, groups: list[list[LineEdit]]) -> Iterator[Hunk]:
        """The hunks of groups of edits, and what there is room for of the last."""
        for group in groups:
            before = min(self._context, group[0].expected_start)
            lines: list[HunkLine] = []
            is_full = False
            for line in self._lines(group, before):
                self._free_lines -= 1
                self._free_bytes -= len(line.text)
                is_full = self._free_lines < 0 or self._free_bytes < 0
                if is_full:
                    break
                lines.append(line)
            if any(line.kind is not DiffLineKind.CONTEXT for line in lines):
                yield _hunk(group[0].expected_start - before, group[0].actual_start - before, lines)
            if is_full:
                return

    def _lines(self, group: list[LineEdit], before: int) -> Iterator[HunkLine]:
        expected = group[0].expected_start - before
        actual = group[0].actual_start - before
        for edit in group:
            yield from self._unchanged(expected, actual, edit.expected_start - expected)
            for index in range(edit.expected_start, edit.expected_end):
                yield self._expected.line(DiffLineKind.REMOVED, index, index, None)
            for index in range(edit.actual_start, edit.actual_end):
                yield self._actual.line(DiffLineKind.ADDED, index, None, index)
            expected, actual = edit.expected_end, edit.actual_end
        left = len(self._expected.lines) - expected
        yield from self._unchanged(expected, actual, min(self._context, left))

    def _unchanged(self, expected: int, actual: int, number: int) -> Iterator[HunkLine]:
        for n in range(number):
            index = expected + n
            yield self._expected.line(DiffLineKind.CONTEXT, index, index, actual + n)


def _hunk(expected: int, actual: int, lines: list[HunkLine]) -> Hunk:
    expected_lines = sum(line.expected_line is not None for line in lines)
    actual_lines = sum(line.actual_line is not None for line in lines)
    return Hunk(
        expected + (expected_lines > 0),
        expected_lines,
        actual + (actual_lines > 0),
        actual_lines,
        lines,
    )
