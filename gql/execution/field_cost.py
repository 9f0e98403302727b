"""What a field costs beyond its rows, declared in the metadata of the field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

COST = "cost"

# The platform's numbers today: the lengths of lists without pages.
SAMPLES_OF_A_RUN = 240
CATEGORIES = 15
# A comparison lists the news, or what passes in both: mostly far less than all samples.
CHANGES_OF_A_RUN = 120
TAGS = 50
RELEASES = 20
PROGRESS_EVENTS = 4

# Each filter of runs by date reads the reports of all runs, 30,000 of them for 10,000 runs.
RUNS_BY_DATE = MappingProxyType({"filter.startedAfter": 1000, "filter.startedBefore": 1000})


@dataclass(frozen=True, slots=True)
class FieldCost:
    """The work of a field that its page size does not show, in rows."""

    extra_rows: int = 0
    list_size: int | None = None
    least_rows: int = 0
    rows_per_last: float = 0
    argument_rows: Mapping[str, int] = field(default_factory=dict)


def cost(
    *,
    extra_rows: int = 0,
    list_size: int | None = None,
    least_rows: int = 0,
    rows_per_last: float = 0,
    argument_rows: Mapping[str, int] = MappingProxyType({}),
) -> dict[Any, Any]:
    """Metadata for `strawberry.field`.

    `extra_rows` is the measured work of the field besides the rows that it returns. `list_size` is
    the number of rows that a list without pages is charged for, and a page at the most;
    `least_rows` is that of a small page. `rows_per_last` is the work for each run or result that
    `last` makes a field consider which returns no page. `argument_rows` is the further work if an
    argument has a value, such as `filter.statuses`, and is not false. `make cost` measures all of
    it.
    """
    return {COST: FieldCost(extra_rows, list_size, least_rows, rows_per_last, argument_rows)}
