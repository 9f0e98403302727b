import strawberry

from gql.status import OutputStatus
from gql.types.scalars import Sha256


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
