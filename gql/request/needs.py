"""What an operation needs of all that could be read for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

ALL_ATTRIBUTES = "*"
"""Stands for all attributes of an object: a resolver may read any."""


@dataclass(slots=True)
class Needs:
    """What an operation needs; without a plan, all that there is.

    One that `reads_ahead` needs nothing beyond what its root can read in one statement. One that
    `is_executed_apart` has a field that names rows below the root, or may read files.
    """

    reads_ahead: bool = False
    is_executed_apart: bool = False
    _attributes: dict[str, set[str]] = field(default_factory=dict)

    def add(self, type_name: str, attributes: Iterable[str]) -> None:
        """Add attributes of the objects of a GraphQL type."""
        self._attributes.setdefault(type_name, set()).update(attributes)

    def attribute(self, type_name: str, name: str) -> bool:
        """Whether the attribute of the objects of a GraphQL type may be read."""
        if not self._attributes:  # There is no plan.
            return True
        known = self._attributes.get(type_name, ())
        return name in known or ALL_ATTRIBUTES in known
