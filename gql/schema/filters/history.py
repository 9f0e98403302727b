"""The filter of a regression test's history."""

import strawberry

from gql.domain.status import SampleStatus
from gql.loaders.history import HISTORY_SCANNED
from gql.schema.filters.base import Filter
from gql.schema.filters.run import RunConditions


@strawberry.input(description="Only results that match all of these.")
class HistoryFilter(RunConditions):
    statuses: list[SampleStatus] | None = strawberry.field(
        default=None,
        description="Only results with one of these statuses. With this filter a page considers "
        f"up to {HISTORY_SCANNED} runs: it can have fewer rows than you ask for, or none, while "
        "more follow. Continue from its `pageInfo`.",
    )

    __hash__ = Filter.__hash__
