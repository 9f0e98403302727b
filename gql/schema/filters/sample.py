"""The filter and the orders of a run's samples."""

from enum import StrEnum

import strawberry
from sqlalchemy import ColumnElement, case, func, select

from gql.database.pagination import Order
from gql.database.tables import MediaFile, RegressionTest, TestResult
from gql.domain.status import SampleStatus, sample_status
from gql.loaders.sample import BY_REGRESSION_ID
from gql.schema.enums import document
from gql.schema.filters.conditions import contains, has_tag, is_in_category

_media_name = (
    select(MediaFile.original_name)
    .where(MediaFile.id == RegressionTest.sample_id)
    .scalar_subquery()
)


@strawberry.input(
    description="Which samples to give: those for which everything holds that is told here."
)
class SampleFilter:
    statuses: list[SampleStatus] | None = strawberry.field(
        default=None, description="It has one of these statuses."
    )
    categories: list[str] | None = strawberry.field(
        default=None, description="Its test is in one of the categories of these names."
    )
    tags: list[str] | None = strawberry.field(
        default=None, description="Its media file has one of the tags of these names."
    )
    search: str | None = strawberry.field(
        default=None,
        description="The command or the media file's original name contains this, in any case.",
    )
    regression_ids: list[int] | None = strawberry.field(
        default=None, description="It is the sample of one of these regression tests."
    )
    media_ids: list[int] | None = strawberry.field(
        default=None, description="It reads one of these media files."
    )

    def __hash__(self) -> int:
        return hash(repr(self))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a sample, over `gql.domain.status.SAMPLES`."""
        conditions: list[ColumnElement[bool]] = []
        if self.statuses is not None:
            conditions.append(sample_status.in_(self.statuses))
        if self.categories is not None:
            conditions.append(is_in_category(self.categories))
        if self.tags is not None:
            conditions.append(has_tag(RegressionTest.sample_id, self.tags))
        if self.search is not None:
            conditions.append(contains(self.search, RegressionTest.command, _media_name))
        if self.regression_ids is not None:
            conditions.append(RegressionTest.id.in_(self.regression_ids))
        if self.media_ids is not None:
            conditions.append(RegressionTest.sample_id.in_(self.media_ids))
        return conditions


class SampleOrder(StrEnum):
    REGRESSION_ID = "regression_id"
    SLOWEST_FIRST = "slowest_first"
    FASTEST_FIRST = "fastest_first"
    NAME = "name"


document(
    SampleOrder,
    "In which order to give samples.",
    {
        SampleOrder.REGRESSION_ID: "By the number of the regression test.",
        SampleOrder.SLOWEST_FIRST: "By runtime, the longest first; samples without one are last.",
        SampleOrder.FASTEST_FIRST: "By runtime, samples without one first, then the shortest.",
        SampleOrder.NAME: "By the media file's original name.",
    },
)

_runtime = func.coalesce(case((TestResult.runtime >= 0, TestResult.runtime)), -1)

ORDERS = {
    SampleOrder.REGRESSION_ID: BY_REGRESSION_ID,
    SampleOrder.SLOWEST_FIRST: Order(
        "slowest sample", (_runtime, RegressionTest.id), descending=True
    ),
    SampleOrder.FASTEST_FIRST: Order("fastest sample", (_runtime, RegressionTest.id)),
    SampleOrder.NAME: Order("sample name", (func.coalesce(_media_name, ""), RegressionTest.id)),
}
