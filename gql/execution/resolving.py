"""Resolving a field: from a column of objects to a column of the field's values."""

import asyncio
from collections.abc import Callable, Sequence
from inspect import iscoroutine
from typing import Any, cast

from graphql import GraphQLField, GraphQLObjectType, ResponsePath, get_argument_values
from strawberry import Info

from gql.compat.breadth_first import FieldDetailsList, to_nodes
from gql.compat.strawberry import StrawberryField
from gql.execution.columns import Column
from gql.execution.executor import Execution
from gql.execution.loader_field import LoaderField
from gql.loaders.base import MAX_BATCH_SIZE
from gql.pacing import pause_for, slices


def from_attribute(value_of: Callable[[Any], Any]) -> Any:
    """Resolving by an attribute of the objects."""

    async def resolve(_execution: Execution, objects: Column) -> Column:
        return list(map(value_of, objects))

    return resolve


def from_loader(field: LoaderField) -> Any:
    """Resolving by a loader, which reads the values of all objects."""

    async def resolve(execution: Execution, objects: Column) -> Column:
        values: Column = []
        for some in slices(objects, MAX_BATCH_SIZE):
            await pause_for(some)
            values += await field.load_many(execution.context_value, some)
        return values

    return resolve


def from_resolver(
    parent: GraphQLObjectType,
    name: str,
    definition: GraphQLField,
    field: StrawberryField,
    details: FieldDetailsList,
    *,
    is_root: bool,
) -> Any:
    """Resolving by the field's resolver; the objects of a root are executions of a batch."""
    path = ResponsePath(None, name, parent.name)
    nodes = to_nodes(details)
    resolver = field.base_resolver
    takes_self_alone = (
        resolver is not None
        and resolver.self_parameter
        and not definition.args
        and not resolver.root_parameter
        and not resolver.parent_parameter
    )

    def call(execution: Execution) -> Callable[[Any], Any]:
        info = execution.build_resolve_info(definition, nodes, parent, path)
        if takes_self_alone and resolver:
            function = cast("Callable[..., Any]", resolver.wrapped_func)
            if not resolver.info_parameter:
                return function
            strawberry_info: Any = Info(_raw_info=info, _field=field)
            return lambda source: function(source, info=strawberry_info)
        arguments = get_argument_values(definition, nodes[0], execution.variable_values)
        resolve: Any = definition.resolve
        return lambda source: resolve(source, info, **arguments)

    def resolve_root(execution: Execution) -> Any:
        return call(execution)(execution.root_value)

    async def resolve(execution: Execution, objects: Column) -> Column:
        values: Column = []
        items = 0
        resolve_one = resolve_root if is_root else call(execution)
        for some in slices(objects):
            await pause_for(some)
            resolved = await _resolved(execution, resolve_one, some)
            # Before lists of lists are made that no answer may hold.
            items += sum(len(value) for value in resolved if isinstance(value, list))
            execution.usage.require(objects=items)
            values += resolved
        if is_root and execution.has_root:
            execution.has_root.set()
        return values

    return resolve


async def _resolved(
    execution: Execution, resolve_one: Callable[[Any], Any], objects: Sequence[Any]
) -> Column:
    values: Column = []
    try:
        values.extend(map(resolve_one, objects))
    except BaseException:
        for value in filter(iscoroutine, values):
            value.close()
        raise
    pending = [n for n, value in enumerate(values) if execution.is_awaitable(value)]
    if len(pending) == 1:
        values[pending[0]] = await values[pending[0]]
    elif pending:
        awaited = await asyncio.gather(*(values[n] for n in pending))
        for n, value in zip(pending, awaited, strict=True):
            values[n] = value
    return values
