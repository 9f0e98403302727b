"""The classes of rows."""

from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any


def row_maker(names: Iterable[str]) -> Callable[[Iterable[Any]], Any]:
    """What makes a named tuple with these fields of its values.

    A field whose name another has goes by its position. The number of values is not checked.
    """
    return partial(
        tuple.__new__,
        namedtuple("Row", list(names), rename=True),  # noqa: PYI024  (a statement names them)
    )
