"""The filter and the orders of a run's samples."""

from enum import StrEnum

import strawberry
from sqlalchemy import case, func, select

from gql.database.pagination import Order
from gql.database.tables import MediaFile, RegressionTest, TestResult
from gql.domain.status import SampleStatus, sample_status
from gql.loaders.sample import BY_REGRESSION_ID
from gql.schema.enums import document
from gql.schema.filters.base import Filter, only
from gql.schema.filters.conditions import contains, has_tag, is_in_category

_media_name = (
    select(MediaFile.original_name)
    .where(MediaFile.id == RegressionTest.sample_id)
    .scalar_subquery()
)


@strawberry.input(description="Only samples that meet all of these conditions.")
class SampleFilter(Filter):
    statuses: list[SampleStatus] | None = only(
        sample_status.in_, description="Only samples with one of these statuses."
    )
    categories: list[str] | None = only(
        is_in_category,
        description="Only samples whose test is in one of the categories of these names.",
    )
    tags: list[str] | None = only(
        lambda names: has_tag(RegressionTest.sample_id, names),
        description="Only samples whose media file has one of the tags of these names.",
    )
    search: str | None = only(
        lambda text: contains(text, RegressionTest.command, _media_name),
        description="Only samples whose command, or whose media file's original name, contains "
        "this, case-insensitive.",
    )
    regression_ids: list[int] | None = only(
        RegressionTest.id.in_, description="Only the samples of these regression tests."
    )
    media_ids: list[int] | None = only(
        RegressionTest.sample_id.in_, description="Only samples of these media files."
    )

    __hash__ = Filter.__hash__


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
