"""The filter and the orders of a run's samples."""

from collections.abc import Collection, Sequence
from enum import StrEnum

import strawberry
from sqlalchemy import ColumnElement, and_, func, select

from gql.database import Snapshot
from gql.database.pagination import Order
from gql.database.tables import MediaFile, RegressionTest, TestResult
from gql.database.text import ORDERED_CHARACTERS, ordered
from gql.domain.comparison import ChangeVerdict
from gql.domain.failure import FailureKind, failure_kind
from gql.domain.status import FAILURES, SampleStatus, sample_status
from gql.loaders.sample import BY_REGRESSION_ID, runtime_ms
from gql.loaders.verdict import has_verdict
from gql.schema.enums import document
from gql.schema.filters.base import Filter, only
from gql.schema.filters.conditions import contains, has_tag, is_in_category

_media_name = (
    select(MediaFile.original_name)
    .where(MediaFile.id == RegressionTest.sample_id)
    .scalar_subquery()
)


def _has_failure_kind(kinds: Sequence[FailureKind]) -> ColumnElement[bool]:
    return and_(sample_status.in_(FAILURES), failure_kind.in_(kinds))


@strawberry.input(description="Only samples that match all of these.")
class SampleFilter(Filter):
    statuses: list[SampleStatus] | None = only(
        sample_status.in_, description="Only samples with one of these statuses."
    )
    categories: list[str] | None = only(
        is_in_category,
        description="Only samples of tests in one of these categories, by name.",
    )
    tags: list[str] | None = only(
        lambda names: has_tag(RegressionTest.sample_id, names),
        description="Only samples whose media file has one of these tags, by name.",
    )
    search: str | None = only(
        lambda text: contains(text, RegressionTest.command, _media_name),
        description="Only samples whose command or media file's original name contains this"
        " text. Case does not matter.",
    )
    regression_ids: list[int] | None = only(
        RegressionTest.id.in_, description="Only samples of these regression tests."
    )
    media_ids: list[int] | None = only(
        RegressionTest.sample_id.in_,
        description="Only samples of tests that read one of these media files.",
    )

    failure_kinds: list[FailureKind] | None = only(
        _has_failure_kind, description="Only samples that fail in one of these ways."
    )
    exit_codes: list[int] | None = only(
        TestResult.exit_code.in_, description="Only samples with one of these exit codes."
    )
    verdicts: list[ChangeVerdict] | None = strawberry.field(
        default=None,
        description="Only samples with one of these verdicts: `Sample.verdict` against the base "
        "before their run.",
    )

    __hash__ = Filter.__hash__

    async def conditions_in(
        self, snapshot: Snapshot, run_ids: Collection[int]
    ) -> list[ColumnElement[bool]]:
        """The conditions for samples of these runs."""
        if self.verdicts is None:
            return self.conditions()
        return [*self.conditions(), await has_verdict(snapshot, run_ids, self.verdicts)]


class SampleOrder(StrEnum):
    REGRESSION_ID = "regression_id"
    SLOWEST_FIRST = "slowest_first"
    FASTEST_FIRST = "fastest_first"
    NAME = "name"


document(
    SampleOrder,
    "The order of samples.",
    {
        SampleOrder.REGRESSION_ID: "By regression id.",
        SampleOrder.SLOWEST_FIRST: "By runtime, longest first. Samples without one come last.",
        SampleOrder.FASTEST_FIRST: "By runtime, shortest first. Samples without one come first.",
        SampleOrder.NAME: "By the media file's original name, of which the first "
        f"{ORDERED_CHARACTERS} characters count.",
    },
)

_name = ordered(func.coalesce(_media_name, ""))
_runtime = func.coalesce(runtime_ms, -1)

ORDERS = {
    SampleOrder.REGRESSION_ID: BY_REGRESSION_ID,
    SampleOrder.SLOWEST_FIRST: Order(
        "slowest sample", (_runtime, RegressionTest.id), descending=True
    ),
    SampleOrder.FASTEST_FIRST: Order("fastest sample", (_runtime, RegressionTest.id)),
    SampleOrder.NAME: Order("sample name", (_name, RegressionTest.id)),
}
