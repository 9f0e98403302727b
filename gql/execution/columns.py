"""Completion of a column: from the values of a field to what the response holds of them.

graphql-core completes value by value; here a list of values passes through few calls.
"""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, islice
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
)

from gql.compat.strawberry import identity
from gql.execution.executor import INT_RANGE, Execution
from gql.pacing import pause_for, slices

Column = list[Any]
Complete = Callable[[Any, Column], Awaitable[Column]]
CompleteLeaves = Callable[[Execution, Sequence[Any]], Column]


class NotPlannable(Exception):
    """A plan could not answer as graphql-core would, so graphql-core executes the operation."""


def complete_leaf_column(complete_leaves: CompleteLeaves) -> Complete:
    """Completion of a column of scalars or enum values."""

    async def complete(execution: Execution, values: Column) -> Column:
        completed: Column = []
        for some in slices(values):
            await pause_for(some)
            completed += complete_leaves(execution, some)
        return completed

    return complete


def complete_non_null_column(complete_nullable: Complete) -> Complete:
    """Completion of a column that must not have a null; raises NotPlannable if it has."""

    async def complete(execution: Execution, values: Column) -> Column:
        return _not_null(await complete_nullable(execution, values))

    return complete


def complete_list_column(complete_items: Complete) -> Complete:
    """Completion of a column of lists, all of whose items are completed as one column."""

    async def complete(execution: Execution, values: Column) -> Column:
        lists = [value for value in values if value is not None]
        if not {list, tuple}.issuperset(map(type, lists)):
            raise NotPlannable
        execution.usage.require(objects=sum(map(len, lists)))
        items = iter(await complete_items(execution, list(chain.from_iterable(lists))))
        completed: Column = []
        for some in slices(values):
            await pause_for(some)
            completed += [None if v is None else list(islice(items, len(v))) for v in some]
        return completed

    return complete


def complete_object_column(type_: GraphQLObjectType, execute: Complete) -> Complete:
    """Completion of objects of a type, of which `execute` answers what is selected."""
    is_type_of: Any = None if type_.is_type_of is is_any_row else type_.is_type_of

    async def complete(execution: Execution, values: Column) -> Column:
        objects = [value for value in values if value is not None]
        for some in slices(objects if is_type_of else []):
            await pause_for(some)
            if not all(is_type_of(object_, None) for object_ in some):
                raise NotPlannable
        answers = await execute(execution, objects) if objects else []
        if len(answers) == len(values):
            return answers
        remaining = iter(answers)
        return [None if value is None else next(remaining) for value in values]

    return complete


def is_any_row(_row: Any, _info: Any) -> bool:
    """The `is_type_of` of a type whose objects are rows, which are no instances of it."""
    return True


def _not_null(values: Column) -> Column:
    if None in values:
        raise NotPlannable
    return values


def leaf_completion(type_: GraphQLOutputType) -> CompleteLeaves | None:
    """Completion of scalars and enum values; None for other types."""
    if isinstance(type_, GraphQLNonNull):
        complete_nullable = leaf_completion(type_.of_type)
        return complete_nullable and (lambda e, values: _not_null(complete_nullable(e, values)))
    if isinstance(type_, GraphQLEnumType):
        return _of_enum(type_)
    if isinstance(type_, GraphQLScalarType):
        return _of_scalar(type_)
    return None


def complete_names(_execution: Execution, names: Sequence[Any]) -> Column:
    """The names as they are: the completion of `__typename`."""
    return list(names)


_NONE_TYPE = type(None)
_AS_THEY_STAND: dict[GraphQLScalarType, type] = {
    GraphQLBoolean: bool,
    GraphQLID: str,
    GraphQLString: str,
}


def _of_scalar(type_: GraphQLScalarType) -> CompleteLeaves:
    def one_by_one(_execution: Execution, values: Sequence[Any]) -> Column:
        completed = [
            None if value is None else type_.coerce_output_value(value) for value in values
        ]
        if completed.count(None) != values.count(None):
            raise NotPlannable
        return completed

    plain = int if type_ is GraphQLInt else _AS_THEY_STAND.get(type_)
    if type_.coerce_output_value is identity:  # A text, as all such scalars of the schema.
        plain = str
    if plain is None:
        return one_by_one
    allowed = {plain, _NONE_TYPE}

    def complete(execution: Execution, values: Sequence[Any]) -> Column:
        if not allowed.issuperset(map(type, values)):
            return one_by_one(execution, values)
        if plain is str:
            execution.usage.add(bytes=sum(map(len, filter(None, values))))
        if plain is int:
            numbers = [value for value in values if value is not None]
            if numbers and not (min(numbers) in INT_RANGE and max(numbers) in INT_RANGE):
                return [value if value in INT_RANGE else None for value in values]
        return list(values)

    return complete


def _of_enum(type_: GraphQLEnumType) -> CompleteLeaves:
    names = {value.value: name for name, value in type_.values.items()} | {None: None}

    def complete(_execution: Execution, values: Sequence[Any]) -> Column:
        return [names[value] for value in values]

    return complete
