"""What a field costs beyond its rows, declared in the metadata of the field."""

from dataclasses import dataclass
from typing import Any

COST = "cost"

# The platform's numbers today: the lengths of lists without pages.
SAMPLES_OF_A_RUN = 240
CATEGORIES = 15
TAGS = 50
PROGRESS_EVENTS = 4


@dataclass(frozen=True, slots=True)
class FieldCost:
    """The work of a field that its arguments do not show, in rows."""

    extra_rows: int = 0
    list_size: int | None = None


def cost(*, extra_rows: int = 0, list_size: int | None = None) -> dict[Any, Any]:
    """Metadata for `strawberry.field`.

    `extra_rows` is the measured work of the field besides the rows that it returns. `list_size` is
    the number of rows that a list without pages is charged for.
    """
    return {COST: FieldCost(extra_rows, list_size)}
