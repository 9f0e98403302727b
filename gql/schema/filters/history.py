"""The filter of a regression test's history."""

from typing import Any

import strawberry

from gql.domain.status import SampleStatus, sample_status
from gql.loaders.history import HISTORY_SCANNED
from gql.schema.filters.base import Filter, only_derived
from gql.schema.filters.run import RunConditions


@strawberry.input(description="Only samples in runs that meet all of these conditions.")
class HistoryFilter(RunConditions):
    statuses: list[SampleStatus] | None = only_derived(
        sample_status.in_,
        description=f"Only samples with one of these statuses. A page scans up to "
        f"{HISTORY_SCANNED} runs: it may hold fewer than requested, or none, while more follow. "
        "Continue from its `pageInfo` as usual.",
    )

    __hash__ = Filter.__hash__

    @property
    def shape(self) -> "HistoryFilter | None":
        return self if self == HistoryFilter() else None

    @property
    def parameters(self) -> dict[str, Any]:
        return {}
