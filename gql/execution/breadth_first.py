"""Executing a query breadth first: a field once for all objects of a level, not once for each.

graphql-core resolves and completes value by value, some 3 µs each, and most values of an answer
are attributes of the rows of a list. Here a plan is made of an operation, once, and kept: it
takes a column of values at a time through few calls, and asks loaders for a column of keys.

What a plan cannot promise to answer as graphql-core would is left to it: interfaces,
introspection, directives other than @skip and @include; and whatever ends in an error, from the
start, for graphql-core knows which field failed and how far null spreads. Nothing here writes,
so starting over is harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from inspect import iscoroutine
from itertools import chain, islice
from operator import attrgetter
from typing import Any, NamedTuple

from cachetools import LRUCache
from graphql import (
    ExecutionResult,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    OperationType,
    ResponsePath,
    get_argument_values,
)
from strawberry import Info

from gql.compat.breadth_first import (
    CollectedFields,
    FieldDetailsList,
    collect_fields,
    collect_subfields,
    to_nodes,
)
from gql.compat.strawberry import StrawberryField, field_of
from gql.database import DatabaseUnavailable
from gql.execution.documents import MAX_CACHED_CHARACTERS
from gql.execution.loader_field import LOADER_FIELD, LoaderField
from gql.execution.streaming import Execution
from gql.execution.usage import MIN_FIELD_BYTES, LimitReached, Usage
from gql.loaders.base import MAX_BATCH_SIZE
from gql.pacing import SLICE, pause_for, slices
from gql.telemetry import metrics

Column = list[Any]

_lookups = metrics.CacheLookups("plans")


class NotSimple(Exception):
    """Something that graphql-core has to see to."""


class BreadthFirstExecution(Execution):
    """Executes what it has a plan for by the plan, and all else as graphql-core does."""

    # A plan keeps the document that it was made of.
    _plans: LRUCache[Any, Any] = LRUCache(
        MAX_CACHED_CHARACTERS, getsizeof=lambda kept: len(kept[1].loc.source.body)
    )

    async def _execute(self, serially: bool | None) -> ExecutionResult:
        plan = self._plan()
        return await (super()._execute(serially) if plan is None else self.by_plan(plan))

    async def by_plan(self, plan: "_Selection") -> ExecutionResult:
        """The result that a plan gives, or graphql-core if it fails.

        Work that has come to an end of its own, by a limit or of memory, is not begun again.
        """
        try:
            [data] = await plan.execute(self, [self.root_value])
        except (DatabaseUnavailable, LimitReached, MemoryError):
            raise
        except Exception:  # noqa: BLE001  (whatever it is, graphql-core meets it again)
            self.usage = Usage(self.limits)
            return await super()._execute(None)
        return ExecutionResult(data, None)

    def _plan(self) -> "_Selection | None":
        # Variables change a plan by @skip and @include alone, which take booleans.
        booleans = {n: v for n, v in self.variable_values.coerced.items() if isinstance(v, bool)}
        key = (id(self.schema), id(self.operation), *booleans.items())
        kept = self._plans.get(key)
        if kept is None:
            # The operation is kept as well: while it is, no other has its id.
            _lookups.miss()
            kept = self._plans[key] = (self._make_plan(), self.operation)
        else:
            _lookups.hit()
        plan: _Selection | None = kept[0]
        return plan

    def _make_plan(self) -> "_Selection | None":
        operation = self.operation
        root = self.schema.get_root_type(operation.operation)
        is_query = operation.operation is OperationType.QUERY
        has_middleware = self.middleware_manager and self.middleware_manager.middlewares
        if root is None or not is_query or operation.directives or has_middleware:
            return None
        fields = collect_fields(self.schema, self.fragments, self.variable_values, root, operation)
        try:
            return _Selection(self, root, fields)
        except NotSimple:
            return None


class _Selection:
    """What is asked of the objects of a type."""

    def __init__(
        self,
        execution: BreadthFirstExecution,
        type_: GraphQLObjectType,
        collected: CollectedFields,
    ) -> None:
        if collected.new_defer_usages:
            raise NotSimple
        self.names = list(collected.grouped_field_set)
        self.bytes_each = sum(map(len, self.names)) + MIN_FIELD_BYTES * len(self.names)
        self.leaves: dict[int, _Leaf] = {}
        self.fields: dict[int, _Field] = {}
        for position, (name, details) in enumerate(collected.grouped_field_set.items()):
            part = _part(execution, type_, name, details)
            if isinstance(part, _Leaf):
                self.leaves[position] = part
            else:
                self.fields[position] = part

    async def execute(self, execution: BreadthFirstExecution, objects: Column) -> Column:
        """The answer of each object."""
        execution.usage.add(objects=len(objects), bytes=len(objects) * self.bytes_each)
        columns: dict[int, Column] = {position: [] for position in self.leaves}
        for some in slices(objects):
            await pause_for(some)
            for position, leaf in self.leaves.items():
                columns[position] += leaf.complete(execution, list(map(leaf.value_of, some)))
        # Begun last, so that none is left unawaited when a leaf fails.
        begun = [field.execute(execution, objects) for field in self.fields.values()]
        done = [await begun[0]] if len(begun) == 1 else await asyncio.gather(*begun)
        columns.update(zip(self.fields, done, strict=True))
        answers: Column = []
        rows = zip(*(columns[position] for position in range(len(self.names))), strict=True)
        while some := list(islice(rows, SLICE)):
            await pause_for(some)
            answers += [dict(zip(self.names, values, strict=True)) for values in some]
        return answers


class _Leaf(NamedTuple):
    """An attribute of the objects that needs no further work."""

    value_of: Callable[[Any], Any]
    complete: "CompleteLeaves"


class _Field(NamedTuple):
    """A field that takes a resolver, a loader or further fields to answer."""

    resolve: Callable[[BreadthFirstExecution, Column], Awaitable[Column]]
    complete: Callable[[BreadthFirstExecution, Column], Awaitable[Column]]

    async def execute(self, execution: BreadthFirstExecution, objects: Column) -> Column:
        return await self.complete(execution, await self.resolve(execution, objects))


def _part(
    execution: BreadthFirstExecution,
    parent: GraphQLObjectType,
    name: str,
    details: FieldDetailsList,
) -> _Leaf | _Field:
    if any(detail.defer_usage or detail.fragment_variable_values for detail in details):
        raise NotSimple
    field_name = details[0].node.name.value
    if field_name == "__typename":
        return _Leaf(lambda _: parent.name, _of_names)
    definition = execution.schema.get_field(parent, field_name)
    field = field_of(definition)
    if definition is None or field is None or field.extensions:
        raise NotSimple
    complete_leaves = _leaf_completion(definition.type)
    if field.is_basic_field:
        value_of = attrgetter(field.python_name)
        if complete_leaves:
            return _Leaf(value_of, complete_leaves)
        return _Field(_from_attribute(value_of), _completion(execution, definition.type, details))
    complete = _completion(execution, definition.type, details)
    if loader_field := field.metadata.get(LOADER_FIELD):
        return _Field(_from_loader(loader_field), complete)
    return _Field(_from_resolver(parent, name, definition, field, details), complete)


# Resolving: from a column of objects to a column of a field's values


def _from_attribute(value_of: Callable[[Any], Any]) -> Any:
    async def resolve(_execution: BreadthFirstExecution, objects: Column) -> Column:
        return list(map(value_of, objects))

    return resolve


def _from_loader(field: LoaderField) -> Any:
    async def resolve(execution: BreadthFirstExecution, objects: Column) -> Column:
        values: Column = []
        for some in slices(objects, MAX_BATCH_SIZE):
            await pause_for(some)
            values += await field.load_many(execution.context_value, some)
        return values

    return resolve


def _from_resolver(
    parent: GraphQLObjectType,
    name: str,
    definition: GraphQLField,
    field: StrawberryField,
    details: FieldDetailsList,
) -> Any:
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

    def call(execution: BreadthFirstExecution) -> Callable[[Any], Any]:
        info = execution.build_resolve_info(definition, nodes, parent, path)
        if takes_self_alone and resolver:
            function: Any = resolver.wrapped_func
            if not resolver.info_parameter:
                return function  # type: ignore[no-any-return]
            strawberry_info: Any = Info(_raw_info=info, _field=field)
            return lambda source: function(source, info=strawberry_info)
        arguments = get_argument_values(definition, nodes[0], execution.variable_values)
        resolve: Any = definition.resolve
        return lambda source: resolve(source, info, **arguments)

    async def resolve(execution: BreadthFirstExecution, objects: Column) -> Column:
        values: Column = []
        items = 0
        resolve_one = call(execution)
        for some in slices(objects):
            await pause_for(some)
            resolved = await _resolved(execution, resolve_one, some)
            # Before lists of lists are made that no answer may hold.
            items += sum(len(value) for value in resolved if isinstance(value, list))
            execution.usage.require(objects=items)
            values += resolved
        return values

    return resolve


async def _resolved(
    execution: BreadthFirstExecution, resolve_one: Callable[[Any], Any], objects: Sequence[Any]
) -> Column:
    values: Column = []
    try:
        values.extend(map(resolve_one, objects))
    except BaseException:
        for value in filter(iscoroutine, values):
            value.close()
        raise
    pending = [n for n, value in enumerate(values) if execution.is_awaitable(value)]
    if pending:
        awaited = await asyncio.gather(*(values[n] for n in pending))
        for n, value in zip(pending, awaited, strict=True):
            values[n] = value
    return values


# Completing: from a column of values to a column of what the answer holds


def _completion(
    execution: BreadthFirstExecution, type_: GraphQLOutputType, details: FieldDetailsList
) -> Any:
    if complete_leaves := _leaf_completion(type_):
        return _of_leaves(complete_leaves)
    if isinstance(type_, GraphQLNonNull):
        return _of_non_null(_completion(execution, type_.of_type, details))
    if isinstance(type_, GraphQLList):
        return _of_lists(_completion(execution, type_.of_type, details))
    if isinstance(type_, GraphQLObjectType):
        collected = collect_subfields(
            execution.schema,
            execution.fragments,
            execution.variable_values,
            execution.operation,
            type_,
            details,
        )
        return _of_objects(type_, _Selection(execution, type_, collected))
    raise NotSimple


def _of_leaves(complete_leaves: "CompleteLeaves") -> Any:
    async def complete(execution: BreadthFirstExecution, values: Column) -> Column:
        completed: Column = []
        for some in slices(values):
            await pause_for(some)
            completed += complete_leaves(execution, some)
        return completed

    return complete


def _of_non_null(complete_nullable: Any) -> Any:
    async def complete(execution: BreadthFirstExecution, values: Column) -> Column:
        return _not_null(await complete_nullable(execution, values))

    return complete


def _of_lists(complete_items: Any) -> Any:
    async def complete(execution: BreadthFirstExecution, values: Column) -> Column:
        lists = [value for value in values if value is not None]
        if not {list, tuple}.issuperset(map(type, lists)):
            raise NotSimple
        execution.usage.require(objects=sum(map(len, lists)))
        items = iter(await complete_items(execution, list(chain.from_iterable(lists))))
        completed: Column = []
        for some in slices(values):
            await pause_for(some)
            completed += [None if v is None else list(islice(items, len(v))) for v in some]
        return completed

    return complete


def _of_objects(type_: GraphQLObjectType, selection: _Selection) -> Any:
    is_type_of: Any = type_.is_type_of

    async def complete(execution: BreadthFirstExecution, values: Column) -> Column:
        objects = [value for value in values if value is not None]
        for some in slices(objects if is_type_of else []):
            await pause_for(some)
            if not all(is_type_of(object_, None) for object_ in some):
                raise NotSimple
        answers = await selection.execute(execution, objects) if objects else []
        if len(answers) == len(values):
            return answers
        remaining = iter(answers)
        return [None if value is None else next(remaining) for value in values]

    return complete


def _not_null(values: Column) -> Column:
    if None in values:
        raise NotSimple
    return values


CompleteLeaves = Callable[[BreadthFirstExecution, Sequence[Any]], Column]


def _leaf_completion(type_: GraphQLOutputType) -> CompleteLeaves | None:
    if isinstance(type_, GraphQLNonNull):
        complete_nullable = _leaf_completion(type_.of_type)
        return complete_nullable and (lambda e, values: _not_null(complete_nullable(e, values)))
    if isinstance(type_, GraphQLEnumType):
        return _of_enum(type_)
    if isinstance(type_, GraphQLScalarType):
        return _of_scalar(type_)
    return None


def _of_names(_execution: BreadthFirstExecution, names: Sequence[Any]) -> Column:
    return list(names)


_NONE_TYPE = type(None)
_AS_THEY_STAND: dict[GraphQLScalarType, type] = {
    GraphQLBoolean: bool,
    GraphQLID: str,
    GraphQLString: str,
}
_INT_RANGE = range(-(2**31), 2**31)


def _of_scalar(type_: GraphQLScalarType) -> CompleteLeaves:
    def one_by_one(_execution: BreadthFirstExecution, values: Sequence[Any]) -> Column:
        completed = [
            None if value is None else type_.coerce_output_value(value) for value in values
        ]
        if completed.count(None) != values.count(None):
            raise NotSimple
        return completed

    plain = int if type_ is GraphQLInt else _AS_THEY_STAND.get(type_)
    if plain is None:
        return one_by_one
    allowed = {plain, _NONE_TYPE}

    def complete(execution: BreadthFirstExecution, values: Sequence[Any]) -> Column:
        if not allowed.issuperset(map(type, values)):
            return one_by_one(execution, values)
        if plain is str:
            execution.usage.add(bytes=sum(map(len, filter(None, values))))
        if plain is int:
            numbers = [value for value in values if value is not None]
            if numbers and not (min(numbers) in _INT_RANGE and max(numbers) in _INT_RANGE):
                raise NotSimple
        return list(values)

    return complete


def _of_enum(type_: GraphQLEnumType) -> CompleteLeaves:
    names = {value.value: name for name, value in type_.values.items()} | {None: None}

    def complete(_execution: BreadthFirstExecution, values: Sequence[Any]) -> Column:
        return [names[value] for value in values]

    return complete
