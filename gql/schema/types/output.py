import strawberry

from gql.domain.status import OutputStatus
from gql.loaders.output import VariantsByOutputIdLoader, hashes_of
from gql.schema.loader_field import loader_field
from gql.schema.scalars import Sha256


@strawberry.type(
    description="An output file of a sample: one that its test expects, or that was produced."
)
class Output:
    output_id: int = strawberry.field(description="The expected output's number.")
    status: OutputStatus = strawberry.field(
        description="How the file compares with its accepted baselines."
    )
    expected_hash: Sha256 | None = strawberry.field(
        description="The hash of the baseline when the test ran; of today's if it left no file."
    )
    actual_hash: Sha256 | None = strawberry.field(
        description="The hash of the file produced; null where it is as expected or missing."
    )
    ignored: bool = strawberry.field(description="Whether the file may be missing.")

    is_variant: strawberry.Private[bool]
    correct_extension: strawberry.Private[str | None]

    @strawberry.field(
        description="The name the platform stores the produced file under, or the baseline that it "
        "equals; null where there is no hash."
    )
    def filename(self) -> str | None:
        stored = self.actual_hash or self.expected_hash
        return None if stored is None else f"{stored}{self.correct_extension or ''}"

    accepted_variants: list[Sha256] = loader_field(
        VariantsByOutputIdLoader,
        "output_id",
        value_of=hashes_of,
        description="The hashes accepted today in place of the baseline: what makes a difference "
        "pass.",
    )

    @strawberry.field(
        description="The accepted variant that the file produced equals; null where it equals the "
        "baseline or nothing accepted."
    )
    def matched_variant(self) -> Sha256 | None:
        return self.actual_hash if self.is_variant else None
