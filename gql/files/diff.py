"""The difference of an expected and a produced file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto

from gql.files.hunks import Hunk, groups_of, hunks_of
from gql.files.line_edits import TooManyLines, line_edits
from gql.files.text import encoding_of


class DiffStatus(StrEnum):
    """What a comparison of two files says."""

    IDENTICAL = auto()
    DIFFERENT = auto()
    BINARY = auto()
    TOO_LARGE = auto()
    MISSING_EXPECTED = auto()
    MISSING_ACTUAL = auto()


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
        shown = sum(hunk.changed_lines for hunk in self.hunks)
        return shown < self.added_lines + self.removed_lines

    def unified(self, expected_name: str, actual_name: str) -> str:
        """The hunks in the unified format, which `patch` applies; empty without hunks."""
        if not self.hunks:
            return ""
        hunks = "".join(hunk.unified for hunk in self.hunks)
        return f"--- {expected_name}\n+++ {actual_name}\n{hunks}"


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
    groups = groups_of(edits, context_lines)
    return Diff(
        DiffStatus.DIFFERENT,
        added_lines=sum(edit.actual_end - edit.actual_start for edit in edits),
        removed_lines=sum(edit.expected_end - edit.expected_start for edit in edits),
        hunk_count=len(groups),
        hunks=hunks_of(
            groups[:max_hunks],
            (expected, encodings[0]),
            (actual, encodings[1]),
            context_lines,
        ),
    )
