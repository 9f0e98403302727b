"""Fields that need no statement of their own, as they are read with the root of the operation."""

from typing import Any

READ_AHEAD = "read_ahead"

# Metadata for `strawberry.field`. If all fields of an operation that have a resolver or a loader
# have it, `Context.reads_ahead` tells their root, if there is but one: its statement needs no
# transaction then.
read_ahead: dict[Any, Any] = {READ_AHEAD: True}
