"""The classes of rows."""

from collections import namedtuple
from collections.abc import Iterable
from typing import Any


def row_class(names: Iterable[str]) -> Any:
    """A named tuple with these fields; one whose name another has goes by its position."""
    return namedtuple("Row", list(names), rename=True)  # noqa: PYI024  (a statement names them)
