"""The filter of a regression test's history."""

from typing import Any

import strawberry
from sqlalchemy import ColumnElement

from gql.domain.status import SampleStatus, sample_status
from gql.loaders.history import HISTORY_SCANNED
from gql.schema.filters.run import RunConditions


@strawberry.input(
    description="Which results of a test to give: those for which everything holds told here."
)
class HistoryFilter(RunConditions):
    statuses: list[SampleStatus] | None = strawberry.field(
        default=None,
        description=f"The test has one of these statuses in the run. A page looks at "
        f"{HISTORY_SCANNED} runs at most: it may hold fewer than asked for, or none, while more "
        "follow. Go on from its `pageInfo` as usual.",
    )

    def __hash__(self) -> int:
        return hash(repr(self))

    def derived_conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of the test's status in the run."""
        return [] if self.statuses is None else [sample_status.in_(self.statuses)]

    @property
    def shape(self) -> "HistoryFilter | None":
        return self if self == HistoryFilter() else None

    @property
    def parameters(self) -> dict[str, Any]:
        return {}
