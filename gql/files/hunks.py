"""Hunks: lines that differ, close to each other, with the lines around them."""

from collections.abc import Iterator
from enum import StrEnum, auto
from typing import NamedTuple

from gql.files.line_edits import LineEdit
from gql.files.text import Encoding

MAX_SHOWN_LINES = 10_000
MAX_SHOWN_BYTES = 1 << 20
PART_BYTES = 64 << 10

_NO_NEWLINE = "\\ No newline at end of file\n"


class DiffLineKind(StrEnum):
    """Which of the files has a line."""

    CONTEXT = auto()
    ADDED = auto()
    REMOVED = auto()


_KINDS = {" ": DiffLineKind.CONTEXT, "+": DiffLineKind.ADDED, "-": DiffLineKind.REMOVED}


class HunkLine(NamedTuple):
    """A line without its line feed, and its numbers, from 1, in the files that have it."""

    kind: DiffLineKind
    expected_line: int | None
    actual_line: int | None
    text: str
    ends_with_newline: bool


class Hunk(NamedTuple):
    """Neighbouring differences, with the lines around them, in the unified format.

    A start is the number of the first line or, of a side without lines, of the line before.
    """

    expected_start: int
    expected_lines: int
    actual_start: int
    actual_lines: int
    changed_lines: int
    body: str

    @property
    def unified(self) -> str:
        """The hunk with its head."""
        expected = _range(self.expected_start, self.expected_lines)
        actual = _range(self.actual_start, self.actual_lines)
        return f"@@ -{expected} +{actual} @@\n{self.body}"

    @property
    def lines(self) -> list[HunkLine]:
        """The lines one by one."""
        lines: list[HunkLine] = []
        expected = self.expected_start + (self.expected_lines == 0)
        actual = self.actual_start + (self.actual_lines == 0)
        for line in self.body.split("\n")[:-1]:
            kind = _KINDS.get(line[0])
            if kind is None:  # It says that the line before has no line feed.
                lines[-1] = lines[-1]._replace(ends_with_newline=False)
                continue
            is_expected, is_actual = (
                kind is not DiffLineKind.ADDED,
                kind is not DiffLineKind.REMOVED,
            )
            lines.append(
                HunkLine(
                    kind,
                    expected if is_expected else None,
                    actual if is_actual else None,
                    line[1:],
                    ends_with_newline=True,
                )
            )
            expected += is_expected
            actual += is_actual
        return lines


def groups_of(edits: list[LineEdit], context_lines: int) -> list[list[LineEdit]]:
    """The edits of each hunk: those whose lines of context touch."""
    groups: list[list[LineEdit]] = []
    for edit in edits:
        if groups and edit.expected_start - groups[-1][-1].expected_end <= 2 * context_lines:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def hunks_of(
    groups: list[list[LineEdit]],
    expected: tuple[bytes, Encoding],
    actual: tuple[bytes, Encoding],
    context_lines: int,
) -> list[Hunk]:
    """The hunks of groups of edits, until as much is shown as may be; the last may be cut."""
    sides = _Side(*expected), _Side(*actual)
    room = _Room()
    hunks = (_hunk(group, *sides, context_lines, room) for group in groups)
    shown: list[Hunk] = []
    for hunk in hunks:
        if hunk.changed_lines:
            shown.append(hunk)
        if room.is_full:
            break
    return shown


class _Room:
    """How much may still be shown."""

    def __init__(self) -> None:
        self.lines = MAX_SHOWN_LINES
        self.bytes = MAX_SHOWN_BYTES
        self.is_full = False

    def take(self, lines: list[bytes]) -> list[bytes]:
        """As many of the lines as there is room for."""
        size = sum(map(len, lines))
        if len(lines) <= self.lines and size <= self.bytes:
            self.lines -= len(lines)
            self.bytes -= size
            return lines
        self.is_full = True
        taken: list[bytes] = []
        for line in lines[: self.lines]:
            self.bytes -= len(line)
            if self.bytes < 0:
                break
            taken.append(line)
        self.lines = 0
        return taken


class _Side:
    """One of the files, whose lines are read in their order.

    Few of them are in memory at a time: a file may have hundreds of thousands that are not shown.
    """

    def __init__(self, content: bytes, encoding: Encoding) -> None:
        self._content = content
        self._encoding = encoding
        self._position = 0
        self._first = 0
        self._lines: list[bytes] = []

    def marked(self, mark: bytes, start: int, end: int, room: _Room) -> tuple[int, str]:
        """How many of these lines there is room for, and their text, each line with the mark."""
        # One more than there is room for: it shows that there is too little.
        lines = room.take(self._between(start, min(end, start + room.lines + 1)))
        if not lines:
            return 0, ""
        text = (mark + (b"\n" + mark).join(lines) + b"\n").decode(self._encoding)
        is_last = self._is_at_end and start + len(lines) == self._first + len(self._lines)
        is_open = is_last and not self._content.endswith(b"\n")
        return len(lines), text + _NO_NEWLINE if is_open else text

    def _between(self, start: int, end: int) -> list[bytes]:
        while start >= self._first + len(self._lines) and not self._is_at_end:
            self._read()
        lines = self._lines[start - self._first : end - self._first]
        while self._first + len(self._lines) < end and not self._is_at_end:
            self._read()
            lines += self._lines[: end - self._first]
        return lines

    @property
    def _is_at_end(self) -> bool:
        return self._position == len(self._content)

    def _read(self) -> None:
        """Go on to the next lines."""
        self._first += len(self._lines)
        end = self._content.find(b"\n", self._position + PART_BYTES) + 1 or len(self._content)
        self._lines = self._content[self._position : end].split(b"\n")
        # What follows the last line feed is no line if it is empty, and else one without it.
        if not self._lines[-1]:
            self._lines.pop()
        self._position = end


def _hunk(
    group: list[LineEdit], expected: _Side, actual: _Side, context_lines: int, room: _Room
) -> Hunk:
    before = min(context_lines, group[0].expected_start)
    start = group[0].expected_start - before
    counts = {b" ": 0, b"-": 0, b"+": 0}
    texts: list[str] = []
    for side, mark, begin, end in _pieces(group, start, expected, actual, context_lines):
        number, text = side.marked(mark, begin, end, room)
        counts[mark] += number
        texts.append(text)
        if room.is_full:
            break
    expected_lines, actual_lines = counts[b" "] + counts[b"-"], counts[b" "] + counts[b"+"]
    return Hunk(
        start + (expected_lines > 0),
        expected_lines,
        group[0].actual_start - before + (actual_lines > 0),
        actual_lines,
        counts[b"-"] + counts[b"+"],
        "".join(texts),
    )


def _pieces(
    group: list[LineEdit], start: int, expected: _Side, actual: _Side, context_lines: int
) -> Iterator[tuple[_Side, bytes, int, int]]:
    """The runs of lines of a hunk: from which file, with which mark, from where and up to where."""
    for edit in group:
        yield expected, b" ", start, edit.expected_start
        yield expected, b"-", edit.expected_start, edit.expected_end
        yield actual, b"+", edit.actual_start, edit.actual_end
        start = edit.expected_end
    yield expected, b" ", start, start + context_lines


def _range(start: int, lines: int) -> str:
    return f"{start}" if lines == 1 else f"{start},{lines}"
