"""What fields of an operation need: which statements, and which attributes of objects."""

from collections.abc import Iterable
from typing import Any

from gql.compat.strawberry import StrawberryField
from gql.execution.batch_keys import BATCH_KEYS, READS_FILES
from gql.execution.loader_field import LOADER_FIELD
from gql.request.needs import ALL_ATTRIBUTES, Needs

READ_AHEAD = "read_ahead"
ATTRIBUTES = "attributes"

# Metadata for `strawberry.field`. If all fields of an operation that have a resolver or a loader
# have it, `Needs.reads_ahead` tells their root, if there is but one: its statement needs no
# transaction then.
read_ahead: dict[Any, Any] = {READ_AHEAD: True}


def needs_only(attributes: Iterable[str]) -> dict[Any, Any]:
    """Metadata for `strawberry.field`: the attributes of its object that its resolver may read."""
    return {ATTRIBUTES: frozenset(attributes)}


def add_needs(needs: Needs, type_name: str, field: StrawberryField, *, is_root: bool) -> None:
    """Add what a field needs of the objects of its type."""
    if field.is_basic_field:
        needs.add(type_name, [field.python_name])
        return
    has_ids_below_root = BATCH_KEYS in field.metadata and not is_root
    needs.is_executed_apart |= has_ids_below_root or READS_FILES in field.metadata
    needs.reads_ahead &= READ_AHEAD in field.metadata
    if loader_field := field.metadata.get(LOADER_FIELD):
        needs.add(type_name, loader_field.attributes)
    else:
        needs.add(type_name, field.metadata.get(ATTRIBUTES, [ALL_ATTRIBUTES]))
