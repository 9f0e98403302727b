"""The filter of a regression test's history."""

from typing import Any

import strawberry
from sqlalchemy import ColumnElement

from gql.domain.status import SampleStatus, sample_status
from gql.loaders.history import HISTORY_SCANNED
from gql.schema.filters.run import RunConditions


@strawberry.input(description="Only results that match all of these.")
class HistoryFilter(RunConditions):
    statuses: list[SampleStatus] | None = strawberry.field(
        default=None,
        description="Only results with one of these statuses. With this filter a page considers "
        f"up to {HISTORY_SCANNED} runs: it can have fewer rows than you ask for, or none, while "
        "more follow. Continue from its `pageInfo`.",
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
