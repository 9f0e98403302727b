"""Costs as expressions: numbers of rows that may depend on an operation's variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from graphql import ArgumentNode, Undefined, value_from_ast_untyped

from gql.errors import BadInput
from gql.execution.field_cost import FieldCost

MAX_PAGE_SIZE = 500

# The limit of values in a list of an argument; `nodes(ids:)` has a lower one of its own.
MAX_LIST_LENGTH = 500
MAX_REPRESENTATIONS = 1000
MAX_LIST_LENGTHS = {"representations": MAX_REPRESENTATIONS}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the operation, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class PageSize:
    """The rows of a page: by `first`, else by `last`, as `parse_paging` has it."""

    limits: tuple[Any, ...]
    default: int
    maximum: int = MAX_PAGE_SIZE

    def __call__(self, variables: Mapping[str, Any]) -> int:
        """The number for these variables."""
        given = (_value(limit, variables) for limit in self.limits)
        size = next((limit for limit in given if limit is not None), self.default)
        return min(max(size, 0), self.maximum)


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a list."""

    of: Any

    def __call__(self, variables: Mapping[str, Any]) -> int:
        """The number for these variables."""
        value = _value(self.of, variables)
        return len(value) if isinstance(value, list) else 1


@dataclass(frozen=True, slots=True)
class Applies:
    """1 if @skip or @include leaves the selection in, else 0."""

    condition: Any
    included_if: bool

    def __call__(self, variables: Mapping[str, Any]) -> int:
        """The number for these variables."""
        return int(_value(self.condition, variables) is self.included_if)


def _value(value: Any, variables: Mapping[str, Any]) -> Any:
    return variables.get(value.name) if isinstance(value, Variable) else value


@dataclass(frozen=True, slots=True)
class Considered:
    """The work of considering so many runs or results, in rows."""

    number: PageSize
    rows_of_each: float

    def __call__(self, variables: Mapping[str, Any]) -> int:
        """The number for these variables."""
        return ceil(self.number(variables) * self.rows_of_each)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The size of a page, or what a smaller one takes."""

    size: PageSize
    least: int

    def __call__(self, variables: Mapping[str, Any]) -> int:
        """The number for these variables."""
        return max(self.size(variables), self.least)


@dataclass(frozen=True, slots=True)
class ArgumentRows:
    """The rows of a field's arguments: their measured work, and each distinct value of a list."""

    arguments: tuple[ArgumentNode, ...]
    declared: FieldCost

    def __call__(self, variables: Mapping[str, Any]) -> int:
        """The number for these variables."""
        return sum(
            self._rows_of(
                argument.name.value, value_from_ast_untyped(argument.value, {**variables})
            )
            for argument in self.arguments
        )

    def _rows_of(self, name: str, value: Any) -> int:
        if value is None or value is Undefined or value is False:
            return 0
        rows = self.declared.argument_rows.get(name, 0)
        if isinstance(value, list):
            _require_length(name, value)
            rows += len({repr(each) for each in value})
        elif isinstance(value, Mapping):
            rows += sum(self._rows_of(f"{name}.{part}", each) for part, each in value.items())
        return rows


def _require_length(name: str, values: list[Any]) -> None:
    maximum = MAX_LIST_LENGTHS.get(name, MAX_LIST_LENGTH)
    if len(values) > maximum:
        raise BadInput(
            f"{name} has {len(values)} values, and the limit is {maximum}.",
            argument=name,
            maximum=maximum,
        )


Number = int | PageSize | Considered | AtLeast | Length | Applies | ArgumentRows


@dataclass(slots=True)
class CostExpression:
    """A number of rows: a constant, plus terms that depend on variables."""

    constant: int = 0
    terms: list[tuple[Number, "CostExpression"]] = field(default_factory=list)

    def add(self, times: Number, rows: "CostExpression") -> None:
        """Add rows, so many times."""
        if isinstance(times, int) and not rows.terms:
            self.constant += times * rows.constant
        elif times:
            self.terms.append((times, rows))
