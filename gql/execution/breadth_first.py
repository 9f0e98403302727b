"""Breadth-first execution: a field is executed once for all objects of a level.

graphql-core resolves and completes value by value, some 3 µs each, although most values of a
response are attributes of the rows of a list. Here each operation gets a plan, which is cached: it
passes a column of values at a time through few calls, and a column of keys to loaders.

graphql-core executes what a plan cannot answer in the same way: interfaces, introspection, and
directives other than @skip and @include. It also executes again whatever ends in an error, because
it knows which field failed and how far null spreads. Nothing writes, so that does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, cast

from cachetools import LRUCache
from graphql import (
    ExecutionResult,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
)
from typing_extensions import override

from gql.compat.breadth_first import (
    CollectedFields,
    FieldDetailsList,
    collect_fields,
    collect_subfields,
)
from gql.compat.strawberry import field_of
from gql.database import DatabaseUnavailable
from gql.execution.columns import (
    Column,
    CompleteLeaves,
    NotPlannable,
    complete_leaf_column,
    complete_list_column,
    complete_names,
    complete_non_null_column,
    complete_object_column,
    leaf_completion,
)
from gql.execution.documents import bytes_of_document
from gql.execution.execution_batch import ExecutionBatch
from gql.execution.executor import Execution
from gql.execution.loader_field import LOADER_FIELD
from gql.execution.read_ahead import add_needs
from gql.execution.resolving import from_attribute, from_loader, from_resolver
from gql.execution.usage import MIN_FIELD_BYTES, LimitReached, Usage
from gql.pacing import SLICE, pause_for, slices
from gql.request.needs import Needs
from gql.security.account import current_account
from gql.telemetry import metrics

_lookups = metrics.CacheLookups("plans")
MAX_PLAN_BYTES = 8 * 2**20

# Measured: what a field of a plan takes.
BYTES_PER_FIELD = 2_000


class BreadthFirstExecution(Execution):
    """Executes an operation by its plan, or by graphql-core if there is no plan."""

    # A plan keeps its document in memory, in its operation.
    _plans: LRUCache[Any, Any] = LRUCache(MAX_PLAN_BYTES, getsizeof=itemgetter(0))

    planned_fields: int
    needs: Needs

    @override
    def _begin(self, serially: bool | None) -> asyncio.Future[ExecutionResult]:
        plan = self._plan()
        if plan is None:
            return super()._begin(serially)
        context = self.context_value
        if context.members == 1 or plan.needs.is_executed_apart:
            return asyncio.ensure_future(self.by_plan(plan))
        if context.execution_batch is None:
            context.needs = plan.needs
            context.execution_batch = ExecutionBatch(
                context,
                plan.execute,
                lambda execution: execution.by_plan(plan),
                is_read_at_once=plan.needs.reads_ahead,
            )
        batch: ExecutionBatch = context.execution_batch
        return batch.join(self)

    async def by_plan(self, plan: "_Selection") -> ExecutionResult:
        """The result of a plan, or of graphql-core if the plan fails.

        Work that exceeds a limit or the memory is not started again.
        """
        try:
            self.context_value.needs = plan.needs
            [data] = await plan.execute(self, [self])
        except (DatabaseUnavailable, LimitReached, MemoryError):
            raise
        except Exception:  # noqa: BLE001  (graphql-core meets and reports it again)
            if self.usage.reached:  # Its client has left.
                raise self.usage.reached from None
            if account := current_account():
                account.add_work(self.usage.work_seconds)
            self.usage = Usage(self.limits)
            return await super()._execute(None)
        return ExecutionResult(data, None)

    def _plan(self) -> "_Selection | None":
        # Only @skip and @include change a plan by variables, and these are booleans.
        booleans = {n: v for n, v in self.variable_values.coerced.items() if isinstance(v, bool)}
        key = (id(self.schema), id(self.operation), *booleans.items())
        kept = self._plans.get(key)
        if kept is None:
            # The operation is cached as well, so that no other gets its id.
            _lookups.miss()
            self.planned_fields = 0
            self.needs = Needs(reads_ahead=True)
            plan = self._make_plan()
            size = bytes_of_document(self.operation) + BYTES_PER_FIELD * self.planned_fields
            kept = size, plan, self.operation
            with suppress(ValueError):  # It alone is larger than the cache.
                self._plans[key] = kept
        else:
            _lookups.hit()
        return cast("_Selection | None", kept[1])

    def _make_plan(self) -> "_Selection | None":
        operation = self.operation
        root = self.schema.get_root_type(operation.operation)
        is_query = operation.operation is OperationType.QUERY
        has_middleware = self.middleware_manager and self.middleware_manager.middlewares
        if root is None or not is_query or operation.directives or has_middleware:
            return None
        fields = collect_fields(self.schema, self.fragments, self.variable_values, root, operation)
        try:
            plan = _Selection(self, root, fields)
        except NotPlannable:
            return None
        # Several fields, each with a statement of its own, would read several snapshots.
        plan.needs.reads_ahead &= len(plan.fields) == 1
        return plan


class _Selection:
    """What is selected of the objects of a type."""

    def __init__(
        self,
        execution: BreadthFirstExecution,
        type_: GraphQLObjectType,
        collected: CollectedFields,
    ) -> None:
        if collected.new_defer_usages:
            raise NotPlannable
        self.names = list(collected.grouped_field_set)
        execution.planned_fields += len(self.names)
        self.bytes_each = sum(map(len, self.names)) + MIN_FIELD_BYTES * len(self.names)
        self.leaves: dict[int, _Leaf] = {}
        self.fields: dict[int, _Field] = {}
        for position, (name, details) in enumerate(collected.grouped_field_set.items()):
            part = _part(execution, type_, name, details)
            if isinstance(part, _Leaf):
                self.leaves[position] = part
            else:
                self.fields[position] = part
        self.needs = execution.needs

    async def execute(self, execution: BreadthFirstExecution, objects: Column) -> Column:
        """The response of each object."""
        execution.usage.add(objects=len(objects), bytes=len(objects) * self.bytes_each)
        columns: dict[int, Column] = {position: [] for position in self.leaves}
        for some in slices(objects):
            await pause_for(some)
            for position, leaf in self.leaves.items():
                columns[position] += leaf.complete(execution, list(map(leaf.value_of, some)))
        # Started last, so that no coroutine stays unawaited if a leaf fails.
        fields = self.fields.values()
        if len(fields) == 1 or self.needs.reads_ahead:  # Nothing waits for a statement.
            done = [await field.execute(execution, objects) for field in fields]
        else:
            done = await asyncio.gather(*(field.execute(execution, objects) for field in fields))
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
    complete: CompleteLeaves


class _Field(NamedTuple):
    """A field with a resolver, a loader or further fields."""

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
        raise NotPlannable
    field_name = details[0].node.name.value
    if field_name == "__typename":
        return _Leaf(lambda _: parent.name, complete_names)
    definition = execution.schema.get_field(parent, field_name)
    field = field_of(definition)
    if definition is None or field is None or field.extensions:
        raise NotPlannable
    is_root = parent is execution.schema.query_type
    add_needs(execution.needs, parent.name, field, is_root=is_root)
    complete_leaves = leaf_completion(definition.type)
    if field.is_basic_field:
        value_of = attrgetter(field.python_name)
        if complete_leaves:
            return _Leaf(value_of, complete_leaves)
        return _Field(from_attribute(value_of), _completion(execution, definition.type, details))
    complete = _completion(execution, definition.type, details)
    if loader_field := field.metadata.get(LOADER_FIELD):
        return _Field(from_loader(loader_field), complete)
    return _Field(
        from_resolver(parent, name, definition, field, details, is_root=is_root), complete
    )


# Completing: from a column of values to a column of what the answer holds


def _completion(
    execution: BreadthFirstExecution, type_: GraphQLOutputType, details: FieldDetailsList
) -> Any:
    if complete_leaves := leaf_completion(type_):
        return complete_leaf_column(complete_leaves)
    if isinstance(type_, GraphQLNonNull):
        return complete_non_null_column(_completion(execution, type_.of_type, details))
    if isinstance(type_, GraphQLList):
        return complete_list_column(_completion(execution, type_.of_type, details))
    if isinstance(type_, GraphQLObjectType):
        collected = collect_subfields(
            execution.schema,
            execution.fragments,
            execution.variable_values,
            execution.operation,
            type_,
            details,
        )
        return complete_object_column(type_, _Selection(execution, type_, collected).execute)
    raise NotPlannable
