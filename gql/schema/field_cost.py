"""What a field costs beyond its page and its rows: declared where the field is, as its metadata."""

from dataclasses import dataclass
from typing import Any

COST = "cost"

# What the platform has of each today: the size of a list that has no pages.
SAMPLES_OF_A_RUN = 240
CATEGORIES = 15
TAGS = 50
PROGRESS_EVENTS = 4


@dataclass(frozen=True, slots=True)
class FieldCost:
    """Work of a field that its arguments do not show, in rows."""

    extra_rows: int = 0
    list_size: int | None = None


def cost(*, extra_rows: int = 0, list_size: int | None = None) -> dict[Any, Any]:
    """Metadata for `strawberry.field`.

    `extra_rows` is the work that the field takes beside the rows it returns, by measurement.
    `list_size` is how many rows a list without pages is charged for.
    """
    return {COST: FieldCost(extra_rows, list_size)}
