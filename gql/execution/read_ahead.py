"""Fields that are read ahead: in one statement with the object that they belong to."""

from typing import Any

READ_AHEAD = "read_ahead"

# Metadata for `strawberry.field`. If all fields of an operation that a loader or a resolver answers
# have it, `Context.reads_ahead` tells their root.
read_ahead: dict[Any, Any] = {READ_AHEAD: True}
