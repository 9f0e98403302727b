from typing import Annotated

import strawberry

from gql.domain.status import OutputStatus
from gql.execution.batch_keys import reads_files
from gql.execution.field_cost import cost
from gql.loaders.output import (
    AcceptedTodayByOutputLoader,
    OutputRow,
    VariantsByOutputIdLoader,
    hashes_of,
)
from gql.request import file_queries
from gql.schema.arguments import number
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.scalars import Sha256
from gql.schema.types.output_diff import OutputDiff
from gql.schema.types.output_file import OutputFile

# A process of its own compares two files: as much work as twice as many rows. What matches, as most
# outputs do, takes none.
COMPARING = cost(extra_rows=50) | reads_files


@strawberry.type(description="An output file of a sample: expected, produced or both.")
class Output(OutputRow):
    output_id: int = strawberry.field(description="The number of the expected output.")
    status: OutputStatus = strawberry.field(
        description="The result of comparing the file with its accepted baselines."
    )
    expected_hash: Sha256 | None = strawberry.field(
        description="The SHA-256 of the baseline when the test ran. If the test produced "
        "no file, of today's baseline."
    )
    actual_hash: Sha256 | None = strawberry.field(
        description="The SHA-256 of the produced file; null if it equals the expected file"
        " or is missing. In runs before 15 August 2026 null can also mean that the file equals that"
        " of the previous run of `master`."
    )
    accepted_today: bool | None = loader_field(
        AcceptedTodayByOutputLoader,
        "test_id",
        "regression_test_id",
        "output_id",
        description="Whether the produced file is a baseline of today: the output's own or an "
        "accepted variant. Null if it is missing. `status` judges it by the baseline of its run.",
    )
    ignored: bool = strawberry.field(description="Whether a missing file counts as correct.")

    @strawberry.field(
        description="The name of the produced file in the platform's storage, or of the expected "
        "file if it matched or none was produced; null without either hash."
    )
    def filename(self: OutputRow) -> str | None:
        stored = self.actual_hash or self.expected_hash
        return None if stored is None else f"{stored}{self.correct_extension or ''}"

    @strawberry.field(
        description="The expected file: the baseline when the test ran, or today's if it produced "
        "no file. Null without a baseline."
    )
    def expected(self: OutputRow) -> OutputFile | None:
        return _file(self, self.expected_hash)

    @strawberry.field(
        description="The produced file, which is the expected one where the output matched. Null "
        "if it is missing."
    )
    def actual(self: OutputRow) -> OutputFile | None:
        return _file(self, file_queries.produced_hash(self))

    @strawberry.field(
        description="Which lines of the produced file differ from the expected one. Null if the "
        "gateway serves no files. Needs the scope `results:read`.",
        metadata=COMPARING,
    )
    async def diff(
        self: OutputRow,
        info: Info,
        context_lines: Annotated[
            int,
            number(
                0,
                file_queries.MAX_CONTEXT_LINES,
                description="The number of equal lines around each difference, up to "
                f"{file_queries.MAX_CONTEXT_LINES}.",
            ),
        ] = 3,
        max_hunks: Annotated[
            int,
            number(
                0,
                file_queries.MAX_HUNKS,
                description=f"The number of hunks, up to {file_queries.MAX_HUNKS}. The counts are "
                "of all hunks.",
            ),
        ] = 50,
        against: Annotated[
            Sha256 | None,
            strawberry.argument(
                description="The SHA-256 of the file to compare with in place of the expected "
                "one: today's baseline or one of `acceptedVariants`."
            ),
        ] = None,
    ) -> OutputDiff | None:
        named = await file_queries.diff_of(
            info.context, self, context_lines=context_lines, max_hunks=max_hunks, against=against
        )
        return None if named is None else OutputDiff(named=named)

    @strawberry.field(
        description="The platform's page with the difference; null if the output matched, is "
        "missing, or the gateway does not know the platform's address."
    )
    def diff_url(self: OutputRow, info: Info) -> str | None:
        if self.actual_hash is None:
            return None
        return file_queries.page_url(
            info.context,
            f"/test/diff/{self.test_id}/{self.regression_test_id}/{self.output_id}",
        )

    accepted_variants: list[Sha256] = loader_field(
        VariantsByOutputIdLoader,
        "output_id",
        value_of=hashes_of,
        description="The SHA-256 of each file that is accepted today in place of the baseline.",
    )

    @strawberry.field(
        graphql_type=Sha256 | None,
        description="The accepted variant that the produced file equals; null if it equals "
        "the baseline or no accepted file.",
    )
    def matched_variant(self: OutputRow) -> str | None:
        return self.actual_hash if self.is_variant else None


def _file(output: OutputRow, hash: str | None) -> OutputFile | None:
    if hash is None:
        return None
    return OutputFile(sha256=Sha256(hash), extension=output.correct_extension)
