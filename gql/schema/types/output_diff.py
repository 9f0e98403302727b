import strawberry

from gql.files.diff import DiffStatus
from gql.files.hunks import DiffLineKind, Hunk
from gql.request.file_queries import NamedDiff


@strawberry.type(description="A line of a difference.")
class DiffLine:
    kind: DiffLineKind = strawberry.field(description="Which of the two files has the line.")
    expected_line: int | None = strawberry.field(
        description="The number of the line in the expected file; null for an added line."
    )
    actual_line: int | None = strawberry.field(
        description="The number of the line in the produced file; null for a removed line."
    )
    text: str = strawberry.field(
        description="The line without its line feed. A carriage return before it is kept, so "
        "that `\\r\\n` and `\\n` differ."
    )
    ends_with_newline: bool = strawberry.field(
        description="False for the last line of a file that does not end with a line feed."
    )


@strawberry.type(
    description="Lines that differ, close to each other, with the lines around them. The start "
    "of a side without lines is the number of the line before."
)
class DiffHunk:
    expected_start: int = strawberry.field(
        description="The number of the first line in the expected file."
    )
    expected_lines: int = strawberry.field(
        description="The number of lines of the expected file: context and removed."
    )
    actual_start: int = strawberry.field(
        description="The number of the first line in the produced file."
    )
    actual_lines: int = strawberry.field(
        description="The number of lines of the produced file: context and added."
    )
    lines: list[DiffLine] = strawberry.field(description="The lines in their order.")


@strawberry.type(
    description="The difference of an expected and a produced file, as `diff -u` shows it. "
    "Without the status DIFFERENT there are no lines."
)
class OutputDiff:
    named: strawberry.Private[NamedDiff]

    @strawberry.field(description="What the comparison says.")
    def status(self) -> DiffStatus:
        return self.named.diff.status

    @strawberry.field(description="The number of lines that only the produced file has.")
    def added_lines(self) -> int:
        return self.named.diff.added_lines

    @strawberry.field(description="The number of lines that only the expected file has.")
    def removed_lines(self) -> int:
        return self.named.diff.removed_lines

    @strawberry.field(description="The number of hunks, with those that are left out.")
    def hunk_count(self) -> int:
        return self.named.diff.hunk_count

    @strawberry.field(
        description="Whether hunks or lines are left out. The limits are `maxHunks`, 10000 lines "
        "and 1 MiB of text."
    )
    def is_truncated(self) -> bool:
        return self.named.diff.is_truncated

    @strawberry.field(
        graphql_type=list[DiffHunk],
        description="The hunks in their order.",
    )
    def hunks(self) -> list[Hunk]:
        return list(self.named.diff.hunks)

    @strawberry.field(
        description="The hunks in the unified format, which `patch` applies. Empty without hunks."
    )
    def unified(self) -> str:
        return self.named.diff.unified(self.named.expected_name, self.named.actual_name)
