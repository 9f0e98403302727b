import strawberry

from gql.domain.status import OutputStatus
from gql.loaders.output import OutputRow, VariantsByOutputIdLoader, hashes_of
from gql.schema.loader_field import loader_field
from gql.schema.scalars import Sha256


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
        " or is missing."
    )
    accepted_today: bool | None = strawberry.field(
        description="Whether the produced file is a baseline of today: the output's own or an "
        "accepted variant. Null if it is missing. `status` judges it by the baseline of its run."
    )
    ignored: bool = strawberry.field(description="Whether a missing file counts as correct.")

    @strawberry.field(
        description="The name of the produced file in the platform's storage; null without"
        " a hash. A file that equals its baseline has the baseline's name."
    )
    def filename(self: OutputRow) -> str | None:
        stored = self.actual_hash or self.expected_hash
        return None if stored is None else f"{stored}{self.correct_extension or ''}"

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
